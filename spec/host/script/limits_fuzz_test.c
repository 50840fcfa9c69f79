/* script/limits: stops at random instants. A second timer sends the guard's tick many
 * times faster than CPU time passes, so stops fall anywhere in Lua, the allocator and
 * host calls; the neighbour has to compute the same as ever, and memory has to stay flat.
 */
#include "../../support/script_room.h"

#include "script/inside.h"

#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

static timer_t ticker;

static void make_ticker(void)
{
    struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID,
                              .sigev_signo = SIGRTMIN + 1 };
    event.sigev_notify_thread_id = gettid();
    assert_int_equal(timer_create(CLOCK_MONOTONIC, &event, &ticker), 0);
}

/* 0 stops it. */
static void tick_every(long ns)
{
    struct itimerspec period = { { 0, ns }, { 0, ns } };
    assert_int_equal(timer_settime(ticker, 0, &period, NULL), 0);
}

static const char work[] =
    "local bot = ...\n"
    "local function work(m)\n"
    "  local keep = {}\n"
    "  for i = 1, 1e9 do\n"
    "    keep[i % 500] = { ('x'):rep(i % 3000), i, tostring(i) .. 'y' }\n"
    "    local co = coroutine.wrap(function() for j = 1, 5 do coroutine.yield(j) end "
    "end)\n"
    "    local sum = co() + co()\n"
    "    pcall(error, { sum })\n"
    "    table.sort({ 5, 3, 9, 1, i }, function(a, b) return a < b end)\n"
    "    local s = ('%d %s'):format(i, m.text):gsub('%d', '%%'):upper()\n"
    "    local t = m.sender.name .. m.content.extra .. s\n"
    "    bot.log.debug('%s', t)\n"
    "    load('return ' .. i)()\n"
    "    bot.user('u' .. i)\n"
    "    local timer = bot.after(1000, print) timer:stop()\n"
    "    local off = bot.on('connected', print) off()\n"
    "    bot.store():set('k' .. i % 10, { i, 'v' })\n"
    "  end\n"
    "end\n"
    "bot.hear('^go$', work)\n";

static const char sums[] = "local bot = ...\n"
                           "local kept = {} for i = 1, 200 do kept[i] = { i } end\n"
                           "bot.hear('^sum$', function(m)\n"
                           "  local n = 0 for i = 1, 200 do n = n + kept[i][1] end\n"
                           "  m:reply('sum ' .. n) end)";

static long resident_pages(void)
{
    long size = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%ld %ld", &size, &resident), 2);
    fclose(file);
    return resident;
}

static struct instance *instance_called(struct room *room, const char *name)
{
    struct plugin *plugin = script_find(room->script, str_from(name));
    assert_non_null(plugin);
    assert_non_null(plugin->live);
    return plugin->live;
}

static void stop_often(bool hard, const char *complaint, int rounds)
{
    struct room *room = room_new((size_t)2 << 20, 30);
    static const char json[] = "{\"content\":\"go\",\"extra\":\"e\","
                               "\"user\":{\"id\":\"mallory\",\"name\":\"M\"}}";
    long flat = 0;
    int stopped = 0;
    room_load(room, "work", work, "");
    room_load(room, "sums", sums, "");
    room_quiet(true);
    srand(11);
    for (int i = 0; i < rounds; i++) {
        if (hard) /* in each new state: no soft stop comes first */
            instance_called(room, "work")->limits.soft_ticks = INT_MAX;
        tick_every(20000 + rand() % 150000);
        int64_t row = room_content(room, "g1", "mallory", "RC:TxtMsg", json);
        tick_every(0);
        room_turn(room);
        room_pass(room, 3 * 3600 * 1000); /* past any switching off */
        assert_true(room_is_done(room, row));
        stopped += strstr(room->log, complaint) != NULL;
        room_forget(room);
        room_say(room, "g1", "alice", "sum");
        room_turn(room);
        assert_true(room_did(room, "sum 20100"));
        room_forget(room);
        assert_true(store_commit(room->store, NULL));
        if (i == rounds / 4)
            flat = resident_pages();
    }
    room_quiet(false);
    assert_true(stopped >= rounds - rounds / 100); /* a few end in the other way */
#ifndef __SANITIZE_ADDRESS__                       /* it keeps freed memory for a while */
    assert_true(resident_pages() < flat + 500);
#endif
    (void)flat;
    room_free(room);
}

static void soft_stops_at_random_instants(void **state)
{
    (void)state;
    stop_often(false, "CPU budget exceeded", 1000);
}

static void hard_stops_at_random_instants(void **state)
{
    (void)state;
    stop_often(true, "stopped hard: CPU", 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(soft_stops_at_random_instants),
        cmocka_unit_test(hard_stops_at_random_instants),
    };
    make_ticker();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
