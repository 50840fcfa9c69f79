/* meta: see the header. */
#include "store/meta.h"

#include "store/inside.h"

#include <stdio.h>

#define NUMBER_MAX 24

bool meta_get(struct store *store, struct str name, struct buf *out)
{
    sqlite3_stmt *row = db_read(
        store, DB_META_GET, "SELECT value FROM meta WHERE name = ?1", NULL, "b", name);
    if (!row)
        return false;
    bool found = db_row(store, row, NULL) && buf_add_str(out, db_column(row, 0));
    sqlite3_reset(row);
    return found;
}

void meta_set(struct store *store, struct str name, struct str value)
{
    db_write(store, DB_META_SET,
             "INSERT INTO meta(name, value) VALUES(?1, ?2)"
             " ON CONFLICT(name) DO UPDATE SET value = excluded.value",
             "bb", name, value);
}

void meta_del(struct store *store, struct str name)
{
    db_write(store, DB_META_DEL, "DELETE FROM meta WHERE name = ?1", "b", name);
}

int64_t meta_get_int(struct store *store, struct str name)
{
    struct buf text;
    int64_t value = 0;
    buf_init(&text, NUMBER_MAX);
    if (meta_get(store, name, &text))
        str_to_i64(buf_str(&text), &value);
    buf_clear(&text);
    return value;
}

void meta_set_int(struct store *store, struct str name, int64_t value)
{
    char text[NUMBER_MAX];
    snprintf(text, sizeof(text), "%lld", (long long)value);
    meta_set(store, name, str_from(text));
}

void meta_each(struct store *store, struct str prefix, meta_fn *fn, void *arg)
{
    sqlite3_stmt *row = db_read(store, DB_META_EACH,
                                "SELECT name, value FROM meta"
                                " WHERE substr(name, 1, length(?1)) = ?1 ORDER BY name",
                                NULL, "b", prefix);
    if (!row)
        return;
    while (db_row(store, row, NULL))
        fn(arg, db_column(row, 0), db_column(row, 1));
    sqlite3_reset(row);
}
