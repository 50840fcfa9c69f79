/* What a send may ask for, and the small signs: typing, read, expanded. */
#include "../../support/script_room.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void options_of_a_send(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        { "'x', nil, { silent = true }", " silent" },
        { "'x', nil, { push_text = 'T', push_data = 'D' }", " push=T/D" },
        { "'x', nil, { only = { m.sender, 'bob' } }", " only=alice,bob" },
        { "{ info = 'x' }, nil, { only = { 'bob' }, silent = true }",
          " silent only=bob" },
        { "{ type = 'MY:Card', content = { a = 1 } }, nil, { only = { 'bob' } }",
          "MY:Card {\"a\":1} key=UID-1/p/1/1 only=bob" },
        { "'x', nil, { expansion = { k1 = 'a\"b' } }",
          " expansion={\"k1\":{\"v\":\"a\\\"b\"}}" },
        { "{ image = { url = 'u' } }, nil, { expansion = { ['a=+-_9'] = '' } }",
          " expansion={\"a=+-_9\":{\"v\":\"\"}}" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char code[512];
        snprintf(code, sizeof(code),
                 "bot.on('message', function(m) assert(m:reply(%s)) end)", rows[i][0]);
        struct room *room = room_open(code, "");
        room_say(room, "g1", "alice", "x");
        room_turn(room);
        assert_string_equal(room->log, "");
        const char *found = strstr(room_last(room), rows[i][1]);
        if (!found || strlen(found) != strlen(rows[i][1]))
            fail_msg("%s gave %s", rows[i][0], room_last(room));
        room_free(room);
    }
}

static void mistakes_name_the_option(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        { "only = { 'a' } }) end) -- in private",
          "opts.only: this works in groups only" },
        { "only = {} }) end)", "opts.only: 1 to 100 users" },
        { "only = 'bob' }) end)", "opts.only: want a list of users" },
        { "push_text = 1 }) end)", "opts.push_text: want a text, have a number" },
        { "push_data = '\\xff' }) end)", "opts.push_data: at most 4096 bytes of UTF-8" },
        { "expansion = 'x' }) end)", "opts.expansion: want a table, have a string" },
        { "expansion = { ['a b'] = 'x' } }) end)", "opts.expansion: a name has 1 to 32" },
        { "expansion = { 'x' } }) end)", "opts.expansion: a name has 1 to 32" },
        { "expansion = { a = 1 } }) end)", "opts.expansion.a: want a text" },
        { "expansion = { a = false } }) end)", "opts.expansion.a: want a text" },
        { "expansion = { a = ('x'):rep(4097) } }) end)",
          "opts.expansion.a: at most 4096 characters" },
        { "expansion = many }) end)", "opts.expansion: at most 20 entries" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char code[512];
        snprintf(code, sizeof(code),
                 "local many = {} for i = 1, 21 do many['k' .. i] = '' end\n"
                 "bot.on('message', function(m) m:reply('x', nil, { %s",
                 rows[i][0]);
        struct room *room = room_open(code, "");
        room_quiet(true);
        room_say(room, i == 0 ? NULL : "g1", "alice", "x");
        room_turn(room);
        room_quiet(false);
        if (!strstr(room->log, rows[i][1]) || !strstr(room->log, "init.lua:3"))
            fail_msg("want %s, have %s", rows[i][1], room->log);
        assert_int_equal(room->did_count, 0);
        room_free(room);
    }
}

static void messages_are_read(void **state)
{
    (void)state;
    struct room *room = room_open("bot.on('message', function(m)\n"
                                  "  assert(m:read() == true) end)",
                                  "");
    room_say(room, NULL, "alice", "x");
    room_turn(room);
    assert_true(room_did(room, "send private:alice RC:ReadNtf {"));
    assert_true(room_did(room, "\"messageUId\":\"UID-1\""));
    assert_true(room_did(room, "\"lastMessageSendTime\":") &&
                room_did(room, "\"type\":1"));
    room_say(room, "g1", "alice", "x");
    room_turn(room);
    assert_true(room_did(room, "send group:g1 RC:RRRspMsg {\"receiptMessageDic\":"
                               "{\"alice\":[\"UID-2\"]}} key="));
    assert_non_null(strstr(room_last(room), " only=alice"));
    assert_string_equal(room->log, "");
    room_free(room);
}

static void groups_are_asked_who_has_read(void **state)
{
    (void)state;
    struct room *room =
        room_open("bot.on('message', function(m)\n"
                  "  assert(assert(m:reply('hear')):ask_read() == true) end)\n"
                  "bot.on('message.read_asked', function(e)\n"
                  "  bot.log.warn('%s asks for %s', e.user.id, e.id)\n"
                  "  assert(e:read() == true) end)",
                  "");
    room_say(room, "g1", "alice", "x");
    for (int turn = 0; turn < 3; turn++)
        room_turn(room);
    assert_true(room_did(room, "send group:g1 RC:RRReqMsg {\"messageUId\":"));
    assert_string_equal(room->log, "");
    room_content(room, "g1", "bob", "RC:RRReqMsg", "{\"messageUId\":\"U-7\"}");
    room_turn(room);
    assert_true(room_did(room, "send group:g1 RC:RRRspMsg {\"receiptMessageDic\":"
                               "{\"bob\":[\"U-7\"]}} key="));
    assert_non_null(strstr(room_last(room), " only=bob"));
    assert_non_null(strstr(room->log, "bob asks for U-7"));
    room_free(room);
}

static void the_bot_types(void **state)
{
    (void)state;
    struct room *room = room_open(
        "bot.on('message', function(m)\n"
        "  assert(bot.typing(m) == true) m:reply('done')\n"
        "  local _, why = bot.typing(bot.user('bob')) bot.log.warn('%s', why.code)"
        "\nend)",
        "");
    room_say(room, NULL, "alice", "x");
    for (int i = 0; i < 3; i++)
        room_turn(room);
    assert_true(room_did(room, "send private:alice RC:TypSts {\"typingContentType\":"
                               "\"RC:TxtMsg\"} key= status"));
    assert_true(room_did(room, "{\"content\":\"done\"} key=UID-1/p/1/1"));
    assert_non_null(strstr(room->log, "denied")); /* elsewhere it needs `send` */
    room_free(room);
}

static void expansions_are_changed(void **state)
{
    (void)state;
    struct room *room = room_open(
        "bot.on('message', function(m)\n"
        "  local poll = m:reply('tea?', nil, { expansion = { n = '0' } })\n"
        "  assert(poll:expand { n = '1' } == true)\n"
        "  assert(m:expand { gone = false })\n"
        "  bot.log.warn('%s', select(2, pcall(m.expand, m, { a = true }))) end)",
        "");
    room_say(room, "g1", "alice", "x");
    for (int i = 0; i < 4; i++)
        room_turn(room);
    assert_true(
        room_did(room, "RC:MsgExMsg {\"put\":{\"n\":\"1\"},\"mid\":\"UID-OUT\"}"));
    assert_true(room_did(room, "RC:MsgExMsg {\"del\":[\"gone\"],\"mid\":\"UID-1\"}"));
    assert_non_null(strstr(room->log, "changes.a: want a text, or false to remove it"));
    room_free(room);
}

static void signs_of_others_are_events(void **state)
{
    (void)state;
    struct room *room =
        room_open("bot.on('typing', function(e) e:reply('typing ' .. e.user.id) end)\n"
                  "bot.on('message.read', function(e)\n"
                  "  e:reply(('read %s %s %s'):format(e.user.id, e.id, e.seen)) end)\n"
                  "bot.on('message.expanded', function(e)\n"
                  "  e:reply(('set %s %s %s'):format(e.id, e.set.a, e.removed[1])) end)",
                  "");
    static const char *const rows[][4] = {
        { NULL, "RC:TypSts", "{\"typingContentType\":\"RC:TxtMsg\"}",
          "\"typing alice\"" },
        { NULL, "RC:ReadNtf",
          "{\"messageUId\":\"U-7\",\"lastMessageSendTime\":1795376569986,\"type\":1}",
          "\"read alice U-7 1795376569986\"" },
        { "g1", "RC:RRRspMsg",
          "{\"receiptMessageDic\":{\"robot\":[\"U-8\"],\"x\":[\"y\"]}}",
          "\"read alice U-8 nil\"" },
        { "g1", "RC:MsgExMsg", "{\"mid\":\"U-9\",\"put\":{\"a\":\"1\"}}",
          "\"set U-9 1 nil\"" },
        { "g1", "RC:MsgExMsg", "{\"mid\":\"U-9\",\"del\":[\"b\"],\"put\":7}",
          "\"set U-9 nil b\"" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        room_forget(room);
        int64_t row = room_content(room, rows[i][0], "alice", rows[i][1], rows[i][2]);
        room_turn(room);
        assert_string_equal(room->log, "");
        if (!room_did(room, rows[i][3]))
            fail_msg("want %s, have %s", rows[i][3], room_last(room));
        assert_int_equal(room->did_count, 1);
        assert_true(room_is_done(room, row));
    }
    static const char *const broken[] = { "{}", "[]", "no JSON",
                                          "{\"receiptMessageDic\":[]}" };
    room_forget(room);
    for (size_t i = 0; i < 4; i++)
        assert_true(room_is_done(
            room, room_content(room, "g1", "alice", "RC:RRRspMsg", broken[i])));
    assert_int_equal(room->did_count, 0);
    room_free(room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_of_a_send),
        cmocka_unit_test(mistakes_name_the_option),
        cmocka_unit_test(messages_are_read),
        cmocka_unit_test(groups_are_asked_who_has_read),
        cmocka_unit_test(the_bot_types),
        cmocka_unit_test(expansions_are_changed),
        cmocka_unit_test(signs_of_others_are_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
