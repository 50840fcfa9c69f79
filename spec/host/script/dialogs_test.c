/* msg:ask, bot.wait, bot.emit: one message goes to exactly one place. */
#include "../../support/script_room.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Asks in a command, hears everything. */
static const char quiz[] =
    "bot.command { 'quiz', run = function(msg)\n"
    "  local answer, err = msg:ask('Your name?')\n"
    "  msg:reply('got ' .. tostring(answer) .. ' ' .. tostring(err and err.code)) end }\n"
    "bot.command { 'other', run = function(msg) msg:reply('other!') end }\n"
    "bot.on('message', function(msg)\n"
    "  if msg.text ~= '/quiz' and msg.text ~= '/other' then\n"
    "    bot.log.warn('heard %s', msg.text or msg.kind) end end)";

static void an_answer_goes_to_the_question_only(void **state)
{
    (void)state;
    struct room *room = room_open(quiz, "");
    int64_t question = room_say(room, "g1", "alice", "/quiz");
    room_turn(room);
    assert_true(room_did(room, "Your name?"));
    room_say(room, "g1", "bob", "from bob");
    room_say(room, "g2", "alice", "elsewhere");
    room_say(room, NULL, "alice", "in private");
    assert_false(room_is_done(room, question));
    int64_t answer = room_say(room, "g1", "alice", "Alice");
    room_turn(room);
    assert_true(room_did(room, "got Alice nil"));
    assert_non_null(strstr(room->log, "heard from bob"));
    assert_non_null(strstr(room->log, "heard elsewhere"));
    assert_non_null(strstr(room->log, "heard in private"));
    assert_null(strstr(room->log, "heard Alice"));
    assert_true(room_is_done(room, question));
    assert_true(room_is_done(room, answer));
    room_say(room, "g1", "alice", "once more");
    assert_non_null(strstr(room->log, "heard once more"));
    room_free(room);
}

static void what_was_said_before_the_question_was_heard_is_no_answer(void **state)
{
    (void)state;
    struct room *room = room_open(quiz, "");
    int64_t row = room_say(room, "g1", "alice", "/quiz");
    room_say(room, "g1", "alice", "too early"); /* the question is on its way */
    assert_null(strstr(room->log, "heard"));
    clock_add_ms(5);
    room_turn(room); /* now it is out, at a later time */
    room_turn(room);
    assert_non_null(strstr(room->log, "heard too early"));
    assert_false(room_is_done(room, row));
    room_say(room, "g1", "alice", "Alice");
    room_turn(room);
    assert_true(room_did(room, "got Alice"));
    room_free(room);
}

/* The answer overtakes the cloud's word that the question is out. */
static void an_answer_that_comes_first_is_taken(void **state)
{
    (void)state;
    struct room *room = room_open(quiz, "");
    room_say(room, "g1", "alice", "/quiz");
    int64_t answer = room_say(room, "g1", "alice", "fast Alice");
    assert_false(room_is_done(room, answer));
    room_turn(room);
    room_turn(room);
    assert_true(room_did(room, "got fast Alice"));
    assert_null(strstr(room->log, "heard"));
    assert_true(room_is_done(room, answer));
    room_free(room);
}

static void held_messages_come_back_when_the_question_does_not_leave(void **state)
{
    (void)state;
    struct room *room = room_open(quiz, "");
    err_refused(&room->refuse, 22408, "muted");
    room_say(room, "g1", "alice", "/quiz");
    int64_t held = room_say(room, "g1", "alice", "one");
    room_say(room, "g1", "alice", "two");
    room_turn(room);
    room_turn(room);
    const char *one = strstr(room->log, "heard one");
    assert_non_null(one);
    assert_non_null(strstr(one, "heard two")); /* in order */
    assert_true(room_is_done(room, held));
    room_free(room);
}

static void a_command_ends_the_question(void **state)
{
    (void)state;
    struct room *room = room_open(quiz, "");
    room_say(room, "g1", "alice", "/quiz");
    room_turn(room);
    room_say(room, "g1", "alice", "/other");
    room_turn(room);
    assert_true(room_did(room, "got nil cancelled"));
    assert_true(room_did(room, "other!"));
    room_forget(room);
    room_say(room, "g1", "alice", "/quiz");
    room_turn(room);
    room_say(room, "g1", "alice", "/tmp is full"); /* nobody's command: an answer */
    room_turn(room);
    assert_true(room_did(room, "got /tmp is full nil"));
    room_free(room);
}

static void questions_to_one_person_are_answered_in_order(void **state)
{
    (void)state;
    struct room *room =
        room_open("bot.on('message', function(msg) if msg.text == 'go' then\n"
                  "  msg:reply('first: ' .. msg:ask('1?')) end end)\n"
                  "bot.on('message', function(msg) if msg.text == 'go' then\n"
                  "  msg:reply('second: ' .. msg:ask('2?')) end end)",
                  "");
    room_say(room, "g1", "alice", "go");
    room_turn(room);
    room_say(room, "g1", "alice", "a");
    room_say(room, "g1", "alice", "b");
    room_turn(room);
    assert_true(room_did(room, "first: a"));
    assert_true(room_did(room, "second: b"));
    room_free(room);
}

static void questions_work_anywhere_in_a_handler(void **state)
{
    (void)state;
    struct room *room =
        room_open("bot.on('message', function(msg)\n"
                  "  do\n"
                  "    local bye <close> = setmetatable({}, { __close = function()\n"
                  "      msg:reply('bye ' .. msg:ask('really?')) end })\n"
                  "    local name = coroutine.wrap(function()\n"
                  "      local _, text = pcall(msg.ask, msg, 'name?')\n"
                  "      coroutine.yield(text) end)()\n"
                  "    msg:reply('hi ' .. name)\n"
                  "  end\n"
                  "  msg:reply('after') end)",
                  "");
    int64_t row = room_say(room, "g1", "alice", "go");
    room_turn(room);
    room_say(room, "g1", "alice", "Alice");
    room_turn(room);
    assert_true(room_did(room, "hi Alice"));
    assert_false(room_did(room, "after"));
    room_say(room, "g1", "alice", "yes");
    room_turn(room);
    room_turn(room);
    assert_true(room_did(room, "bye yes"));
    assert_true(room_did(room, "after"));
    assert_true(room_is_done(room, row));
    assert_string_equal(room->log, "");
    room_free(room);
}

static void nobody_answers_for_ever(void **state)
{
    (void)state;
    struct room *room = room_open(quiz, "");
    room_say(room, "g1", "alice", "/quiz");
    room_turn(room);
    room_pass(room, 299999);
    assert_false(room_did(room, "got"));
    room_pass(room, 1);
    room_turn(room);
    assert_true(room_did(room, "got nil timeout"));
    room_say(room, "g1", "alice", "late");
    assert_non_null(strstr(room->log, "heard late"));
    room_free(room);
}

static void choices_and_checks_ask_again_three_times(void **state)
{
    (void)state;
    struct room *room = room_open(
        "bot.on('message', function(msg)\n"
        "  if msg.text == 'choose' then\n"
        "    msg:reply('chose ' .. msg:ask('Sure?', nil, { choices = { 'Yes', 'no' } "
        "}))\n"
        "  elseif msg.text == 'age' then\n"
        "    local age, err = msg:ask('Age?', nil, { check = function(text)\n"
        "      bot.sleep(0) return tonumber(text), 'A number, please' end })\n"
        "    msg:reply('age ' .. tostring(age) .. ' ' .. tostring(err)) end end)",
        "");
    room_say(room, "g1", "alice", "choose");
    room_turn(room);
    room_say(room, "g1", "alice", "maybe");
    room_turn(room);
    assert_true(room_did(room, "Please answer with one of: Yes, no"));
    room_say(room, "g1", "alice", " YES ");
    room_turn(room);
    assert_true(room_did(room, "chose Yes"));
    room_say(room, "g1", "alice", "age");
    room_turn(room);
    for (int i = 0; i < 3; i++) {
        assert_false(room_did(room, "after 3 tries"));
        room_say(room, "g1", "alice", "old");
        room_turn(room);
        room_turn(room);
    }
    assert_true(room_did(room, "A number, please"));
    assert_true(room_did(room, "age nil no answer that fits after 3 tries"));
    room_say(room, "g1", "alice", "age");
    room_turn(room);
    room_say(room, "g1", "alice", "42");
    room_turn(room);
    room_turn(room);
    assert_true(room_did(room, "age 42 nil"));
    room_free(room);
}

static void questions_speak_the_chats_language(void **state)
{
    (void)state;
    room_speak("zh-CN");
    struct room *room = room_new(0, 0);
    room_write(room, "p", "locale/zh-CN.lua",
               "return { ['Delete {name}?'] = '删除{name}？', yes = '是', no = '否' }");
    room_load(room, "p",
              "local bot = ...\n"
              "bot.on('message', function(msg)\n"
              "  msg:reply(msg:ask('Delete {name}?', { name = 'x' },\n"
              "    { choices = { 'yes', 'no' } })) end)",
              "");
    room_speak("en");
    room_say(room, "g1", "alice", "go");
    room_turn(room);
    assert_true(room_did(room, "删除x？"));
    room_say(room, "g1", "alice", "什么");
    room_turn(room);
    assert_true(room_did(room, "请回答其中一项：是, 否"));
    room_say(room, "g1", "alice", "是");
    room_turn(room);
    assert_true(room_did(room, "{\"content\":\"是\"}")); /* `yes`, translated again */
    room_free(room);
}

static void an_old_generation_still_gets_its_answer(void **state)
{
    (void)state;
    struct err err = { 0 };
    struct buf report;
    struct room *room = room_open(quiz, "");
    buf_init(&report, 1000);
    room_say(room, "g1", "alice", "/quiz");
    room_turn(room);
    room_manifest(room, "p", "1.0.1", "");
    assert_true(script_reload(room->script, STR("p"), true, &report, &err));
    room_say(room, "g1", "alice", "Alice");
    room_turn(room);
    assert_true(room_did(room, "got Alice nil"));
    assert_null(strstr(room->log, "heard Alice"));
    assert_int_equal(script_task_count(room->script), 0);
    buf_clear(&report);
    room_free(room);
}

static void waiting_for_an_event_only_watches(void **state)
{
    (void)state;
    struct room *room = room_open(
        "bot.on('message', function(msg)\n"
        "  if msg.text ~= 'go' then bot.log.warn('heard %s', msg.text) return end\n"
        "  local m, err = bot.wait('message', { timeout = '1h',\n"
        "    where = function(m) return m.text:match('^%d+$') end })\n"
        "  bot.log.warn('waited %s', m and m.text or err.code)\n"
        "  m:reply('it was in ' .. m.group.id)\n"
        "  bot.log.warn('%s', select(2, bot.send(bot.group('g3'), 'x')).code) end)\n"
        "bot.on('member.left', function(e)\n"
        "  local joined = bot.wait('member.joined', { where = function(j)\n"
        "    return j.user.id == e.user.id end })\n"
        "  joined:reply('welcome back') end)",
        "");
    room_say(room, "g1", "alice", "go");
    room_say(room, "g1", "bob", "abc");
    room_say(room, "g2", "carl", "12");
    assert_non_null(strstr(room->log, "heard abc"));
    assert_non_null(strstr(room->log, "waited 12"));
    assert_non_null(strstr(room->log, "heard 12"));
    room_turn(room);
    assert_true(room_did(room, "it was in g2")); /* free: what it waited for */
    assert_non_null(strstr(room->log, "plugin=p denied"));
    room_forget(room);
    const char *left = "{\"operation\":\"Quit\",\"data\":{\"targetUserIds\":[\"bob\"]}}";
    const char *dora = "{\"operation\":\"Add\",\"data\":{\"targetUserIds\":[\"dora\"]}}";
    const char *bob = "{\"operation\":\"Add\",\"data\":{\"targetUserIds\":[\"bob\"]}}";
    room_content(room, "g1", "__system__", "RC:GrpNtf", left);
    room_content(room, "g1", "__system__", "RC:GrpNtf", dora);
    room_turn(room);
    assert_int_equal(room->did_count, 0);
    room_content(room, "g1", "__system__", "RC:GrpNtf", bob);
    room_turn(room);
    assert_true(room_did(room, "welcome back"));
    room_free(room);
}

/* Each event once, also for one who waits again at once. */
static void waiting_in_a_loop_sees_each_event_once(void **state)
{
    (void)state;
    struct room *room = room_open(
        "bot.on('connected', function()\n"
        "  bot.spawn(function() while true do\n"
        "    bot.log.warn('saw %s', bot.wait('message', { timeout = '1h' }).text) end "
        "end)\n"
        "  while true do\n"
        "    local m = bot.wait('message', { chat = bot.group('g1'), from = 'alice' })\n"
        "    bot.log.warn('took %s', m.text) end end)",
        "");
    script_event(room->script, "connected", NULL);
    room_turn(room);
    room_say(room, "g1", "bob", "one");
    room_say(room, "g1", "alice", "two");
    room_say(room, "g1", "bob", "three");
    room_say(room, "g1", "alice", "four");
    const char *const want[] = { "saw one", "took two", "saw three", "took four" };
    const char *at = room->log;
    for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++) {
        at = strstr(at, want[i]);
        assert_non_null(at);
        assert_null(strstr(at + 1, want[i]));
    }
    room_free(room);
}

static void waiting_for_a_person_takes_the_message(void **state)
{
    (void)state;
    struct room *room =
        room_open("bot.on('message', function(msg)\n"
                  "  bot.log.warn('heard %s', msg.text or msg.kind)\n"
                  "  if msg.text ~= 'go' then return end\n"
                  "  local m = bot.wait('message', { chat = msg, from = 'bob',\n"
                  "    where = function(m) return m.kind == 'image' end })\n"
                  "  bot.log.warn('waited %s', m.kind) end)",
                  "");
    room_say(room, "g1", "alice", "go");
    room_say(room, "g1", "bob", "text");
    assert_non_null(strstr(room->log, "heard text"));
    int64_t row = room_content(room, "g1", "bob", "RC:ImgMsg",
                               "{\"content\":\"\",\"imageUri\":\"http://x/y.jpg\"}");
    assert_non_null(strstr(room->log, "waited image"));
    assert_null(strstr(room->log, "heard image"));
    assert_true(room_is_done(room, row));
    assert_non_null(strstr(room_eval(room, "p", "bot.wait('message', { from = 'x' })"),
                           "chat and from go together"));
    assert_non_null(strstr(room_eval(room, "p", "bot.wait('mesage')"),
                           "there is no event \"mesage\""));
    assert_non_null(
        strstr(room_eval(room, "p", "bot.wait('schedule.tea')"), "comes to bot.on"));
    room_free(room);
}

static void where_cannot_wait_and_its_errors_are_logged(void **state)
{
    (void)state;
    struct room *room =
        room_open("bot.on('connected', function()\n"
                  "  bot.spawn(function() bot.wait('message', { where = function(m)\n"
                  "    bot.sleep(1) return true end }) bot.log.warn('never') end)\n"
                  "  bot.wait('message', { where = function(m) return true end })\n"
                  "  bot.log.warn('well') end)",
                  "");
    script_event(room->script, "connected", NULL);
    room_turn(room);
    room_say(room, "g1", "alice", "x");
    assert_non_null(strstr(room->log, "where: p/init.lua:4: cannot wait here"));
    assert_non_null(strstr(room->log, "well"));
    assert_null(strstr(room->log, "never"));
    room_free(room);
}

static void own_events_stay_in_the_plugin(void **state)
{
    (void)state;
    struct room *room =
        room_open("bot.on('message', function(msg)\n"
                  "  if msg.text ~= 'go' then return end\n"
                  "  bot.spawn(function()\n"
                  "    bot.log.warn('waited %d', bot.wait('quiz:over').points) end)\n"
                  "  bot.sleep(1)\n"
                  "  local data = { points = 3 }\n"
                  "  assert(bot.emit('quiz:over', data)) data.points = 4\n"
                  "  assert(bot.emit('quiz:over', { points = 5 })) end)\n"
                  "bot.on('quiz:over', function(data)\n"
                  "  bot.spawn(function()\n"
                  "    bot.send(bot.group('g1'), 'points ' .. data.points) end) end)",
                  "");
    room_load(room, "q",
              "local bot = ...\n"
              "bot.on('quiz:over', function() bot.log.warn('heard by q') end)",
              "");
    int64_t row = room_say(room, "g1", "alice", "go");
    room_turn(room);
    room_pass(room, 1000);
    room_turn(room);
    assert_non_null(strstr(room->log, "waited 3"));
    assert_true(room_did(room, "points 3\"} key=UID-1/emit:1.2/p/2.1/1"));
    assert_true(room_did(room, "points 5\"} key=UID-1/emit:1.3/p/2.1/1"));
    assert_null(strstr(room->log, "heard by q"));
    assert_true(room_is_done(room, row));
    assert_non_null(strstr(room_eval(room, "p", "bot.emit('over')"), "a colon in"));
    assert_non_null(
        strstr(room_eval(room, "p", "bot.emit('a:b', print)"), "data is a function"));
    room_free(room);
}

/* Who began it all is who wrote the message: an event, a task or another plugin in
 * between makes nobody mightier. */
static void own_events_are_of_the_same_person(void **state)
{
    (void)state;
    struct room *room =
        room_open("local function try() local ok, err = bot.grant('alice', 'moderator')\n"
                  "  bot.log.warn('%s %s', ok, err and err.code) end\n"
                  "bot.on('message', function(msg)\n"
                  "  try() bot.spawn(try) bot.emit('a:b') end)\n"
                  "bot.on('a:b', try)",
                  "");
    room_say(room, "g1", "alice", "go");
    room_turn(room);
    const char *direct = strstr(room->log, "nil denied");
    assert_non_null(direct);
    const char *spawned = strstr(direct + 1, "nil denied");
    assert_non_null(spawned);
    assert_non_null(strstr(spawned + 1, "nil denied"));
    room_free(room);
}

/* An event that is emitted by its own handler comes again with each turn of the loop,
 * which goes on. */
static void events_without_end_starve_nobody(void **state)
{
    (void)state;
    struct room *room = room_open("bot.on('a:b', function() bot.emit('a:b') end)\n"
                                  "bot.on('message', function(msg)\n"
                                  "  local n = 0\n"
                                  "  if msg.text == 'flood' then repeat n = n + 1 until\n"
                                  "    not bot.emit('c:d') msg:reply('n ' .. n)\n"
                                  "  else bot.emit('a:b') msg:reply('heard') end end)",
                                  "");
    room_say(room, "g1", "alice", "go");
    room_turn(room);
    room_say(room, "g1", "alice", "still?");
    room_turn(room);
    assert_int_equal(room->did_count, 2);
    room_say(room, "g1", "alice", "flood");
    room_turn(room);
    assert_true(room_did(room, "n 999")); /* two of 1,000 are a:b, the last one failed */
    room_free(room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_goes_to_the_question_only),
        cmocka_unit_test(what_was_said_before_the_question_was_heard_is_no_answer),
        cmocka_unit_test(an_answer_that_comes_first_is_taken),
        cmocka_unit_test(held_messages_come_back_when_the_question_does_not_leave),
        cmocka_unit_test(a_command_ends_the_question),
        cmocka_unit_test(questions_to_one_person_are_answered_in_order),
        cmocka_unit_test(questions_work_anywhere_in_a_handler),
        cmocka_unit_test(nobody_answers_for_ever),
        cmocka_unit_test(choices_and_checks_ask_again_three_times),
        cmocka_unit_test(questions_speak_the_chats_language),
        cmocka_unit_test(an_old_generation_still_gets_its_answer),
        cmocka_unit_test(waiting_for_an_event_only_watches),
        cmocka_unit_test(waiting_in_a_loop_sees_each_event_once),
        cmocka_unit_test(waiting_for_a_person_takes_the_message),
        cmocka_unit_test(where_cannot_wait_and_its_errors_are_logged),
        cmocka_unit_test(own_events_stay_in_the_plugin),
        cmocka_unit_test(own_events_are_of_the_same_person),
        cmocka_unit_test(events_without_end_starve_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
