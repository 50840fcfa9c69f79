/*
 * record: the history of tasks (design.md 5): what each call that looks at or changes
 * something outside its interpreter returned, so that a task can be run again after a
 * crash and does nothing twice.
 *
 * Calls of the plugin pass through one wrapper (record_push). Of a task that is run
 * again, a call with a recorded result gives that without acting; the first one without
 * acts. A call that differs from its record ends the task as interrupted, unless nothing
 * of it was let out yet: then it goes on as if it had begun anew.
 *
 * Entries are collected in memory. They are saved with the row of a send, or before the
 * commit of a turn in which their event wrote to the store or waits; when the event is
 * over they go. Only events with a journal row have a history.
 *
 *   chunk    u64 code of the plugin, u32 number of the first entry, entries
 *   entry    u8 type, u64 digest of the call, u32 length, bytes
 *
 * Private to this room.  Layer: script.  Thread: loop thread only.
 */
#ifndef SCRIPT_RECORD_H
#define SCRIPT_RECORD_H

#include "script/task.h"

struct past;
struct record;

enum record_flags {
    RECORD_ACTS = 1,  /* its result and what it did belong in one transaction */
    RECORD_SENDS = 2, /* the outbox row tells its result */
    RECORD_NOT = 4,   /* the same whenever it is called, or not of the outside */
    RECORD_SHOWS =
        8, /* others notice it: like the first two, not in a dry run (exec.h) */
};

/* A function for plugins. Static: it is known by its address, which is its upvalue 1. */
struct record_call {
    const char *name;
    lua_CFunction function;
    int flags;
};

/* An api_group of a list of these, or of rows that begin with one. */
#define RECORD_CALLS(list)                                                               \
    {                                                                                    \
        list, sizeof(*(list)), record_push                                               \
    }
void record_push(lua_State *L, const void *call);

/* The task that runs: whether what it does is recorded. */
bool record_is_kept(const struct task *task);

/* What `live` was when this was asked first in the task that runs: a time, a number. */
lua_Integer record_integer(lua_State *L, const char *name, lua_Integer live);

/* The name, seen before, of a user or a group: the same when the task runs again. */
struct str record_name(lua_State *L, enum name_of whose, struct str id);

/* For a function that was registered, held, before it acts: `live` the first time, then
 * always that. *again (may be NULL) says that it may have acted before. */
int64_t record_moment(struct task *task, int64_t live, bool *again);

/* For a function that was registered: a name, hex digits, for what the call does outside,
 * the same when it is repeated. `out` of DIGEST_SHA256_HEX. False: there is none. */
bool record_key(struct task *task, char *out);

/* What has to be saved with the row of the send that begins, borrowed for now; and that
 * the row has it. */
struct str record_for_send(struct task *task);
void record_sent(struct task *task);

/* store_update: the value that the function is given is at `index`. True: it is the
 * recorded one now, and what the function makes of it is in the store already. */
bool record_input(lua_State *L, int index);

/* math.random of the task that runs: 64 bits that are the same when it runs again. */
uint64_t record_random(struct task *task);

/* The outermost parent: its id is that of the message, or of the time. */
struct origin *record_root(struct origin *origin);

/* --- for task*.c --- */

/* The results of the call it waited for are the `count` values on top of T. */
void record_woken(struct task *task, lua_State *T, int count);

/* What the task found so far is saved with this turn: it waits, or goes on later. */
void record_keep(struct task *task);
void record_ended(struct task *task);

/* The instance stops hard. The event that its running task handles is over for the plugin
 * and set aside; others are run again from their history, so that its parked tasks go on.
 */
void record_lost(struct instance *instance);

/* The event is run again when it is over, unless the instance's running task handles it.
 */
void record_again(const struct instance *instance, struct origin *origin);

/* --- for origin.c and script.c --- */

void record_forget(struct origin *root); /* its event is over */
void record_save(void *runtime);         /* before a commit */
void record_close(struct runtime *runtime);

#endif
