/*
 * str: a view of bytes that somebody else owns. Never NUL-terminated by promise.
 *
 * Layer: base.  Thread: any.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
    const char *at;
    size_t len;
};

#define STR(literal) ((struct str){ "" literal, sizeof(literal) - 1 })
#define STR_NONE ((struct str){ NULL, 0 })

/* For printf's "%.*s". */
#define STR_ARG(s) (int)(s).len, (s).at ? (s).at : ""

/* Borrows a C string; NULL gives STR_NONE. */
static inline struct str str_from(const char *text)
{
    return (struct str){ text, text != NULL ? strlen(text) : 0 };
}

static inline struct str str_of(const void *at, size_t len)
{
    return (struct str){ at, len };
}

static inline bool str_eq(struct str a, struct str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

bool str_eq_nocase(struct str a, struct str b); /* ASCII letters only */
int str_cmp(struct str a, struct str b);        /* bytewise, as memcmp */
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);

/* Index of the first `c` or of the first `part`; -1 if there is none. */
ptrdiff_t str_index(struct str s, char c);
ptrdiff_t str_find(struct str s, struct str part);

/* The part from `from` (clamped) of at most `len` bytes. */
struct str str_sub(struct str s, size_t from, size_t len);

/* Without ASCII white space at both ends. */
struct str str_trim(struct str s);

/* Cuts the next piece up to `sep` off `*rest`. False when nothing was left.
 * "a,,b" gives "a", "", "b"; an empty rest gives nothing, so "a," gives "a" alone. */
bool str_split(struct str *rest, char sep, struct str *piece);

/* Whole string as a decimal number, sign allowed; false when it is anything else. */
bool str_to_i64(struct str s, int64_t *out);

/* Well-formed UTF-8: no surrogates, no overlong forms, nothing above U+10FFFF. */
bool str_is_utf8(struct str s);

/* Bytes of the well-formed UTF-8 character at the start, 1 to 4; 0 if there is none. */
size_t str_utf8_char(struct str s);

/* The longest prefix of at most `max` bytes that does not cut a UTF-8 character. */
struct str str_cut_utf8(struct str s, size_t max);

/* Overwrites with blanks what could drive a terminal: control characters (C0, DEL, C1)
 * and those that turn the direction of text. The length stays. */
void str_blank_controls(char *at, size_t len);

/* Gives a NUL-terminated copy; free() it. */
char *str_dup(struct str s);

#endif
