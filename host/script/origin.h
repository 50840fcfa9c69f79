/*
 * origin: what a task handles: the conversation it may answer in, the id of the event,
 * and the journal row that is done when the last task of it has ended.
 *
 * Private to this room.  Layer: script.  Thread: loop thread only.
 */
#ifndef SCRIPT_ORIGIN_H
#define SCRIPT_ORIGIN_H

#include "im/message.h"

struct past;
struct record;
struct runtime;

/* The last task has ended; `handled` is false when the event is to be run again, or the
 * script is being closed. */
typedef void origin_ended_fn(void *arg, bool handled);

struct origin {
    int references;
    struct runtime *runtime;
    struct origin *parent; /* ended after this one; may be NULL */
    int64_t row;           /* 0: none */
    bool keyed;            /* what its tasks send carries a key */
    bool fits;             /* its memory can be used again */
    bool timed;            /* a time brought it: calendar.h runs it again */
    unsigned answers;      /* sent into its conversation so far (quota.h) */
    unsigned later;        /* how many times it went on at a later time */
    enum conversation_type type;
    struct str target;
    struct str id;     /* message UID; of one event of several in a notice "UID/bob" */
    struct str sender; /* who wrote the message; empty: no message */
    struct str plugin; /* for that one alone; empty: for all */
    origin_ended_fn *ended; /* may be NULL */
    void *ended_arg;
    /* Of record.c, of the outermost parent: */
    bool replays;                /* (of each) it may have been handled before */
    bool again;                  /* once it is over it is handed up once more */
    bool dirty, saved;           /* its history has to be written; some of it is */
    struct origin *next, **link; /* of the dirty ones */
    struct record *records;
    struct past *past; /* (of each) what is known of an earlier life */
};

/* Copies the strings; the caller holds the one reference. Of a message that comes for a
 * handler that found no room (later.h), it is the one it had. */
struct origin *origin_new(struct runtime *runtime, const struct message *message);

/* One of several events of the same message, of the same person. */
struct origin *origin_child(struct origin *parent, struct str name);

/* What a time brought, not a message. `target` may be empty: no conversation. */
struct origin *origin_timed(struct runtime *runtime, struct str id,
                            enum conversation_type type, struct str target);

/* The same event at a later time: its answers are counted anew. Of what goes on for ever
 * the history would grow for ever: after a hundred times it may not. */
struct origin *origin_later(struct origin *origin);
bool origin_may_go_on(const struct origin *origin);

/* The same conversation and person without the event: for timers that go on for ever. */
struct origin *origin_detached(const struct origin *origin);

struct origin *origin_ref(struct origin *origin);

/* The last release tells the cloud that the message is done (unless the script closes).
 */
void origin_release(struct origin *origin); /* NULL is fine */

#endif
