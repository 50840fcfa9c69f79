/* journal: see the header. */
#include "store/journal.h"

#include "base/mem.h"
#include "base/must.h"
#include "store/inside.h"

#include <string.h>

#define SLICE 500

struct journal_pending {
    int64_t row;
    int64_t received_ms;
    uint64_t hash;
    size_t at; /* in journal.bytes: UID, then body */
    size_t uid_len, body_len;
    enum { ROW_OPEN, ROW_DONE, ROW_ASIDE } done;
};

void journal_init(struct store *store)
{
    struct journal *journal = &store->journal;
    buf_init(&journal->bytes, SIZE_MAX / 4);
    journal->last = db_number(store, DB_JOURNAL_LAST, "SELECT max(row) FROM journal", 0);
    journal->depth = (size_t)db_number(store, DB_JOURNAL_DEPTH,
                                       "SELECT count(*) FROM journal WHERE done = 0", 0);
    journal->aside = (size_t)db_number(store, DB_JOURNAL_ASIDE,
                                       "SELECT count(*) FROM journal WHERE done = 2", 0);
}

void journal_clear(struct store *store)
{
    free(store->journal.pending);
    free(store->journal.slots);
    buf_clear(&store->journal.bytes);
}

static struct str pending_uid(const struct journal *journal,
                              const struct journal_pending *pending)
{
    return str_of(journal->bytes.at + pending->at, pending->uid_len);
}

static void slot_put(struct journal *journal, uint64_t hash, size_t place)
{
    size_t at = hash & (journal->slot_cap - 1);
    while (journal->slots[at])
        at = (at + 1) & (journal->slot_cap - 1);
    journal->slots[at] = (uint32_t)(place + 1);
}

static void grow(struct journal *journal)
{
    journal->pending_cap = journal->pending_cap ? journal->pending_cap * 2 : 64;
    journal->pending =
        mem_realloc(journal->pending, journal->pending_cap * sizeof(*journal->pending));
    journal->slot_cap = journal->pending_cap * 2;
    free(journal->slots);
    journal->slots = mem_zero(journal->slot_cap * sizeof(*journal->slots));
    for (size_t i = 0; i < journal->pending_len; i++)
        slot_put(journal, journal->pending[i].hash, i);
}

static bool is_pending(const struct journal *journal, struct str uid)
{
    if (journal->pending_len == 0)
        return false;
    uint64_t hash = map_hash(uid);
    for (size_t at = hash & (journal->slot_cap - 1); journal->slots[at];
         at = (at + 1) & (journal->slot_cap - 1)) {
        const struct journal_pending *row = &journal->pending[journal->slots[at] - 1];
        if (row->hash == hash && str_eq(pending_uid(journal, row), uid))
            return true;
    }
    return false;
}

bool journal_knows(struct store *store, struct str uid)
{
    if (is_pending(&store->journal, uid))
        return true;
    sqlite3_stmt *row = db_read(store, DB_JOURNAL_KNOWS,
                                "SELECT 1 FROM journal WHERE uid = ?1", NULL, "b", uid);
    if (!row)
        return false;
    bool found = db_row(store, row, NULL);
    sqlite3_reset(row);
    return found;
}

int64_t journal_add(struct store *store, struct str uid, int64_t received_ms,
                    const struct str *parts, size_t count)
{
    struct journal *journal = &store->journal;
    if (journal->pending_len == journal->pending_cap)
        grow(journal);
    struct journal_pending *row = &journal->pending[journal->pending_len];
    *row = (struct journal_pending){ .row = ++journal->last,
                                     .received_ms = received_ms,
                                     .hash = map_hash(uid),
                                     .at = journal->bytes.len,
                                     .uid_len = uid.len };
    must(buf_add_str(&journal->bytes, uid));
    for (size_t i = 0; i < count; i++) {
        must(buf_add_str(&journal->bytes, parts[i]));
        row->body_len += parts[i].len;
    }
    slot_put(journal, row->hash, journal->pending_len++);
    journal->depth++;
    return row->row;
}

/* Rows of this turn have consecutive numbers that end with journal->last. */
static struct journal_pending *pending_row(struct journal *journal, int64_t row)
{
    int64_t first = journal->last - (int64_t)journal->pending_len + 1;
    if (row < first || row > journal->last)
        return NULL;
    return &journal->pending[row - first];
}

void journal_done(struct store *store, int64_t row)
{
    struct journal *journal = &store->journal;
    struct journal_pending *pending = pending_row(journal, row);
    if (pending) {
        if (pending->done != ROW_OPEN)
            return;
        pending->done = ROW_DONE;
        journal->depth--;
        if ((size_t)(pending - journal->pending) >= journal->flushed)
            return;
    }
    db_write(store, DB_JOURNAL_DONE,
             "UPDATE journal SET done = 1, body = NULL WHERE row = ?1 AND done = 0", "i",
             row);
    if (!pending && !store->failed && db_changes(store) > 0)
        journal->depth--;
}

/* --- rows set aside --- */

void journal_set_aside(struct store *store, int64_t row)
{
    struct journal *journal = &store->journal;
    struct journal_pending *pending = pending_row(journal, row);
    if (pending && pending->done != ROW_OPEN)
        return;
    journal->depth--;
    journal->aside++;
    if (pending)
        pending->done = ROW_ASIDE;
    if (!pending || (size_t)(pending - journal->pending) < journal->flushed)
        db_write(store, DB_JOURNAL_SET_ASIDE,
                 "UPDATE journal SET done = 2 WHERE row = ?1 AND done = 0", "i", row);
}

/* Only rows that are committed: it is a person who asks. */
static bool leave_aside(struct store *store, bool changed)
{
    if (store->failed || !changed)
        return false;
    store->journal.aside--;
    return true;
}

bool journal_retry(struct store *store, int64_t row)
{
    if (store->failed)
        return false;
    db_write(store, DB_JOURNAL_RETRY,
             "UPDATE journal SET done = 0 WHERE row = ?1 AND done = 2", "i", row);
    if (!leave_aside(store, db_changes(store) > 0))
        return false;
    store->journal.depth++;
    return true;
}

bool journal_drop(struct store *store, int64_t row)
{
    if (store->failed)
        return false;
    db_write(store, DB_JOURNAL_DROP,
             "UPDATE journal SET done = 1, body = NULL WHERE row = ?1 AND done = 2", "i",
             row);
    return leave_aside(store, db_changes(store) > 0);
}

size_t journal_aside(const struct store *store)
{
    return store->journal.aside;
}

void journal_each_aside(struct store *store, journal_aside_fn *fn, void *arg)
{
    sqlite3_stmt *at = db_read(store, DB_JOURNAL_ASIDE_EACH,
                               "SELECT row, uid, received_ms FROM journal"
                               " WHERE done = 2 ORDER BY row LIMIT 100",
                               NULL, "");
    while (at && db_row(store, at, NULL))
        fn(arg, sqlite3_column_int64(at, 0), db_column(at, 1),
           sqlite3_column_int64(at, 2));
    if (at)
        sqlite3_reset(at);
}

void journal_flush(struct store *store)
{
    struct journal *journal = &store->journal;
    for (; journal->flushed < journal->pending_len; journal->flushed++) {
        const struct journal_pending *row = &journal->pending[journal->flushed];
        struct str uid = pending_uid(journal, row);
        struct str body = { uid.at + uid.len, row->done == ROW_DONE ? 0 : row->body_len };
        /* OR IGNORE: a UID that is there already must not fail the whole turn for ever.
         */
        db_write(store, DB_JOURNAL_ADD,
                 "INSERT OR IGNORE INTO journal(row, uid, received_ms, done, body)"
                 " VALUES(?1, ?2, ?3, ?4, ?5)",
                 "ibiib", row->row, uid, row->received_ms, (int64_t)row->done, body);
    }
}

void journal_committed(struct store *store, bool after_failure)
{
    struct journal *journal = &store->journal;
    if (journal->pending_len > 0)
        memset(journal->slots, 0, journal->slot_cap * sizeof(*journal->slots));
    journal->pending_len = 0;
    journal->flushed = 0;
    buf_reset(&journal->bytes);
    /* What was marked done during the failure was not counted then. */
    if (after_failure)
        journal->depth = (size_t)db_number(
            store, DB_JOURNAL_DEPTH, "SELECT count(*) FROM journal WHERE done = 0", 0);
}

static bool copy_row(struct journal_row *out, struct buf *bytes, int64_t row,
                     int64_t received_ms, struct str uid, struct str body)
{
    buf_reset(bytes);
    if (!buf_add_str(bytes, uid) || !buf_add_str(bytes, body))
        return false;
    *out = (struct journal_row){ .row = row,
                                 .received_ms = received_ms,
                                 .uid = str_sub(buf_str(bytes), 0, uid.len),
                                 .body = str_sub(buf_str(bytes), uid.len, body.len) };
    return true;
}

static bool next_on_disk(struct store *store, int64_t after, struct journal_row *out,
                         struct buf *bytes)
{
    sqlite3_stmt *at = db_read(store, DB_JOURNAL_NEXT,
                               "SELECT row, received_ms, uid, body FROM journal"
                               " WHERE done = 0 AND row > ?1 ORDER BY row LIMIT 1",
                               NULL, "i", after);
    if (!at)
        return false;
    bool found =
        db_row(store, at, NULL) &&
        copy_row(out, bytes, sqlite3_column_int64(at, 0), sqlite3_column_int64(at, 1),
                 db_column(at, 2), db_column(at, 3));
    sqlite3_reset(at);
    return found;
}

bool journal_next(struct store *store, int64_t after, struct journal_row *out,
                  struct buf *bytes)
{
    if (next_on_disk(store, after, out, bytes))
        return true;
    const struct journal *journal = &store->journal;
    for (size_t i = 0; i < journal->pending_len; i++) {
        const struct journal_pending *row = &journal->pending[i];
        struct str uid = pending_uid(journal, row);
        if (row->row > after && !row->done)
            return copy_row(out, bytes, row->row, row->received_ms, uid,
                            str_of(uid.at + uid.len, row->body_len));
    }
    return false;
}

int64_t journal_last(const struct store *store)
{
    return store->journal.last;
}

size_t journal_depth(const struct store *store)
{
    return store->journal.depth;
}

bool journal_prune(struct store *store, int64_t before_ms)
{
    struct journal *journal = &store->journal;
    if (store->failed)
        return false;
    sqlite3_stmt *at = db_read(
        store, DB_JOURNAL_OLDEST,
        "SELECT count(*), max(row), max(received_ms) FROM"
        " (SELECT row, received_ms FROM journal WHERE row > ?1 ORDER BY row LIMIT 500)",
        NULL, "i", journal->pruned_to);
    if (!at)
        return false;
    int64_t count = 0, last = 0, newest = 0;
    if (db_row(store, at, NULL)) {
        count = sqlite3_column_int64(at, 0);
        last = sqlite3_column_int64(at, 1);
        newest = sqlite3_column_int64(at, 2);
    }
    sqlite3_reset(at);
    if (count > 0)
        db_write(store, DB_JOURNAL_PRUNE,
                 "DELETE FROM journal WHERE row > ?1 AND row <= ?2 AND done = 1"
                 " AND received_ms < ?3",
                 "iii", journal->pruned_to, last, before_ms);
    bool more = count == SLICE && newest < before_ms;
    journal->pruned_to = more ? last : 0;
    return more;
}
