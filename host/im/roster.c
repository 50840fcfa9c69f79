/* roster: see the header. */
#include "im/roster.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/random.h"
#include "proto/content.h"
#include "store/meta.h"

#include <stdio.h>
#include <stdlib.h>

#define LIST_MAX ((size_t)ROSTER_MEMBERS_MAX * 66)
#define TOLD_MAX 1000 /* members in one notice */
#define NAME_MAX_BYTES 80

struct watched {
    struct str group; /* owned */
    int64_t heard_ms, next_ms;
};

struct roster {
    struct loop *loop;
    struct store *store;
    struct orders *orders;
    char *user;
    void (*on_message)(void *arg, struct message *message);
    void *arg;
    struct watched watched[ROSTER_GROUPS_MAX];
    size_t count;
    struct loop_timer timer;
    struct account_call *call;
    struct str asked; /* owned; the group of the call */
    struct buf text;
};

static void ask_next(void *arg);

/* ---- comparing ---- */

static struct str name_of(char out[NAME_MAX_BYTES], struct str group)
{
    int len = snprintf(out, NAME_MAX_BYTES, "roster/%.*s", STR_ARG(group));
    return str_of(out, (size_t)len);
}

static void tell(struct roster *roster, const char *operation, const struct str *users,
                 size_t count)
{
    char uid[256];
    int64_t now_ms = clock_wall_ms();
    struct content_notice notice = { .operation = str_from(operation),
                                     .timestamp = now_ms,
                                     .targets = users,
                                     .target_count = count };
    buf_reset(&roster->text);
    if (count == 0 || !content_group_notice(&roster->text, &notice, NULL))
        return;
    snprintf(uid, sizeof(uid), MESSAGE_POLLED "%.*s/%lld/%s/%.*s", STR_ARG(roster->asked),
             (long long)now_ms, operation, STR_ARG(users[0]));
    struct message message = {
        .type = CONVERSATION_GROUP,
        .target = roster->asked,
        .sender = users[0],
        .object_name = STR("RC:GrpNtf"),
        .content = buf_str(&roster->text),
        .uid = str_from(uid),
        .sent_ms = now_ms,
    };
    roster->on_message(roster->arg, &message);
}

/* Those of `ids` who are not in `others`, but for ourselves. */
static void tell_difference(struct roster *roster, const char *operation,
                            const struct str *ids, size_t count, const struct map *others)
{
    struct str some[TOLD_MAX];
    size_t told = 0;
    for (size_t i = 0; i < count; i++) {
        if (map_get(others, ids[i]) || str_eq(ids[i], str_from(roster->user)))
            continue;
        some[told++] = ids[i];
        if (told == TOLD_MAX) {
            tell(roster, operation, some, told);
            told = 0;
        }
    }
    tell(roster, operation, some, told);
}

static void compare(struct roster *roster, struct str before, const struct str *now,
                    size_t count)
{
    struct map were = { 0 }, are = { 0 };
    struct str *list = mem_alloc((ROSTER_MEMBERS_MAX + 1) * sizeof(*list)), line;
    size_t were_count = 0;
    while (were_count < ROSTER_MEMBERS_MAX && str_split(&before, '\n', &line)) {
        if (line.len == 0)
            continue;
        list[were_count++] = line;
        map_set(&were, line, roster);
    }
    for (size_t i = 0; i < count; i++)
        map_set(&are, now[i], roster);
    tell_difference(roster, "Add", now, count, &were);
    tell_difference(roster, "Quit", list, were_count, &are);
    map_clear(&were);
    map_clear(&are);
    free(list);
}

/* Appends the ids, a line each, as the store keeps them. */
static bool write_list(struct buf *out, const struct str *now, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!buf_add_str(out, now[i]) || !buf_add_byte(out, '\n'))
            return false;
    return true;
}

static void take(struct roster *roster, const struct json *members)
{
    char name[NAME_MAX_BYTES];
    const struct json *one = NULL;
    struct str *now = mem_alloc((json_size(members) + 1) * sizeof(*now));
    size_t count = 0;
    struct buf before, list;
    buf_init(&before, LIST_MAX);
    buf_init(&list, LIST_MAX);
    while ((one = json_next(members, one))) {
        struct str id = json_str(json_get(one, "id"));
        if (id.len > 0 && id.len <= 64)
            now[count++] = id;
    }
    bool known = meta_get(roster->store, name_of(name, roster->asked), &before);
    /* A group that we are in has members: an empty answer says nothing. */
    if (count > 0 && write_list(&list, now, count) &&
        !(known && str_eq(buf_str(&list), buf_str(&before)))) {
        if (known)
            compare(roster, buf_str(&before), now, count);
        meta_set(roster->store, name_of(name, roster->asked), buf_str(&list));
    }
    buf_clear(&before);
    buf_clear(&list);
    free(now);
}

/* ---- asking ---- */

static void wait(struct roster *roster)
{
    int64_t now_ms = clock_mono_ms(), next_ms = INT64_MAX;
    for (size_t i = 0; i < roster->count; i++)
        if (roster->watched[i].next_ms < next_ms)
            next_ms = roster->watched[i].next_ms;
    loop_timer_stop(roster->loop, &roster->timer);
    if (roster->count > 0 && !roster->call)
        loop_timer_start(roster->loop, &roster->timer,
                         next_ms > now_ms ? next_ms - now_ms : 0, ask_next, roster);
}

/* An order_done_fn */
static void on_members(void *arg, const struct json *members, const struct err *why)
{
    struct roster *roster = arg;
    roster->call = NULL;
    if (why)
        log_warn(LOG_IM, "user=%s group=%.*s members: %s", roster->user,
                 STR_ARG(roster->asked), why->text);
    else if (json_size(members) > ROSTER_MEMBERS_MAX)
        log_warn(LOG_IM, "user=%s group=%.*s has %zu members: too many to compare",
                 roster->user, STR_ARG(roster->asked), json_size(members));
    else if (!store_failed(roster->store)) /* else asked again when the disk works */
        take(roster, members);
    wait(roster);
}

static void forget(struct roster *roster, struct watched *watched)
{
    free((char *)watched->group.at);
    *watched = roster->watched[--roster->count];
}

static void ask_next(void *arg)
{
    struct roster *roster = arg;
    int64_t now_ms = clock_mono_ms();
    struct watched *due = NULL;
    for (size_t i = roster->count; i-- > 0;) {
        if (now_ms - roster->watched[i].heard_ms > ROSTER_ACTIVE_MS)
            forget(roster, &roster->watched[i]);
    }
    for (size_t i = 0; i < roster->count; i++)
        if (!due || roster->watched[i].next_ms < due->next_ms)
            due = &roster->watched[i];
    if (due && due->next_ms <= now_ms) {
        struct err err = { 0 };
        due->next_ms =
            now_ms + ROSTER_EVERY_MS + (int64_t)(random_u64() % ROSTER_JITTER_MS);
        free((char *)roster->asked.at);
        roster->asked = (struct str){ str_dup(due->group), due->group.len };
        const struct order order = { .verb = ORDER_MEMBERS, .group = roster->asked };
        roster->call = orders_start(roster->orders, &order, on_members, roster, &err);
        if (!roster->call)
            log_warn(LOG_IM, "user=%s members: %s", roster->user, err.text);
    }
    wait(roster);
}

void roster_heard(struct roster *roster, struct str group)
{
    struct watched *free_one = NULL;
    if (!roster || group.len == 0 || group.len > 64)
        return;
    for (size_t i = 0; i < roster->count; i++) {
        if (str_eq(roster->watched[i].group, group)) {
            roster->watched[i].heard_ms = clock_mono_ms();
            return;
        }
        if (!free_one || roster->watched[i].heard_ms < free_one->heard_ms)
            free_one = &roster->watched[i];
    }
    if (roster->count == ROSTER_GROUPS_MAX)
        forget(roster, free_one);
    int64_t now_ms = clock_mono_ms();
    roster->watched[roster->count++] =
        (struct watched){ { str_dup(group), group.len }, now_ms, now_ms };
    wait(roster);
}

struct roster *roster_new(struct loop *loop, struct store *store, struct orders *orders,
                          struct str user,
                          void (*on_message)(void *arg, struct message *message),
                          void *arg)
{
    struct roster *roster = MEM_NEW(struct roster);
    roster->loop = loop;
    roster->store = store;
    roster->orders = orders;
    roster->user = str_dup(user);
    roster->on_message = on_message;
    roster->arg = arg;
    buf_init(&roster->text, CONTENT_MAX);
    return roster;
}

void roster_free(struct roster *roster)
{
    if (!roster)
        return;
    account_cancel(roster->call);
    loop_timer_stop(roster->loop, &roster->timer);
    while (roster->count > 0)
        forget(roster, &roster->watched[0]);
    free((char *)roster->asked.at);
    buf_clear(&roster->text);
    free(roster->user);
    free(roster);
}
