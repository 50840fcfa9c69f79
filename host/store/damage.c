/* damage: a database file that cannot be read any more is kept for whoever repairs it. */
#include "base/log.h"
#include "base/mem.h"
#include "store/inside.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { NAME_SIZE = 4200 };

bool db_is_damage(struct store *store, int rc)
{
    bool damaged = rc == SQLITE_NOTADB || (rc & 0xff) == SQLITE_CORRUPT;
    if (damaged && !store->damage)
        store->damaged = rc;
    return damaged;
}

/* The first "PATH.damaged-N" that is not there. */
static void free_name(const struct store *store, char *name)
{
    int number = 1;
    do {
        snprintf(name, NAME_SIZE, "%s.damaged-%d", store->path, number++);
    } while (access(name, F_OK) == 0);
}

/* The write-ahead log goes with its file: a repair needs both. */
static bool move(const struct store *store, const char *name, struct err *err)
{
    char from[NAME_SIZE], to[NAME_SIZE + 8];
    snprintf(from, sizeof(from), "%s-wal", store->path);
    snprintf(to, sizeof(to), "%s-wal", name);
    if ((rename(from, to) != 0 && errno != ENOENT) || rename(store->path, name) != 0)
        return err_set(err, ERR_STORAGE, "%s: damaged, and cannot be moved aside: %s",
                       store->path, strerror(errno));
    return true;
}

static void say(struct store *store, const char *name)
{
    struct buf text;
    buf_init(&text, (size_t)4 * NAME_SIZE);
    buf_add_format(&text,
                   "%s: damaged (%s), now %s: put a copy in its place; without one the "
                   "next start makes a new file",
                   store->path, sqlite3_errstr(store->damaged), name);
    store->damage = str_dup(buf_str(&text));
    store->damaged = 0;
    log_error(LOG_STORE, "%s", store->damage);
    buf_clear(&text);
}

/* The same tables, empty and in memory. */
static bool open_memory(struct store *store, struct err *err)
{
    char *path = store->path;
    store->path = str_dup(STR(":memory:"));
    bool good = db_open(store, err);
    free(store->path);
    store->path = path;
    return good;
}

bool damage_leave(struct store *store, struct err *err)
{
    char name[NAME_SIZE];
    free_name(store, name);
    store->open = false;
    kv_sizes_clear(store);
    /* Closing writes nothing that matters, and SQLite then lets go of the file. */
    sqlite3_exec(store->db, "PRAGMA wal_autocheckpoint = 0", NULL, NULL, NULL);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    db_close(store);
    if (!move(store, name, err) || !open_memory(store, err))
        return false;
    say(store, name);
    store->failed = true;
    if (store->durable != STORE_OFF) {
        err_set(&store->why, ERR_STORAGE, "%s", store->damage);
        buf_reset(&store->records);
    }
    return true;
}

bool store_lost(const struct store *store)
{
    return store->damage && store->durable != STORE_OFF;
}
