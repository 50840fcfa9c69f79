#include "script/waiters.h"

#include "base/map.h"
#include "base/mem.h"
#include "base/must.h"
#include "script/convert.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#define HELD_MAX 16
#define KEY_MAX 256

/* A message that came while the question was on its way, with its bytes. */
struct held {
    struct held *next;
    struct message message;
    char bytes[];
};

struct waiter {
    struct waiter *next;
    struct waiters *waiters;
    struct task *task;
    struct list *list;
    uint64_t seen; /* the round that looked at it last */
    int where_ref;
    bool asks;   /* only texts; ended by a command */
    bool parked; /* its task waits for it; else the question is on its way */
    int64_t since_ms;
    struct held *held;
    size_t held_count;
};

/* Those who wait for the same, in the order they began. */
struct list {
    struct waiter *first;
    size_t key_len;
    char key[];
};

struct waiters {
    struct loop *loop;
    waiters_again_fn *again;
    void *arg;
    struct map lists;   /* key to struct list * */
    size_t persons;     /* waiters for what a person says */
    uint64_t round;     /* of looking at a list */
    struct held *ready; /* to be given out again, in order */
    struct loop_timer due;
};

struct waiters *waiters_new(struct loop *loop, waiters_again_fn *again, void *arg)
{
    struct waiters *waiters = MEM_NEW(struct waiters);
    waiters->loop = loop;
    waiters->again = again;
    waiters->arg = arg;
    return waiters;
}

static void free_held(struct held *held)
{
    while (held) {
        struct held *next = held->next;
        free(held);
        held = next;
    }
}

void waiters_free(struct waiters *waiters)
{
    must(waiters->lists.len == 0);
    loop_timer_stop(waiters->loop, &waiters->due);
    free_held(waiters->ready); /* their rows are not done: they come again */
    map_clear(&waiters->lists);
    free(waiters);
}

/* --- lists --- */

static struct str person_key(char *room, struct conversation chat, struct str sender)
{
    int len = snprintf(room, KEY_MAX, "%d:%zu:%.*s/%.*s", (int)chat.type, chat.target.len,
                       STR_ARG(chat.target), STR_ARG(sender));
    return str_of(room, len < KEY_MAX ? (size_t)len : KEY_MAX - 1);
}

static struct str event_key(char *room, struct str event)
{
    int len = snprintf(room, KEY_MAX, "event:%.*s", STR_ARG(event));
    return str_of(room, len < KEY_MAX ? (size_t)len : KEY_MAX - 1);
}

static bool is_person(const struct list *list)
{
    return list->key[0] != 'e';
}

static struct waiter *add(struct task *task, struct str key)
{
    struct waiters *waiters = task->instance->runtime->waiters;
    struct list *list = map_get(&waiters->lists, key);
    if (!list) {
        list = mem_zero(sizeof(*list) + key.len);
        list->key_len = key.len;
        memcpy(list->key, key.at, key.len);
        map_set(&waiters->lists, key, list);
    }
    struct waiter *waiter = MEM_NEW(struct waiter), **end = &list->first;
    waiter->waiters = waiters;
    waiter->task = task;
    waiter->list = list;
    waiter->where_ref = LUA_NOREF;
    waiter->seen = waiters->round; /* what is being given out came before it */
    while (*end)
        end = &(*end)->next;
    *end = waiter;
    if (is_person(list))
        waiters->persons++;
    task->waiter = waiter;
    return waiter;
}

static void on_due(void *arg)
{
    waiters_flush(arg);
}

/* What it held is looked at again: soon, since Lua may run now. */
static void release_held(struct waiter *waiter)
{
    struct waiters *waiters = waiter->waiters;
    struct held **end = &waiters->ready;
    if (!waiter->held)
        return;
    while (*end)
        end = &(*end)->next;
    *end = waiter->held;
    waiter->held = NULL;
    waiter->held_count = 0;
    loop_timer_start(waiters->loop, &waiters->due, 0, on_due, waiters);
}

void waiters_forget(struct task *task)
{
    struct waiter *waiter = task->waiter;
    if (!waiter)
        return;
    struct list *list = waiter->list;
    struct waiters *waiters = waiter->waiters;
    struct instance *instance = task->instance;
    struct waiter **link = &list->first;
    task->waiter = NULL;
    while (*link != waiter)
        link = &(*link)->next;
    *link = waiter->next;
    if (is_person(list))
        waiters->persons--;
    if (!list->first) {
        map_del(&waiters->lists, str_of(list->key, list->key_len));
        free(list);
    }
    release_held(waiter);
    /* Only fields that exist are assigned: nothing can raise. */
    if (waiter->where_ref != LUA_NOREF && instance->state != INSTANCE_GONE)
        luaL_unref(instance->L, LUA_REGISTRYINDEX, waiter->where_ref);
    free(waiter);
}

/* --- waiting --- */

static void park(struct waiter *waiter)
{
    waiter->parked = true;
    waiter->task->cancel = waiters_forget;
}

void waiters_ask(struct task *task, struct conversation chat, struct str sender)
{
    char room[KEY_MAX];
    waiters_forget(task);
    add(task, person_key(room, chat, sender))->asks = true;
}

void waiters_begin(struct task *task, int64_t since_ms)
{
    struct waiter *waiter = task->waiter;
    waiter->since_ms = since_ms;
    park(waiter);
    release_held(waiter);
}

void waiters_wait(struct task *task, struct str event, const struct conversation *chat,
                  struct str sender, int where_ref)
{
    char room[KEY_MAX];
    waiters_forget(task);
    struct waiter *waiter =
        add(task, chat ? person_key(room, *chat, sender) : event_key(room, event));
    waiter->where_ref = where_ref;
    park(waiter);
}

/* --- `where` --- */

struct judgement {
    struct instance *instance;
    int where_ref;
    task_push_fn *push;
    void *arg;
    char text[400];
};

/* Outside of all tasks, so that it cannot wait. */
static int judge_body(void *arg)
{
    struct judgement *judgement = arg;
    lua_State *L = judgement->instance->L;
    luaL_checkstack(L, 12, NULL);
    int top = lua_gettop(L);
    lua_rawgeti(L, LUA_REGISTRYINDEX, judgement->where_ref);
    int result = 0;
    if (lua_pcall(L, judgement->push(L, judgement->arg), 1, 0) == LUA_OK) {
        result = lua_toboolean(L, -1);
    } else {
        struct str text = convert_error_text(L, -1);
        snprintf(judgement->text, sizeof(judgement->text), "where: %.*s", STR_ARG(text));
    }
    lua_settop(L, top);
    return result;
}

/* The waiter may be gone afterwards. */
static bool is_the_one(const struct waiter *waiter, task_push_fn *push, void *arg)
{
    if (waiter->where_ref == LUA_NOREF)
        return true;
    struct instance *instance = waiter->task->instance;
    struct judgement judgement = { instance, waiter->where_ref, push, arg, "" };
    int result = instance_run(instance, judge_body, &judgement);
    if (judgement.text[0]) {
        instance->errors++;
        instance_report(instance, STR_NONE, str_from(judgement.text));
    }
    return result == 1;
}

/* --- messages and events --- */

/* The next of the list that was not looked at in this round. What ran for the one before
 * may have changed the list, or ended it. */
static struct waiter *next_of(struct waiters *waiters, struct str key, uint64_t round)
{
    const struct list *list = map_get(&waiters->lists, key);
    struct waiter *at = list ? list->first : NULL;
    while (at && at->seen == round)
        at = at->next;
    if (at)
        at->seen = round;
    return at;
}

static bool is_still_there(struct waiters *waiters, struct str key,
                           const struct waiter *waiter, uint64_t round)
{
    const struct list *list = map_get(&waiters->lists, key);
    for (const struct waiter *at = list ? list->first : NULL; at; at = at->next)
        if (at == waiter)
            return at->seen == round;
    return false;
}

/* The task handles this one now, too: it may answer where it came from. */
static void wake(struct waiter *waiter, const struct conversation *where,
                 task_push_fn *push, void *arg)
{
    struct task *task = waiter->task;
    waiters_forget(task);
    if (where) {
        origin_release(task->heard);
        task->heard =
            origin_timed(task->instance->runtime, STR_NONE, where->type, where->target);
    }
    task_wake(task, push, arg);
}

static int push_interrupted(lua_State *L, void *arg)
{
    struct err why = { 0 };
    (void)arg;
    err_set(&why, ERR_CANCELLED, "a command came instead of an answer");
    return convert_push_failure(L, &why);
}

static struct str put(char **at, struct str s)
{
    struct str copy = str_of(*at, s.len);
    if (s.len > 0)
        memcpy(*at, s.at, s.len);
    *at += s.len;
    return copy;
}

static bool hold(struct waiter *waiter, const struct message *message)
{
    if (waiter->held_count >= HELD_MAX)
        return false;
    size_t bytes = message->target.len + message->sender.len + message->object_name.len +
                   message->content.len + message->uid.len;
    struct held *held = mem_alloc(sizeof(*held) + bytes), **end = &waiter->held;
    char *at = held->bytes;
    held->next = NULL;
    held->message = *message;
    held->message.target = put(&at, message->target);
    held->message.sender = put(&at, message->sender);
    held->message.object_name = put(&at, message->object_name);
    held->message.content = put(&at, message->content);
    held->message.uid = put(&at, message->uid);
    while (*end)
        end = &(*end)->next;
    *end = held;
    waiter->held_count++;
    return true;
}

static struct str key_of(char *room, const struct message *message)
{
    struct conversation chat = { message->type, message->target };
    return person_key(room, chat, message->sender);
}

bool waiters_expect(const struct waiters *waiters, const struct message *message)
{
    char room[KEY_MAX];
    return waiters->persons > 0 && map_get(&waiters->lists, key_of(room, message));
}

static enum waiters_result offer(struct waiters *waiters, struct str key,
                                 struct waiter *waiter,
                                 const struct waiters_message *given, uint64_t round)
{
    if (given->command) {
        if (waiter->asks && waiter->parked)
            wake(waiter, NULL, push_interrupted, NULL);
        return WAITERS_NONE;
    }
    if (!waiter->parked)
        return hold(waiter, given->message) ? WAITERS_HELD : WAITERS_NONE;
    if ((waiter->asks && given->text.len == 0) ||
        given->message->sent_ms < waiter->since_ms)
        return WAITERS_NONE;
    if (!is_the_one(waiter, given->push, given->arg) ||
        !is_still_there(waiters, key, waiter, round))
        return WAITERS_NONE;
    const struct conversation where = { given->message->type, given->message->target };
    wake(waiter, &where, given->push, given->arg);
    return WAITERS_TAKEN;
}

enum waiters_result waiters_take(struct waiters *waiters,
                                 const struct waiters_message *given)
{
    char room[KEY_MAX];
    struct str key = key_of(room, given->message);
    uint64_t round = ++waiters->round;
    struct waiter *waiter;
    enum waiters_result result = WAITERS_NONE;
    while (result == WAITERS_NONE && (waiter = next_of(waiters, key, round)))
        result = offer(waiters, key, waiter, given, round);
    return result;
}

bool waiters_watched(const struct waiters *waiters, struct str event)
{
    char room[KEY_MAX];
    return waiters->lists.len > 0 && map_get(&waiters->lists, event_key(room, event));
}

void waiters_watch(struct waiters *waiters, struct str event,
                   const struct conversation *where, task_push_fn *push, void *arg)
{
    char room[KEY_MAX];
    if (!waiters_watched(waiters, event))
        return;
    struct str key = event_key(room, event);
    uint64_t round = ++waiters->round;
    struct waiter *waiter;
    while ((waiter = next_of(waiters, key, round)))
        if (is_the_one(waiter, push, arg) && is_still_there(waiters, key, waiter, round))
            wake(waiter, where, push, arg);
}

void waiters_flush(struct waiters *waiters)
{
    while (waiters->ready) {
        struct held *held = waiters->ready;
        waiters->ready = held->next;
        waiters->again(waiters->arg, &held->message);
        free(held);
    }
    loop_timer_stop(waiters->loop, &waiters->due);
}
