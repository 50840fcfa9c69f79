/* Reloads at bad moments (lua-runtime.md 13: 29, 30): with a hundred tasks parked, and
 * again and again while everybody talks. 8 is in hostile_cpu_test.c, 9 and 10 are in
 * hostile_handover_test.c, 17 in hostile_memory_test.c. */
#include "hostile.h"

/* "a1" asks, "s1" sleeps, "r1" replies, "w1" waits for who said it, "h1" asks the web;
 * anything else is heard. What became of it is a line of log. */
static const char code[] =
    "local bot = ...\nlocal GENERATION = %d\n"
    "local function tell(what, ok, err)\n"
    "  bot.log.warn('<%%d %%s %%s>', GENERATION, what, ok and 'ok' or err.code) end\n"
    "local does = { a = function(m) tell('ask', m:ask('?')) end,\n"
    "  s = function() tell('sleep', bot.sleep(30) == nil) end,\n"
    "  r = function(m) tell('reply', m:reply('x')) end,\n"
    "  h = function() tell('http', bot.http.get('http://web.test/')) end,\n"
    "  w = function(m) tell('wait', bot.wait('message',\n"
    "    { chat = m.chat, from = m.sender, timeout = '1h' })) end }\n"
    "bot.on('message', function(m)\n"
    "  local what = does[m.text:match('^(%%a)%%d+$')]\n"
    "  if what then what(m) else tell('hears', true) end end)";

static void write_generation(struct room *room, int generation)
{
    char text[2048];
    snprintf(text, sizeof(text), code, generation);
    room_write(room, "parked", "init.lua", text);
}

static void load_parked(struct room *room)
{
    char text[2048];
    load_neighbour(room);
    snprintf(text, sizeof(text), code, 1);
    room_load(room, "parked", text, "http:web.test");
}

static void reload(struct room *room, const char *plugin)
{
    struct buf report;
    struct err err = { 0 };
    buf_init(&report, 4096);
    if (!script_reload(room->script, str_from(plugin), true, &report, &err))
        fail_msg("%s", err.text);
    buf_clear(&report);
}

/* "a1" to "aCOUNT", each said by a person of that name. */
static void everybody_says(struct room *room, char what, int count, int64_t *rows)
{
    for (int i = 1; i <= count; i++) {
        char text[16];
        snprintf(text, sizeof(text), "%c%d", what, i);
        rows[i - 1] = room_say(room, "g1", text, text);
    }
}

static void happened(const struct room *room, const char *line, int want)
{
    int count = 0;
    for (const char *at = room->log; (at = strstr(at, line)); at += strlen(line))
        count++;
    if (count != want)
        fail_msg("%s: want %d, have %d: %s", line, want, count, room->log);
}

static void each_is_done_once(const struct room *room, const int64_t *rows, int count)
{
    for (int i = 0; i < count; i++) {
        int times = 0;
        for (size_t j = 0; j < room->done_count; j++)
            times += room->done[j] == rows[i];
        assert_int_equal(times, 1);
    }
}

static void what_is_parked_ends_once(void **state)
{
    (void)state;
    struct room *room = room_new(0, 2000);
    int64_t rows[100];
    load_parked(room);
    room_quiet(true);
    everybody_says(room, 'a', 24, rows);
    room_turn(room); /* the questions are out */
    everybody_says(room, 's', 25, rows + 24);
    everybody_says(room, 'w', 25, rows + 49);
    everybody_says(room, 'r', 25, rows + 74);
    everybody_says(room, 'h', 1, rows + 99);
    assert_int_equal(script_task_count(room->script), 100);
    write_generation(room, 2);
    reload(room, "parked");
    assert_int_equal(script_task_count(room->script), 100);
    room_turn(room);
    happened(room, "<1 reply ok>", 25);
    happened(room, "<1 http ok>", 1);
    room_pass(room, 30000);
    happened(room, "<1 sleep ok>", 25);
    assert_int_equal(script_task_count(room->script), 49);

    /* What they say now is for who asked: exactly one generation has it. */
    for (int i = 1; i <= 24; i++) {
        char who[16];
        snprintf(who, sizeof(who), "a%d", i);
        int64_t row = room_say(room, "g1", who, "the answer");
        room_turn(room);
        assert_true(room_is_done(room, row));
    }
    happened(room, "<1 ask ok>", 24);
    happened(room, "<2 hears ok>", 0);
    for (int i = 1; i <= 25; i++) {
        char who[16];
        snprintf(who, sizeof(who), "w%d", i);
        room_say(room, "g1", who, "go on");
        room_turn(room);
    }
    happened(room, "<1 wait ok>", 25);
    assert_int_equal(script_task_count(room->script), 0);
    each_is_done_once(room, rows, 100);
    room_forget(room);
    room_say(room, "g1", "a1", "and now?");
    room_turn(room);
    happened(room, "<2 hears ok>", 1);
    happened(room, "<1 ", 0);
    neighbour_answers(room, 1);
    room_quiet(false);
    room_free(room);
}

static void what_is_late_is_told_once(void **state)
{
    (void)state;
    struct room *room = room_new(0, 2000);
    int64_t rows[100], more[5];
    load_parked(room);
    room_quiet(true);
    room->hold = true; /* nothing that is sent is answered */
    everybody_says(room, 'a', 25, rows);
    everybody_says(room, 'w', 25, rows + 25);
    everybody_says(room, 'r', 50, rows + 50);
    write_generation(room, 2);
    reload(room, "parked");
    room_pass(room, 1000);
    everybody_says(room, 'r', 5, more); /* of the second, to be replaced as well */
    write_generation(room, 3);
    reload(room, "parked");
    room_pass(room, 58999);
    assert_int_equal(script_task_count(room->script), 105);
    room_pass(room, 0);
    happened(room, "reloaded>", 0);
    room_pass(room, 1);
    assert_int_equal(script_task_count(room->script), 5);
    happened(room, "<1 ask reloaded>", 25);
    happened(room, "<1 wait reloaded>", 25);
    happened(room, "<1 reply reloaded>", 50);
    assert_int_equal(room->cancelled, 75); /* what they had sent */
    each_is_done_once(room, rows, 100);
    room_pass(room, 1000);
    assert_int_equal(script_task_count(room->script), 0);
    happened(room, "<2 reply reloaded>", 5);
    each_is_done_once(room, more, 5);
    room->hold = false;
    room_forget(room);
    room_say(room, "g1", "a1", "and now?");
    room_turn(room);
    happened(room, "<3 hears ok>", 1);
    neighbour_answers(room, 1);
    room_quiet(false);
    room_free(room);
}

/* --- a storm --- */

static const char counter[] =
    "local bot = ...\nlocal n = 0\n"
    "bot.on_save(function() return n end)\n"
    "bot.on_load(function(saved) n = saved end)\n"
    "bot.hear('^%d+$', function(msg) n = n + 1 msg:reply(msg.text .. ' is ' .. n) end)";

/* The replies so far, in the order of what was said: each chat has its own row of
 * numbers, and the count has passed from state to state. */
static void are_in_order(struct room *room, int first, int count)
{
    room_turn(room);
    assert_int_equal(room->did_count, count);
    for (int i = 0; i < count; i++) {
        char want[64];
        int number = first + i;
        snprintf(want, sizeof(want), "send group:g%d RC:TxtMsg {\"content\":\"%d is %d\"",
                 number % 7, number, number + 1);
        if (!str_starts(str_from(room->did[i]), str_from(want)))
            fail_msg("want %s, have %s", want, room->did[i]);
    }
    room_forget(room);
}

static void reloads_among_messages_change_nothing(void **state)
{
    (void)state;
    enum { SOME = 25 };
    struct room *room = room_new(0, 2000);
    int reloads = HOSTILE_SLOW ? 300 : 3000;
    size_t held = 0;
    load_neighbour(room);
    room_load(room, "counter", counter, "");
    room_quiet(true);
    for (int i = 0; i < reloads; i++) {
        for (int j = 0; j < SOME; j++) {
            char text[16], chat[8];
            snprintf(text, sizeof(text), "%d", i * SOME + j);
            snprintf(chat, sizeof(chat), "g%d", (i * SOME + j) % 7);
            room_say(room, chat, "alice", text);
            if (j == i % SOME) /* tasks of both generations wait for their replies */
                reload(room, "counter");
        }
        are_in_order(room, i * SOME, SOME);
        size_t now = room->script->runtime.pool.out_count;
        if (i == reloads / 10)
            held = now;
        if (i > reloads / 10)
            assert_in_range(now, held - 10, held + 10);
        assert_int_equal(script_task_count(room->script), 0);
    }
    neighbour_answers(room, 1);
    room_quiet(false);
    room_free(room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_parked_ends_once),
        cmocka_unit_test(what_is_late_is_told_once),
        cmocka_unit_test(reloads_among_messages_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
