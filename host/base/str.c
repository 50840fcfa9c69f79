#include "base/str.h"

#include "base/mem.h"

#include <string.h>

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool str_eq_nocase(struct str a, struct str b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (lower(a.at[i]) != lower(b.at[i]))
            return false;
    return true;
}

int str_cmp(struct str a, struct str b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common > 0 ? memcmp(a.at, b.at, common) : 0;
    if (order != 0)
        return order;
    return (a.len > b.len) - (a.len < b.len);
}

bool str_starts(struct str s, struct str prefix)
{
    return s.len >= prefix.len && str_eq(str_of(s.at, prefix.len), prefix);
}

bool str_ends(struct str s, struct str suffix)
{
    if (s.len < suffix.len)
        return false;
    return suffix.len == 0 ||
           memcmp(s.at + s.len - suffix.len, suffix.at, suffix.len) == 0;
}

ptrdiff_t str_index(struct str s, char c)
{
    const char *found = s.len > 0 ? memchr(s.at, c, s.len) : NULL;
    return found != NULL ? found - s.at : -1;
}

ptrdiff_t str_find(struct str s, struct str part)
{
    if (part.len == 0)
        return 0;
    if (s.len < part.len)
        return -1;
    const char *found = memmem(s.at, s.len, part.at, part.len);
    return found != NULL ? found - s.at : -1;
}

struct str str_sub(struct str s, size_t from, size_t len)
{
    if (from > s.len)
        from = s.len;
    if (len > s.len - from)
        len = s.len - from;
    return str_of(s.at != NULL ? s.at + from : NULL, len);
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct str str_trim(struct str s)
{
    while (s.len > 0 && is_space(s.at[0])) {
        s.at++;
        s.len--;
    }
    while (s.len > 0 && is_space(s.at[s.len - 1]))
        s.len--;
    return s;
}

bool str_split(struct str *rest, char sep, struct str *piece)
{
    if (rest->len == 0)
        return false;
    ptrdiff_t cut = str_index(*rest, sep);
    size_t len = cut >= 0 ? (size_t)cut : rest->len;
    *piece = str_of(rest->at, len);
    *rest = str_sub(*rest, len + 1, rest->len);
    return true;
}

bool str_to_i64(struct str s, int64_t *out)
{
    size_t i = 0;
    bool negative = false;
    if (s.len > 0 && (s.at[0] == '-' || s.at[0] == '+')) {
        negative = s.at[0] == '-';
        i = 1;
    }
    if (i == s.len)
        return false;
    /* Counted downwards, because the smallest number has no positive twin. */
    int64_t value = 0;
    for (; i < s.len; i++) {
        if (s.at[i] < '0' || s.at[i] > '9')
            return false;
        int digit = s.at[i] - '0';
        if (value < (INT64_MIN + digit) / 10)
            return false;
        value = value * 10 - digit;
    }
    if (!negative && value == INT64_MIN)
        return false;
    *out = negative ? value : -value;
    return true;
}

/* Length of the well-formed character at the start of `at`, 0 if there is none. */
static size_t utf8_char(const unsigned char *at, size_t len)
{
    unsigned char c = at[0];
    if (c < 0x80)
        return 1;
    size_t size = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
    if (c < 0xc2 || c > 0xf4 || len < size)
        return 0;
    for (size_t i = 1; i < size; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    bool overlong = (c == 0xe0 && at[1] < 0xa0) || (c == 0xf0 && at[1] < 0x90);
    bool surrogate = c == 0xed && at[1] >= 0xa0;
    bool beyond = c == 0xf4 && at[1] >= 0x90;
    return overlong || surrogate || beyond ? 0 : size;
}

size_t str_utf8_char(struct str s)
{
    return s.len > 0 ? utf8_char((const unsigned char *)s.at, s.len) : 0;
}

bool str_is_utf8(struct str s)
{
    const unsigned char *at = (const unsigned char *)s.at;
    size_t left = s.len;
    while (left > 0) {
        uint64_t word;
        if (left >= sizeof(word)) { /* most text from outside is mostly ASCII */
            memcpy(&word, at, sizeof(word));
            if ((word & 0x8080808080808080u) == 0) {
                at += sizeof(word);
                left -= sizeof(word);
                continue;
            }
        }
        size_t size = utf8_char(at, left);
        if (size == 0)
            return false;
        at += size;
        left -= size;
    }
    return true;
}

struct str str_cut_utf8(struct str s, size_t max)
{
    if (s.len <= max)
        return s;
    size_t len = max;
    while (len > 0 && ((unsigned char)s.at[len] & 0xc0) == 0x80)
        len--;
    return str_of(s.at, len);
}

/* How many bytes at `at` are one character that could drive a terminal; 0: none. */
static size_t control_at(const unsigned char *at, size_t len)
{
    if (at[0] < ' ' || at[0] == 0x7f)
        return 1;
    if (len >= 2 && at[0] == 0xc2 && at[1] >= 0x80 && at[1] <= 0x9f)
        return 2;
    bool embeds = len >= 3 && at[1] == 0x80 && at[2] >= 0xaa && at[2] <= 0xae;
    bool isolates = len >= 3 && at[1] == 0x81 && at[2] >= 0xa6 && at[2] <= 0xa9;
    return at[0] == 0xe2 && (embeds || isolates) ? 3 : 0;
}

void str_blank_controls(char *at, size_t len)
{
    for (size_t i = 0; i < len;) {
        size_t size = control_at((const unsigned char *)at + i, len - i);
        memset(at + i, ' ', size);
        i += size > 0 ? size : 1;
    }
}

char *str_dup(struct str s)
{
    char *copy = mem_alloc(s.len + 1);
    if (s.len > 0)
        memcpy(copy, s.at, s.len);
    copy[s.len] = '\0';
    return copy;
}
