/*
 * words: the sensitive words. A word without replacement blocks a text, one with is
 * replaced; blocking wins.
 *
 * Layer: sandbox.  Thread: loop thread only.
 */
#ifndef SANDBOX_WORDS_H
#define SANDBOX_WORDS_H

#include "base/buf.h"

#define WORDS_MAX 50

struct word {
    struct str word;
    struct str replacement; /* empty: blocks */
};

struct words;

enum words_verdict { WORDS_CLEAN, WORDS_BLOCKED, WORDS_REPLACED };

struct words *words_new(void);
void words_free(struct words *words); /* NULL is fine */
void words_clear(struct words *words);

size_t words_count(const struct words *words);
const struct word *words_at(const struct words *words,
                            size_t at); /* in order of adding */

/* Adds or replaces; false when WORDS_MAX are there. */
bool words_add(struct words *words, struct str word, struct str replacement);
bool words_del(struct words *words, struct str word); /* false: was not there */

/* 1..32 characters, not only ASCII punctuation and spaces. */
bool words_ok(struct str word);

/* Looks at `text`; with WORDS_REPLACED `out` (reset first) has the changed text. ASCII
 * letters match in either case. */
enum words_verdict words_check(const struct words *words, struct str text,
                               struct buf *out);

#endif
