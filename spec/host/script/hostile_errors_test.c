/* Errors, floods of them, recursion and misuse (lua-runtime.md 13: 19, 25, 26, 28). */
#include "hostile.h"

/* The longest line of the log. */
static size_t longest_line(const struct room *room)
{
    size_t most = 0;
    for (const char *at = room->log; *at;) {
        size_t len = strcspn(at, "\n");
        most = len > most ? len : most;
        at += len + (at[len] == '\n');
    }
    return most;
}

static size_t lines_with(const struct room *room, const char *part)
{
    size_t count = 0;
    for (const char *at = room->log; (at = strstr(at, part)) != NULL; at++)
        count++;
    return count;
}

static void coroutines_do_not_exhaust_the_stack(void **state)
{
    (void)state;
    stops_within(0, 2000,
                 "local function nest(n) return coroutine.wrap(function()\n"
                 "  return nest(n + 1) end)() end\n"
                 "local ok, why = pcall(nest, 1) error(why:sub(-40))",
                 "C stack overflow", 2000);
    stops_within(
        0, 2000,
        "local co = coroutine.wrap(print) for i = 1, 2000 do\n"
        "  local inner = co co = coroutine.wrap(function() return inner() end) end\n"
        "local ok, why = pcall(co) error(why:sub(-40))",
        "C stack overflow", 2000);
    /* A chain in which each closes the next: there is nothing to close them with. */
    stops_within(0, 2000,
                 "local last = coroutine.create(print) for i = 1, 30000 do\n"
                 "  local next = last last = coroutine.create(function()\n"
                 "    local x <close> = setmetatable({}, { __close = function()\n"
                 "      coroutine.close(next) end }) coroutine.yield() end)\n"
                 "  coroutine.resume(last)\n"
                 "end coroutine.close(last)",
                 "hostile/init.lua:", 2000);
}

static void recursion_through_c_is_an_error(void **state)
{
    (void)state;
    static const char *const recursions[] = {
        "local t = {} for i = 1, 250 do t[i] = pcall end\n"
        "error(select(2, pcall(table.unpack(t))) or 'ended')",
        "local function f() return pcall(f) end error(select(2, f()) or 'ended')",
        "local function f(s) return (s:gsub('.', f)) end f('x')",
        "local function f(a, b) table.sort({ 1, 2, 3 }, f) end f()",
        "local mt = {} mt.__index = function(t, k) return t[k] end\n"
        "return setmetatable({}, mt).x",
        "local t = setmetatable({}, {}) getmetatable(t).__index = t\n"
        "return setmetatable(t, getmetatable(t)).x, error('ended')",
        "local function f() return xpcall(f, f) end error(select(2, f()) or 'ended')",
        "local mt = {} mt.__tostring = function(t) return tostring(t) end\n"
        "tostring(setmetatable({}, mt))",
        "local function f() error(f()) end f()",
    };
    for (size_t i = 0; i < sizeof(recursions) / sizeof(*recursions); i++)
        stops(recursions[i], "hostile/init.lua");
}

static void error_objects_are_shown_in_bounded_size(void **state)
{
    (void)state;
    static const struct {
        const char *body, *shown;
    } errors[] = {
        { "error()", "nil" },
        { "error({})", "the error object is a table" },
        { "error(setmetatable({}, { __tostring = function() error('again') end }))",
          "the error object is a table" },
        { "error(print)", "the error object is a function" },
        { "local s = ('x'):rep(1 << 20) error(s .. s .. s .. s)", "xxxx" },
        { "error(('\\27[2J\\n'):rep(1000))", "[2J" },
        { "error(12)", "12" },
    };
    for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++) {
        struct room *room = room_new(0, 1000);
        load_neighbour(room);
        load_hostile(room, "hostile", errors[i].body);
        go(room, errors[i].shown, 1000);
        assert_true(longest_line(room) < 5000);
        assert_null(strchr(room->log, '\x1b'));
        assert_int_equal(room->did_count, 0); /* nothing reaches the chat */
        neighbour_answers(room, 1);
        answers(room, "hostile");
        room_free(room);
    }
}

static void a_flood_of_errors_is_a_few_lines(void **state)
{
    (void)state;
    struct room *room = room_new(0, 0);
    int messages = HOSTILE_SLOW ? 2000 : 10000;
    load_neighbour(room);
    load_hostile(room, "hostile", "error('again')");
    room_quiet(true);
    for (int i = 0; i < messages; i++)
        room_say(room, "g1", "mallory", "go");
    room_quiet(false);
    assert_in_range(lines_with(room, "hostile/init.lua:4: again"), 1, 5);
    neighbour_answers(room, 1);
    room_pass(room, 11000);
    room_say(room, "g1", "mallory", "go");
    assert_non_null(strstr(room->log, "more errors"));
    answers(room, "hostile");
    room_free(room);
}

/* Stopped again and again: switched off, each time for twice as long. */
static void strikes_lead_to_back_off(void **state)
{
    (void)state;
    struct room *room = room_new(0, 0);
    load_neighbour(room);
    load_hostile(room, "hostile", "while true do end");
    room_quiet(true);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 20; i++) {
            room_say(room, "g1", "mallory", "go");
            room_turn(room);
        }
        assert_non_null(strstr(room->log, round ? "switched off for 2 min"
                                                : "switched off for 1 min"));
        room_forget(room);
        room_say(room, "g1", "alice", "ok?");
        room_turn(room);
        assert_int_equal(room->did_count, 0);
        neighbour_answers(room, round + 1);
        room_pass(room, (round + 1) * 60 * 1000);
        answers(room, "hostile");
    }
    room_quiet(false);
    room_free(room);
}

static void misused_host_calls_are_errors(void **state)
{
    (void)state;
    static const struct {
        const char *body, *complaint;
    } misuses[] = {
        { "msg.reply({}, 'x')", "hostile/init.lua:4" },
        { "bot.user('x').info({})", "hostile/init.lua:4" },
        { "table.sort({ 3, 2, 1 }, function() bot.sleep(1) end)", "cannot wait here" },
        { "('x'):gsub('x', function() bot.sleep(1) end)", "cannot wait here" },
        { "tostring(setmetatable({}, { __tostring = function() bot.sleep(1) end }))",
          "cannot wait here" },
        { "bot.sleep(-1)", "hostile/init.lua:4" },
        { "bot.sleep(0/0)", "hostile/init.lua:4" },
        { "bot.sleep({})", "want a duration" },
        { "bot.hear(('x'):rep(100), nil)", "hostile/init.lua:4" },
        { "bot.on(nil, print)", "hostile/init.lua:4" },
        { "msg:reply(print)", "hostile/init.lua:4" },
        { "msg.text = 'x'", "hostile/init.lua:4" },
        { "bot.after(1e300, print)", "hostile/init.lua:4" },
        { "coroutine.yield(1)", "nothing to yield to" },
        { "coroutine.resume(coroutine.running())", "" },
    };
    for (size_t i = 0; i < sizeof(misuses) / sizeof(*misuses); i++)
        stops(misuses[i].body, misuses[i].complaint);
}

static void the_main_chunk_may_not_wait(void **state)
{
    (void)state;
    struct room *room = room_new(0, 0);
    struct err err = { 0 };
    load_neighbour(room);
    assert_false(
        room_try_load(room, "hostile", "local bot = ...\nbot.sleep(1)", "", "", &err));
    assert_non_null(strstr(err.text, "hostile/init.lua:2:"));
    assert_false(room_try_load(
        room, "hostile", "local bot = ...\ncoroutine.wrap(bot.sleep)(1)", "", "", &err));
    assert_non_null(strstr(err.text, "hostile/init.lua:2:"));
    neighbour_answers(room, 1);
    room_free(room);
}

/* A task that is told that its plugin goes can do nothing any more, and does not crash.
 */
static void calls_after_cancellation_fail(void **state)
{
    (void)state;
    struct room *room = room_new(0, 0);
    struct err err = { 0 };
    load_neighbour(room);
    load_hostile(room, "hostile",
                 "bot.sleep(100) for i = 1, 1000 do bot.sleep(1) end\n"
                 "while true do msg:reply('again') end");
    room_quiet(true);
    room_say(room, "g1", "mallory", "go");
    int64_t before = thread_cpu_ms();
    assert_true(script_unload(room->script, STR("hostile"), &err));
    assert_true(thread_cpu_ms() - before < 1000);
    assert_int_equal(script_task_count(room->script), 0);
    room_turn(room);
    room_quiet(false);
    neighbour_answers(room, 1);
    room_free(room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(coroutines_do_not_exhaust_the_stack),
        cmocka_unit_test(recursion_through_c_is_an_error),
        cmocka_unit_test(error_objects_are_shown_in_bounded_size),
        cmocka_unit_test(a_flood_of_errors_is_a_few_lines),
        cmocka_unit_test(strikes_lead_to_back_off),
        cmocka_unit_test(misused_host_calls_are_errors),
        cmocka_unit_test(the_main_chunk_may_not_wait),
        cmocka_unit_test(calls_after_cancellation_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
