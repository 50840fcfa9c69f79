/*
 * exec: scripts: one file each, run once from its start to its end with the API that
 * plugins have, as a task of an instance of its own (`moondock exec`).
 *
 * What a script says waits until whoever began it asks for news. That side also reads and
 * appends to its own files for it: the host touches none of them. When nobody asks for
 * EXEC_LEASE_MS the script is ended.
 *
 * Private to this room.  Layer: script.  Thread: loop thread only.
 */
#ifndef SCRIPT_EXEC_H
#define SCRIPT_EXEC_H

#include "script/record.h"

#define EXEC_CODE_MAX ((size_t)64 << 10)
#define EXEC_RUNS_MAX 8
#define EXEC_TEXT_MAX ((size_t)64 << 10) /* of one line, or piece of a file */
#define EXEC_NEWS_MAX                                                                    \
    ((size_t)128 << 10)   /* beyond that scripts wait for who reads it                   \
                           */
#define EXEC_POLL_MS 5000 /* a question for news waits so long for some */
#define EXEC_LEASE_MS 30000

struct exec;
struct script;

/* The script that the instance runs; NULL: it runs none. */
struct exec *exec_of(const struct instance *instance);

/* Whether the instance's calls change nothing: api_call.h and record.c see to that. */
bool exec_is_dry(const struct instance *instance);

/* Says what the call, with the arguments on the stack, would have done, and leaves what
 * it would have given. */
int exec_pretend(lua_State *L, const struct record_call *call);

/* A news item, {"print":"text"} ...; takes it. */
void exec_say(struct exec *exec, struct json *item);

/* Whether so much is unread that the script has to wait: exec_wait_room, then park. */
bool exec_is_full(const struct exec *exec);
void exec_wait_room(struct exec *exec, struct task *task);

/* Asks the other side; takes the item. The task has to park: it is woken with the text
 * that was read, true, or nil and an error. */
void exec_ask(struct exec *exec, struct task *task, struct json *item);

/* --- for script.c --- */

void exec_lost(struct script *script, const struct instance *instance, const char *why);
void exec_settle(struct script *script); /* frees what is over; not inside an instance */
size_t exec_task_count(const struct script *script);
void exec_close(struct script *script); /* ends all; who waits for news is told */

#endif
