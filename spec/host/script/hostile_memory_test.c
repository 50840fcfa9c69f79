/* Plugins that grow (lua-runtime.md 13: 14 to 17, 22). */
#include "hostile.h"

#include <unistd.h>

/* Chunks and large blocks that states hold, all plugins together. */
static size_t held(const struct room *room)
{
    return room->script->runtime.pool.out_count;
}

/* A few blocks more or less: collections have their own time. */
static bool is_near(size_t now, size_t before)
{
    return now <= before + 10 && before <= now + 10;
}

static long resident_pages(void)
{
    long size = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%ld %ld", &size, &resident), 2);
    fclose(file);
    return resident;
}

/* Memory is what has to end these: the CPU limit is far away. */
static void grows(const char *body, const char *complaint)
{
    stops_within(0, 4000, body, complaint, 3000);
}

static void growth_is_a_memory_error(void **state)
{
    (void)state;
    grows("local s = 'x' while true do s = s .. s end",
          "init.lua:4: memory limit exceeded");
    grows("local t = {} while true do t[#t + 1] = { #t } end", "memory limit exceeded");
    grows("local t = {} while true do t[#t + 1] = function() return t end end",
          "memory limit exceeded");
    grows("local t = {} for i = 1, 1e6 do t[i] = coroutine.create(print) end",
          "memory limit exceeded");
    grows("local t, s = {}, ('x'):rep(1 << 16)\n"
          "for i = 1, 1e6 do t[i] = s:gsub('x', i) end",
          "memory limit exceeded");
    grows("local t = {} for i = 1, 1e9 do t[i] = ('y'):rep(1e6) .. i end",
          "memory limit exceeded");
    stops("local function f(n) return 1 + f(n + 1) end f(1)", "hostile/init.lua:4:");
}

static void growth_inside_pcall_ends_too(void **state)
{
    (void)state;
    stops_within(0, 1000,
                 "local t = {}\nwhile true do pcall(function()\n"
                 "  while true do t[#t + 1] = ('x'):rep(1000) .. #t end end) end",
                 "exceeded", 3000);
}

static void one_huge_request_drops_the_state(void **state)
{
    (void)state;
    struct room *room = room_new(0, 4000);
    load_neighbour(room);
    load_hostile(room, "hostile", HUGE_REQUEST(1600));
    size_t before = held(room);
    for (int i = 1; i <= 2; i++) {
        go(room, "stopped hard: memory limit exceeded", 2000);
        neighbour_answers(room, i);
        assert_true(is_near(held(room), before));
    }
    answers(room, "hostile");
    room_free(room);
}

/* Full of what is alive: told so, and not by collecting for ever. */
static void a_state_that_is_nearly_full_is_told_so(void **state)
{
    (void)state;
    grows("local live = {}\n"
          "for i = 1, 122 do live[i] = ('x'):rep(1 << 16) .. i end\n" /* 7.6 of 8 MiB */
          "for i = 1, 1e9 do local t = { i, { i } } end",
          "memory limit exceeded");
}

static void an_honest_plugin_with_much_garbage_finishes(void **state)
{
    (void)state;
    struct room *room = room_new(0, 4000);
    load_hostile(room, "honest",
                 "local live = {} for i = 1, 20000 do live[i] = { i } end\n"
                 "for i = 1, 100000 do local t = { i, { i } } end\nmsg:reply('done')");
    go(room, "done", 3000);
    assert_string_equal(room->log, "");
    room_free(room);
}

/* Memory goes back to where it was, however often the state was lost. */
static void hard_stops_leave_nothing_behind(void **state)
{
    (void)state;
    struct room *room = room_new((size_t)1 << 20, 1000);
    load_neighbour(room);
    load_hostile(room, "hostile", HUGE_REQUEST(256));
    size_t flat = 0;
    int rounds = HOSTILE_SLOW ? 100 : 1000;
    room_quiet(true);
    for (int i = 0; i < rounds; i++) {
        room_say(room, "g1", "mallory", "go");
        room_turn(room);
        assert_non_null(strstr(room->log, "stopped hard: memory"));
        room_pass(room, 2 * 3600 * 1000); /* past any switching off */
        neighbour_answers(room, i + 1);
        if (i == 0)
            flat = held(room);
        assert_true(is_near(held(room), flat));
    }
    room_quiet(false);
    answers(room, "hostile");
    room_free(room);
}

/* Message after message something is kept: the limit is met, the plugin starts again. */
static void a_slow_leak_starts_the_plugin_again(void **state)
{
    (void)state;
    struct room *room = room_new((size_t)1 << 20, 1000);
    load_neighbour(room);
    load_hostile(room, "leaky",
                 "kept = kept or {} kept[#kept + 1] = ('x'):rep(2000) .. #kept");
    long pages = 0;
    int restarts = 0, messages = HOSTILE_SLOW ? 4000 : 1000000;
    room_quiet(true);
    for (int i = 0; i < messages; i++) {
        room_say(room, "g1", "mallory", "go");
        if (i % 100 == 99) {
            room_pass(room, 60 * 60 * 1000); /* past any switching off */
            restarts += strstr(room->log, "started again") != NULL;
            room_forget(room);
            assert_true(store_commit(room->store, NULL));
        }
        if (i == messages / 4)
            pages = resident_pages();
    }
    room_quiet(false);
    assert_true(restarts > messages / 1000);
    if (!HOSTILE_SLOW)
        assert_true(resident_pages() < pages + 500);
    neighbour_answers(room, 1);
    answers(room, "leaky");
    room_free(room);
}

static void reloads_of_a_leaky_plugin_are_flat(void **state)
{
    (void)state;
    struct room *room = room_new(0, 0);
    load_neighbour(room);
    load_hostile(room, "leaky",
                 "msg:reply('leaked')\nend)\n"
                 "shared = {} for i = 1, 100 do shared[i] = ('x'):rep(80) .. i end\n"
                 "bot.every(60, function() shared[#shared + 1] = {}");
    struct buf report;
    struct err err = { 0 };
    long pages = 0;
    size_t flat = 0;
    int rounds = HOSTILE_SLOW ? 500 : 10000;
    room_quiet(true);
    for (int i = 0; i < rounds; i++) {
        buf_init(&report, 4096);
        assert_true(script_reload(room->script, STR("leaky"), true, &report, &err));
        buf_clear(&report);
        room_turn(room);
        room_forget(room);
        if (i == rounds / 10) {
            pages = resident_pages();
            flat = held(room);
        }
    }
    room_quiet(false);
    if (!HOSTILE_SLOW)
        assert_true(resident_pages() < pages + 500);
    assert_true(is_near(held(room), flat));
    neighbour_answers(room, 1);
    answers(room, "leaky");
    room_free(room);
}

static void repeated_hard_stops_switch_the_plugin_off_for_a_while(void **state)
{
    (void)state;
    struct room *room = room_new((size_t)1 << 20, 1000);
    load_neighbour(room);
    load_hostile(room, "hostile", HUGE_REQUEST(256));
    for (int i = 0; i < 3; i++) {
        room_say(room, "g1", "mallory", "go");
        room_turn(room);
    }
    assert_non_null(strstr(room->log, "switched off for 1 min"));
    room_forget(room);
    room_say(room, "g1", "alice", "ok?");
    room_turn(room);
    assert_int_equal(room->did_count, 0);
    neighbour_answers(room, 1);
    room_pass(room, 60 * 1000);
    answers(room, "hostile");
    room_free(room);
}

/* Metatables that become weak late, dropped while memory is short. Old libraries use one
 * after it was freed; there the script never gets hold of the real metatable. */
static void weak_metatables_at_the_limit(void **state)
{
    (void)state;
    stops_within((size_t)1 << 20, 2000,
                 "local weak = setmetatable({}, { __mode = 'kv' })\n"
                 "local full = {} for i = 1, 1e9 do\n"
                 "  local t = {}\n"
                 "  weak[1] = setmetatable({ __mode = 'k' }, { __mode = 'k' })\n"
                 "  setmetatable(t, weak[1]) weak[1] = nil\n"
                 "  t[{}] = setmetatable({}, weak)\n"
                 "  full[i] = ('x'):rep(100) .. i\n"
                 "end",
                 "memory limit exceeded", 3000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(growth_is_a_memory_error),
        cmocka_unit_test(growth_inside_pcall_ends_too),
        cmocka_unit_test(one_huge_request_drops_the_state),
        cmocka_unit_test(a_state_that_is_nearly_full_is_told_so),
        cmocka_unit_test(an_honest_plugin_with_much_garbage_finishes),
        cmocka_unit_test(hard_stops_leave_nothing_behind),
        cmocka_unit_test(a_slow_leak_starts_the_plugin_again),
        cmocka_unit_test(reloads_of_a_leaky_plugin_are_flat),
        cmocka_unit_test(repeated_hard_stops_switch_the_plugin_off_for_a_while),
        cmocka_unit_test(weak_metatables_at_the_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
