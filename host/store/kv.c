/* kv: see the header. */
#include "store/kv.h"

#include "base/mem.h"
#include "base/must.h"
#include "store/inside.h"

#include <string.h>

struct kv_size {
    int64_t bytes;
};

static bool usable(const struct store *store, struct err *err)
{
    if (!store->failed)
        return true;
    if (err)
        *err = store->why;
    return false;
}

static struct kv_size *size_of(struct store *store, struct str plugin)
{
    struct kv_size *size = map_get(&store->kv_sizes, plugin);
    if (size)
        return size;
    size = MEM_NEW(struct kv_size);
    sqlite3_stmt *row = db_read(store, DB_KV_SIZE,
                                "SELECT sum(length(key) + length(value)) FROM kv"
                                " WHERE plugin = ?1",
                                NULL, "b", plugin);
    if (row) {
        if (db_row(store, row, NULL))
            size->bytes = sqlite3_column_int64(row, 0);
        sqlite3_reset(row);
    }
    map_set(&store->kv_sizes, plugin, size);
    return size;
}

void kv_sizes_clear(struct store *store)
{
    size_t at = 0;
    struct str plugin;
    void *size;
    while (map_next(&store->kv_sizes, &at, &plugin, &size))
        free(size);
    map_clear(&store->kv_sizes);
}

int64_t kv_size(struct store *store, struct str plugin)
{
    return size_of(store, plugin)->bytes;
}

/* The value, borrowed until *row is reset; expired ones too. */
static bool look_up(struct store *store, struct kv_name in, struct str key,
                    sqlite3_stmt **row, struct err *err)
{
    struct err why = { 0 };
    *row = db_read(store, DB_KV_GET,
                   "SELECT value, expires_ms FROM kv"
                   " WHERE plugin = ?1 AND name = ?2 AND key = ?3",
                   &why, "bbb", in.plugin, in.name, key);
    bool found = *row && db_row(store, *row, &why);
    if (err && why.code != ERR_NONE)
        *err = why;
    return found;
}

bool kv_get(struct store *store, struct kv_name in, struct str key, int64_t now_ms,
            struct buf *out, bool *found, int64_t *expires_ms, struct err *err)
{
    *found = false;
    if (expires_ms)
        *expires_ms = 0;
    if (!usable(store, err))
        return false;
    struct err why = { 0 };
    sqlite3_stmt *row;
    if (look_up(store, in, key, &row, &why)) {
        int64_t until_ms = sqlite3_column_int64(row, 1);
        struct str value = db_column(row, 0);
        *found = until_ms == 0 || until_ms > now_ms;
        if (*found && expires_ms)
            *expires_ms = until_ms;
        if (*found && !buf_add_str(out, value))
            err_set(&why, ERR_LIMIT, "a value of %zu bytes does not fit", value.len);
    }
    if (row)
        sqlite3_reset(row);
    if (err && why.code != ERR_NONE)
        *err = why;
    return why.code == ERR_NONE;
}

/* Bytes that the entry takes now: 0 when there is none. */
static bool entry_size(struct store *store, struct kv_name in, struct str key,
                       int64_t *bytes, struct err *err)
{
    struct err why = { 0 };
    sqlite3_stmt *row;
    *bytes = 0;
    if (look_up(store, in, key, &row, &why))
        *bytes = (int64_t)(key.len + db_column(row, 0).len);
    if (row)
        sqlite3_reset(row);
    if (err && why.code != ERR_NONE)
        *err = why;
    return why.code == ERR_NONE;
}

bool kv_set(struct store *store, struct kv_name in, struct str key, struct str value,
            int64_t expires_ms, int64_t limit, struct err *err)
{
    int64_t before;
    if (!usable(store, err) || !entry_size(store, in, key, &before, err))
        return false;
    struct kv_size *size = size_of(store, in.plugin);
    int64_t grows = (int64_t)(key.len + value.len) - before;
    if (limit > 0 && grows > 0 && size->bytes + grows > limit)
        return err_set(err, ERR_LIMIT,
                       "the store of %.*s is full: %lld bytes and %lld more pass %lld",
                       STR_ARG(in.plugin), (long long)size->bytes, (long long)grows,
                       (long long)limit);
    db_write(store, DB_KV_SET,
             "INSERT INTO kv(plugin, name, key, value, expires_ms)"
             " VALUES(?1, ?2, ?3, ?4, ?5) ON CONFLICT(plugin, name, key) DO UPDATE"
             " SET value = excluded.value, expires_ms = excluded.expires_ms",
             "bbbbi", in.plugin, in.name, key, value, expires_ms);
    size->bytes += grows;
    return true;
}

bool kv_del(struct store *store, struct kv_name in, struct str key, struct err *err)
{
    int64_t before;
    if (!usable(store, err) || !entry_size(store, in, key, &before, err))
        return false;
    if (before == 0)
        return true;
    struct kv_size *size = size_of(store, in.plugin);
    db_write(store, DB_KV_DEL,
             "DELETE FROM kv WHERE plugin = ?1 AND name = ?2 AND key = ?3", "bbb",
             in.plugin, in.name, key);
    size->bytes -= before;
    return true;
}

bool kv_clear(struct store *store, struct str plugin, struct err *err)
{
    if (!usable(store, err))
        return false;
    struct kv_size *size = size_of(store, plugin);
    db_write(store, DB_KV_CLEAR, "DELETE FROM kv WHERE plugin = ?1", "b", plugin);
    size->bytes = 0;
    return true;
}

bool kv_each(struct store *store, struct kv_name in, struct str prefix, struct str after,
             int64_t now_ms, int max, kv_each_fn *fn, void *arg, struct err *err)
{
    if (!usable(store, err))
        return false;
    struct err why = { 0 };
    sqlite3_stmt *row =
        db_read(store, DB_KV_EACH,
                "SELECT key, value, expires_ms FROM kv WHERE plugin = ?1 AND name = ?2"
                " AND key >= ?3 AND key > ?4 ORDER BY key",
                err, "bbbb", in.plugin, in.name, prefix, after);
    if (!row)
        return false;
    while (max > 0 && db_row(store, row, &why)) {
        struct str key = db_column(row, 0);
        int64_t expires_ms = sqlite3_column_int64(row, 2);
        if (!str_starts(key, prefix))
            break;
        if (expires_ms != 0 && expires_ms <= now_ms)
            continue;
        max--;
        if (!fn(arg, key, db_column(row, 1)))
            break;
    }
    sqlite3_reset(row);
    if (err && why.code != ERR_NONE)
        *err = why;
    return why.code == ERR_NONE;
}

bool kv_prune(struct store *store, int64_t now_ms, struct err *err)
{
    if (!usable(store, err))
        return false;
    db_write(
        store, DB_KV_EXPIRED,
        "DELETE FROM kv WHERE (plugin, name, key) IN (SELECT plugin, name, key FROM kv"
        " WHERE expires_ms > 0 AND expires_ms <= ?1 LIMIT 500)",
        "i", now_ms);
    /* Whose they were is not known: the sizes are counted anew when asked for. */
    if (!store->failed && db_changes(store) > 0)
        kv_sizes_clear(store);
    return true;
}
