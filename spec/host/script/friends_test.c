/* What plugins ask of the cloud about friends and their own profile, and hear of them. */
#include "../../support/script_room.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void friends_are_made_named_and_left(void **state)
{
    (void)state;
    struct room *room =
        room_open("bot.on('message', function(m)\n"
                  "  local who, said = m.sender, {}\n"
                  "  assert(who:befriend('hello')) assert(who:befriend())\n"
                  "  assert(who:set_remark('Al')) assert(who:set_remark('')) "
                  "assert(who:unfriend())\n"
                  "  for user in bot.blocked() do said[#said + 1] = user.id end\n"
                  "  bot.log.warn('%s %s', table.concat(said, ','), who:online())\n"
                  "  bot.log.warn('%s', select(2, pcall(who.set_remark, who, '\\255')))\n"
                  "  local done, err = who:befriend(('x'):rep(257))\n"
                  "  bot.log.warn('%s %s', done, err) end)",
                  "user.read,user.block,friends");
    room_quiet(true);
    room_say(room, "g1", "alice", "x");
    for (int i = 0; i < 8; i++)
        room_turn(room);
    room_quiet(false);
    assert_true(room_did(room, "befriend alice \"hello\""));
    assert_true(room_did(room, "remark alice \"Al\""));
    assert_true(room_did(room, "unfriend alice"));
    assert_non_null(strstr(room->log, "bob,zoe true"));
    assert_non_null(strstr(room->log, "remark: want a text"));
    assert_non_null(strstr(room->log, "nil words: 257 bytes, at most 256"));
    room_free(room);
}

static void the_own_profile_is_read_and_set(void **state)
{
    (void)state;
    struct room *room = room_open(
        "bot.on('message', function(m)\n"
        "  local own = assert(bot.profile())\n"
        "  bot.log.warn('%s %s %s', own.id, own.gender, own.extra.shift)\n"
        "  assert(bot.set_profile { name = 'Desk' })\n"
        "  bot.log.warn('%s', select(2, pcall(bot.set_profile, { nmae = 'x' })))\n"
        "  bot.log.warn('%s', select(2, pcall(bot.set_profile, { extra = { 1 } })))\n"
        "  local done, err = bot.set_profile { name = ('x'):rep(20000) }\n"
        "  bot.log.warn('%s %s', done, err) end)",
        "user.read,profile");
    room_quiet(true);
    room_say(room, "g1", "alice", "x");
    for (int i = 0; i < 4; i++)
        room_turn(room);
    room_quiet(false);
    assert_non_null(strstr(room->log, "robot 2 night"));
    assert_true(room_did(room, "set_profile \"{\"name\":\"Desk\"}\""));
    assert_non_null(strstr(room->log, "profile: nmae: cannot be set"));
    assert_non_null(strstr(room->log, "profile: extra: want a table of at most 64"));
    assert_non_null(strstr(room->log, "nil profile: 20011 bytes, at most 16384"));
    room_free(room);
}

/* A request to be friends, told by the App Server or made by the friend service; not what
 * anybody may have made up. */
static void requests_to_be_friends(void **state)
{
    (void)state;
    static const char *const by[] = { "__system__", "mallory" };
    for (int i = 0; i < 2; i++) {
        struct room *room =
            room_open("bot.on('friend.requested', function(request)\n"
                      "  bot.log.warn('%s %s %s', request.user.id, request.text, "
                      "request.chat.kind)\n"
                      "  assert(request:accept()) assert(request:reply('Hello'))\n"
                      "  assert(request:decline()) end)",
                      "friends");
        room_content(room, NULL, by[i], "RC:ContactNtf",
                     "{\"operation\":\"Request\",\"sourceUserId\":\"bob\","
                     "\"targetUserId\":\"robot\",\"message\":\"please\"}");
        for (int turn = 0; turn < 4; turn++)
            room_turn(room);
        assert_int_equal(room_is_done(room, 1), true);
        if (i == 0) {
            assert_non_null(strstr(room->log, "bob please private"));
            assert_true(room_did(room, "accept bob"));
            assert_true(room_did(room, "send private:bob RC:TxtMsg"));
            assert_true(room_did(room, "decline bob"));
        } else {
            assert_int_equal(room->did_count, 0);
        }
        room_free(room);
    }
}

/* Events, not requests: nothing is left to accept. */
static void what_becomes_of_friends(void **state)
{
    (void)state;
    static const char *const rows[][2] = { { "AcceptResponse", "added" },
                                           { "RejectResponse", "declined" },
                                           { "Delete", "removed" },
                                           { "Apply", NULL },
                                           { "Whatever", NULL } };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char content[128], want[64];
        struct room *room = room_open(
            "for _, name in ipairs { 'added', 'declined', 'removed' } do\n"
            "  bot.on('friend.' .. name, function(event)\n"
            "    bot.log.warn('%s %s %s %s', name, event.user.id, event.chat.kind, "
            "event.accept)\n"
            "    assert(event:reply('Well')) end) end\n"
            "bot.on('member.requested', function(event) event:reply('no') end)",
            "friends");
        snprintf(content, sizeof(content),
                 "{\"operation\":\"%s\",\"sourceUserId\":\"bob\","
                 "\"targetUserId\":\"robot\",\"groupId\":\"g\"}",
                 rows[i][0]);
        room_content(room, NULL, "__system__", "RC:ContactNtf", content);
        for (int turn = 0; turn < 2; turn++)
            room_turn(room);
        assert_true(room_is_done(room, 1));
        snprintf(want, sizeof(want), "%s bob private nil", rows[i][1]);
        if (rows[i][1])
            assert_non_null(strstr(room->log, want));
        assert_int_equal(room_did(room, "send private:bob RC:TxtMsg"),
                         rows[i][1] != NULL);
        room_free(room);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(friends_are_made_named_and_left),
        cmocka_unit_test(the_own_profile_is_read_and_set),
        cmocka_unit_test(requests_to_be_friends),
        cmocka_unit_test(what_becomes_of_friends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
