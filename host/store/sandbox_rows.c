#include "store/sandbox_rows.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

#define BUSY_MS 2000

enum {
    STATEMENT_PUT,
    STATEMENT_DEL,
    STATEMENT_CLEAR,
    STATEMENT_EACH,
    STATEMENT_GET,
    STATEMENTS
};

static const char *const sql[STATEMENTS] = {
    [STATEMENT_PUT] = "INSERT OR REPLACE INTO rows (kind, key, value) VALUES (?, ?, ?)",
    [STATEMENT_DEL] = "DELETE FROM rows WHERE kind = ? AND key = ?",
    [STATEMENT_CLEAR] = "DELETE FROM rows",
    [STATEMENT_EACH] = "SELECT key, value FROM rows WHERE kind = ? ORDER BY key",
    [STATEMENT_GET] = "SELECT value FROM rows WHERE kind = ? AND key = ?",
};

struct sandbox_rows {
    sqlite3 *db;
    char *path;
    sqlite3_stmt *statements[STATEMENTS];
    bool open;   /* a transaction is open */
    bool failed; /* a write of it failed: `why` */
    struct err why;
};

static bool fail(const struct sandbox_rows *rows, struct err *err)
{
    return err_set(err, ERR_STORAGE, "%s: %s", rows->path, sqlite3_errmsg(rows->db));
}

static bool set_up(struct sandbox_rows *rows, struct err *err)
{
    static const char *const steps[] = {
        "PRAGMA locking_mode = EXCLUSIVE",
        "PRAGMA journal_mode = WAL",
        "PRAGMA synchronous = NORMAL",
        ("CREATE TABLE IF NOT EXISTS rows (kind TEXT NOT NULL, key BLOB NOT NULL,"
         " value BLOB NOT NULL, PRIMARY KEY (kind, key)) WITHOUT ROWID"),
        /* Takes the lock now instead of at the first write. */
        "BEGIN IMMEDIATE",
        "COMMIT",
    };
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        if (sqlite3_exec(rows->db, steps[i], NULL, NULL, NULL) != SQLITE_OK)
            return fail(rows, err);
    }
    for (int i = 0; i < STATEMENTS; i++) {
        if (sqlite3_prepare_v2(rows->db, sql[i], -1, &rows->statements[i], NULL) !=
            SQLITE_OK)
            return fail(rows, err);
    }
    return true;
}

struct sandbox_rows *sandbox_rows_open(const char *path, struct err *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        err_set(err, ERR_STORAGE, "%s: %s", path, strerror(errno));
        return NULL;
    }
    close(fd);
    struct sandbox_rows *rows = MEM_NEW(struct sandbox_rows);
    rows->path = str_dup(str_from(path));
    if (sqlite3_open_v2(path, &rows->db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK) {
        fail(rows, err);
        sandbox_rows_close(rows);
        return NULL;
    }
    sqlite3_busy_timeout(rows->db, BUSY_MS);
    if (!set_up(rows, err)) {
        sandbox_rows_close(rows);
        return NULL;
    }
    return rows;
}

void sandbox_rows_close(struct sandbox_rows *rows)
{
    if (!rows)
        return;
    if (rows->open)
        sandbox_rows_commit(rows, NULL);
    for (int i = 0; i < STATEMENTS; i++)
        sqlite3_finalize(rows->statements[i]);
    sqlite3_close(rows->db);
    free(rows->path);
    free(rows);
}

static void bind(sqlite3_stmt *statement, int at, struct str value)
{
    /* An empty string needs an address, or it would be NULL in the table. */
    const char *bytes = value.at ? value.at : "";
    if (at == 1)
        sqlite3_bind_text(statement, at, bytes, (int)value.len, SQLITE_STATIC);
    else
        sqlite3_bind_blob(statement, at, bytes, (int)value.len, SQLITE_STATIC);
}

static void note_failure(struct sandbox_rows *rows)
{
    if (!rows->failed)
        fail(rows, &rows->why);
    rows->failed = true;
}

static void begin(struct sandbox_rows *rows)
{
    if (rows->open)
        return;
    rows->open = true;
    if (sqlite3_exec(rows->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
        note_failure(rows);
}

static void run(struct sandbox_rows *rows, int which)
{
    sqlite3_stmt *statement = rows->statements[which];
    if (!rows->failed && sqlite3_step(statement) != SQLITE_DONE)
        note_failure(rows);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
}

void sandbox_rows_put(struct sandbox_rows *rows, struct str kind, struct str key,
                      struct str value)
{
    begin(rows);
    bind(rows->statements[STATEMENT_PUT], 1, kind);
    bind(rows->statements[STATEMENT_PUT], 2, key);
    bind(rows->statements[STATEMENT_PUT], 3, value);
    run(rows, STATEMENT_PUT);
}

void sandbox_rows_del(struct sandbox_rows *rows, struct str kind, struct str key)
{
    begin(rows);
    bind(rows->statements[STATEMENT_DEL], 1, kind);
    bind(rows->statements[STATEMENT_DEL], 2, key);
    run(rows, STATEMENT_DEL);
}

void sandbox_rows_clear(struct sandbox_rows *rows)
{
    begin(rows);
    run(rows, STATEMENT_CLEAR);
}

bool sandbox_rows_commit(struct sandbox_rows *rows, struct err *err)
{
    if (!rows->open)
        return true;
    rows->open = false;
    if (!rows->failed && sqlite3_exec(rows->db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
        note_failure(rows);
    if (!rows->failed)
        return true;
    sqlite3_exec(rows->db, "ROLLBACK", NULL, NULL, NULL);
    rows->failed = false;
    if (err)
        *err = rows->why;
    return false;
}

static struct str column(sqlite3_stmt *statement, int at)
{
    const void *bytes = sqlite3_column_blob(statement, at);
    return str_of(bytes, (size_t)sqlite3_column_bytes(statement, at));
}

bool sandbox_rows_get(struct sandbox_rows *rows, struct str kind, struct str key,
                      struct buf *out)
{
    sqlite3_stmt *statement = rows->statements[STATEMENT_GET];
    bind(statement, 1, kind);
    bind(statement, 2, key);
    bool found =
        sqlite3_step(statement) == SQLITE_ROW && buf_add_str(out, column(statement, 0));
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return found;
}

bool sandbox_rows_each(struct sandbox_rows *rows, struct str kind, sandbox_rows_fn *fn,
                       void *arg, struct err *err)
{
    sqlite3_stmt *statement = rows->statements[STATEMENT_EACH];
    bool fine = true;
    int got;
    bind(statement, 1, kind);
    while (fine && (got = sqlite3_step(statement)) == SQLITE_ROW)
        fine = fn(arg, column(statement, 0), column(statement, 1), err);
    if (fine && got != SQLITE_DONE)
        fine = fail(rows, err);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return fine;
}
