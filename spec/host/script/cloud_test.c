/* What plugins ask of the cloud about groups, users and what was said. */
#include "../../support/script_room.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* What the cloud cannot do is not done by halves. */
static void a_mute_beyond_thirty_days_is_refused(void **state)
{
    (void)state;
    struct room *room = room_open("bot.on('message', function(m)\n"
                                  "  local done, err = m.group:mute('bob', '31d')\n"
                                  "  bot.log.warn('%s %s %s', done, err.code, err) end)",
                                  "group.mute");
    room_say(room, "g1", "alice", "x");
    room_turn(room);
    assert_non_null(strstr(room->log, "nil limit a mute lasts at most 30 days"));
    assert_int_equal(room->did_count, 0);
    room_free(room);
}

static void groups_are_managed(void **state)
{
    (void)state;
    struct room *room = room_open(
        "bot.on('message', function(m)\n"
        "  local g = m.group\n"
        "  assert(g:invite('zoe')) assert(g:rename('Orchard')) "
        "assert(g:announce('Tea'))\n"
        "  local info = g:info()\n"
        "  local said = { info.name, info.count, info.owner.id, g.name }\n"
        "  for user in g:members() do said[#said + 1] = user.id .. '/' .. "
        "tostring(user.role)"
        "  end\n"
        "  for group in bot.groups() do said[#said + 1] = group.id .. group.name end\n"
        "  said[#said + 1] = bot.group('g1').name\n"
        "  m:reply(table.concat(said, ' ')) assert(g:leave()) end)",
        "group.read,group.manage");
    room_say(room, "g1", "alice", "x");
    for (int i = 0; i < 8; i++)
        room_turn(room);
    assert_string_equal(room->log, "");
    assert_true(room_did(room, "invite g1 zoe"));
    assert_true(room_did(room, "rename g1 \"Orchard\""));
    assert_true(room_did(room, "announce g1 \"Tea\""));
    assert_true(room_did(room, "Garden 2 alice g1 alice/owner bob/nil g1Garden Garden"));
    assert_true(room_did(room, "leave g1"));
    room_free(room);
}

static void users_are_asked_about_and_shut_out(void **state)
{
    (void)state;
    struct room *room = room_open(
        "bot.on('message', function(m)\n"
        "  local who, said = m.sender, {}\n"
        "  local info = who:info()\n"
        "  for user in bot.friends() do said[#said + 1] = user.name .. user.remark end\n"
        "  assert(who:block()) assert(who:unblock()) assert(who:ban('1h'))\n"
        "  assert(who:unban())\n"
        "  m:reply(info.name .. info.created .. table.concat(said)) end)",
        "user.read,user.block,user.ban,friends");
    room_say(room, "g1", "alice", "x");
    for (int i = 0; i < 8; i++)
        room_turn(room);
    assert_string_equal(room->log, "");
    assert_true(room_did(room, "unblock alice"));
    assert_true(room_did(room, "ban alice 60"));
    assert_true(room_did(room, "unban alice"));
    assert_true(room_did(room, "Alice5BobB."));
    room_free(room);
}

static void histories_are_cleared(void **state)
{
    (void)state;
    const char *code =
        "bot.on('message', function(m)\n"
        "  local done, why = bot.clear_history(m, { before = 3000 })\n"
        "  bot.log.warn('%s %s', done, why and why.code)\n"
        "  bot.clear_history(bot.user('bob'))\n"
        "  bot.log.warn('%s', select(2, pcall(bot.clear_history, { kind = 'chatroom' })))"
        "\nend)";
    struct room *room = room_open(code, "history.clear");
    room_quiet(true);
    room_say(room, "g1", "alice", "x");
    for (int turn = 0; turn < 3; turn++)
        room_turn(room);
    room_quiet(false);
    assert_true(room_did(room, "clear_history g1 3000"));
    assert_true(room_did(room, "clear_history bob 1"));
    assert_non_null(strstr(room->log, "true nil"));
    assert_non_null(strstr(room->log, "chat: want a"));
    room_free(room);
    room = room_open(code, "history"); /* who may read may not forget */
    room_quiet(true);
    room_say(room, "g1", "alice", "x");
    room_turn(room);
    room_quiet(false);
    assert_non_null(strstr(room->log, "nil denied"));
    assert_int_equal(room->did_count, 0);
    room_free(room);
}

static void conversations_are_listed_and_marked(void **state)
{
    (void)state;
    const char *code =
        "bot.on('message', function(m)\n"
        "  local said = {}\n"
        "  for c in bot.conversations() do\n"
        "    said[#said + 1] = ('%s %s %d %s %s %s'):format(c.kind, c.chat.id, c.time,\n"
        "      c.pinned, c.level, c.last and c.last.sender.id .. "
        "c.last.content.content)\n"
        "  end\n"
        "  m:reply(table.concat(said, ', '))\n"
        "  local here, there = bot.conversation(m), bot.conversation(bot.user('bob'))\n"
        "  assert(here:pin()) assert(there:pin(false)) assert(here:notify('mentions'))\n"
        "  assert(there:hide())\n"
        "  bot.log.warn('%s', select(2, pcall(here.notify, here, 'loud')))\n"
        "  bot.log.warn('unread %d %d', here:unread(), here:unread(2))\n"
        "  assert(here:read()) assert(there:read())\n"
        "  bot.log.warn('unread %d', here:unread())\n"
        "  assert(m:forget()) end)";
    struct room *room =
        room_open(code, "conversations,conversations.change,history,history.clear,send");
    room_quiet(true);
    room_say(room, "g1", "alice", "x");
    for (int turn = 0; turn < 24; turn++)
        room_turn(room);
    room_quiet(false);
    assert_true(room_did(room, "conversations 0"));
    assert_true(room_did(room, "conversations 3000"));
    assert_true(room_did(room, "group g1 3000 true default alicex, "
                               "user bob 1000 false none nil"));
    assert_true(room_did(room, "pin g1 1"));
    assert_true(room_did(room, "pin bob 0"));
    assert_true(room_did(room, "notify g1 \"mentions\""));
    assert_true(room_did(room, "hide bob"));
    assert_non_null(strstr(room->log, "level: want all, default"));
    assert_non_null(strstr(room->log, "unread 5 2"));
    assert_non_null(strstr(room->log, "unread 0"));
    assert_true(room_did(room, "RC:SRSMsg"));
    assert_true(room_did(room, "forget g1 \"UID-1\""));
    room_free(room);
}

static void chatrooms_are_asked_for(void **state)
{
    (void)state;
    const char *code =
        "bot.on('message', function(m)\n"
        "  local r = bot.room('hall')\n"
        "  local function wrong(...) bot.log.warn('%s', select(2, pcall(...))) end\n"
        "  assert(r:join { old = 7 }) assert(r:set('k', 'v', { brief = true }))\n"
        "  assert(r:set('k', 'v', { force = true })) assert(r:drop('k', { force = true "
        "}))\n"
        "  assert(r:mute('bob', '90s')) assert(r:mute_all(true)) assert(r:leave())\n"
        "  wrong(r.join, r, { old = 51 }) wrong(r.set, r, 'a b', 'v')\n"
        "  wrong(r.set, r, 'k', '') wrong(bot.room, bot.group('g'))\n"
        "  bot.log.warn('%s', select(2, r:block('bob', '1h')).code) end)";
    struct room *room = room_open(code, "room.join,room.entries,room.mute");
    room_quiet(true);
    room_say(room, "g1", "alice", "x");
    for (int turn = 0; turn < 12; turn++)
        room_turn(room);
    room_quiet(false);
    assert_true(room_did(room, "room_join hall 7"));
    assert_true(room_did(room, "set_entry hall \"k\" \"v\" 1"));
    assert_true(room_did(room, "set_entry hall \"k\" \"v\" 2"));
    assert_true(room_did(room, "drop_entry hall \"k\" 2"));
    assert_true(room_did(room, "room_mute hall bob 2"));
    assert_true(room_did(room, "room_mute_all hall 1"));
    assert_true(room_did(room, "room_leave hall"));
    assert_non_null(strstr(room->log, "old: want 0 to 50 messages"));
    assert_non_null(strstr(room->log, "key: want 1 to 128"));
    assert_non_null(strstr(room->log, "value: want a text"));
    assert_non_null(strstr(room->log, "id: want a chatroom"));
    assert_non_null(strstr(room->log, "denied"));
    room_free(room);
}

/* The fake has five messages, at 1000, twice 3000, 4000 and 5000 ms, three to a page. */
static void history_comes_page_by_page(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        { "{}", "text 5,text 4,text 3,text 2,text 1" },
        { "{ limit = 2 }", "text 5,text 4" },
        { "{ limit = 0 }", "" },
        { "{ before = 3000 }", "text 1" },
        { "{ after = 3000 }", "text 5,text 4" },
        { "{ before = 5000, after = 1000, limit = 9 }", "text 4,text 3,text 2" },
        { "{ oldest_first = true }", "text 1,text 2,text 3,text 4,text 5" },
        { "{ oldest_first = true, limit = 2 }", "text 1,text 2" },
        { "{ oldest_first = true, after = 1000, before = 5000 }",
          "text 2,text 3,text 4" },
        { "{ oldest_first = true, before = 3000 }", "text 1" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char code[512], want[128];
        snprintf(code, sizeof(code),
                 "bot.on('message', function(m)\n"
                 "  local texts = {}\n"
                 "  for old in bot.history(m, %s) do texts[#texts + 1] = old.text end\n"
                 "  m:reply('<' .. table.concat(texts, ',') .. '>') end)",
                 rows[i][0]);
        struct room *room = room_open(code, "history");
        room_say(room, "g1", "alice", "x");
        for (int turn = 0; turn < 8; turn++)
            room_turn(room);
        snprintf(want, sizeof(want), "<%s>", rows[i][1]);
        assert_string_equal(room->log, "");
        assert_true(room_did(room, want));
        room_free(room);
    }
}

/* Nobody takes half a history for the whole: a later page that fails raises. */
static void history_that_breaks_off_raises(void **state)
{
    (void)state;
    struct room *room = room_open(
        "bot.on('message', function(m)\n"
        "  local seen = 0\n"
        "  local done, err = pcall(function()\n"
        "    for _ in bot.history(m) do seen = seen + 1 bot.sleep(1) end end)\n"
        "  local all, why = bot.history(m)\n"
        "  bot.log.warn('%d %s %s %s %s', seen, done, err.code, all, why.code) end)",
        "history");
    room_say(room, "g1", "alice", "x");
    room_turn(room);
    err_refused(&room->refuse, 25102, "no history here");
    for (int second = 0; second < 3; second++)
        room_pass(room, 1000);
    assert_non_null(strstr(room->log, "3 false refused nil refused"));
    room_free(room);
}

static void a_message_is_forwarded_without_names(void **state)
{
    (void)state;
    struct room *room = room_open("bot.on('message', function(m)\n"
                                  "  assert(m:forward(bot.group('g2'))) end)",
                                  "send");
    room_content(room, "g1", "alice", "MY:Vote",
                 "{\"content\":\"hi\",\"user\":{\"id\":\"alice\",\"name\":\"A\"},"
                 "\"n\":[1,{\"user\":2}],\"mentionedInfo\":{\"type\":1}}");
    room_turn(room);
    assert_string_equal(room->log, "");
    assert_true(room_did(
        room, "send group:g2 MY:Vote {\"content\":\"hi\",\"n\":[1,{\"user\":2}]} key="));
    room_free(room);
}

/* App Servers announce what the cloud tells, too: it counts only when it was asked for.
 */
static void the_clouds_word_about_groups_is_asked_for(void **state)
{
    (void)state;
    struct room *room = room_open(
        "bot.on('member.joined', function(e) bot.log.warn('%s', e.user.id) end)", "");
    struct message message = {
        .type = CONVERSATION_GROUP,
        .target = STR("g1"),
        .sender = STR("__system__"),
        .object_name = STR("RC:GrpNtf"),
        .content = STR("{\"operation\":\"Add\",\"data\":{\"targetUserIds\":[\"bob\"]}}"),
        .uid = STR(MESSAGE_MADE_HERE "group/g1/1/1"),
        .row = 7,
    };
    script_message(room->script, &message);
    room_turn(room);
    assert_string_equal(room->log, "");
    assert_true(room_is_done(room, 7));
    message.uid = STR("AAAA-BBBB-CCCC-DDDD");
    message.row = 8;
    script_message(room->script, &message);
    room_turn(room);
    assert_non_null(strstr(room->log, "bob"));
    room_free(room);
}

/* Answers go before what is sent elsewhere; a timeout goes with the message. */
static void sends_say_how_long_they_may_wait(void **state)
{
    (void)state;
    struct room *room = room_open(
        "bot.on('message', function(m)\n"
        "  if m.text == 'reply' then m:reply('a') end\n"
        "  if m.text == 'hurry' then m:reply('b', nil, { timeout = '5s' }) end\n"
        "  if m.text == 'send' then\n"
        "    bot.send(bot.group('g2'), { text = '{n}' }, { n = 1 }, { timeout = 7 }) "
        "end\n"
        "  if m.text == 'own' then\n"
        "    bot.send(m, { type = 'MY:T', content = { a = 1 } }, nil, { timeout = 0 }) "
        "end\n"
        "  if m.text == 'forward' then m:forward(bot.group('g2'), { timeout = 8 }) end\n"
        "  if m.text == 'wrong' then m:reply('c', nil, { timeout = 'soon' }) end\n"
        "  if m.text == 'worse' then bot.send(m, 'c', nil, 5) end\n"
        "end)",
        "send");
    static const struct {
        const char *text;
        int64_t wait_ms;
        bool broadcast;
    } cases[] = {
        { "reply", 0, false }, { "hurry", 5000, false },  { "send", 7000, true },
        { "own", 1, false },   { "forward", 8000, true },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        room_say(room, "g1", "alice", cases[i].text);
        assert_int_equal(room->did_count, i + 1);
        assert_int_equal(room->last_wait_ms, cases[i].wait_ms);
        assert_int_equal(room->last_broadcast, cases[i].broadcast);
        room_turn(room);
    }
    assert_string_equal(room->log, "");
    room_say(room, "g1", "alice", "wrong");
    room_say(room, "g1", "alice", "worse");
    room_turn(room);
    assert_int_equal(room->did_count, 5);
    assert_non_null(strstr(room->log, "opts.timeout: want a duration"));
    assert_non_null(strstr(room->log, "opts: want a table, have a number"));
    room_free(room);
}

/* An answer may take an hour when the cloud is away: the outbox ends it, nobody else. */
static void a_send_waits_for_the_outbox(void **state)
{
    (void)state;
    struct room *room = room_open("bot.on('message', function(m)\n"
                                  "  if m.text == 'depth' then\n"
                                  "    bot.log.warn('%d wait', bot.outbox()) return end\n"
                                  "  local sent, err = m:reply('x')\n"
                                  "  bot.log.warn('%s', tostring(sent and sent.id))\n"
                                  "end)",
                                  "");
    room->hold = true;
    room_say(room, "g1", "alice", "x");
    room_say(room, "g1", "alice", "x");
    room_say(room, "g1", "alice", "depth");
    assert_non_null(strstr(room->log, "2 wait"));
    clock_add_ms(3600 * 1000);
    room_turn(room);
    assert_null(strstr(room->log, "nil"));
    assert_int_equal(room->cancelled, 0);
    room_free(room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mute_beyond_thirty_days_is_refused),
        cmocka_unit_test(groups_are_managed),
        cmocka_unit_test(sends_say_how_long_they_may_wait),
        cmocka_unit_test(a_send_waits_for_the_outbox),
        cmocka_unit_test(users_are_asked_about_and_shut_out),
        cmocka_unit_test(histories_are_cleared),
        cmocka_unit_test(conversations_are_listed_and_marked),
        cmocka_unit_test(chatrooms_are_asked_for),
        cmocka_unit_test(history_comes_page_by_page),
        cmocka_unit_test(history_that_breaks_off_raises),
        cmocka_unit_test(a_message_is_forwarded_without_names),
        cmocka_unit_test(the_clouds_word_about_groups_is_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
