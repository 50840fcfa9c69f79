/* journal_aside: rows that wait for a person (journal.h). */
#include "base/must.h"
#include "store/journal_inside.h"

#define KEPT_MAX 1000

void journal_set_aside(struct store *store, int64_t row, enum journal_why why)
{
    struct journal *journal = &store->journal;
    struct journal_pending *pending = journal_pending(journal, row);
    if (pending && pending->done != ROW_OPEN)
        return;
    journal->depth--;
    journal->aside[why]++;
    if (pending) {
        pending->done = ROW_ASIDE;
        pending->why = why;
    }
    if (journal_is_written(journal, pending))
        db_write(store, DB_JOURNAL_SET_ASIDE,
                 "UPDATE journal SET done = 2, why = ?2 WHERE row = ?1 AND done = 0",
                 "ii", row, (int64_t)why);
}

/* Only rows that are committed: it is a person who asks. */
static bool leave_aside(struct store *store, enum db_statement id, const char *sql,
                        int64_t row)
{
    struct buf bytes;
    struct journal_row found;
    buf_init(&bytes, SIZE_MAX / 4);
    bool good = !store->failed && journal_find_aside(store, row, &found, &bytes);
    buf_clear(&bytes);
    if (!good)
        return false;
    db_write(store, id, sql, "i", row);
    if (store->failed || db_changes(store) == 0)
        return false;
    store->journal.aside[found.why]--;
    return true;
}

bool journal_retry(struct store *store, int64_t row)
{
    if (!leave_aside(store, DB_JOURNAL_RETRY,
                     "UPDATE journal SET done = 0 WHERE row = ?1 AND done = 2", row))
        return false;
    store->journal.depth++;
    return true;
}

bool journal_drop(struct store *store, int64_t row)
{
    return leave_aside(store, DB_JOURNAL_DROP,
                       "UPDATE journal" JOURNAL_FORGET " WHERE row = ?1 AND done = 2",
                       row);
}

/* Copies an open row; false: there is none. */
static bool copy_open(struct store *store, int64_t row, struct journal_row *out,
                      struct buf *bytes)
{
    const struct journal_pending *pending = journal_pending(&store->journal, row);
    if (pending)
        return pending->done == ROW_OPEN &&
               journal_row_copy(journal_row_pending(&store->journal, pending), out,
                                bytes);
    return journal_row_first(store,
                             db_read(store, DB_JOURNAL_BODY,
                                     "SELECT " JOURNAL_COLUMNS ", body FROM journal"
                                     " WHERE row = ?1 AND done = 0",
                                     NULL, "i", row),
                             6, out, bytes);
}

static void keep_copy(struct store *store, const struct journal_row *row,
                      struct str plugin, enum journal_why why)
{
    struct buf uid;
    buf_init(&uid, SIZE_MAX / 4);
    must(buf_add_str(&uid, row->uid) && buf_add_str(&uid, STR("/again/")) &&
         buf_add_str(&uid, plugin));
    if (!journal_knows(store, buf_str(&uid))) {
        struct journal *journal = &store->journal;
        struct journal_pending *copy = journal_push(journal, buf_str(&uid), plugin);
        copy->received_ms = row->received_ms;
        copy->done = ROW_ASIDE;
        copy->why = why;
        journal_push_body(journal, copy, &row->body, 1);
        journal->aside[why]++;
    }
    buf_clear(&uid);
}

static void make_room(struct store *store)
{
    const size_t *aside = store->journal.aside;
    if (aside[JOURNAL_STOPPED] + aside[JOURNAL_INTERRUPTED] < KEPT_MAX)
        return;
    int64_t oldest =
        db_number(store, DB_JOURNAL_ASIDE_OLDEST,
                  "SELECT min(row) FROM journal WHERE done = 2 AND why > 0", 0);
    journal_drop(store, oldest);
}

void journal_keep(struct store *store, int64_t row, struct str plugin,
                  enum journal_why why)
{
    struct buf bytes;
    struct journal_row open;
    buf_init(&bytes, SIZE_MAX / 4);
    make_room(store);
    bool is_open = copy_open(store, row, &open, &bytes);
    if (is_open && open.plugin.len == 0)
        keep_copy(store, &open, plugin, why);
    else if (is_open)
        journal_set_aside(store, row, why);
    buf_clear(&bytes);
}

size_t journal_aside(const struct store *store, enum journal_why why)
{
    return store->journal.aside[why];
}

static void each(struct store *store, sqlite3_stmt *at, journal_fn *fn, void *arg)
{
    while (at && db_row(store, at, NULL)) {
        struct journal_row row = journal_row_read(at);
        fn(arg, &row);
    }
    if (at)
        sqlite3_reset(at);
}

void journal_each_aside(struct store *store, journal_fn *fn, void *arg)
{
    each(store,
         db_read(store, DB_JOURNAL_ASIDE_EACH,
                 "SELECT " JOURNAL_COLUMNS " FROM journal WHERE done = 2"
                 " ORDER BY row LIMIT 100",
                 NULL, ""),
         fn, arg);
}

void journal_each_timed(struct store *store, struct str plugin, journal_fn *fn, void *arg)
{
    each(store,
         db_read(store, DB_JOURNAL_TIMED_EACH,
                 "SELECT " JOURNAL_COLUMNS " FROM journal WHERE done = 0 AND timed = 1"
                 " AND plugin = ?1 ORDER BY row",
                 NULL, "b", plugin),
         fn, arg);
}

bool journal_find_aside(struct store *store, int64_t row, struct journal_row *out,
                        struct buf *bytes)
{
    return journal_row_first(store,
                             db_read(store, DB_JOURNAL_ASIDE_FIND,
                                     "SELECT " JOURNAL_COLUMNS " FROM journal"
                                     " WHERE row = ?1 AND done = 2",
                                     NULL, "i", row),
                             0, out, bytes);
}
