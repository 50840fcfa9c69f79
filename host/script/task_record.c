/* task: the records, their threads, their paths. */
#include "base/mem.h"
#include "base/must.h"
#include "script/later.h"
#include "script/record.h"
#include "script/task_inside.h"
#include "script/waiters.h"

#include <lauxlib.h>
#include <stdio.h>

#define IDLE_MAX 64 /* threads kept for the next tasks of an instance, 1 KiB each */

void task_add_idle(lua_State *L)
{
    struct instance *instance = instance_of(L);
    luaL_checkstack(L, 4, NULL);
    lua_State *T = lua_newthread(L);
    int thread_ref = luaL_ref(L, LUA_REGISTRYINDEX);
    guard_hold();
    struct task *task = MEM_NEW(struct task);
    task->instance = instance;
    task->T = T;
    task->thread_ref = thread_ref;
    task->next = instance->idle;
    instance->idle = task;
    instance->idle_count++;
    guard_release();
}

static void unlink_task(struct task *task)
{
    *task->link = task->next;
    if (task->next)
        task->next->link = task->link;
    task->instance->task_count--;
}

/* Makes the record one that was never used. */
static void clear_record(struct task *task)
{
    if (task->above)
        free(task->above);
    task->origin = task->heard = NULL;
    task->above = NULL;
    task->path = task->sent = task->spawned = task->calls = 0;
    task->call = NULL;
    task->born_ms = 0;
    task->ends = task->undo = ERR_NONE;
    task->audit_verb = NULL;
    task->blame = BLAME_PLUGIN;
    task->take = NULL;
    task->ended = NULL;
}

void task_end(struct task *task, struct str result, const struct err *why, bool reuse)
{
    struct instance *instance = task->instance;
    struct origin *origin = task->origin, *heard = task->heard;
    task_ended_fn *ended = task->ended;
    void *arg = task->ended_arg;
    must(!task->cancel);
    if (task->blame != BLAME_CALLER) {
        instance->ended++;
        instance->tally.handled += !task->above;
        instance->runtime->ends[why ? why->code : ERR_NONE]++;
    }
    if (task->waiter)
        waiters_forget(task);
    if (task->record)
        record_ended(task);
    unlink_task(task);
    clear_record(task);
    if (ended)
        ended(arg, result, why);
    if (origin)
        origin_release(origin);
    if (heard)
        origin_release(heard);
    bool had_turn = instance->turn == task;
    if (reuse && instance->idle_count < IDLE_MAX && instance->state != INSTANCE_GONE) {
        task->next = instance->idle;
        instance->idle = task;
        instance->idle_count++;
    } else {
        /* Only fields that exist are assigned: nothing is allocated, nothing can raise.
         */
        if (reuse && instance->state != INSTANCE_GONE)
            luaL_unref(instance->L, LUA_REGISTRYINDEX, task->thread_ref);
        free(task);
    }
    if (had_turn)
        task_give_turn(instance);
    if (instance->later)
        later_due(instance);
    if (instance->state == INSTANCE_DRAINING && instance->task_count == 0 &&
        instance->runtime->on_drained)
        instance->runtime->on_drained(instance->runtime->owner, instance);
}

struct task *task_find(const struct instance *instance, uint64_t id)
{
    for (struct task *task = instance->tasks; task; task = task->next)
        if (task->id == id)
            return task;
    return NULL;
}

void task_free_idle(struct instance *instance)
{
    while (instance->idle) {
        struct task *task = instance->idle;
        instance->idle = task->next;
        free(task);
    }
    instance->idle_count = 0;
}

/* --- paths --- */

/* The same in every run of the program, unlike map_hash. */
static uint64_t fold(const char *text)
{
    uint64_t hash = 14695981039346656037u;
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 1099511628211u;
    return hash;
}

struct str task_path(const struct task *task, char *room)
{
    int len = task->above
                  ? snprintf(room, TASK_PATH_MAX, "%s.%u", task->above, task->path)
                  : snprintf(room, TASK_PATH_MAX, "%u", task->path);
    if (len >= TASK_PATH_MAX)
        len = snprintf(room, TASK_PATH_MAX, "#%016llx.%u",
                       (unsigned long long)fold(task->above), task->path);
    return str_of(room, (size_t)len);
}
