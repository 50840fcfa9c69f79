/* audit: see the header. */
#include "store/audit.h"

#include "store/inside.h"

void audit_add(struct store *store, const struct audit_row *row)
{
    db_write(store, DB_AUDIT_ADD,
             "INSERT INTO audit(at_ms, plugin, verb, target, result)"
             " VALUES(?1, ?2, ?3, ?4, ?5)",
             "ibbbb", row->at_ms, row->plugin, row->verb, row->target, row->result);
}

bool audit_each(struct store *store, int max, audit_each_fn *fn, void *arg,
                struct err *err)
{
    struct err why = { 0 };
    sqlite3_stmt *at = db_read(store, DB_AUDIT_EACH,
                               "SELECT row, at_ms, plugin, verb, target, result"
                               " FROM audit ORDER BY row DESC LIMIT ?1",
                               err, "i", (int64_t)max);
    if (!at)
        return false;
    while (db_row(store, at, &why)) {
        struct audit_row row = {
            .row = sqlite3_column_int64(at, 0),
            .at_ms = sqlite3_column_int64(at, 1),
            .plugin = db_column(at, 2),
            .verb = db_column(at, 3),
            .target = db_column(at, 4),
            .result = db_column(at, 5),
        };
        fn(arg, &row);
    }
    sqlite3_reset(at);
    if (err && why.code != ERR_NONE)
        *err = why;
    return why.code == ERR_NONE;
}
