/*
 * recent: what was answered within the last minute, under a name: the same question again
 * within that time gets the same answer.
 *
 * Layer: base.  Thread: loop thread only.
 */
#ifndef BASE_RECENT_H
#define BASE_RECENT_H

#include "base/str.h"

struct recent;

struct recent *recent_new(void);
void recent_free(struct recent *recent); /* NULL is fine */
void recent_clear(struct recent *recent);

/* The text kept under `key` less than a minute ago, borrowed; STR_NONE if there is none.
 */
struct str recent_find(struct recent *recent, struct str key, int64_t now);
/* Keeps copies. */
void recent_add(struct recent *recent, struct str key, struct str text, int64_t now);

#endif
