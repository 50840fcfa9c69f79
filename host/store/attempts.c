/* attempts: see the header. */
#include "store/attempts.h"

#include "base/log.h"
#include "store/inside.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The order of the writes matters to who reads it after a crash. */
struct now {
    volatile uint32_t len; /* of the event; 0: none */
    char event[252];
};

static bool name_now(const struct store *store, char name[4200])
{
    int len = snprintf(name, 4200, "%s-now", store->path);
    return len > 0 && len < 4200;
}

static struct now *map_now(const struct store *store)
{
    char name[4200];
    if (!name_now(store, name))
        return NULL;
    int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return NULL;
    void *at = MAP_FAILED;
    if (ftruncate(fd, sizeof(struct now)) == 0)
        at = mmap(NULL, sizeof(struct now), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    return at == MAP_FAILED ? NULL : at;
}

static void read_all(struct store *store)
{
    sqlite3_stmt *row =
        db_read(store, DB_ATTEMPTS_EACH, "SELECT event, count FROM attempts", NULL, "");
    while (row && db_row(store, row, NULL))
        map_set(&store->attempts, db_column(row, 0),
                (void *)(uintptr_t)sqlite3_column_int(row, 1));
    if (row)
        sqlite3_reset(row);
}

void attempts_open(struct store *store)
{
    read_all(store);
    if (strcmp(store->path, ":memory:") == 0)
        return;
    store->now = map_now(store);
    if (!store->now || store->now->len == 0 ||
        store->now->len > sizeof(store->now->event))
        return;
    struct str event = str_of(store->now->event, store->now->len);
    int count = attempts_count(store, event) + 1;
    log_warn(LOG_STORE, "the process died while it handled message=%.*s attempts=%d",
             STR_ARG(event), count);
    map_set(&store->attempts, event, (void *)(uintptr_t)count);
    db_write(store, DB_ATTEMPTS_SET,
             "INSERT OR REPLACE INTO attempts(event, count) VALUES(?1, ?2)", "bi", event,
             (int64_t)count);
    db_write(store, DB_ATTEMPTS_PRUNE,
             "DELETE FROM attempts WHERE row <= (SELECT max(row) FROM attempts) - 1000",
             "");
    if (store_commit(store, NULL))
        store->now->len = 0;
}

void attempts_close(struct store *store)
{
    map_clear(&store->attempts);
    char name[4200];
    if (!store->now)
        return;
    munmap(store->now, sizeof(*store->now));
    if (name_now(store, name))
        unlink(name);
}

void attempts_now(struct store *store, struct str event)
{
    struct now *now = store->now;
    if (!now)
        return;
    now->len = 0;
    if (event.len == 0 || event.len > sizeof(now->event))
        return;
    atomic_signal_fence(memory_order_seq_cst);
    memcpy(now->event, event.at, event.len);
    atomic_signal_fence(memory_order_seq_cst);
    now->len = (uint32_t)event.len;
}

int attempts_count(const struct store *store, struct str event)
{
    return store->attempts.len == 0 ? 0
                                    : (int)(uintptr_t)map_get(&store->attempts, event);
}

void attempts_forget(struct store *store, struct str event)
{
    if (store->attempts.len == 0 || !map_del(&store->attempts, event))
        return;
    db_write(store, DB_ATTEMPTS_DEL, "DELETE FROM attempts WHERE event = ?1", "b", event);
}
