/*
 * limits_match: the pattern matcher of plugins. Finds what the string library of Lua 5.4
 * finds, with the same errors, but counts its steps: a pattern that tries too many ways
 * ends with an error after some milliseconds, where the stock one may never end, in C,
 * where no hook reaches it.
 *
 * Patterns and subjects are any bytes; nothing is read past their ends. A match lasts for
 * one call of a string function, however many places of the subject that looks at; what
 * is linear in the subject always ends.
 *
 * Private to this room.  Layer: script.  Thread: any. Pure.
 */
#ifndef SCRIPT_LIMITS_MATCH_H
#define SCRIPT_LIMITS_MATCH_H

#include "base/str.h"

enum {
    MATCH_STEPS = 1000000,     /* 5 ms */
    MATCH_STEPS_MAX = 8000000, /* with what long subjects get besides */
    MATCH_DEPTH = 200,         /* of recursion, as in Lua */
    MATCH_CAPTURES = 32,
};

struct match_capture {
    const char *at;
    ptrdiff_t len; /* or one of these: */
};
enum { MATCH_OPEN = -1, MATCH_POSITION = -2 };

struct match {
    struct str text, pattern; /* the pattern without its anchor */
    bool anchored;            /* the match must begin where the search does */
    int level;                /* captures of the match that was found */
    struct match_capture captures[MATCH_CAPTURES];

    /* Why it ended without an answer; NULL: it did not. A format, for `number`. */
    const char *fault;
    int number;

    /* Private. */
    const char *text_end, *pattern_end;
    int64_t steps; /* left */
    int depth;     /* left */
};

/* Borrows both. A '^' at the front anchors, unless `plain_caret`. */
void match_start(struct match *match, struct str text, struct str pattern,
                 bool plain_caret);

/* The first match that begins at `from` or behind it and does not end at `last` (NULL:
 * wherever). Gives where it ends, and in `*start` where it begins; NULL when there is
 * none, or with a fault. */
const char *match_find(struct match *match, const char *from, const char *last,
                       const char **start);

/* Whether the pattern is a plain text: to be found byte for byte. */
bool match_is_plain(struct str pattern);

#endif
