/* rows_check: rows of a file that somebody edited, which nobody here can have written. */
#include "base/log.h"
#include "store/inside.h"

#include <stdio.h>

#define LINES_MAX 20

/* What waits is taken out of the way as `done` or `state` 3: its row stays where it is,
 * known by its UID or key, and nothing is done for it. Numbers beyond ROW_MOST would
 * leave none for new rows, and texts of no end would hide what stands behind them. */
static const struct check {
    const char *table, *find, *leave;
} checks[] = {
    { "journal",
      "SELECT row FROM journal WHERE row < 1 OR row > " ROW_MOST " UNION"
      " SELECT row FROM journal WHERE done = 0 AND (typeof(uid) <> 'blob'"
      " OR typeof(plugin) <> 'blob' OR typeof(received_ms) <> 'integer'"
      " OR length(uid) = 0 OR timed NOT IN (0, 1)"
      " OR length(uid) + length(plugin) + ifnull(length(body), 0) > 33554432)",
      "UPDATE journal SET done = 3 WHERE done <> 3 AND row = " },
    { "outbox",
      "SELECT row FROM outbox WHERE row < 1 OR row > " ROW_MOST " UNION"
      " SELECT row FROM outbox WHERE state = 0 AND (typeof(key) <> 'blob' OR length(key) "
      "> 65536"
      " OR typeof(client_unique_id) <> 'integer' OR type NOT IN (1, 3, 4)"
      " OR typeof(topic) <> 'blob' OR length(topic) NOT BETWEEN 1 AND 256"
      " OR typeof(target) <> 'blob' OR length(target) NOT BETWEEN 1 AND 256"
      " OR typeof(payload) <> 'blob' OR length(payload) > 1048576"
      " OR typeof(findable) <> 'integer'"
      " OR typeof(created_ms) <> 'integer' OR created_ms NOT BETWEEN 0 AND " ROW_MOST
      " OR typeof(cursor_ms) <> 'integer')",
      "UPDATE outbox SET state = 3 WHERE state <> 3 AND row = " },
    { "schedules", "SELECT id FROM schedules WHERE NOT " SCHEDULES_GOOD, NULL },
};

struct finding {
    struct store *store;
    const struct check *check;
    int count;
};

static bool leave(const struct finding *at, const char *row)
{
    char sql[200];
    if (!at->check->leave)
        return true;
    int len = snprintf(sql, sizeof(sql), "%s%s", at->check->leave, row);
    return len > 0 && (size_t)len < sizeof(sql) &&
           sqlite3_exec(at->store->db, sql, NULL, NULL, NULL) == SQLITE_OK &&
           sqlite3_changes(at->store->db) > 0;
}

static int on_found(void *arg, int columns, char **values, char **names)
{
    struct finding *at = arg;
    (void)columns;
    (void)names;
    if (leave(at, values[0]) && ++at->count <= LINES_MAX)
        log_warn(LOG_STORE, "%s: %s row=%s cannot be read and is left alone",
                 at->store->path, at->check->table, values[0]);
    return 0;
}

void rows_check(struct store *store)
{
    for (size_t i = 0; i < sizeof(checks) / sizeof(*checks); i++) {
        struct finding at = { .store = store, .check = &checks[i] };
        int rc = sqlite3_exec(store->db, checks[i].find, on_found, &at, NULL);
        db_is_damage(store, rc);
        if (at.count > LINES_MAX)
            log_warn(LOG_STORE, "%s: %s: %d more rows cannot be read", store->path,
                     checks[i].table, at.count - LINES_MAX);
    }
}
