#include "base/near.h"

#include <stdint.h>
#include <stdio.h>

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* How many letters to change, add, leave out, or swap with their neighbour. */
static size_t distance(struct str a, struct str b)
{
    size_t rows[3][NEAR_WORD_MAX + 1];
    for (size_t j = 0; j <= b.len; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t *now = rows[i % 3], *before = rows[(i + 2) % 3];
        const size_t *two_before = rows[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            now[j] = before[j - 1] + (a.at[i - 1] != b.at[j - 1]);
            now[j] = least(now[j], least(before[j], now[j - 1]) + 1);
            if (i > 1 && j > 1 && a.at[i - 1] == b.at[j - 2] &&
                a.at[i - 2] == b.at[j - 1])
                now[j] = least(now[j], two_before[j - 2] + 1);
        }
    }
    return rows[a.len % 3][b.len];
}

struct near near_to(struct str word)
{
    /* In short words one slip is much. */
    size_t most = word.len < 3 ? 0 : word.len < 6 ? 1 : 2;
    return (struct near){ .word = word, .best = STR_NONE, .distance = most + 1 };
}

void near_try(struct near *near, struct str known)
{
    if (near->word.len > NEAR_WORD_MAX || known.len > NEAR_WORD_MAX)
        return;
    size_t found = distance(near->word, known);
    if (found < near->distance) {
        near->distance = found;
        near->best = known;
    }
}

const char *near_hint(const struct near *near, char *room)
{
    room[0] = '\0';
    if (near->best.len > 0)
        snprintf(room, NEAR_HINT_MAX, "; did you mean %.*s?", STR_ARG(near->best));
    return room;
}
