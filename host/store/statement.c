/* statement: prepared statements, and writes that can be made again. */
#include "base/log.h"
#include "base/mem.h"
#include "base/must.h"
#include "store/inside.h"

#include <stdarg.h>
#include <string.h>

bool db_err(const struct store *store, struct err *err, const char *what)
{
    return err_set(err, ERR_STORAGE, "%s: %s: %s", store->path, what,
                   sqlite3_errmsg(store->db));
}

static sqlite3_stmt *prepare(struct store *store, enum db_statement id, const char *sql,
                             struct err *err)
{
    sqlite3_stmt **slot = &store->statements[id];
    store->sql[id] = sql;
    if (!*slot) {
        int rc =
            sqlite3_prepare_v3(store->db, sql, -1, SQLITE_PREPARE_PERSISTENT, slot, NULL);
        if (rc != SQLITE_OK) {
            db_err(store, err, "prepare");
            return NULL;
        }
    }
    return *slot;
}

static void bind_str(sqlite3_stmt *statement, int at, char type, struct str value)
{
    const char *bytes = value.at ? value.at : "";
    int rc = type == 's'
                 ? sqlite3_bind_text64(statement, at, bytes, value.len, SQLITE_STATIC,
                                       SQLITE_UTF8)
                 : sqlite3_bind_blob64(statement, at, bytes, value.len, SQLITE_STATIC);
    must(rc == SQLITE_OK || rc == SQLITE_TOOBIG);
}

/*
 * A record: u8 statement, u8 count, then for each argument its type letter and either an
 * int64_t or a size_t length and the bytes. It never leaves the process, so host byte
 * order.
 */
static void put(struct store *store, const void *at, size_t len)
{
    must(buf_add(&store->records, at, len));
}

static size_t put_record(struct store *store, enum db_statement id, const char *types,
                         va_list args)
{
    size_t start = store->records.len;
    uint8_t head[2] = { (uint8_t)id, (uint8_t)strlen(types) };
    put(store, head, sizeof(head));
    for (const char *type = types; *type; type++) {
        put(store, type, 1);
        if (*type == 'i') {
            int64_t number = va_arg(args, int64_t);
            put(store, &number, sizeof(number));
        } else {
            struct str value = va_arg(args, struct str);
            put(store, &value.len, sizeof(value.len));
            put(store, value.at, value.len);
        }
    }
    return start;
}

/* Binds the record at `at` and gives the offset behind it. */
static size_t bind_record(struct store *store, size_t at, sqlite3_stmt *statement)
{
    const char *bytes = store->records.at;
    int count = (uint8_t)bytes[at + 1];
    at += 2;
    for (int i = 1; i <= count; i++) {
        char type = bytes[at++];
        if (type == 'i') {
            int64_t number;
            memcpy(&number, bytes + at, sizeof(number));
            at += sizeof(number);
            sqlite3_bind_int64(statement, i, number);
        } else {
            struct str value;
            memcpy(&value.len, bytes + at, sizeof(value.len));
            at += sizeof(value.len);
            value.at = bytes + at;
            at += value.len;
            bind_str(statement, i, type, value);
        }
    }
    return at;
}

static bool run(sqlite3_stmt *statement)
{
    int rc;
    do {
        rc = sqlite3_step(statement);
    } while (rc == SQLITE_ROW);
    sqlite3_reset(statement);
    return rc == SQLITE_DONE;
}

static void fail(struct store *store, const char *what)
{
    db_err(store, &store->why, what);
    bool damaged = db_is_damage(store, sqlite3_errcode(store->db));
    if (!store->failed && !damaged)
        log_error(LOG_STORE, "write failed, will be tried again: %s", store->why.text);
    store->failed = true;
    if (!sqlite3_get_autocommit(store->db))
        sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    store->open = false;
}

static bool begin(struct store *store)
{
    if (store->open)
        return true;
    sqlite3_stmt *statement = prepare(store, DB_BEGIN, "BEGIN IMMEDIATE", NULL);
    if (!statement || !run(statement)) {
        fail(store, "begin");
        return false;
    }
    store->open = true;
    return true;
}

/* Makes the write recorded at `at` and gives the offset behind it, or 0. */
static size_t run_record(struct store *store, size_t at)
{
    enum db_statement id = (enum db_statement)(uint8_t)store->records.at[at];
    sqlite3_stmt *statement = prepare(store, id, store->sql[id], NULL);
    size_t next = statement ? bind_record(store, at, statement) : 0;
    if (!statement || !run(statement)) {
        fail(store, "write");
        return 0;
    }
    return next;
}

void db_write(struct store *store, enum db_statement id, const char *sql,
              const char *types, ...)
{
    if (store_lost(store))
        return; /* nothing of it will ever be made */
    va_list args;
    va_start(args, types);
    size_t start = put_record(store, id, types, args);
    va_end(args);
    store->sql[id] = sql;
    if (!store->failed && begin(store))
        run_record(store, start);
}

int db_changes(const struct store *store)
{
    return sqlite3_changes(store->db);
}

/* Makes all writes since the last commit once more. */
static bool replay(struct store *store)
{
    if (!begin(store))
        return false;
    for (size_t at = 0; at < store->records.len;) {
        at = run_record(store, at);
        if (at == 0)
            return false;
    }
    return true;
}

/* What this turn wrote is made again, in memory. */
static bool leave_damage(struct store *store)
{
    struct cursors cursors = store->cursors;
    if (!damage_leave(store, &store->why))
        return false;
    store->cursors = (struct cursors){ 0 };
    cursors_set(store, cursors);
    return true;
}

static bool end_transaction(struct store *store)
{
    if (store->damaged && !leave_damage(store))
        return false;
    if (store_lost(store))
        return false;
    if (store->failed && !replay(store))
        return false;
    sqlite3_stmt *statement = prepare(store, DB_COMMIT, "COMMIT", NULL);
    if (statement && run(statement))
        return true;
    fail(store, "commit");
    return false;
}

void store_on_saving(struct store *store, store_saving_fn *fn, void *arg)
{
    store->saving = fn;
    store->saving_arg = arg;
}

bool store_commit(struct store *store, struct err *err)
{
    if (store->saving)
        store->saving(store->saving_arg);
    journal_flush(store);
    if (!store->open && !store->failed && !store->damaged) {
        journal_committed(store, false); /* of rows that needed no write */
        return true;
    }
    bool again = store->failed;
    if (!end_transaction(store)) {
        if (err)
            *err = store->why;
        return false;
    }
    store->open = false;
    store->failed = false;
    buf_reset(&store->records);
    journal_committed(store, again);
    if (again)
        log_info(LOG_STORE, "writes succeed again file=%s", store->path);
    return true;
}

bool store_dirty(const struct store *store)
{
    return store->open || store->failed || store->records.len > 0 ||
           store->journal.pending_len > 0;
}

bool store_failed(const struct store *store)
{
    return store->failed;
}

sqlite3_stmt *db_read(struct store *store, enum db_statement id, const char *sql,
                      struct err *err, const char *types, ...)
{
    sqlite3_stmt *statement = prepare(store, id, sql, err);
    if (!statement)
        return NULL;
    va_list args;
    va_start(args, types);
    int at = 1;
    for (const char *type = types; *type; type++, at++) {
        if (*type == 'i')
            sqlite3_bind_int64(statement, at, va_arg(args, int64_t));
        else
            bind_str(statement, at, *type, va_arg(args, struct str));
    }
    va_end(args);
    return statement;
}

bool db_row(struct store *store, sqlite3_stmt *statement, struct err *err)
{
    int rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW)
        return true;
    if (rc != SQLITE_DONE) {
        db_is_damage(store, rc);
        db_err(store, err, "read");
    }
    return false;
}

struct str db_column(sqlite3_stmt *statement, int column)
{
    const void *at = sqlite3_column_blob(statement, column);
    return str_of(at, (size_t)sqlite3_column_bytes(statement, column));
}

int64_t db_number(struct store *store, enum db_statement id, const char *sql,
                  int64_t otherwise)
{
    sqlite3_stmt *statement = db_read(store, id, sql, NULL, "");
    if (!statement)
        return otherwise;
    if (db_row(store, statement, NULL) &&
        sqlite3_column_type(statement, 0) != SQLITE_NULL)
        otherwise = sqlite3_column_int64(statement, 0);
    sqlite3_reset(statement);
    return otherwise;
}
