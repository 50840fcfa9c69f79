/*
 * task_inside: what the files of tasks know of each other.
 *
 * Private to script/task*.c.  Layer: script.
 */
#ifndef SCRIPT_TASK_INSIDE_H
#define SCRIPT_TASK_INSIDE_H

#include "script/task.h"

/* A record of the pool, or a new one that gets its thread when it starts. */
struct task *task_take_record(struct instance *instance);

/* A record with a thread in the pool, for a task that is made while Lua runs. */
void task_add_idle(lua_State *L);

/* The one that had the turn has ended: the next one may begin. */
void task_give_turn(struct instance *instance);

#endif
