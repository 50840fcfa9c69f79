/* journal_aside: rows that wait for a person (journal.h). */
#include "base/must.h"
#include "store/journal_inside.h"

#include <string.h>

#define KEPT_MAX 1000
#define COPIES_MAX 100000000
#define AGAIN "/again/"

const char *journal_why_word(enum journal_why why)
{
    static const char *const words[] = { "poison", "stopped", "interrupted" };
    return words[why];
}

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

struct str journal_subject(struct str uid)
{
    const struct str mark = STR(AGAIN);
    for (size_t at = 0; at + mark.len <= uid.len; at++)
        if (str_eq(str_sub(uid, at, mark.len), mark))
            return str_sub(uid, 0, at);
    return uid;
}

/* "ID/again/PLUGIN", of that one "ID/again/PLUGIN/2" and so on. */
static void name_copy(struct str uid, struct str plugin, struct buf *out)
{
    struct str subject = journal_subject(uid);
    size_t plain = subject.len + strlen(AGAIN) + plugin.len;
    int number = subject.len < uid.len ? 2 : 1;
    if (uid.len > plain + 1) {
        number = 0; /* whoever made up another UID gets the name of a first copy */
        for (size_t at = plain + 1; at < uid.len && number >= 0; at++) {
            bool digit = uid.at[at] >= '0' && uid.at[at] <= '9';
            number = digit && number < COPIES_MAX ? number * 10 + uid.at[at] - '0' : -1;
        }
        number++;
    }
    buf_init(out, SIZE_MAX / 4);
    must(buf_add_str(out, subject) && buf_add_str(out, STR(AGAIN)) &&
         buf_add_str(out, plugin));
    if (number > 1)
        must(buf_add_format(out, "/%d", number));
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

static bool keep_copy(struct store *store, const struct journal_row *row,
                      struct str plugin, enum journal_why why)
{
    struct buf uid;
    name_copy(row->uid, plugin, &uid);
    bool is_new = !journal_knows(store, buf_str(&uid));
    if (is_new) {
        make_room(store);
        struct journal *journal = &store->journal;
        struct journal_pending *copy = journal_push(journal, buf_str(&uid), plugin);
        copy->received_ms = row->received_ms;
        copy->timed = row->timed;
        copy->done = ROW_ASIDE;
        copy->why = why;
        journal_push_body(journal, copy, &row->body, 1);
        journal->aside[why]++;
    }
    buf_clear(&uid);
    return is_new;
}

bool journal_keep(struct store *store, int64_t row, struct str plugin,
                  enum journal_why why)
{
    struct buf bytes;
    struct journal_row open;
    buf_init(&bytes, SIZE_MAX / 4);
    bool kept =
        copy_open(store, row, &open, &bytes) && keep_copy(store, &open, plugin, why);
    buf_clear(&bytes);
    return kept;
}

bool journal_was_kept(struct store *store, struct str uid, struct str plugin,
                      enum journal_why *why)
{
    struct buf copy;
    name_copy(uid, plugin, &copy);
    const struct journal_pending *pending =
        journal_pending_find(&store->journal, buf_str(&copy));
    bool found = pending != NULL;
    sqlite3_stmt *at =
        pending ? NULL
                : db_read(store, DB_JOURNAL_WHY, "SELECT why FROM journal WHERE uid = ?1",
                          NULL, "b", buf_str(&copy));
    if (pending)
        *why = pending->why;
    if (at) {
        found = db_row(store, at, NULL);
        if (found)
            *why = journal_why_of(sqlite3_column_int64(at, 0));
        sqlite3_reset(at);
    }
    buf_clear(&copy);
    return found;
}

size_t journal_aside(const struct store *store, enum journal_why why)
{
    return store->journal.aside[why];
}

static void each(struct store *store, sqlite3_stmt *at, int body, journal_fn *fn,
                 void *arg)
{
    while (at && db_row(store, at, NULL)) {
        struct journal_row row = journal_row_read(at);
        if (body)
            row.body = db_column(at, body);
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
         0, fn, arg);
}

void journal_each_timed(struct store *store, struct str plugin, journal_fn *fn, void *arg)
{
    const struct journal *journal = &store->journal;
    each(store,
         db_read(store, DB_JOURNAL_TIMED_EACH,
                 "SELECT " JOURNAL_COLUMNS ", body FROM journal"
                 " WHERE done = 0 AND timed = 1 AND plugin = ?1 ORDER BY row",
                 NULL, "b", plugin),
         6, fn, arg);
    for (size_t i = journal->flushed; i < journal->pending_len; i++) {
        const struct journal_pending *pending = &journal->pending[i];
        struct journal_row row = journal_row_pending(journal, pending);
        if (pending->done == ROW_OPEN && row.timed && str_eq(row.plugin, plugin))
            fn(arg, &row);
    }
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
