/* script/limits: 10,000 soft and 10,000 hard stops at random instants (1,000 under a
 * sanitizer). A second timer sends the guard's tick many
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
    "    s = s:rep(3, ','):gsub('%w+', function(w) return '<' .. w .. '>' end)\n"
    "    for a, b in s:gmatch('(%a)(%A*)') do t = a .. b end\n"
    "    local list = table.move({ i, 2, 3 }, 1, 3, 2) table.insert(list, 1, t)\n"
    "    t = table.concat(list, ' ', 2) .. table.remove(list, 1) .. tostring(list)\n"
    "    local object = setmetatable({}, { __index = keep, __close = function() end })\n"
    "    do local held <close> = object t = object[i % 500] end\n"
    "    xpcall(error, function(e) return e .. os.date('%H:%M') end, s)\n"
    "    s = utf8.char(i % 0xd000 + 1) .. string.pack('>I4z', i, 'z')\n"
    "    bot.json.decode(bot.json.encode({ i, { k = s:len() } }))\n"
    "    bot.now() bot.t('Hello, {name}!', { name = m.sender })\n"
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

/* With a sanitizer freed memory is kept for a while, and all is slower. */
#if defined(__SANITIZE_ADDRESS__)
enum { ROUNDS = 1000, KEEPS_FREED = 1 };
#else
enum { ROUNDS = 10000, KEEPS_FREED = 0 };
#endif

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

/* Chunks and large blocks that states hold, all plugins together. */
static size_t held(const struct room *room)
{
    return room->script->runtime.pool.out_count;
}

static void unload(struct room *room, const char *name)
{
    struct err err = { 0 };
    assert_true(script_unload(room->script, str_from(name), &err));
}

static void stop_often(bool hard, const char *complaint)
{
    struct room *room = room_new((size_t)2 << 20, 30);
    static const char json[] = "{\"content\":\"go\",\"extra\":\"e\","
                               "\"user\":{\"id\":\"mallory\",\"name\":\"M\"}}";
    size_t flat = 0, most = 0;
    long pages = 0;
    int stopped = 0;
    room_load(room, "work", work, "");
    room_load(room, "sums", sums, "");
    room_quiet(true);
    srand(11);
    for (int i = 0; i < ROUNDS; i++) {
        /* In each new state: no stop of the other kind comes first. */
        struct limits *limits = &instance_called(room, "work")->limits;
        *(hard ? &limits->soft_ticks : &limits->hard_ticks) = INT_MAX;
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
        if (i == ROUNDS / 4) {
            flat = most;
            pages = resident_pages();
        }
        most = held(room) > most ? held(room) : most;
    }
    room_quiet(false);
    printf("covered: %d of %d stopped %s, at most %zu blocks held\n", stopped, ROUNDS,
           hard ? "hard" : "softly", most);
    assert_int_equal(stopped, ROUNDS);
    assert_true(most <= 2 * flat + 16); /* chunks stay until the state goes */
    if (!KEEPS_FREED)
        assert_true(resident_pages() < pages + 500);
    unload(room, "work");
    unload(room, "sums");
    assert_int_equal(held(room), 0);
    room_free(room);
}

static void soft_stops_at_random_instants(void **state)
{
    (void)state;
    stop_often(false, "CPU budget exceeded");
}

static void hard_stops_at_random_instants(void **state)
{
    (void)state;
    stop_often(true, "stopped hard: CPU");
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
