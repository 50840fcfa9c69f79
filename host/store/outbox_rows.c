/* outbox_rows: see the header. */
#include "store/outbox_rows.h"

#include "store/inside.h"

#define COLUMNS                                                                          \
    "row, client_unique_id, type, cursor_ms, created_ms, findable, state, code, status," \
    " sent_ms, key, topic, target, payload, uid"

/* Bits of the column `findable`. */
enum { FINDABLE = 1, REPEAT = 2 };

void outbox_rows_add(struct store *store, struct outbox_row *row)
{
    int64_t flags = (row->findable ? FINDABLE : 0) | (row->repeat ? REPEAT : 0);
    row->row = ++store->outbox_last;
    db_write(store, DB_OUTBOX_ADD,
             "INSERT OR IGNORE INTO outbox(row, client_unique_id, type, cursor_ms,"
             " created_ms, findable, state, key, topic, target, payload, record)"
             " VALUES(?1, ?2, ?3, ?4, ?5, ?6, 0, ?7, ?8, ?9, ?10, ?11)",
             "iiiiiibbbbb", row->row, row->client_unique_id, (int64_t)row->type,
             row->cursor_ms, row->created_ms, flags, row->key, row->topic, row->target,
             row->payload, row->record);
}

static void read_row(sqlite3_stmt *at, struct outbox_row *out)
{
    *out = (struct outbox_row){
        .row = sqlite3_column_int64(at, 0),
        .client_unique_id = sqlite3_column_int64(at, 1),
        .type = sqlite3_column_int(at, 2),
        .cursor_ms = sqlite3_column_int64(at, 3),
        .created_ms = sqlite3_column_int64(at, 4),
        .findable = (sqlite3_column_int(at, 5) & FINDABLE) != 0,
        .repeat = (sqlite3_column_int(at, 5) & REPEAT) != 0,
        .state = (enum outbox_state)sqlite3_column_int(at, 6),
        .code = sqlite3_column_int(at, 7),
        .status = sqlite3_column_int(at, 8),
        .sent_ms = sqlite3_column_int64(at, 9),
        .key = db_column(at, 10),
        .topic = db_column(at, 11),
        .target = db_column(at, 12),
        .payload = db_column(at, 13),
        .uid = db_column(at, 14),
    };
}

/* Moves the row's strings into `bytes`. */
static bool keep_strings(struct outbox_row *row, struct buf *bytes)
{
    struct str *strings[] = { &row->key, &row->topic, &row->target, &row->payload,
                              &row->uid };
    size_t count = sizeof(strings) / sizeof(strings[0]);
    buf_reset(bytes);
    for (size_t i = 0; i < count; i++) {
        if (!buf_add_str(bytes, *strings[i]))
            return false;
    }
    size_t from = 0;
    for (size_t i = 0; i < count; i++) {
        *strings[i] = str_sub(buf_str(bytes), from, strings[i]->len);
        from += strings[i]->len;
    }
    return true;
}

/* Somebody edited the rest. It was sent before, whatever it says. */
static bool keep_key(sqlite3_stmt *at, struct outbox_row *row, struct buf *bytes)
{
    read_row(at, row);
    row->topic = row->target = row->payload = STR_NONE;
    return keep_strings(row, bytes);
}

bool outbox_rows_find(struct store *store, struct str key, struct outbox_row *out,
                      struct buf *bytes)
{
    sqlite3_stmt *at = db_read(
        store, DB_OUTBOX_FIND,
        "SELECT " COLUMNS " FROM outbox WHERE key = ?1 AND key <> x''", NULL, "b", key);
    if (!at)
        return false;
    bool found = db_row(store, at, NULL);
    if (found) {
        read_row(at, out);
        found = keep_strings(out, bytes) || keep_key(at, out, bytes);
    }
    sqlite3_reset(at);
    return found;
}

void outbox_rows_forget(struct store *store, int64_t row)
{
    db_write(store, DB_OUTBOX_DELETE, "DELETE FROM outbox WHERE row = ?1", "i", row);
}

void outbox_rows_finish(struct store *store, const struct outbox_row *row)
{
    if (row->key.len == 0) {
        outbox_rows_forget(store, row->row);
        return;
    }
    db_write(store, DB_OUTBOX_FINISH,
             "UPDATE outbox SET state = ?2, code = ?3, status = ?4, uid = ?5,"
             " sent_ms = ?6, payload = NULL WHERE row = ?1",
             "iiiibi", row->row, (int64_t)row->state, (int64_t)row->code,
             (int64_t)row->status, row->uid, row->sent_ms);
}

bool outbox_rows_each(struct store *store, outbox_rows_fn *fn, void *arg, struct err *err)
{
    struct err why = { 0 };
    sqlite3_stmt *at =
        db_read(store, DB_OUTBOX_EACH,
                "SELECT " COLUMNS " FROM outbox WHERE state = 0 ORDER BY row", err, "");
    if (!at)
        return false;
    while (db_row(store, at, &why)) {
        struct outbox_row row;
        read_row(at, &row);
        fn(arg, &row);
    }
    sqlite3_reset(at);
    if (err && why.code != ERR_NONE)
        *err = why;
    return why.code == ERR_NONE;
}

/* Only finished rows with a key are old: the others are deleted when they finish. The
 * slice is the oldest 500 rows, so an old waiting row holds up at most itself. */
bool outbox_rows_prune(struct store *store, int64_t before_ms)
{
    if (store->failed)
        return false;
    db_write(store, DB_OUTBOX_PRUNE,
             "DELETE FROM outbox WHERE row IN (SELECT row FROM"
             " (SELECT row, state, created_ms FROM outbox ORDER BY row LIMIT 500)"
             " WHERE state <> 0 AND created_ms < ?1)",
             "i", before_ms);
    return !store->failed && db_changes(store) == 500;
}
