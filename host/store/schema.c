/* schema: the tables, as the steps from one version to the next. */
#include "base/must.h"
#include "store/inside.h"

#include <stdio.h>
#include <string.h>

/* steps[n] leads from version n to n + 1. A step that was released is never changed. */
static const char *const steps[] = {
    "CREATE TABLE cursors(id INTEGER PRIMARY KEY CHECK(id = 1),"
    " inbox INTEGER NOT NULL, outbox INTEGER NOT NULL, broadcast INTEGER NOT NULL);"
    "INSERT INTO cursors VALUES(1, 0, 0, 1);"

    "CREATE TABLE journal(row INTEGER PRIMARY KEY, uid BLOB NOT NULL,"
    " received_ms INTEGER NOT NULL, done INTEGER NOT NULL, body BLOB);"
    "CREATE UNIQUE INDEX journal_uid ON journal(uid);"
    "CREATE INDEX journal_open ON journal(row) WHERE done = 0;"

    "CREATE TABLE outbox(row INTEGER PRIMARY KEY, key BLOB NOT NULL,"
    " client_unique_id INTEGER NOT NULL, type INTEGER NOT NULL, topic BLOB NOT NULL,"
    " target BLOB NOT NULL, payload BLOB, cursor_ms INTEGER NOT NULL,"
    " created_ms INTEGER NOT NULL, findable INTEGER NOT NULL,"
    " state INTEGER NOT NULL, code INTEGER NOT NULL DEFAULT 0,"
    " status INTEGER NOT NULL DEFAULT 0, uid BLOB NOT NULL DEFAULT x'',"
    " sent_ms INTEGER NOT NULL DEFAULT 0);"
    "CREATE UNIQUE INDEX outbox_key ON outbox(key) WHERE key <> x'';"
    "CREATE INDEX outbox_open ON outbox(row) WHERE state = 0;"

    "CREATE TABLE kv(plugin BLOB NOT NULL, name BLOB NOT NULL, key BLOB NOT NULL,"
    " value BLOB NOT NULL, expires_ms INTEGER NOT NULL,"
    " PRIMARY KEY(plugin, name, key)) WITHOUT ROWID;"
    "CREATE INDEX kv_expires ON kv(expires_ms) WHERE expires_ms > 0;"

    "CREATE TABLE meta(name BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;"

    "CREATE TABLE audit(row INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL,"
    " plugin BLOB NOT NULL, verb BLOB NOT NULL, target BLOB NOT NULL,"
    " result BLOB NOT NULL);",

    "CREATE TABLE schedules(id INTEGER PRIMARY KEY AUTOINCREMENT, plugin BLOB NOT NULL,"
    " name BLOB NOT NULL, due_ms INTEGER NOT NULL, chat INTEGER NOT NULL,"
    " target BLOB NOT NULL, data BLOB NOT NULL);"
    "CREATE INDEX schedules_due ON schedules(plugin, due_ms, id);"

    "CREATE TABLE crons(plugin BLOB NOT NULL, name BLOB NOT NULL,"
    " last_ms INTEGER NOT NULL, PRIMARY KEY(plugin, name)) WITHOUT ROWID;"

    "CREATE TABLE roles(user BLOB NOT NULL, place BLOB NOT NULL, role BLOB NOT NULL,"
    " at_ms INTEGER NOT NULL, PRIMARY KEY(user, place)) WITHOUT ROWID;",

    "ALTER TABLE outbox ADD COLUMN record BLOB NOT NULL DEFAULT x'';"
    "CREATE TABLE history(event BLOB NOT NULL, task BLOB NOT NULL,"
    " first INTEGER NOT NULL, chunk BLOB NOT NULL, PRIMARY KEY(event, task, first))"
    " WITHOUT ROWID;",

    "CREATE TABLE attempts(row INTEGER PRIMARY KEY, event BLOB NOT NULL UNIQUE,"
    " count INTEGER NOT NULL);"
    "CREATE INDEX journal_aside ON journal(row) WHERE done = 2;",

    "ALTER TABLE journal ADD COLUMN plugin BLOB NOT NULL DEFAULT x'';"
    "ALTER TABLE journal ADD COLUMN timed INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE journal ADD COLUMN why INTEGER NOT NULL DEFAULT 0;",
};

#define VERSION (int)(sizeof(steps) / sizeof(steps[0]))

/* What is on its way, as opposed to what plugins and operators keep. */
static const char on_its_way[] =
    "SELECT sql FROM main.sqlite_schema WHERE sql IS NOT NULL"
    " AND tbl_name IN ('cursors', 'journal', 'outbox')";

static bool read_version(struct store *store, int *version, struct err *err)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(store->db, "PRAGMA user_version", -1, &statement, NULL) !=
            SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW) {
        db_err(store, err, "read version");
        sqlite3_finalize(statement);
        return false;
    }
    *version = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    return true;
}

bool schema_migrate(struct store *store, struct err *err)
{
    int version;
    if (!read_version(store, &version, err))
        return false;
    if (version < 0 || version > VERSION)
        return err_set(err, ERR_STORAGE,
                       "%s: version %d, made by a newer moondock (this one knows %d)",
                       store->path, version, VERSION);
    for (; version < VERSION; version++) {
        char stamp[64];
        snprintf(stamp, sizeof(stamp), "PRAGMA user_version = %d; COMMIT", version + 1);
        if (sqlite3_exec(store->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK ||
            sqlite3_exec(store->db, steps[version], NULL, NULL, NULL) != SQLITE_OK ||
            sqlite3_exec(store->db, stamp, NULL, NULL, NULL) != SQLITE_OK) {
            db_err(store, err, "migrate");
            if (!sqlite3_get_autocommit(store->db))
                sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
            return false;
        }
    }
    return true;
}

/* "CREATE … TABLE name(" or "CREATE … INDEX name ON" becomes one of the temp schema,
 * whose names SQLite finds before those of the file. */
static bool shadow(struct store *store, const char *sql)
{
    const char *name = strstr(sql, "TABLE ");
    if (!name)
        name = strstr(sql, "INDEX ");
    must(name);
    name += strlen("TABLE ");
    char text[1000];
    int len = snprintf(text, sizeof(text), "%.*stemp.%s", (int)(name - sql), sql, name);
    must(len > 0 && (size_t)len < sizeof(text));
    return sqlite3_exec(store->db, text, NULL, NULL, NULL) == SQLITE_OK;
}

bool schema_shadow(struct store *store, struct err *err)
{
    sqlite3_stmt *at = NULL;
    bool good = sqlite3_prepare_v2(store->db, on_its_way, -1, &at, NULL) == SQLITE_OK;
    int rc = SQLITE_DONE;
    while (good && (rc = sqlite3_step(at)) == SQLITE_ROW)
        good = shadow(store, (const char *)sqlite3_column_text(at, 0));
    sqlite3_finalize(at);
    good = good && rc == SQLITE_DONE &&
           sqlite3_exec(store->db, "INSERT INTO cursors VALUES(1, 0, 0, 1)", NULL, NULL,
                        NULL) == SQLITE_OK;
    return good || db_err(store, err, "tables in memory");
}
