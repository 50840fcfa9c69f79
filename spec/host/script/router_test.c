/* script/router: who is woken by what. */
#include "../../support/script_room.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What the plugins log as answer to a text, all in one line. */
static const char *hears(struct room *room, const char *sender, const char *text)
{
    static char words[1024];
    room_forget(room);
    room_say(room, "g1", sender, text);
    room_turn(room);
    words[0] = '\0';
    for (const char *at = room->log; (at = strstr(at, "plugin=")); at++) {
        const char *start = strchr(at, ' ') + 1, *end = strchr(at, '\n');
        size_t len = strlen(words);
        snprintf(words + len, sizeof(words) - len, "%s%.*s", len ? " " : "",
                 (int)(end - start), start);
    }
    return words;
}

static void priority_decides_and_true_stops(void **state)
{
    (void)state;
    struct room *room = room_open("local function say(w, stop) return function() "
                                  "bot.log.warn(w) return stop end end\n"
                                  "bot.on('message', say 'first')\n"
                                  "bot.on('message', say 'high', { priority = 10 })\n"
                                  "bot.on('message', function(m) bot.log.warn('gate') "
                                  "return m.text == 'stop' end,\n"
                                  "  { priority = 5 })\n"
                                  "bot.on('message', say 'low', { priority = -1 })",
                                  "");
    room_load(room, "q",
              "local bot = ... bot.on('message', function() bot.log.warn 'q' end)", "");
    assert_string_equal(hears(room, "alice", "go"), "high gate first q low");
    assert_string_equal(hears(room, "alice", "stop"), "high gate");
    room_free(room);
}

static void off_and_once_take_handlers_back(void **state)
{
    (void)state;
    struct room *room =
        room_open("local off\n"
                  "bot.once('message', function() bot.log.warn 'once' end)\n"
                  "off = bot.on('message', function(m) bot.log.warn 'on'\n"
                  "  if m.text == 'off' then off() off() end end)\n"
                  "bot.on('message', function(m)\n"
                  "  if m.text == 'add' then bot.on('message', function() bot.log.warn "
                  "'new' end) end\n"
                  "end)",
                  "");
    assert_string_equal(hears(room, "alice", "a"), "once on");
    assert_string_equal(hears(room, "alice", "off"), "on");
    assert_string_equal(hears(room, "alice", "b"), "");
    assert_string_equal(hears(room, "alice", "add"), "");
    assert_string_equal(hears(room, "alice", "c"), "new");
    room_free(room);
}

static void commands_match_prefix_words_and_aliases(void **state)
{
    (void)state;
    struct room *room = room_open(
        "bot.command { 'list', run = function() bot.log.warn 'list' end }\n"
        "bot.command { 'list words [which:word]', aliases = { '词表', 'ls  Words' },\n"
        "  run = function(_, a) bot.log.warn('words ' .. tostring(a.which)) end }",
        "");
    room_load(
        room, "q",
        "local bot = ... bot.command { 'list', run = function() bot.log.warn 'q' end }",
        "");
    assert_string_equal(hears(room, "alice", "/list"), "list"); /* the first loaded */
    assert_string_equal(hears(room, "alice", "!LIST"), "list");
    assert_string_equal(hears(room, "alice", "／list"), "list");
    assert_string_equal(hears(room, "alice", "！list　words　bad"), "words bad");
    assert_string_equal(hears(room, "alice", " / list words"), "words nil");
    assert_string_equal(hears(room, "alice", "/词表 a"), "words a");
    assert_string_equal(hears(room, "alice", "/ls words"), "words nil");
    assert_string_equal(hears(room, "alice", "list"), "");
    assert_string_equal(hears(room, "alice", "/lists"), "");
    assert_string_equal(hears(room, "alice", "/"), "");
    room_free(room);
}

static void permission_comes_before_arguments(void **state)
{
    (void)state;
    struct room *room =
        room_open("bot.command { 'ban <who:user> [time:duration] [reason...]', role = "
                  "'moderator',\n"
                  "  scope = 'group', run = function(msg, a)\n"
                  "    bot.log.warn('%s %s %s', a.who.id, a.time, a.reason) end }",
                  "");
    assert_string_equal(hears(room, "alice", "/ban"), "");
    assert_non_null(strstr(room_last(room), "You may not do that here."));
    assert_string_equal(hears(room, "mod", "/ban"), "");
    assert_non_null(strstr(room_last(room), "Missing: who."));
    assert_string_equal(hears(room, "mod", "/ban bob 1d12h too  loud"),
                        "bob 129600 too  loud");
    assert_string_equal(hears(room, "olivia", "/ban @bob spam"), "bob nil spam");
    room_forget(room);
    room_say(room, NULL, "olivia", "/ban bob");
    room_turn(room);
    assert_non_null(strstr(room_last(room), "This works in groups only."));
    room_free(room);
}

static void mentions_name_users(void **state)
{
    (void)state;
    struct room *room =
        room_open("bot.command { 'kick <who:user>', run = function(msg, a)\n"
                  "  bot.log.warn(a.who.id .. ' of ' .. #msg.mentions) end }",
                  "");
    room_content(room, "g1", "mod", "RC:TxtMsg",
                 "{\"content\":\"/kick @Bob\",\"mentionedInfo\":{\"type\":2,"
                 "\"userIdList\":[\"robot\",\"u-77\"]}}");
    assert_non_null(strstr(room->log, "u-77 of 2"));
    room_free(room);
}

static void cooldown_is_per_person(void **state)
{
    (void)state;
    struct room *room = room_open("bot.command { 'roll', cooldown = '10s',\n"
                                  "  run = function(m) bot.log.warn(m.sender.id) end }",
                                  "");
    assert_string_equal(hears(room, "alice", "/roll"), "alice");
    assert_string_equal(hears(room, "alice", "/roll"), "");
    assert_string_equal(hears(room, "bob", "/roll"), "bob");
    clock_add_ms(10000);
    assert_string_equal(hears(room, "alice", "/roll"), "alice");
    room_free(room);
}

static void old_commands_are_not_answered(void **state)
{
    (void)state;
    struct room *room =
        room_open("bot.command { 'go', run = function() bot.log.warn 'ran' end }\n"
                  "bot.on('message', function(m) bot.log.warn(tostring(m.backlog)) end)",
                  "");
    struct message message = {
        .type = CONVERSATION_GROUP,
        .target = STR("g1"),
        .sender = STR("alice"),
        .object_name = STR("RC:TxtMsg"),
        .content = STR("{\"content\":\"/go\"}"),
        .uid = STR("U"),
        .sent_ms = clock_wall_ms() - 600001,
        .received_ms = clock_wall_ms(),
    };
    script_message(room->script, &message);
    assert_null(strstr(room->log, "ran"));
    assert_non_null(strstr(room->log, "true"));
    message.sent_ms++;
    script_message(room->script, &message);
    assert_non_null(strstr(room->log, "ran"));
    room_free(room);
}

/* What the bot does with a command that was sent `age_ms` before it came. */
static const char *hears_late(struct room *room, const char *content, int64_t age_ms)
{
    struct message message = {
        .type = CONVERSATION_GROUP,
        .target = STR("g1"),
        .sender = STR("alice"),
        .object_name = STR("RC:TxtMsg"),
        .content = str_from(content),
        .uid = STR("U"),
        .sent_ms = clock_wall_ms() - age_ms,
        .received_ms = clock_wall_ms(),
    };
    room->log[0] = '\0';
    script_message(room->script, &message);
    return room->log;
}

static void commands_say_how_old_they_may_be(void **state)
{
    (void)state;
    struct room *room = room_open(
        "local function run(m) bot.log.warn(('ran %.3f %s'):format(m.age, m.backlog)) "
        "end\n"
        "bot.command { 'late', since = '1d', run = run }\n"
        "bot.command { 'soon', since = 10, run = run }\n"
        "bot.command { 'sooner', since = '30s', run = run }\n"
        "for _, since in ipairs { 'x', 0 } do\n"
        "  local ok, err = pcall(bot.command, { 'no', since = since, run = run })\n"
        "  assert(not ok and err:find('since')) end",
        "");
    const char *late = "{\"content\":\"/late\"}", *soon = "{\"content\":\"/soon\"}";
    assert_non_null(strstr(hears_late(room, late, 0), "ran 0.000 false"));
    assert_non_null(strstr(hears_late(room, late, -5000), "ran 0.000 false"));
    assert_non_null(strstr(hears_late(room, late, 1500), "ran 1.500 false"));
    assert_non_null(strstr(hears_late(room, late, 86400000), "ran 86400.000 true"));
    assert_string_equal(hears_late(room, late, 86400001), "");
    assert_non_null(strstr(hears_late(room, soon, 10000), "ran 10.000 false"));
    assert_string_equal(hears_late(room, soon, 10001), "");
    room_free(room);
}

static void hear_and_words(void **state)
{
    (void)state;
    struct room *room =
        room_open("bot.hear('^(%a+) is (%a+)$', function(m, a, b) bot.log.warn(a .. '=' "
                  ".. b) end)\n"
                  "bot.hear('rain', function(m, whole) bot.log.warn(whole) end)\n"
                  "local off = bot.words({ 'casino', '赌博' }, function(m, word)\n"
                  "  bot.log.warn('bad ' .. word) return true end, { priority = 1 })\n"
                  "bot.words({ 'off' }, function() off() end)",
                  "");
    assert_string_equal(hears(room, "alice", "snow is cold"), "snow=cold");
    assert_string_equal(hears(room, "alice", "raining"), "rain");
    assert_string_equal(hears(room, "alice", "CASINO rain"), "bad CASINO");
    assert_string_equal(hears(room, "alice", "网络赌博 casino"), "bad 赌博");
    assert_string_equal(hears(room, "alice", "off"), "");
    assert_string_equal(hears(room, "alice", "casino"), "");
    room_free(room);
}

/* Neither a command nor what is heard, but words are looked for. */
static void what_a_message_is_edited_into(void **state)
{
    (void)state;
    struct room *room =
        room_open("bot.command { 'tea', run = function() bot.log.warn('command') end }\n"
                  "bot.hear('tea', function() bot.log.warn('heard') end)\n"
                  "bot.words({ 'tea' }, function(m, word)\n"
                  "  bot.log.warn('%s now has %s', m.id, word) end)\n"
                  "bot.on('message.edited', function(m) bot.log.warn('first') end, "
                  "{ priority = 1 })",
                  "");
    struct message message = {
        .type = CONVERSATION_GROUP,
        .target = STR("g1"),
        .sender = STR("alice"),
        .object_name = STR("RC:TxtMsg"),
        .content = STR("{\"content\":\"/tea\"}"),
        .uid = STR(MESSAGE_EDITED "1/UID-1"),
    };
    script_message(room->script, &message);
    const char *first = strstr(room->log, "first");
    assert_non_null(first);
    assert_non_null(strstr(first, "UID-1 now has tea"));
    assert_null(strstr(room->log, "heard"));
    assert_null(strstr(room->log, "command"));
    room_free(room);
}

static void what_nobody_wants_is_done_at_once(void **state)
{
    (void)state;
    struct room *room = room_open("bot.command { 'x', run = print }\n"
                                  "bot.words({ 'y' }, print)",
                                  "");
    int64_t row = room_say(room, "g1", "alice", "hello");
    assert_true(room_is_done(room, row));
    room_forget(room);
    row = room_content(room, "g1", "alice", "RC:TypSts", "{}");
    assert_true(room_is_done(room, row));
    row = room_content(room, "g1", "alice", "RC:TxtMsg", "{broken");
    assert_true(room_is_done(room, row));
    room_free(room);
}

static void messages_that_are_no_text_have_none(void **state)
{
    (void)state;
    struct room *room = room_open("bot.on('message', function(m) bot.log.warn('%s %s "
                                  "%s', m.kind, m.text, m.raw) end)\n"
                                  "bot.hear('.', function() bot.log.warn 'heard' end)",
                                  "");
    room_content(room, "g1", "alice", "RC:ImgMsg", "{\"content\":\"abc\"}");
    assert_non_null(strstr(room->log, "image nil {\"content\":\"abc\"}"));
    room_content(room, "g1", "alice", "MY:Card", "{\"a\":1}");
    assert_non_null(strstr(room->log, "MY:Card nil"));
    assert_null(strstr(room->log, "heard"));
    room_content(room, "g1", "alice", "RC:ReferenceMsg", "{\"content\":\"quoted\"}");
    assert_non_null(strstr(room->log, "quote quoted"));
    assert_non_null(strstr(room->log, "heard"));
    room_free(room);
}

#define NOTICE(operation, extra)                                                         \
    "{\"operatorUserId\":\"alice\",\"operation\":\"" operation                           \
    "\",\"data\":{\"operatorNickname\":\"Alice\"," extra "},\"message\":\"hear\"}"

static void group_notices_become_events(void **state)
{
    (void)state;
    struct room *room = room_open(
        "for _, e in ipairs { 'member.joined', 'member.left', 'member.kicked',\n"
        "    'group.renamed', 'group.dismissed', 'group.created', 'group.announced' } "
        "do\n"
        "  bot.on(e, function(v) bot.log.warn('%s %s %s %s %s', e, v.id, v.user or '-',\n"
        "    v.operator, v.name or v.text) end)\nend\n"
        "bot.on('member.joined', function(v) v:reply('hi {who}', { who = v.user }) end)\n"
        "bot.on('message', function() bot.log.warn 'message' end)",
        "");
    int64_t row =
        room_content(room, "g1", "__system__", "RC:GrpNtf",
                     NOTICE("Add", "\"targetUserIds\":[\"bob\",\"carol\"],"
                                   "\"targetUserDisplayNames\":[\"Bob\",\"\"]"));
    assert_non_null(strstr(room->log, "member.joined UID-1/bob Bob Alice hear"));
    assert_non_null(strstr(room->log, "member.joined UID-1/carol carol Alice hear"));
    assert_false(room_is_done(room, row));
    room_turn(room);
    assert_true(room_did(room, "\"content\":\"hi @Bob\""));
    assert_true(room_did(room, "key=UID-1/carol/p/"));
    assert_true(room_is_done(room, row));
    assert_int_equal(room->done_count, 1);
    room_content(room, "g1", "__system__", "RC:GrpNtf",
                 NOTICE("Rename", "\"targetGroupName\":\"Garden\""));
    assert_non_null(strstr(room->log, "group.renamed UID-2 - Alice Garden"));
    room_content(room, "g1", "__system__", "RC:GrpNtf",
                 NOTICE("Kicked", "\"targetUserIds\":[\"bob\"]"));
    assert_non_null(strstr(room->log, "member.kicked UID-3/bob Bob Alice"));
    assert_null(strstr(room->log, " message"));
    room_free(room);
}

static void anybody_elses_notices_are_ignored(void **state)
{
    (void)state;
    struct room *room =
        room_open("bot.on('member.joined', function() bot.log.warn 'joined' end)", "");
    const char *add = NOTICE("Add", "\"targetUserIds\":[\"bob\"]");
    int64_t row = room_content(room, "g1", "mallory", "RC:GrpNtf", add);
    assert_true(room_is_done(room, row));
    row = room_content(room, NULL, "__system__", "RC:GrpNtf", add); /* no group */
    assert_true(room_is_done(room, row));
    room_content(room, "g1", "__system__", "RC:GrpNtf", "{\"operation\":\"Add\"}");
    room_content(room, "g1", "__system__", "RC:GrpNtf", "[1]");
    assert_string_equal(room->log, "");
    room_free(room);
}

static void recalls_become_events(void **state)
{
    (void)state;
    struct room *room =
        room_open("bot.on('message.recalled', function(e)\n"
                  "  bot.log.warn('%s %s %s', e.id, e.operator, e.claimed) end)",
                  "");
    room_content(room, "g1", "bob", "RC:RcCmd",
                 "{\"conversationType\":3,\"targetId\":\"g1\",\"messageUId\":\"ABCD\","
                 "\"sentTime\":17}");
    assert_non_null(strstr(room->log, "ABCD bob true"));
    room_free(room);
}

static void wrong_registrations_name_the_argument(void **state)
{
    (void)state;
    struct room *room = room_new(0, 0);
    static const char *const cases[][2] = {
        { "bot.on('message')", "fn: want a function, have nil" },
        { "bot.on('mesage', print)", "event: there is no event \"mesage\"" },
        { "bot.hear('%', print)", "pattern: malformed pattern" },
        { "bot.words({}, print)", "words: want a list" },
        { "bot.words({ 'a', 7 }, print)", "words[2]: want a text" },
        { "bot.command { 'x <a', run = print }", "command: usage \"x <a\"" },
        { "bot.command { 'x' }", "command: run must be a function" },
        { "bot.command { 'x', run = print, role = 'king' }", "there is no role king" },
        { "bot.after('soon', print)", "duration: want a duration" },
        { "bot.every(0, print)", "at least 100 ms" },
        { "bot.user({})", "id: want a user or the id of one, have table" },
        { "bot.store(5)", "name: want a string" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const char *result = room_eval(room, "", cases[i][0]);
        if (strncmp(result, "error", 5) != 0 || !strstr(result, cases[i][1]))
            fail_msg("%s: %s", cases[i][0], result);
    }
    room_free(room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(priority_decides_and_true_stops),
        cmocka_unit_test(off_and_once_take_handlers_back),
        cmocka_unit_test(commands_match_prefix_words_and_aliases),
        cmocka_unit_test(permission_comes_before_arguments),
        cmocka_unit_test(mentions_name_users),
        cmocka_unit_test(cooldown_is_per_person),
        cmocka_unit_test(old_commands_are_not_answered),
        cmocka_unit_test(commands_say_how_old_they_may_be),
        cmocka_unit_test(hear_and_words),
        cmocka_unit_test(what_a_message_is_edited_into),
        cmocka_unit_test(what_nobody_wants_is_done_at_once),
        cmocka_unit_test(messages_that_are_no_text_have_none),
        cmocka_unit_test(group_notices_become_events),
        cmocka_unit_test(anybody_elses_notices_are_ignored),
        cmocka_unit_test(recalls_become_events),
        cmocka_unit_test(wrong_registrations_name_the_argument),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
