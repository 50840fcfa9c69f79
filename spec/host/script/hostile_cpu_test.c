/* Plugins that do not end, wherever they do not (lua-runtime.md 13: 1 to 8, 18, 31). */
#include "hostile.h"

#include "base/log.h"

#include <limits.h>

static void an_endless_loop_is_stopped_softly(void **state)
{
    (void)state;
    stops("while true do end", "hostile/init.lua:4: CPU budget exceeded");
}

static void pcall_does_not_swallow_the_stop(void **state)
{
    (void)state;
    stops("while true do pcall(function() while true do end end) end",
          "CPU budget exceeded");
    stops("local function f() return pcall(f) and f() end while true do pcall(f) end",
          "CPU budget exceeded");
}

static void a_looping_message_handler_is_stopped_softly(void **state)
{
    (void)state;
    stops("xpcall(error, function() while true do end end)", "CPU budget exceeded");
    stops("while true do xpcall(error, function() while true do end end) end",
          "CPU budget exceeded");
    stops("xpcall(function() while true do end end, function() while true do end end)",
          "CPU budget exceeded");
}

static void loops_in_own_coroutines_are_stopped(void **state)
{
    (void)state;
    stops("coroutine.wrap(function() while true do end end)()", "CPU budget exceeded");
    stops("local co = coroutine.create(function() while true do end end)\n"
          "while true do coroutine.resume(co) end",
          "CPU budget exceeded");
    stops(
        "local co = coroutine.wrap(function() while true do coroutine.yield() end end)\n"
        "while true do co() end",
        "CPU budget exceeded");
}

static void finalizers_never_run(void **state)
{
    (void)state;
    stops("setmetatable({}, { __gc = function() while true do end end })",
          "metatables with __gc are not allowed");
    stops("local mt = {} do local t = setmetatable({}, mt) end\n"
          "mt.__gc = function() while true do end end\n"
          "for i = 1, 2e4 do local t = { i } end msg:reply('collected')",
          "collected");
}

static void loops_in_close_are_stopped(void **state)
{
    (void)state;
    stops("local x <close> = setmetatable({}, { __close = function() while true do end "
          "end })",
          "CPU budget exceeded");
}

/* The task waits; what it holds is closed when it is told that the plugin goes. */
static void cancelling_completes_when_close_loops(void **state)
{
    (void)state;
    struct room *room = room_new(0, 0);
    load_neighbour(room);
    load_hostile(room, "hostile",
                 "local x <close> = setmetatable({}, { __close = function()\n"
                 "  while true do end end })\nbot.sleep(100)");
    room_quiet(true);
    struct err err = { 0 };
    int64_t row = room_say(room, "g1", "mallory", "go"), before = thread_cpu_ms();
    assert_int_equal(script_task_count(room->script), 1);
    assert_true(script_unload(room->script, STR("hostile"), &err));
    assert_true(thread_cpu_ms() - before < 1000 * GUARD_PATIENCE);
    assert_non_null(strstr(room->log, "CPU budget exceeded"));
    assert_true(room_is_done(room, row));
    assert_int_equal(script_task_count(room->script), 0);
    neighbour_answers(room, 1);
    room_quiet(false);
    room_free(room);
}

static void loops_in_metamethods_are_stopped(void **state)
{
    (void)state;
    static const char *const loops[] = {
        "local t = setmetatable({}, { __index = loop }) return t.x",
        "local t = setmetatable({}, { __newindex = loop }) t.x = 1",
        "local mt = { __eq = loop } return setmetatable({}, mt) == setmetatable({}, mt)",
        "local t = {} for i = 1, 100 do t[i] = i end table.sort(t, loop)",
        "local mt = { __lt = loop } return setmetatable({}, mt) < setmetatable({}, mt)",
        "return #setmetatable({}, { __len = loop })",
        "return pairs(setmetatable({}, { __pairs = loop }))",
        "return tostring(setmetatable({}, { __tostring = loop }))",
        "print(setmetatable({}, { __tostring = loop }))",
        "return ('x'):gsub('x', loop)",
        "return ('x'):gsub('x', setmetatable({}, { __index = loop }))",
        "return os.time(setmetatable({}, { __index = loop }))",
        "return ('%s'):format(setmetatable({}, { __tostring = loop }))",
        "return setmetatable({}, { __call = loop })()",
        "return -setmetatable({}, { __unm = loop })",
    };
    for (size_t i = 0; i < sizeof(loops) / sizeof(*loops); i++) {
        char body[512];
        snprintf(body, sizeof(body), "local function loop() while true do end end\n%s",
                 loops[i]);
        stops(body, "CPU budget exceeded");
    }
    stops("error(setmetatable({}, { __tostring = function() while true do end end }))",
          "the error object is a table");
}

/* The old version keeps serving. */
static void a_main_chunk_that_never_returns_fails_to_load(void **state)
{
    (void)state;
    static const struct {
        const char *code, *complaint;
    } chunks[] = {
        { "while true do end", "hostile/init.lua:1: CPU budget exceeded" },
        { "xpcall(error, function() while true do end end)", "CPU budget exceeded" },
        { COLLIDE, "CPU budget exceeded while it was loaded" },
    };
    struct room *room = room_new(0, 0);
    struct buf report;
    load_neighbour(room);
    load_hostile(room, "hostile", "");
    for (int i = 0; i < 3; i++) {
        struct err err = { 0 };
        buf_init(&report, 4096);
        room_write(room, "hostile", "init.lua", chunks[i].code);
        int64_t before = thread_cpu_ms();
        assert_false(script_reload(room->script, STR("hostile"), true, &report, &err));
        assert_true(thread_cpu_ms() - before < 2000 * GUARD_PATIENCE);
        if (!strstr(err.text, chunks[i].complaint))
            fail_msg("want %s, have %s", chunks[i].complaint, err.text);
        assert_non_null(strstr(report.at, "still running 1.0.0"));
        buf_clear(&report);
        answers(room, "hostile");
        neighbour_answers(room, i + 1);
    }
    room_free(room);
}

static void loops_in_c_are_stopped_hard(void **state)
{
    (void)state;
    /* The loop around it may be slow: only what is one call must last that long. */
    stops_within(0, 500, COLLIDE, "stopped hard: CPU", 3000);
}

/* --- a stop that falls inside a host call --- */

static int finished; /* slow calls that came to their end */

/* Lines go to a slow place: the hard limit passes while one is written. */
static void slow_sink(void *arg, enum log_level level, struct str line)
{
    struct room *room = arg;
    size_t len = strlen(room->log);
    if (level <= LOG_WARN)
        snprintf(room->log + len, sizeof(room->log) - len, "%.*s\n", STR_ARG(line));
    if (str_find(line, STR("slow call")) < 0)
        return;
    int64_t end = thread_cpu_ms() + 150;
    while (thread_cpu_ms() < end)
        ;
    finished++;
}

static void a_host_call_ends_before_the_stop(void **state)
{
    (void)state;
    struct room *room = room_new(0, 0);
    load_neighbour(room);
    load_hostile(room, "hostile", "bot.log.warn('slow call') while true do end");
    log_set_sink(slow_sink, room);
    for (int hard = 0; hard <= 1; hard++) {
        if (hard) {
            struct plugin *plugin = script_find(room->script, STR("hostile"));
            plugin->live->limits.soft_ticks = INT_MAX;
        }
        room_forget(room);
        go(room, hard ? "stopped hard: CPU" : "hostile/init.lua:4: CPU budget", 1000);
        assert_int_equal(finished, hard + 1);
    }
    neighbour_answers(room, 1);
    answers(room, "hostile");
    room_free(room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_endless_loop_is_stopped_softly),
        cmocka_unit_test(pcall_does_not_swallow_the_stop),
        cmocka_unit_test(a_looping_message_handler_is_stopped_softly),
        cmocka_unit_test(loops_in_own_coroutines_are_stopped),
        cmocka_unit_test(finalizers_never_run),
        cmocka_unit_test(loops_in_close_are_stopped),
        cmocka_unit_test(cancelling_completes_when_close_loops),
        cmocka_unit_test(loops_in_metamethods_are_stopped),
        cmocka_unit_test(a_main_chunk_that_never_returns_fails_to_load),
        cmocka_unit_test(loops_in_c_are_stopped_hard),
        cmocka_unit_test(a_host_call_ends_before_the_stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
