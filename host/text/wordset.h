/*
 * wordset: finds any of many words in a text in one pass (Aho-Corasick). ASCII letters
 * match in either case. Where a word begins or ends with an ASCII letter or digit it must
 * stand alone there ("ass" is not in "class"); other scripts have no such borders.
 *
 * Layer: text.  Thread: any, one at a time. Pure.
 */
#ifndef TEXT_WORDSET_H
#define TEXT_WORDSET_H

#include "base/str.h"

#define WORDSET_BYTES_MAX ((size_t)64 << 10) /* all words together */

struct wordset;

struct wordset *wordset_new(void);
void wordset_free(struct wordset *words); /* NULL is fine */

/* Adds a word with a value of the caller's; the same word may be added several times.
 * False when it is empty or there is no more room. */
bool wordset_add(struct wordset *words, struct str word, uint32_t value);

/* Calls `fn` for each occurrence in the order of their ends, until it returns false. May
 * not be followed by wordset_add. */
typedef bool wordset_fn(void *arg, uint32_t value, struct str match);
void wordset_find(struct wordset *words, struct str text, wordset_fn *fn, void *arg);

#endif
