/*
 * sandbox_rows: what `moondock sandbox --data FILE` keeps: rows of bytes by kind and key,
 * in a SQLite file of their own.
 *
 * Writes share one transaction until sandbox_rows_commit. A failed write is remembered
 * and reported by the commit, after which nothing since the last one counts.
 *
 * Layer: store.  Thread: loop thread only.
 */
#ifndef STORE_SANDBOX_ROWS_H
#define STORE_SANDBOX_ROWS_H

#include "base/buf.h"
#include "base/err.h"

struct sandbox_rows;

/* ERR_STORAGE names file and cause. */
struct sandbox_rows *sandbox_rows_open(const char *path, struct err *err);

/* Commits and closes; NULL is fine. */
void sandbox_rows_close(struct sandbox_rows *rows);

void sandbox_rows_put(struct sandbox_rows *rows, struct str kind, struct str key,
                      struct str value);
void sandbox_rows_del(struct sandbox_rows *rows, struct str kind, struct str key);
void sandbox_rows_clear(struct sandbox_rows *rows); /* all rows of all kinds */

/* Appends the value; false when there is no such row, or no room for it. */
bool sandbox_rows_get(struct sandbox_rows *rows, struct str kind, struct str key,
                      struct buf *out);

bool sandbox_rows_commit(struct sandbox_rows *rows, struct err *err);

/* Calls `fn` for each row of a kind, in ascending order of keys (bytewise). Strings are
 * borrowed for the call. `fn` returns false to stop with an error of its own. */
typedef bool sandbox_rows_fn(void *arg, struct str key, struct str value,
                             struct err *err);
bool sandbox_rows_each(struct sandbox_rows *rows, struct str kind, sandbox_rows_fn *fn,
                       void *arg, struct err *err);

#endif
