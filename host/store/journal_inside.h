/*
 * journal_inside: what journal.c (rows) and journal_aside.c (those set aside) share.
 *
 * Layer: store.
 */
#ifndef STORE_JOURNAL_INSIDE_H
#define STORE_JOURNAL_INSIDE_H

#include "store/inside.h"
#include "store/journal.h"

/* A row of this turn. */
struct journal_pending {
    int64_t row;
    int64_t received_ms;
    uint64_t hash;
    size_t at; /* in journal.bytes: UID, plugin, body */
    size_t uid_len, plugin_len, body_len;
    enum { ROW_OPEN, ROW_DONE, ROW_ASIDE } done;
    bool timed;
    enum journal_why why;
};

/* What it is for, what it holds and when it came are the caller's to set. */
struct journal_pending *journal_push(struct journal *journal, struct str uid,
                                     struct str plugin);
void journal_push_body(struct journal *journal, struct journal_pending *row,
                       const struct str *parts, size_t count);

/* NULL: it is not of this turn. */
struct journal_pending *journal_pending(struct journal *journal, int64_t row);
struct journal_pending *journal_pending_find(const struct journal *journal,
                                             struct str uid);

/* It is in the file, or put down to be. */
bool journal_is_written(const struct journal *journal,
                        const struct journal_pending *pending);

#define JOURNAL_COLUMNS "row, received_ms, uid, plugin, timed, why"

enum journal_why journal_why_of(int64_t number); /* as it is in the file */

/* A row that was selected by these columns, or is of this turn: its strings are borrowed.
 */
struct journal_row journal_row_read(sqlite3_stmt *at);
struct journal_row journal_row_pending(const struct journal *journal,
                                       const struct journal_pending *pending);

/* The strings of `row` are copied to `bytes` (reset first). False: too long. */
bool journal_row_copy(struct journal_row row, struct journal_row *out, struct buf *bytes);

/* The only row of the statement (NULL is fine), copied; `body` is the column that has it,
 * 0: none. The statement is put back. */
bool journal_row_first(struct store *store, sqlite3_stmt *at, int body,
                       struct journal_row *out, struct buf *bytes);

/* What a time brought goes with the next pruning. */
#define JOURNAL_FORGET                                                                   \
    " SET done = 1, body = NULL, received_ms = iif(timed, 0, received_ms)"

#endif
