/* history: see the header. */
#include "store/history.h"

#include "store/inside.h"

void history_add(struct store *store, struct str event, struct str task, int64_t first,
                 struct str chunk)
{
    db_write(store, DB_HISTORY_ADD,
             "INSERT OR REPLACE INTO history(event, task, first, chunk)"
             " VALUES(?1, ?2, ?3, ?4)",
             "bbib", event, task, first, chunk);
}

void history_del(struct store *store, struct str event, struct str task)
{
    if (task.len > 0)
        db_write(store, DB_HISTORY_DEL_TASK,
                 "DELETE FROM history WHERE event = ?1 AND task = ?2", "bb", event, task);
    else
        db_write(store, DB_HISTORY_DEL, "DELETE FROM history WHERE event = ?1", "b",
                 event);
}

static bool each_row(struct store *store, sqlite3_stmt *at, struct str prefix,
                     bool with_send, history_fn *fn, void *arg, struct err *err)
{
    struct err why = { 0 };
    if (!at)
        return false;
    while (db_row(store, at, &why)) {
        struct str task = db_column(at, 0);
        if (str_starts(task, prefix))
            fn(arg, task, with_send, db_column(at, 1));
    }
    sqlite3_reset(at);
    if (err && why.code != ERR_NONE)
        *err = why;
    return why.code == ERR_NONE;
}

bool history_each(struct store *store, struct str event, struct str prefix,
                  history_fn *fn, void *arg, struct err *err)
{
    struct buf end; /* just behind all that begin so */
    buf_init(&end, prefix.len + 1);
    if (!buf_add_str(&end, prefix) || !buf_add_byte(&end, 0xff)) {
        buf_clear(&end);
        return err_set(err, ERR_LIMIT, "the name of a task is too long");
    }
    bool ok =
        each_row(store,
                 db_read(store, DB_HISTORY_EACH,
                         "SELECT task, chunk FROM history WHERE event = ?1"
                         " AND task >= ?2 AND task < ?3 ORDER BY task, first",
                         err, "bbb", event, prefix, buf_str(&end)),
                 prefix, false, fn, arg, err) &&
        each_row(store,
                 db_read(store, DB_OUTBOX_RECORDS,
                         "SELECT key, record FROM outbox WHERE key >= ?1 AND key < ?2"
                         " AND key <> x'' ORDER BY row",
                         err, "bb", prefix, buf_str(&end)),
                 prefix, true, fn, arg, err);
    buf_clear(&end);
    return ok;
}
