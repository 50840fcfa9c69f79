/* Messages of every kind, as plugins get and send them. */
#include "../../support/script_room.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* The content of each message that is sent, and so of each that comes. */
static const struct {
    const char *content, *line;
} kinds[] = {
    { "{ image = { url = 'u', width = 4, height = 3 } }",
      "RC:ImgMsg "
      "{\"imageUri\":\"u\",\"content\":\"\",\"thumWidth\":4,\"thumHeight\":3}" },
    { "{ image = 'http://a/b.jpg' }",
      "RC:ImgMsg {\"imageUri\":\"http://a/b.jpg\",\"content\":\"\"}" },
    { "{ gif = { url = 'u', size = 9 } }",
      "RC:GIFMsg {\"remoteUrl\":\"u\",\"width\":0,\"height\":0,\"gifDataSize\":9}" },
    { "{ voice = { url = 'u', duration = 3 } }",
      "RC:HQVCMsg {\"remoteUrl\":\"u\",\"duration\":3}" },
    { "{ voice = { data = 'QU1S', duration = 3 } }",
      "RC:VcMsg {\"content\":\"QU1S\",\"duration\":3}" },
    { "{ video = { url = 'u', duration = 9 } }",
      "RC:SightMsg {\"sightUrl\":\"u\",\"duration\":9,\"content\":\"\",\"size\":0,"
      "\"name\":\"\"}" },
    { "{ file = { url = 'u', name = 'f.txt' } }",
      "RC:FileMsg {\"fileUrl\":\"u\",\"name\":\"f.txt\",\"size\":0,\"type\":\"\"}" },
    { "{ location = { latitude = 47.375, longitude = 8.5, name = 'Z' } }",
      "RC:LBSMsg "
      "{\"latitude\":47.375,\"longitude\":8.5,\"poi\":\"Z\",\"content\":\"\"}" },
    { "{ link = { url = 'u', title = 't', text = 'c' } }",
      "RC:ImgTextMsg "
      "{\"url\":\"u\",\"title\":\"t\",\"content\":\"c\",\"imageUri\":\"\"}" },
    { "{ combined = { url = 'u', names = { 'A' }, summaries = {}, chat = 'group' } }",
      "RC:CombineMsg {\"remoteUrl\":\"u\",\"nameList\":[\"A\"],\"summaryList\":[],"
      "\"conversationType\":3}" },
    { "{ info = 'tea is ready' }", "RC:InfoNtf {\"message\":\"tea is ready\"}" },
    { "{ notice = { operation = 'Bulletin', data = { n = 1 } } }",
      "RC:GrpNtf {\"operation\":\"Bulletin\",\"operatorUserId\":\"\",\"data\":{\"n\":1},"
      "\"message\":\"\",\"extra\":\"\"}" },
    { "{ command = { name = 'n', data = 'd' } }",
      "RC:CmdMsg {\"name\":\"n\",\"data\":\"d\"}" },
    { "{ command = { name = 'n', stored = true } }",
      "RC:CmdNtf {\"name\":\"n\",\"data\":\"\"}" },
    { "{ text = 'yes', quote = m }",
      "RC:ReferenceMsg {\"content\":\"yes\",\"referMsgUid\":\"UID-1\","
      "\"referMsgUserId\":\"alice\",\"objName\":\"RC:TxtMsg\","
      "\"referMsg\":{\"content\":\"x\"}}" },
    { "{ text = 'hi {who}', quote = { user = 'bob', type = 'RC:InfoNtf', "
      "content = { message = 'm' } } }",
      "RC:ReferenceMsg {\"content\":\"hi @alice\",\"referMsgUid\":\"\","
      "\"referMsgUserId\":\"bob\",\"objName\":\"RC:InfoNtf\","
      "\"referMsg\":{\"message\":\"m\"},\"mentionedInfo\":{\"type\":2,"
      "\"userIdList\":[\"alice\"],\"mentionedContent\":\"\"}}" },
    { "{ image = { url = 'u' }, mentions = { 'bob' } }",
      "RC:ImgMsg {\"imageUri\":\"u\",\"content\":\"\",\"mentionedInfo\":{\"type\":2,"
      "\"userIdList\":[\"bob\"],\"mentionedContent\":\"\"}}" },
    { "{ file = { url = 'u', name = 'f' }, mentions = 'all' }",
      "\"mentionedInfo\":{\"type\":1,\"userIdList\":[],\"mentionedContent\":\"\"}}" },
};

static void every_kind_is_sent(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        char code[1024];
        snprintf(code, sizeof(code),
                 "bot.on('message', function(m)\n"
                 "  local sent = assert(m:reply(%s, { who = m.sender }))\n"
                 "  assert(sent.id and sent.to == m) end)",
                 kinds[i].content);
        struct room *room = room_open(code, "");
        room_say(room, "g1", "alice", "x");
        room_turn(room);
        assert_string_equal(room->log, "");
        if (!room_did(room, kinds[i].line))
            fail_msg("%s gave %s", kinds[i].content, room_last(room));
        room_free(room);
    }
}

/* What came can be sent as it is. */
static void every_kind_comes_as_it_is_sent(void **state)
{
    (void)state;
    struct room *room =
        room_open("local function again(m)\n"
                  "  assert(m:reply { [m.kind] = m[m.kind] })\n"
                  "  assert(not m.text and not m.sticker and m.content) end\n"
                  "bot.on('message', again) bot.on('notice', again)",
                  "");
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        char type[32], want[512];
        const char *content = strchr(kinds[i].line, ' ');
        if (strstr(kinds[i].line, "Info\":") || strstr(kinds[i].line, "RC:Reference"))
            continue;
        snprintf(type, sizeof(type), "%.*s", (int)(content - kinds[i].line),
                 kinds[i].line);
        int64_t row = room_content(room, "g1", "alice", type, content + 1);
        room_turn(room);
        assert_string_equal(room->log, "");
        snprintf(want, sizeof(want), "send group:g1 %s key=", kinds[i].line);
        if (!strstr(room_last(room), want))
            fail_msg("want %s, have %s", want, room_last(room));
        assert_true(room_is_done(room, row));
    }
    room_free(room);
}

static void a_quote_is_a_text_that_answers(void **state)
{
    (void)state;
    struct room *room =
        room_open("bot.on('message', function(m)\n"
                  "  m:reply(('%s %s %s %s'):format(m.kind, m.text, m.quote.user,\n"
                  "    m.quote.content.content))\n"
                  "  m:reply { text = 'no', quote = m.quote } end)",
                  "");
    room_content(room, "g1", "alice", "RC:ReferenceMsg",
                 "{\"content\":\"yes\",\"referMsgUserId\":\"bob\",\"referMsgUid\":\"U\","
                 "\"objName\":\"RC:TxtMsg\",\"referMsg\":{\"content\":\"tea?\"}}");
    room_turn(room);
    room_turn(room);
    assert_string_equal(room->log, "");
    assert_true(room_did(room, "\"quote yes bob tea?\""));
    assert_true(room_did(room,
                         "RC:ReferenceMsg {\"content\":\"no\",\"referMsgUid\":\"U\","
                         "\"referMsgUserId\":\"bob\",\"objName\":\"RC:TxtMsg\","));
    room_free(room);
}

static void mistakes_name_the_field(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        { "{ location = { latitude = 100, longitude = 0 } }",
          "init.lua:2: content.location.latitude: want a number of degrees" },
        { "{ voice = { url = 'u' } }", "content.voice.duration is missing" },
        { "{ file = { url = 'u', name = 'n', colour = 1 } }",
          "init.lua:2: content.file.colour: there is no such field" },
        { "{ card = {} }", "init.lua:2: content: there is no kind \"card\"" },
        { "{ 'x' }", "content: there is no kind \"1\"" },
        { "{ image = 'u', file = {} }", "content: one kind at a time" },
        { "{}", "content.text: want a string, have nil" },
        { "{ text = 1 }", "init.lua:2: content.text: want a string, have number" },
        { "{ image = print }", "a function cannot be written as JSON" },
        { "{ text = 'x', quote = {} }", "content.quote.user is missing" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char code[512];
        snprintf(code, sizeof(code), "bot.on('message', function(m) m:reply(%s) end)",
                 rows[i][0]);
        struct room *room = room_open(code, "");
        room_quiet(true);
        room_say(room, "g1", "alice", "x");
        room_turn(room);
        room_quiet(false);
        if (!strstr(room->log, rows[i][1]))
            fail_msg("want %s, have %s", rows[i][1], room->log);
        assert_int_equal(room->did_count, 0);
        room_free(room);
    }
}

static void what_is_no_chat_is_a_notice(void **state)
{
    (void)state;
    struct room *room =
        room_open("bot.on('message', function(m) m:reply('message ' .. m.kind) end)\n"
                  "bot.on('notice', function(m)\n"
                  "  m:reply(('notice %s %s %s'):format(m.kind, m.type, m.raw)) end)",
                  "");
    static const char *const rows[][4] = {
        { "RC:InfoNtf", "{\"message\":\"m\"}", "alice", "notice info RC:InfoNtf {" },
        { "RC:CmdMsg", "{\"name\":\"m\"}", "alice", "notice command RC:CmdMsg {" },
        { "RC:ProfileNtf", "{\"a\":1}", "alice", "notice RC:ProfileNtf RC:ProfileNtf {" },
        { "RC:New", "{\"a\":1}", "alice", "notice RC:New RC:New {" },
        { "RC:GrpNtf", "{\"operation\":\"Add\"}", "alice", "notice notice RC:GrpNtf {" },
        { "RC:GrpNtf", "{\"operation\":\"Own\"}", "__system__",
          "notice notice RC:GrpNtf" },
        { "MY:Card", "{\"a\":1}", "alice", "message MY:Card" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        room_forget(room);
        int64_t row = room_content(room, "g1", rows[i][2], rows[i][0], rows[i][1]);
        room_turn(room);
        if (!room_did(room, rows[i][3]))
            fail_msg("want %s, have %s", rows[i][3], room_last(room));
        assert_int_equal(room->did_count, 1);
        assert_true(room_is_done(room, row));
    }
    room_forget(room);
    int64_t row = room_content(room, "g1", "__system__", "RC:GrpNtf",
                               "{\"operation\":\"Rename\"}"); /* that is an event */
    assert_true(room_is_done(room, row) && room->did_count == 0);
    room_free(room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_is_sent),
        cmocka_unit_test(every_kind_comes_as_it_is_sent),
        cmocka_unit_test(a_quote_is_a_text_that_answers),
        cmocka_unit_test(mistakes_name_the_field),
        cmocka_unit_test(what_is_no_chat_is_a_notice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
