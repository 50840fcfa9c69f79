/*
 * waiters: tasks that wait for an event, or for what one person says in one chat.
 *
 * The second kind is looked at before the router's index: a message that is taken goes to
 * the one task that waits for it, first come, first served, whether its instance is live
 * or drains. The others only watch: the event goes on to the handlers. While nobody
 * waits, a message costs one comparison.
 *
 * A question and its answer cannot pass each other. Between waiters_ask and waiters_begin
 * (the question is on its way) what the person says is held back; then it is given out
 * again, and what was said before the question was heard goes on to the router.
 *
 * What hangs on a task is gone with it.
 *
 * Private to this room.  Layer: script.  Thread: loop thread only.
 */
#ifndef SCRIPT_WAITERS_H
#define SCRIPT_WAITERS_H

#include "script/objects.h"
#include "script/task.h"

struct waiters;

/* Held messages come again through `again`, outside of all instances. */
typedef void waiters_again_fn(void *arg, const struct message *message);
struct waiters *waiters_new(struct loop *loop, waiters_again_fn *again, void *arg);
void waiters_free(struct waiters *waiters);

/* The task that runs begins to ask somebody. One it asked before is forgotten. */
void waiters_ask(struct task *task, struct conversation chat, struct str sender);

/* The question is out; `since_ms`: when, by the server's clock. The task has to park. */
void waiters_begin(struct task *task, int64_t since_ms);

/* The task that runs waits for an event, for any or (`chat` not NULL) only for what
 * `sender` says in `chat`. `where_ref`, taken: a function that says whether this is the
 * one, or LUA_NOREF. The task has to park. */
void waiters_wait(struct task *task, struct str event, const struct conversation *chat,
                  struct str sender, int where_ref);

/* The task does not wait (any more). Nothing to forget is fine. */
void waiters_forget(struct task *task);

/* A message as it is looked at. */
struct waiters_message {
    const struct message *message;
    struct str text; /* may be nothing */
    bool command;    /* one that the bot knows */
    task_push_fn *push;
    void *arg;
};

/* Whether anybody waits for this person in this chat. */
bool waiters_expect(const struct waiters *waiters, const struct message *message);

enum waiters_result {
    WAITERS_NONE,
    WAITERS_TAKEN,
    WAITERS_HELD, /* it comes again */
};

/* Gives it to who waits for it. A command ends the question that the person was asked and
 * is not taken. */
enum waiters_result waiters_take(struct waiters *waiters,
                                 const struct waiters_message *given);

/* Whether anybody waits for the event. */
bool waiters_watched(const struct waiters *waiters, struct str event);

/* Wakes those who wait for the event, which came from `where` (NULL: from nowhere). */
void waiters_watch(struct waiters *waiters, struct str event,
                   const struct conversation *where, task_push_fn *push, void *arg);

/* Gives out what was held and can be looked at again; before anything newer is. */
void waiters_flush(struct waiters *waiters);

#endif
