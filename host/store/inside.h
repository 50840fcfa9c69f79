/*
 * inside: what the files of this room share; nobody else includes it.
 *
 * A write is first put down as a record (statement and arguments) and then made from that
 * record. The records of a turn are kept until it is committed, so that all of it can be
 * made again after a full disk.
 *
 * Layer: store.
 */
#ifndef STORE_INSIDE_H
#define STORE_INSIDE_H

#include "base/buf.h"
#include "base/map.h"
#include "store/cursors.h"
#include "store/db.h"
#include "store/journal.h"

#include <sqlite3.h>

enum db_statement {
    DB_BEGIN,
    DB_COMMIT,
    DB_CURSORS_READ,
    DB_CURSORS_SET,
    DB_JOURNAL_KNOWS,
    DB_JOURNAL_ADD,
    DB_JOURNAL_DONE,
    DB_JOURNAL_NEXT,
    DB_JOURNAL_LAST,
    DB_JOURNAL_DEPTH,
    DB_JOURNAL_OLDEST,
    DB_JOURNAL_PRUNE,
    DB_OUTBOX_ADD,
    DB_OUTBOX_FIND,
    DB_OUTBOX_FINISH,
    DB_OUTBOX_DELETE,
    DB_OUTBOX_EACH,
    DB_OUTBOX_LAST,
    DB_OUTBOX_PRUNE,
    DB_OUTBOX_RECORDS,
    DB_ATTEMPTS_EACH,
    DB_ATTEMPTS_SET,
    DB_ATTEMPTS_DEL,
    DB_ATTEMPTS_PRUNE,
    DB_JOURNAL_SET_ASIDE,
    DB_JOURNAL_RETRY,
    DB_JOURNAL_DROP,
    DB_JOURNAL_ASIDE_COUNT,
    DB_JOURNAL_ASIDE_EACH,
    DB_JOURNAL_ASIDE_FIND,
    DB_JOURNAL_ASIDE_OLDEST,
    DB_JOURNAL_TIMED_EACH,
    DB_JOURNAL_TIMED_DONE,
    DB_JOURNAL_BODY,
    DB_JOURNAL_WHY,
    DB_HISTORY_ADD,
    DB_HISTORY_DEL,
    DB_HISTORY_DEL_TASK,
    DB_HISTORY_EACH,
    DB_KV_GET,
    DB_KV_SET,
    DB_KV_DEL,
    DB_KV_CLEAR,
    DB_KV_EACH,
    DB_KV_SIZE,
    DB_KV_EXPIRED,
    DB_META_GET,
    DB_META_SET,
    DB_META_DEL,
    DB_META_EACH,
    DB_AUDIT_ADD,
    DB_AUDIT_EACH,
    DB_SCHEDULE_ADD,
    DB_SCHEDULE_DEL,
    DB_SCHEDULE_FIND,
    DB_SCHEDULE_EACH,
    DB_SCHEDULE_LAST,
    DB_CRON_LAST,
    DB_CRON_SET,
    DB_CRON_PRUNE,
    DB_ROLES_SET,
    DB_ROLES_DEL,
    DB_ROLES_EACH,
    DB_STATEMENTS
};

struct journal_pending;

struct journal {
    struct journal_pending *pending; /* rows of this turn, in order of their numbers */
    size_t pending_len, pending_cap;
    size_t flushed;             /* how many of them were put down as records */
    struct buf bytes;           /* their UIDs and bodies */
    uint32_t *slots;            /* hash table: UID -> place in `pending` + 1 */
    size_t slot_cap;            /* a power of two, at least twice pending_cap */
    int64_t last;               /* newest row number */
    int64_t message;            /* that of the newest message for all plugins */
    int64_t pruned_to;          /* where the last look for old rows ended */
    size_t depth;               /* rows not done */
    size_t aside[JOURNAL_WHYS]; /* rows set aside */
};

struct store {
    sqlite3 *db;
    char *path;
    sqlite3_stmt *statements[DB_STATEMENTS];
    const char *sql[DB_STATEMENTS];
    struct buf records; /* writes since the last commit */
    bool open;          /* a transaction is open */
    bool failed;
    struct err why; /* the last failure */
    enum store_durable durable;
    int64_t written; /* rows, by connections that are closed */
    int damaged;     /* SQLite says so, and the file is not moved aside yet */
    char *damage;    /* where it was moved and why; NULL: it was not */
    struct cursors cursors;
    struct journal journal;
    int64_t outbox_last;   /* newest row number */
    int64_t schedule_last; /* likewise, of all times */
    struct map kv_sizes;   /* plugin -> struct kv_size */
    struct map attempts;   /* event -> how many (attempts.h) */
    struct now *now;       /* NULL: none is noted */
    store_saving_fn *saving;
    void *saving_arg;
};

/* An argument of a statement; `types` has one letter for each: 'i' int64_t, 's' struct
 * str as text, 'b' struct str as blob. */

/* Makes a write: begins the transaction when none is open. When the disk is full it only
 * marks the store as failed; the record is kept. */
void db_write(struct store *store, enum db_statement id, const char *sql,
              const char *types, ...);

/* Rows changed by the last write. */
int db_changes(const struct store *store);

/* A statement ready to be stepped with db_row, then put back with sqlite3_reset; NULL
 * when it cannot be prepared. Text and blob arguments are borrowed until then. */
sqlite3_stmt *db_read(struct store *store, enum db_statement id, const char *sql,
                      struct err *err, const char *types, ...);

/* True: there is a row. False: no more, or (when `err` is set) it failed. */
bool db_row(struct store *store, sqlite3_stmt *statement, struct err *err);

/* A column of the current row, borrowed until the next step. */
struct str db_column(sqlite3_stmt *statement, int column);

/* The first column of the only row, or `otherwise`. */
int64_t db_number(struct store *store, enum db_statement id, const char *sql,
                  int64_t otherwise);

bool db_err(const struct store *store, struct err *err, const char *what);

/* Puts down the pending rows of the journal; and what to do after a commit. */
void journal_flush(struct store *store);
void journal_committed(struct store *store, bool after_failure);
void journal_init(struct store *store);
void journal_clear(struct store *store);

void kv_sizes_clear(struct store *store);

/* Row numbers, and times, of what is new stay below. */
#define ROW_MOST "4611686018427387904"

/* A schedule that can have been made by schedules_add. */
#define SCHEDULES_GOOD                                                                   \
    "(typeof(due_ms) = 'integer' AND due_ms BETWEEN 0 AND " ROW_MOST                     \
    " AND id BETWEEN 1 AND " ROW_MOST " AND typeof(name) = 'blob'"                       \
    " AND length(name) BETWEEN 1 AND 256 AND typeof(data) = 'blob'"                      \
    " AND length(plugin) + length(name) + length(target) + length(data) <= 1048576)"

/* Finds where the numbers of new rows begin. */
void db_numbers(struct store *store);

/* Tells of open rows that nobody can have written, and takes them out of the way. */
void rows_check(struct store *store);

void attempts_open(struct store *store);
void attempts_close(struct store *store);

/* Brings the tables to the present version. */
bool schema_migrate(struct store *store, struct err *err);

/* STORE_OFF: gives the tables of what is on its way a twin in memory that hides them. */
bool schema_shadow(struct store *store, struct err *err);

/* Opens the file as the pragmas and the schema want it. */
bool db_open(struct store *store, struct err *err);
void db_close(struct store *store);

/* Marks the file as damaged if that is what this result of SQLite means. */
bool db_is_damage(struct store *store, int rc);

/* Moves the damaged file aside and goes on in memory. False when even that fails. */
bool damage_leave(struct store *store, struct err *err);

#endif
