/* Versions that fail while state is handed over (lua-runtime.md 13: 9, 10): the old one
 * goes on, what waited is answered. And texts of every kind (34). */
#include "hostile.h"

/* The old version, which answers "ok?" and keeps a count. */
static const char old_code[] = "local bot = ... count = 0\n"
                               "bot.hear('^ok%?$', function(msg) count = count + 1\n"
                               "  msg:reply('ok from hostile') end)\n";

/* Reloads; the old one, with `save` at its end, has to be left as it was. */
static void keeps_the_old(const char *save, const char *load, const char *why)
{
    char code[2048];
    struct room *room = room_new(0, 0);
    struct buf report;
    struct err err = { 0 };
    buf_init(&report, 4096);
    load_neighbour(room);
    snprintf(code, sizeof(code), "%s%s", old_code, save);
    room_load(room, "hostile", code, "");
    answers(room, "hostile");
    snprintf(code, sizeof(code), "local bot = ...\n%s", load);
    room_write(room, "hostile", "init.lua", code);
    int64_t before = thread_cpu_ms();
    bool reloaded = script_reload(room->script, STR("hostile"), true, &report, &err);
    assert_true(thread_cpu_ms() - before < 2000);
    if (reloaded || !strstr(err.text, why))
        fail_msg("want %s, have %s", why, err.text);
    assert_non_null(strstr(report.at, "still running 1.0.0"));
    answers(room, "hostile");
    assert_string_equal(room_eval(room, "hostile", "count"), "2");
    neighbour_answers(room, 1);
    buf_clear(&report);
    room_free(room);
}

static void saving_that_fails_changes_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *save, *why;
    } saves[] = {
        { "while true do end", "CPU budget exceeded" },
        { "error('not now')", "not now" },
        { "return print", "function" },
        { "return { deep = { er = { coroutine.create(print) } } }", "thread" },
        { "return setmetatable({}, {})", "metatable" },
        { "local s = ('x'):rep(1 << 19) return { s .. 1, s .. 2, s .. 3 }", "larger" },
        { "local t = {} for i = 1, 100 do t = { t } end return t", "deep" },
        { "return bot.sleep(1)", "hostile/init.lua:" },
    };
    for (size_t i = 0; i < sizeof(saves) / sizeof(*saves); i++) {
        char save[512];
        snprintf(save, sizeof(save), "bot.on_save(function() %s end)", saves[i].save);
        keeps_the_old(save, "", saves[i].why);
    }
}

static void loading_that_fails_changes_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *load, *why;
    } loads[] = {
        { "while true do end", "CPU budget exceeded" },
        { "error('not now')", "not now" },
        { "xpcall(error, function() while true do end end)", "CPU budget exceeded" },
        { "local t = {} while true do t[#t + 1] = {} end", "exceeded" },
        { COLLIDE, "CPU budget exceeded" },
        { "bot.sleep(1)", "hostile/init.lua:" },
    };
    for (size_t i = 0; i < sizeof(loads) / sizeof(*loads); i++) {
        char load[512];
        snprintf(load, sizeof(load), "bot.on_load(function() %s end)", loads[i].load);
        keeps_the_old("bot.on_save(function() return { count = count } end)", load,
                      loads[i].why);
    }
}

static void a_circle_is_fine(void **state)
{
    (void)state;
    struct room *room = room_new(0, 0);
    struct buf report;
    struct err err = { 0 };
    buf_init(&report, 4096);
    load_neighbour(room);
    room_load(room, "hostile",
              "local bot = ... bot.on_save(function()\n"
              "  local t = { n = 1 } t.me = t t.list = { t, t } return t end)\n"
              "bot.on_load(function(t) same = t.me == t and t.list[2] == t end)",
              "");
    if (!script_reload(room->script, STR("hostile"), true, &report, &err))
        fail_msg("%s", err.text);
    assert_string_equal(room_eval(room, "hostile", "same"), "true");
    neighbour_answers(room, 1);
    buf_clear(&report);
    room_free(room);
}

/* --- texts --- */

/* Says how long the text is, in bytes and in characters, and gives it back. */
static struct room *room_with_echo(void)
{
    struct room *room = room_new(0, 2000);
    load_neighbour(room);
    room_load(
        room, "echo",
        "local bot = ...\n"
        "bot.command { 'echo <text...>', run = function(m, a)\n"
        "  m:reply('<' .. a.text .. '>') end }\n"
        "bot.on('message', function(m)\n"
        "  last = m.text and #m.text, m.text and utf8.len(m.text) text = m.text end)",
        "");
    return room;
}

static void odd_texts_are_passed_through(void **state)
{
    (void)state;
    struct room *room = room_with_echo();
    static const struct {
        const char *json, *lua; /* what comes in, what m.text is as Lua */
    } texts[] = {
        { "{\"content\":\"a\\u0000b\"}", "'a\\u{FFFD}b'" },
        { "{\"content\":\"\\u05e9\\u05dc\\u05d5\\u05dd abc\"}",
          "'\u05e9\u05dc\u05d5\u05dd abc'" },
        { "{\"content\":\"\\u202eevil\"}", "'\\u{202E}evil'" },
        { "{\"content\":\"\\ud83d\\ude00\"}", "'\\u{1F600}'" },
        { "{\"content\":\"\"}", "''" },
        { "{\"content\":\"%s%n{name}\"}", "'%s%n{name}'" },
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        char code[256];
        room_content(room, "g1", "mallory", "RC:TxtMsg", texts[i].json);
        room_turn(room);
        snprintf(code, sizeof(code), "text == %s", texts[i].lua);
        if (strcmp(room_eval(room, "echo", code), "true") != 0)
            fail_msg("%s gives %s", texts[i].json, room_eval(room, "echo", "text"));
        neighbour_answers(room, (int)i + 1);
    }
    room_free(room);
}

static void what_is_no_text_breaks_nothing(void **state)
{
    (void)state;
    struct room *room = room_with_echo();
    static const char *const contents[] = {
        "{\"content\":\"\xff\xfe\"}",
        "{\"content\":\"\xed\xa0\x80\"}",
        "{\"content\":\"\\ud800\"}",
        "{\"content\":12}",
        "{\"content\":null}",
        "{\"content\":[\"a\"]}",
        "[]",
        "",
        "{\"content\":\"cut off",
        "{\"content\":\"\xc3\"}",
        "\"text\"",
        "{\"content\":{\"content\":\"x\"}}",
    };
    int count = (int)(sizeof(contents) / sizeof(*contents));
    room_quiet(true);
    for (int i = 0; i < count; i++) {
        int64_t row = room_content(room, "g1", "mallory", "RC:TxtMsg", contents[i]);
        room_turn(room);
        assert_true(room_is_done(room, row));
        neighbour_answers(room, i + 1);
    }
    room_quiet(false);
    room_free(room);
}

static void a_text_of_a_mebibyte_is_handled(void **state)
{
    (void)state;
    struct room *room = room_with_echo();
    size_t len = (size_t)1 << 20;
    char *json = malloc(len + 64);
    strcpy(json, "{\"content\":\"");
    memset(json + 12, 'x', len);
    strcpy(json + 12 + len, "\"}");
    int64_t before = thread_cpu_ms();
    int64_t row = room_content(room, "g1", "mallory", "RC:TxtMsg", json);
    room_turn(room);
    assert_true(thread_cpu_ms() - before < 2000);
    assert_true(room_is_done(room, row));
    const char *seen = room_eval(room, "echo", "text and #text");
    if (strcmp(seen, "1048576") != 0 && strcmp(seen, "nil") != 0)
        fail_msg("%s", seen);
    free(json);
    neighbour_answers(room, 1);
    room_free(room);
}

static void commands_take_texts_of_every_direction(void **state)
{
    (void)state;
    struct room *room = room_with_echo();
    room_say(room, "g1", "alice", "/echo \u05e9\u05dc\u05d5\u05dd  \u202e\u4f60\u597d");
    room_turn(room);
    if (!room_did(room, "<\u05e9\u05dc\u05d5\u05dd  \u202e\u4f60\u597d>"))
        fail_msg("%s %s", room_last(room), room->log);
    neighbour_answers(room, 1);
    room_free(room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(saving_that_fails_changes_nothing),
        cmocka_unit_test(loading_that_fails_changes_nothing),
        cmocka_unit_test(a_circle_is_fine),
        cmocka_unit_test(odd_texts_are_passed_through),
        cmocka_unit_test(what_is_no_text_breaks_nothing),
        cmocka_unit_test(a_text_of_a_mebibyte_is_handled),
        cmocka_unit_test(commands_take_texts_of_every_direction),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
