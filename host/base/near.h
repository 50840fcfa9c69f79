/*
 * near: which of the known words somebody probably meant. For messages: "did you mean …?"
 *
 *     struct near near = near_to(word);
 *     for (...) near_try(&near, known);
 *     printf("unknown key %s%s", word, near_hint(&near, room));
 *
 * Layer: base.  Thread: any.
 */
#ifndef BASE_NEAR_H
#define BASE_NEAR_H

#include "base/str.h"

#define NEAR_WORD_MAX 48 /* longer words are near to nothing */
#define NEAR_HINT_MAX (NEAR_WORD_MAX + 24)

struct near {
    struct str word, best; /* borrowed */
    size_t distance;       /* of the best: letters that differ, are missing, or swapped */
};

struct near near_to(struct str word);
void near_try(struct near *near, struct str known);

/* "; did you mean KNOWN?", in `room` of NEAR_HINT_MAX; "" when nothing is near. */
const char *near_hint(const struct near *near, char *room);

#endif
