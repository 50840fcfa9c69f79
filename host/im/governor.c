/* governor: see the header. */
#include "im/governor.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/must.h"
#include "im/bucket.h"

#include <limits.h>

/* Where learning starts without a quota: what RongCloud documents. */
#define START_CONNECTION 5
#define START_CALLS 100
#define SWEEP_FROM 256 /* groups */

/* What the bots of one app key share. */
struct app_share {
    struct app_share *next;
    char *app_key;
    struct governor_line *lines;
    struct governor_quotas quotas;
    struct map groups, calls; /* to struct bucket */
    size_t sweep_at;
};

struct governor {
    struct loop *loop;
    governor_shares_fn *shares;
    void *arg;
    struct app_share *apps;
};

struct governor_line {
    struct governor_line *next;
    struct governor *governor;
    struct app_share *app;
    struct governor_quotas quotas;
    struct bucket connection;
    struct loop_timer timer;
    void (*on_room)(void *arg);
    void *arg;
};

struct governor *governor_new(struct loop *loop, governor_shares_fn *shares, void *arg)
{
    struct governor *governor = MEM_NEW(struct governor);
    governor->loop = loop;
    governor->shares = shares;
    governor->arg = arg;
    return governor;
}

void governor_free(struct governor *governor)
{
    if (!governor)
        return;
    must(!governor->apps);
    free(governor);
}

/* ---- what an app key shares ---- */

static int lower(int a, int b)
{
    return a == 0 || (b != 0 && b < a) ? b : a;
}

static int share(int quota, int shares)
{
    return quota == 0 || quota / shares > 0 ? quota / shares : 1;
}

static int call_quota(int calls, struct str path)
{
    if (str_starts(path, STR("/user/getToken")))
        return calls < INT_MAX / 2 ? calls * 2 : calls;
    if (str_starts(path, STR("/message/group/publish")))
        return share(calls, 5);
    return calls;
}

/* Who joined or left may have had the lowest quotas. */
static void settle(const struct governor *governor, struct app_share *app)
{
    struct governor_quotas all = { 0 };
    for (const struct governor_line *line = app->lines; line; line = line->next) {
        all.group = lower(all.group, line->quotas.group);
        all.calls = lower(all.calls, line->quotas.calls);
    }
    int shares =
        governor->shares ? governor->shares(governor->arg, str_from(app->app_key)) : 1;
    app->quotas.group = share(all.group, shares);
    app->quotas.calls = share(all.calls, shares);
    size_t at = 0;
    struct str name;
    void *bucket;
    while (map_next(&app->groups, &at, &name, &bucket))
        bucket_set_quota(bucket, app->quotas.group);
    at = 0;
    while (map_next(&app->calls, &at, &name, &bucket))
        bucket_set_quota(bucket, call_quota(app->quotas.calls, name));
}

void governor_share_anew(struct governor *governor)
{
    for (struct app_share *app = governor->apps; app; app = app->next)
        settle(governor, app);
}

static struct app_share *find_app(struct governor *governor, struct str app_key)
{
    for (struct app_share *app = governor->apps; app; app = app->next) {
        if (str_eq(str_from(app->app_key), app_key))
            return app;
    }
    struct app_share *app = MEM_NEW(struct app_share);
    app->app_key = str_dup(app_key);
    app->sweep_at = SWEEP_FROM;
    app->next = governor->apps;
    governor->apps = app;
    return app;
}

static void clear_buckets(struct map *buckets)
{
    size_t at = 0;
    struct str name;
    void *bucket;
    while (map_next(buckets, &at, &name, &bucket))
        free(bucket);
    map_clear(buckets);
}

static void free_app(struct governor *governor, struct app_share *app)
{
    struct app_share **link = &governor->apps;
    while (*link != app)
        link = &(*link)->next;
    *link = app->next;
    clear_buckets(&app->groups);
    clear_buckets(&app->calls);
    free(app->app_key);
    free(app);
}

struct governor_line *governor_join(struct governor *governor, struct str app_key,
                                    const struct governor_quotas *quotas,
                                    void (*on_room)(void *arg), void *arg)
{
    struct governor_line *line = MEM_NEW(struct governor_line);
    line->governor = governor;
    line->app = find_app(governor, app_key);
    line->quotas = *quotas;
    line->on_room = on_room;
    line->arg = arg;
    bucket_init(&line->connection, quotas->connection, START_CONNECTION);
    line->next = line->app->lines;
    line->app->lines = line;
    settle(governor, line->app);
    return line;
}

void governor_leave(struct governor_line *line)
{
    if (!line)
        return;
    struct app_share *app = line->app;
    struct governor_line **link = &app->lines;
    while (*link != line)
        link = &(*link)->next;
    *link = line->next;
    loop_timer_stop(line->governor->loop, &line->timer);
    if (app->lines)
        settle(line->governor, app);
    else
        free_app(line->governor, app);
    free(line);
}

/* Groups nobody writes to just now need no bucket. */
static void sweep_groups(struct app_share *app, int64_t now_ms)
{
    size_t at = 0;
    struct str name;
    void *bucket;
    while (map_next(&app->groups, &at, &name, &bucket)) {
        if (bucket_is_fresh(bucket, now_ms))
            free(map_del(&app->groups, name));
    }
    app->sweep_at = app->groups.len * 2 > SWEEP_FROM ? app->groups.len * 2 : SWEEP_FROM;
}

static struct bucket *group_bucket(struct app_share *app, struct str group,
                                   int64_t now_ms)
{
    struct bucket *bucket = map_get(&app->groups, group);
    if (bucket)
        return bucket;
    if (app->groups.len >= app->sweep_at)
        sweep_groups(app, now_ms);
    bucket = MEM_NEW(struct bucket);
    bucket_init(bucket, app->quotas.group, app->quotas.group);
    map_set(&app->groups, group, bucket);
    return bucket;
}

static struct bucket *call_bucket(struct app_share *app, struct str path)
{
    struct bucket *bucket = map_get(&app->calls, path);
    if (!bucket) {
        bucket = MEM_NEW(struct bucket);
        bucket_init(bucket, call_quota(app->quotas.calls, path),
                    call_quota(START_CALLS, path));
        map_set(&app->calls, path, bucket);
    }
    return bucket;
}

/* ---- messages ---- */

static void on_timer(void *arg)
{
    struct governor_line *line = arg;
    line->on_room(line->arg);
}

/* Asks again after `ms`, or earlier if that was to be. */
static void call_later(struct governor_line *line, int64_t ms, int64_t now_ms)
{
    if (loop_timer_runs(&line->timer) && line->timer.due_ms <= now_ms + ms)
        return;
    loop_timer_start(line->governor->loop, &line->timer, ms, on_timer, line);
}

enum governor_answer governor_message(struct governor_line *line, struct str group)
{
    bool limited = line->app->quotas.group > 0 && group.len > 0;
    if (line->connection.limit == 0 && !limited)
        return GOVERNOR_GO;
    int64_t now_ms = clock_mono_ms();
    struct bucket *bucket = limited ? group_bucket(line->app, group, now_ms) : NULL;
    int64_t wait_ms = bucket_ask(&line->connection, NULL, now_ms);
    if (wait_ms > 0) {
        call_later(line, wait_ms, now_ms);
        return GOVERNOR_WAIT;
    }
    wait_ms = bucket ? bucket_ask(bucket, line, now_ms) : 0;
    if (wait_ms > 0) {
        call_later(line, wait_ms, now_ms);
        return GOVERNOR_WAIT_GROUP;
    }
    if (bucket)
        bucket_take(bucket, line);
    bucket_take(&line->connection, NULL);
    return GOVERNOR_GO;
}

bool governor_is_too_fast(int status)
{
    return status == 20604 || status == 20607;
}

void governor_message_too_fast(struct governor_line *line)
{
    if (bucket_too_fast(&line->connection, clock_mono_ms()))
        log_warn(LOG_IM, "app_key=%s: sent too fast for the server, now %d a second",
                 line->app->app_key, line->connection.limit);
}

void governor_message_went_well(struct governor_line *line)
{
    if (line->connection.pause_ms > 0)
        bucket_went_well(&line->connection, clock_mono_ms());
}

bool governor_learns(const struct governor_line *line)
{
    return bucket_learns(&line->connection);
}

/* ---- calls ---- */

int64_t governor_call(struct governor_line *line, struct str path)
{
    struct bucket *bucket = call_bucket(line->app, path);
    int64_t wait_ms = bucket_ask(bucket, line, clock_mono_ms());
    if (wait_ms == 0)
        bucket_take(bucket, line);
    return wait_ms;
}

void governor_call_too_fast(struct governor_line *line, struct str path)
{
    struct bucket *bucket = call_bucket(line->app, path);
    if (bucket_too_fast(bucket, clock_mono_ms()))
        log_warn(LOG_IM, "app_key=%s: %.*s called too often, now %d a second",
                 line->app->app_key, STR_ARG(path), bucket->limit);
}

void governor_call_went_well(struct governor_line *line, struct str path)
{
    bucket_went_well(call_bucket(line->app, path), clock_mono_ms());
}
