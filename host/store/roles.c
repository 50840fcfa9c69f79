/* roles: see the header. */
#include "store/roles.h"

#include "store/inside.h"

static bool usable(const struct store *store, struct err *err)
{
    if (store->failed && err)
        *err = store->why;
    return !store->failed;
}

bool roles_set(struct store *store, struct str user, struct str group, struct str role,
               int64_t at_ms, struct err *err)
{
    if (!usable(store, err))
        return false;
    db_write(store, DB_ROLES_SET,
             "INSERT INTO roles(user, place, role, at_ms) VALUES(?1, ?2, ?3, ?4)"
             " ON CONFLICT(user, place) DO UPDATE SET role = excluded.role,"
             " at_ms = excluded.at_ms",
             "bbbi", user, group, role, at_ms);
    return true;
}

bool roles_del(struct store *store, struct str user, struct str group, struct err *err)
{
    if (!usable(store, err))
        return false;
    db_write(store, DB_ROLES_DEL, "DELETE FROM roles WHERE user = ?1 AND place = ?2",
             "bb", user, group);
    return true;
}

void roles_each(struct store *store, roles_fn *fn, void *arg)
{
    sqlite3_stmt *at =
        db_read(store, DB_ROLES_EACH, "SELECT user, place, role FROM roles", NULL, "");
    if (!at)
        return;
    while (db_row(store, at, NULL))
        fn(arg, db_column(at, 0), db_column(at, 1), db_column(at, 2));
    sqlite3_reset(at);
}
