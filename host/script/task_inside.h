/*
 * task_inside: what the files of tasks know of each other.
 *
 * Private to script/task*.c.  Layer: script.
 */
#ifndef SCRIPT_TASK_INSIDE_H
#define SCRIPT_TASK_INSIDE_H

#include "base/mem.h"
#include "script/task.h"

#include <lauxlib.h>

/* A record of the pool, or a new one that gets its thread when it starts. Inline, as
 * every event needs one. */
static inline struct task *task_take_record(struct instance *instance)
{
    struct task *task = instance->idle;
    if (task) {
        instance->idle = task->next;
        instance->idle_count--;
    } else {
        task = MEM_NEW(struct task);
        task->instance = instance;
        task->thread_ref = LUA_NOREF;
    }
    task->id = ++instance->last_task;
    task->start_count = -1;
    task->next = instance->tasks;
    task->link = &instance->tasks;
    if (task->next)
        task->next->link = &task->next;
    instance->tasks = task;
    instance->task_count++;
    return task;
}

/* A record with a thread in the pool, for a task that is made while Lua runs. */
void task_add_idle(lua_State *L);

/* The one that had the turn has ended: the next one may begin. */
void task_give_turn(struct instance *instance);

#endif
