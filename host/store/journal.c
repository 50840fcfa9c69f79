/* journal: see the header. */
#include "store/journal.h"

#include "base/mem.h"
#include "base/must.h"
#include "store/journal_inside.h"

#include <string.h>

#define SLICE 500

void journal_init(struct store *store)
{
    struct journal *journal = &store->journal;
    buf_init(&journal->bytes, SIZE_MAX / 4);
    journal->last =
        db_number(store, DB_JOURNAL_LAST,
                  "SELECT max(row) FROM journal WHERE row BETWEEN 0 AND " ROW_MOST, 0);
    journal->depth = (size_t)db_number(store, DB_JOURNAL_DEPTH,
                                       "SELECT count(*) FROM journal WHERE done = 0", 0);
    journal->message = journal->last;
    sqlite3_stmt *at = db_read(
        store, DB_JOURNAL_ASIDE_COUNT,
        "SELECT why, count(*) FROM journal WHERE done = 2 GROUP BY why", NULL, "");
    while (at && db_row(store, at, NULL)) {
        enum journal_why why = journal_why_of(sqlite3_column_int64(at, 0));
        journal->aside[why] += (size_t)sqlite3_column_int64(at, 1);
    }
    if (at)
        sqlite3_reset(at);
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

static struct str pending_plugin(const struct journal *journal,
                                 const struct journal_pending *pending)
{
    return str_of(journal->bytes.at + pending->at + pending->uid_len,
                  pending->plugin_len);
}

static struct str pending_body(const struct journal *journal,
                               const struct journal_pending *pending)
{
    return str_of(journal->bytes.at + pending->at + pending->uid_len +
                      pending->plugin_len,
                  pending->body_len);
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

struct journal_pending *journal_pending_find(const struct journal *journal,
                                             struct str uid)
{
    if (journal->pending_len == 0)
        return NULL;
    uint64_t hash = map_hash(uid);
    for (size_t at = hash & (journal->slot_cap - 1); journal->slots[at];
         at = (at + 1) & (journal->slot_cap - 1)) {
        struct journal_pending *row = &journal->pending[journal->slots[at] - 1];
        if (row->hash == hash && str_eq(pending_uid(journal, row), uid))
            return row;
    }
    return NULL;
}

bool journal_knows(struct store *store, struct str uid)
{
    if (journal_pending_find(&store->journal, uid))
        return true;
    sqlite3_stmt *row = db_read(store, DB_JOURNAL_KNOWS,
                                "SELECT 1 FROM journal WHERE uid = ?1", NULL, "b", uid);
    if (!row)
        return false;
    bool found = db_row(store, row, NULL);
    sqlite3_reset(row);
    return found;
}

struct journal_pending *journal_push(struct journal *journal, struct str uid,
                                     struct str plugin)
{
    if (journal->pending_len == journal->pending_cap)
        grow(journal);
    struct journal_pending *row = &journal->pending[journal->pending_len];
    *row = (struct journal_pending){ .row = ++journal->last,
                                     .hash = map_hash(uid),
                                     .at = journal->bytes.len,
                                     .uid_len = uid.len,
                                     .plugin_len = plugin.len };
    must(buf_add_str(&journal->bytes, uid));
    must(buf_add_str(&journal->bytes, plugin));
    slot_put(journal, row->hash, journal->pending_len++);
    return row;
}

void journal_push_body(struct journal *journal, struct journal_pending *row,
                       const struct str *parts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        must(buf_add_str(&journal->bytes, parts[i]));
        row->body_len += parts[i].len;
    }
}

int64_t journal_add(struct store *store, struct str uid, int64_t received_ms,
                    const struct str *parts, size_t count)
{
    struct journal *journal = &store->journal;
    struct journal_pending *row = journal_push(journal, uid, STR_NONE);
    row->received_ms = received_ms;
    journal_push_body(journal, row, parts, count);
    journal->message = row->row;
    journal->depth++;
    return row->row;
}

int64_t journal_add_timed(struct store *store, struct str id, struct str plugin,
                          int64_t due_ms, struct str body)
{
    struct journal_pending *row = journal_push(&store->journal, id, plugin);
    row->received_ms = due_ms;
    row->timed = true;
    journal_push_body(&store->journal, row, &body, 1);
    store->journal.depth++;
    return row->row;
}

/* Rows of this turn have consecutive numbers that end with journal->last. */
struct journal_pending *journal_pending(struct journal *journal, int64_t row)
{
    int64_t first = journal->last - (int64_t)journal->pending_len + 1;
    if (row < first || row > journal->last)
        return NULL;
    return &journal->pending[row - first];
}

bool journal_is_written(const struct journal *journal,
                        const struct journal_pending *pending)
{
    return !pending || (size_t)(pending - journal->pending) < journal->flushed;
}

void journal_done(struct store *store, int64_t row)
{
    struct journal *journal = &store->journal;
    struct journal_pending *pending = journal_pending(journal, row);
    if (pending) {
        if (pending->done != ROW_OPEN)
            return;
        pending->done = ROW_DONE;
        journal->depth--;
    }
    if (!journal_is_written(journal, pending))
        return;
    db_write(store, DB_JOURNAL_DONE,
             "UPDATE journal" JOURNAL_FORGET " WHERE row = ?1 AND done = 0", "i", row);
    if (!pending && !store->failed && db_changes(store) > 0)
        journal->depth--;
}

bool journal_row_copy(struct journal_row row, struct journal_row *out, struct buf *bytes)
{
    buf_reset(bytes);
    if (!buf_add_str(bytes, row.uid) || !buf_add_str(bytes, row.plugin) ||
        !buf_add_str(bytes, row.body))
        return false;
    *out = row;
    struct str all = buf_str(bytes);
    out->uid = str_sub(all, 0, row.uid.len);
    out->plugin = str_sub(all, row.uid.len, row.plugin.len);
    out->body = str_sub(all, row.uid.len + row.plugin.len, row.body.len);
    return true;
}

enum journal_why journal_why_of(int64_t number)
{
    bool known = number >= 0 && number < JOURNAL_WHYS;
    return known ? (enum journal_why)number : JOURNAL_POISON;
}

struct journal_row journal_row_read(sqlite3_stmt *at)
{
    return (struct journal_row){ .row = sqlite3_column_int64(at, 0),
                                 .received_ms = sqlite3_column_int64(at, 1),
                                 .uid = db_column(at, 2),
                                 .plugin = db_column(at, 3),
                                 .timed = sqlite3_column_int(at, 4) != 0,
                                 .why = journal_why_of(sqlite3_column_int64(at, 5)) };
}

bool journal_row_first(struct store *store, sqlite3_stmt *at, int body,
                       struct journal_row *out, struct buf *bytes)
{
    if (!at)
        return false;
    bool found = db_row(store, at, NULL);
    if (found) {
        struct journal_row row = journal_row_read(at);
        if (body)
            row.body = db_column(at, body);
        found = journal_row_copy(row, out, bytes);
    }
    sqlite3_reset(at);
    return found;
}

struct journal_row journal_row_pending(const struct journal *journal,
                                       const struct journal_pending *pending)
{
    return (struct journal_row){ .row = pending->row,
                                 .received_ms = pending->received_ms,
                                 .uid = pending_uid(journal, pending),
                                 .plugin = pending_plugin(journal, pending),
                                 .body = pending_body(journal, pending),
                                 .timed = pending->timed };
}

void journal_flush(struct store *store)
{
    struct journal *journal = &store->journal;
    for (; journal->flushed < journal->pending_len; journal->flushed++) {
        const struct journal_pending *row = &journal->pending[journal->flushed];
        struct str uid = pending_uid(journal, row);
        struct str body = pending_body(journal, row);
        if (row->done == ROW_DONE) {
            if (row->timed)
                continue;
            body.len = 0;
        }
        /* OR IGNORE: a UID that is there already must not fail the whole turn for ever.
         */
        db_write(store, DB_JOURNAL_ADD,
                 "INSERT OR IGNORE INTO journal(row, uid, received_ms, done, body,"
                 " plugin, timed, why) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                 "ibiibbii", row->row, uid, row->received_ms, (int64_t)row->done, body,
                 pending_plugin(journal, row), (int64_t)row->timed, (int64_t)row->why);
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

bool journal_next(struct store *store, int64_t after, struct journal_row *out,
                  struct buf *bytes)
{
    if (journal_row_first(store,
                          db_read(store, DB_JOURNAL_NEXT,
                                  "SELECT " JOURNAL_COLUMNS ", body FROM journal"
                                  " WHERE done = 0 AND row > ?1 AND timed = 0"
                                  " ORDER BY row LIMIT 1",
                                  NULL, "i", after),
                          6, out, bytes))
        return true;
    const struct journal *journal = &store->journal;
    for (size_t i = 0; i < journal->pending_len; i++) {
        const struct journal_pending *row = &journal->pending[i];
        if (row->row > after && row->done == ROW_OPEN && !row->timed)
            return journal_row_copy(journal_row_pending(journal, row), out, bytes);
    }
    return false;
}

int64_t journal_last(const struct store *store)
{
    return store->journal.message;
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
