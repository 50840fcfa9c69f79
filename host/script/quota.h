/*
 * quota: how much of what an instance may have. All limits of the calls plugins make, in
 * one place; those on memory and CPU time are limits_*, that on a state handed over is
 * PACK_MAX.
 *
 * Who reaches one is told so, by nil and an error "limit" or by a raised error with the
 * same words; nothing is dropped without a word.
 *
 * Private to this room.  Layer: script.
 */
#ifndef SCRIPT_QUOTA_H
#define SCRIPT_QUOTA_H

#include "base/err.h"
#include "script/instance.h"

/* Name, the most of it, and what follows "more than N ". */
#define QUOTA_LIST(X)                                                                    \
    X(TASKS, 1000, "tasks wait")                                                         \
    X(LATER, 10000, "events wait for room")                                              \
    X(TIMERS, 1000, "timers")                                                            \
    X(EMITS, 1000, "events of its own under way")                                        \
    X(SCHEDULES, 1000, "schedules wait")                                                 \
    X(HANDLERS, 1000, "handlers")                                                        \
    X(HANDLER_RECORDS, 4000, "handlers made and taken back within one event")            \
    X(WORD_SETS, 200, "sets of words")                                                   \
    X(WORDS, 2000, "words")                                                              \
    X(ANSWERS, 20, "answers to one event") /* before they count as sends */              \
    X(SENDS, 100, "sends in a second")                                                   \
    X(HTTP, 8, "http requests under way")                                                \
    X(ROUTES, 100, "paths served")                                                       \
    X(SERVED, 32, "requests in hand")                                                    \
    X(INTERCEPTS, 32, "messages that wait for a verdict")                                \
    X(LOG_LINES, 100, "lines of log in a second")                                        \
    X(LOG_LINE_BYTES, 4096, "bytes in a line of log")                                    \
    X(HTTP_BODY_BYTES, 1 << 20, "bytes in the body of an http request")                  \
    X(UPLOAD_BYTES, 100 << 20, "bytes in a file")                                        \
    X(JSON_BYTES, 1 << 20, "bytes of JSON")                                              \
    X(JSON_VALUES, 100000, "values in JSON")

enum quota {
#define QUOTA_NUMBER(name, most, what) QUOTA_##name,
    QUOTA_LIST(QUOTA_NUMBER)
#undef QUOTA_NUMBER
};

enum {
#define QUOTA_MOST(name, most, what) QUOTA_##name##_MAX = (most),
    QUOTA_LIST(QUOTA_MOST)
#undef QUOTA_MOST
};

/* Whether one more may be added to `have`; ERR_LIMIT "more than 8 http requests under
 * way". */
bool quota_check(enum quota quota, size_t have, struct err *err);

/* The same, raising for the plugin. */
void quota_check_or_raise(lua_State *L, enum quota quota, size_t have);

/* Whether the task may send once more. `answers`: into the conversation of the event at
 * hand; the first few of each event cost nothing, so a busy chat is answered at any
 * speed.
 */
bool quota_send(struct task *task, bool answers, struct err *err);

#endif
