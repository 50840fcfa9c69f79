/* schedules: see the header. */
#include "store/schedules.h"

#include "store/inside.h"

bool schedules_add(struct store *store, struct schedule_row *row, struct err *err)
{
    if (store->failed) {
        if (err)
            *err = store->why;
        return false;
    }
    row->id = ++store->schedule_last;
    db_write(store, DB_SCHEDULE_ADD,
             "INSERT INTO schedules(id, plugin, name, due_ms, chat, target, data)"
             " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
             "ibbiibb", row->id, row->plugin, row->name, row->due_ms, (int64_t)row->chat,
             row->target, row->data);
    return true;
}

void schedules_del(struct store *store, int64_t id)
{
    db_write(store, DB_SCHEDULE_DEL, "DELETE FROM schedules WHERE id = ?1", "i", id);
}

static struct str put(struct buf *bytes, struct str s)
{
    size_t at = bytes->len;
    return buf_add_str(bytes, s) ? str_of(bytes->at + at, s.len) : STR_NONE;
}

static bool copy_row(sqlite3_stmt *at, struct schedule_row *out, struct buf *bytes)
{
    struct str plugin = db_column(at, 0), name = db_column(at, 1),
               target = db_column(at, 4), data = db_column(at, 5);
    buf_reset(bytes);
    /* All of it at once, so that what was put first does not move. */
    if (!buf_reserve(bytes, plugin.len + name.len + target.len + data.len))
        return false;
    out->plugin = put(bytes, plugin);
    out->name = put(bytes, name);
    out->due_ms = sqlite3_column_int64(at, 2);
    out->chat = sqlite3_column_int(at, 3);
    out->target = put(bytes, target);
    out->data = put(bytes, data);
    return true;
}

bool schedules_find(struct store *store, int64_t id, struct schedule_row *out,
                    struct buf *bytes)
{
    sqlite3_stmt *at = db_read(store, DB_SCHEDULE_FIND,
                               "SELECT plugin, name, due_ms, chat, target, data"
                               " FROM schedules WHERE id = ?1",
                               NULL, "i", id);
    if (!at)
        return false;
    out->id = id;
    bool found = db_row(store, at, NULL) && copy_row(at, out, bytes);
    sqlite3_reset(at);
    return found;
}

bool schedules_each(struct store *store, struct str plugin, schedules_fn *fn, void *arg,
                    struct err *err)
{
    struct err why = { 0 };
    sqlite3_stmt *at = db_read(store, DB_SCHEDULE_EACH,
                               "SELECT id, due_ms FROM schedules WHERE plugin = ?1"
                               " AND " SCHEDULES_GOOD " ORDER BY due_ms, id",
                               err, "b", plugin);
    if (!at)
        return false;
    while (db_row(store, at, &why))
        fn(arg, sqlite3_column_int64(at, 0), sqlite3_column_int64(at, 1));
    sqlite3_reset(at);
    if (err && why.code != ERR_NONE)
        *err = why;
    return why.code == ERR_NONE;
}

int64_t schedules_cron_last(struct store *store, struct str plugin, struct str name)
{
    sqlite3_stmt *at = db_read(
        store, DB_CRON_LAST, "SELECT last_ms FROM crons WHERE plugin = ?1 AND name = ?2",
        NULL, "bb", plugin, name);
    if (!at)
        return 0;
    int64_t last_ms = db_row(store, at, NULL) ? sqlite3_column_int64(at, 0) : 0;
    sqlite3_reset(at);
    return last_ms;
}

void schedules_cron_set(struct store *store, struct str plugin, struct str name,
                        int64_t last_ms)
{
    db_write(store, DB_CRON_SET,
             "INSERT INTO crons(plugin, name, last_ms) VALUES(?1, ?2, ?3)"
             " ON CONFLICT(plugin, name) DO UPDATE SET last_ms = excluded.last_ms",
             "bbi", plugin, name, last_ms);
    db_write(store, DB_CRON_PRUNE,
             "DELETE FROM crons WHERE plugin = ?1 AND name IN (SELECT name FROM crons"
             " WHERE plugin = ?1 ORDER BY last_ms DESC LIMIT -1 OFFSET 1000)",
             "b", plugin);
}
