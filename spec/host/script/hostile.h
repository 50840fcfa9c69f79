/*
 * hostile: what the hostile_*_test.c share. A room with a plugin that does its worst when
 * it hears "go", and a neighbour on the same worker that has to answer the next message
 * rightly. Bounds are CPU time of the thread, so a busy machine changes nothing.
 *
 * The hostile cases, by what they do and where they are:
 *
 *   loops, in handlers, pcall, xpcall, coroutines, __gc, __close,
 *     metamethods, main chunks, C; stops inside host calls      hostile_cpu
 *   on_save and on_load that fail; texts of every kind          hostile_handover
 *   patterns, rep, tables that lie, deep sources, __concat,
 *     bytecode, the machine, others' globals                    hostile_fences
 *   growth, one huge request, a nearly full state, leaks        hostile_memory
 *   recursion, error objects, floods of errors, misused calls   hostile_errors
 *   waits: floods, odd places, reloads with tasks parked        hostile_tasks, quota
 *   stops at random instants                                    limits_fuzz
 *   reloads under load                                          spec/bench/reload.lua
 */
#ifndef SPEC_SCRIPT_HOSTILE_H
#define SPEC_SCRIPT_HOSTILE_H

#include "../../support/script_room.h"

#include "script/inside.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#if defined(__SANITIZE_ADDRESS__)
enum { HOSTILE_SLOW = 1 }; /* a sanitizer watches: fewer rounds */
#else
enum { HOSTILE_SLOW = 0 };
#endif

/* Integer keys that all fall on the same place of a table of 2^17 nodes: growing to that
 * size is one call in C that takes seconds, which no hook reaches. */
#define COLLIDE "local t = {} for i = 0, 1 << 16 do t[i * ((1 << 17) - 1)] = i end"

/* So many times 64 KiB in one piece, which the memory cap refuses. */
#define HUGE_REQUEST(n)                                                                  \
    "local t, s = {}, ('x'):rep(1 << 16) for i = 1, " #n " do t[i] = s end\n"            \
    "return table.concat(t)"

static inline int64_t thread_cpu_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A plugin that does `body` when it hears "go", and answers "ok?". `body` gets `msg`. */
static inline void load_hostile(struct room *room, const char *name, const char *body)
{
    char code[8192];
    snprintf(code, sizeof(code),
             "local bot = ...\n"
             "bot.hear('^ok%%?$', function(msg) msg:reply('ok from %s') end)\n"
             "bot.hear('^go$', function(msg)\n%s\nend)\n",
             name, body);
    room_load(room, name, code, "send");
}

/* Counts what it is asked, so a state that was damaged would show. */
static inline void load_neighbour(struct room *room)
{
    room_load(room, "neighbour",
              "local bot = ...\nlocal count, kept = 0, {}\n"
              "for i = 1, 100 do kept[i] = { i } end\n"
              "bot.hear('^next%?$', function(msg)\n"
              "  count = count + 1\n"
              "  local sum = 0 for i = 1, 100 do sum = sum + kept[i][1] end\n"
              "  msg:reply('neighbour ' .. count .. ' ' .. sum) end)",
              "");
}

static inline void neighbour_answers(struct room *room, int count)
{
    char want[64];
    int64_t before = thread_cpu_ms();
    room_forget(room);
    room_say(room, "g1", "alice", "next?");
    room_turn(room);
    snprintf(want, sizeof(want), "neighbour %d 5050", count);
    if (!room_did(room, want))
        fail_msg("want %s, have %s; log: %s", want, room_last(room), room->log);
    assert_true(thread_cpu_ms() - before < 1000);
    room_forget(room);
}

static inline void answers(struct room *room, const char *name)
{
    char want[128];
    room_forget(room);
    room_say(room, "g1", "alice", "ok?");
    room_turn(room);
    snprintf(want, sizeof(want), "ok from %s", name);
    if (!room_did(room, want))
        fail_msg("%s does not answer; log: %s", name, room->log);
    room_forget(room);
}

/* Says "go" to the hostile plugin: done within `most_ms` of CPU (of a build whose budgets
 * are what they say), `complaint` is in the log or in what it said. */
static inline void go(struct room *room, const char *complaint, int64_t most_ms)
{
    int64_t before = thread_cpu_ms();
    int64_t row = room_say(room, "g1", "mallory", "go");
    room_turn(room);
    int64_t took = (thread_cpu_ms() - before) / GUARD_PATIENCE;
    if (!strstr(room->log, complaint) && !room_did(room, complaint))
        fail_msg("want \"%s\" in the log, have: %s and %s", complaint, room->log,
                 room_last(room));
    if (took > most_ms)
        fail_msg("%s: took %d ms of CPU, at most %d", complaint, (int)took, (int)most_ms);
    assert_true(room_is_done(room, row)); /* stopped, not tried again */
}

/* With limits of one's own; 0: the defaults. */
static inline void stops_within(size_t memory, int64_t cpu_ms, const char *body,
                                const char *complaint, int64_t most_ms)
{
    struct room *room = room_new(memory, cpu_ms);
    load_neighbour(room);
    load_hostile(room, "hostile", body);
    neighbour_answers(room, 1);
    go(room, complaint, most_ms);
    neighbour_answers(room, 2);
    answers(room, "hostile");
    room_free(room);
}

/* Generous for the soft stop after 20 ms of CPU, the hard one after 100 ms. */
static inline void stops(const char *body, const char *complaint)
{
    stops_within(0, 0, body, complaint, 1000);
}

/* What `code` gives, or "error: …". */
static inline void gives(struct room *room, const char *code, const char *want)
{
    const char *have = room_eval(room, "", code);
    if (strcmp(have, want) != 0)
        fail_msg("%s: want %s, have %s", code, want, have);
}

static inline void refuses(struct room *room, const char *code, const char *part)
{
    const char *have = room_eval(room, "", code);
    if (!strstr(have, part))
        fail_msg("%s: want %s in it, have %s", code, part, have);
}

#endif
