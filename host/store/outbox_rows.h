/*
 * outbox_rows: what was queued for sending, on disk. A row is saved before its frame
 * leaves and finished when the server's answer (or a search) has told its fate. Finished
 * rows with a key stay as the record of that send until they are pruned; the others go.
 *
 * Layer: store.  Thread: loop thread only.
 */
#ifndef STORE_OUTBOX_ROWS_H
#define STORE_OUTBOX_ROWS_H

#include "base/buf.h"
#include "store/db.h"

enum outbox_state { OUTBOX_WAITING, OUTBOX_DONE, OUTBOX_FAILED };

struct outbox_row {
    int64_t row;    /* set by the room; grows */
    struct str key; /* empty: none */
    int64_t client_unique_id;
    int type; /* conversation type */
    struct str topic, target, payload;
    int64_t cursor_ms;  /* the outbox cursor when it was queued */
    int64_t created_ms; /* server's clock */
    enum outbox_state state;
    bool findable;    /* stored and undirected: history can tell */
    bool repeat;      /* to be sent again when nobody can tell */
    int code, status; /* OUTBOX_FAILED: enum err_code and the cloud's number */
    struct str uid;   /* OUTBOX_DONE */
    int64_t sent_ms;
    struct str record; /* what led to it (history.h); of outbox_rows_add only */
};

/* Saves a waiting row and sets row->row. The key must be new: see outbox_rows_find. */
void outbox_rows_add(struct store *store, struct outbox_row *row);

/* Reads the row with that key; strings are copied to `bytes` (reset first), where topic,
 * target and payload do not fit, only the others. */
bool outbox_rows_find(struct store *store, struct str key, struct outbox_row *out,
                      struct buf *bytes);

/* As if it had never been. */
void outbox_rows_forget(struct store *store, int64_t row);

/* `row->row`, `key` (empty or not), `state`, `code`, `status`, `uid`, `sent_ms` are read.
 */
void outbox_rows_finish(struct store *store, const struct outbox_row *row);

/* Calls `fn` for every waiting row, oldest first; strings are borrowed for the call. `fn`
 * may not call this room. */
typedef void outbox_rows_fn(void *arg, const struct outbox_row *row);
bool outbox_rows_each(struct store *store, outbox_rows_fn *fn, void *arg,
                      struct err *err);

/* Deletes at most 500 finished rows created before `before_ms`. True when there may be
 * more. */
bool outbox_rows_prune(struct store *store, int64_t before_ms);

#endif
