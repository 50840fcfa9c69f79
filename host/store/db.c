/* db: opening and closing the file. */
#include "store/db.h"

#include "base/mem.h"
#include "store/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

/* A writer that waits for another process's lock does not wait for ever. */
#define BUSY_MS 2000

/* SQLite gives -wal the mode of the database file, so this one decides for both. */
static bool make_private(const char *path, struct err *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_set(err, ERR_STORAGE, "%s: %s", path, strerror(errno));
    close(fd);
    return true;
}

static const char *synchronous(enum store_durable durable)
{
    static const char *const words[] = {
        [STORE_NORMAL] = "PRAGMA synchronous = NORMAL",
        [STORE_FULL] = "PRAGMA synchronous = FULL",
        [STORE_OFF] = "PRAGMA synchronous = OFF",
    };
    return words[durable];
}

static bool set_up(struct store *store, struct err *err)
{
    const char *const pragmas[] = {
        /* Exclusive: no locking calls per turn, and a second process cannot get in. */
        "PRAGMA locking_mode = EXCLUSIVE",
        "PRAGMA journal_mode = WAL",
        synchronous(store->durable),
        "PRAGMA temp_store = MEMORY",
        "PRAGMA foreign_keys = OFF",
        /* Takes the lock now instead of at the first write. */
        "BEGIN IMMEDIATE",
        "COMMIT",
    };
    for (size_t i = 0; i < sizeof(pragmas) / sizeof(pragmas[0]); i++) {
        int rc = sqlite3_exec(store->db, pragmas[i], NULL, NULL, NULL);
        if (rc == SQLITE_BUSY || rc == SQLITE_LOCKED)
            return err_set(err, ERR_STORAGE, "%s: in use by another process",
                           store->path);
        if (db_is_damage(store, rc))
            return err_set(err, ERR_STORAGE,
                           "%s: not a moondock database, or damaged (%s)", store->path,
                           sqlite3_errmsg(store->db));
        if (rc != SQLITE_OK)
            return db_err(store, err, "open");
    }
    return schema_migrate(store, err);
}

static bool read_cursors(struct store *store, struct err *err)
{
    struct err why = { 0 };
    sqlite3_stmt *row = db_read(store, DB_CURSORS_READ,
                                "SELECT inbox, outbox, broadcast FROM cursors", err, "");
    if (!row)
        return false;
    bool found = db_row(store, row, &why);
    if (found)
        store->cursors = (struct cursors){ .inbox = sqlite3_column_int64(row, 0),
                                           .outbox = sqlite3_column_int64(row, 1),
                                           .broadcast = sqlite3_column_int64(row, 2) };
    sqlite3_reset(row);
    if (!found && why.code == ERR_NONE)
        err_set(&why, ERR_STORAGE, "%s: the cursors are missing", store->path);
    if (!found && err)
        *err = why;
    return found;
}

bool db_open(struct store *store, struct err *err)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(store->path, &store->db, flags, NULL) != SQLITE_OK)
        return db_err(store, err, "open");
    sqlite3_busy_timeout(store->db, BUSY_MS);
    if (!set_up(store, err))
        return false;
    return store->durable != STORE_OFF || schema_shadow(store, err);
}

void db_close(struct store *store)
{
    if (store->db)
        store->written += sqlite3_total_changes64(store->db);
    for (size_t i = 0; i < DB_STATEMENTS; i++) {
        sqlite3_finalize(store->statements[i]);
        store->statements[i] = NULL;
    }
    sqlite3_close(store->db);
    store->db = NULL;
}

static bool open_or_leave(struct store *store, struct err *err)
{
    struct err why = { 0 };
    if (db_open(store, &why) && read_cursors(store, &why))
        return true;
    if (store->damaged && damage_leave(store, &why) && read_cursors(store, &why)) {
        store->failed = store_lost(store);
        return true;
    }
    if (err)
        *err = why;
    return false;
}

void db_numbers(struct store *store)
{
    store->outbox_last =
        db_number(store, DB_OUTBOX_LAST,
                  "SELECT max(row) FROM outbox WHERE row BETWEEN 0 AND " ROW_MOST, 0);
    store->schedule_last =
        db_number(store, DB_SCHEDULE_LAST,
                  "SELECT max(id) FROM (SELECT id FROM schedules UNION ALL"
                  " SELECT seq FROM sqlite_sequence WHERE name = 'schedules')"
                  " WHERE typeof(id) = 'integer' AND id BETWEEN 0 AND " ROW_MOST,
                  0);
}

struct store *store_open(const char *path, enum store_durable durable, struct err *err)
{
    if (strcmp(path, ":memory:") != 0 && !make_private(path, err))
        return NULL;
    /* A file size limit is to be an error of the write, as a full disk is. */
    signal(SIGXFSZ, SIG_IGN);
    struct store *store = MEM_NEW(struct store);
    store->path = str_dup(str_from(path));
    store->durable = durable;
    buf_init(&store->records, SIZE_MAX / 4);
    if (!open_or_leave(store, err)) {
        store_close(store);
        return NULL;
    }
    rows_check(store);
    journal_init(store);
    attempts_open(store);
    db_numbers(store);
    return store;
}

int64_t store_written(const struct store *store)
{
    return store->written + (store->db ? sqlite3_total_changes64(store->db) : 0);
}

enum store_durable store_durable(const struct store *store)
{
    return store->durable;
}

void store_close(struct store *store)
{
    if (!store)
        return;
    if (store_dirty(store))
        store_commit(store, NULL);
    attempts_close(store);
    db_close(store);
    journal_clear(store);
    kv_sizes_clear(store);
    buf_clear(&store->records);
    free(store->damage);
    free(store->path);
    free(store);
}
