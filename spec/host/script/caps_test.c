/* script/caps: nothing outside happens without a grant, and each use leaves a row. */
#include "../../support/script_room.h"

#include "store/audit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char rows[4096];

static void note_row(void *arg, const struct audit_row *row)
{
    (void)arg;
    size_t len = strlen(rows);
    snprintf(rows + len, sizeof(rows) - len, "%.*s %.*s %.*s %.*s\n",
             STR_ARG(row->plugin), STR_ARG(row->verb), STR_ARG(row->target),
             STR_ARG(row->result));
}

static const char *audit(struct room *room)
{
    struct err err = { 0 };
    rows[0] = '\0';
    assert_true(store_commit(room->store, &err));
    assert_true(audit_each(room->store, 50, note_row, NULL, &err));
    return rows;
}

static const char *const acts[][3] = {
    { "bot.send(bot.group('g2'), 'x')", "send", "group:g2" },
    { "bot.send(bot.user('bob'), 'x')", "send", "private:bob" },
    { "m:recall()", "recall", "group:g1/alice" },
    { "m.group:members()", "group.read", "group:g1" },
    { "m.group:mute('bob', 60)", "group.mute", "group:g1" },
    { "m.group:unmute('bob')", "group.mute", "group:g1" },
    { "m.group:mute_all(true)", "group.mute", "group:g1" },
    { "m.group:kick('bob')", "group.kick", "group:g1" },
    { "m.group:info()", "group.read", "group:g1" },
    { "bot.groups()", "group.read", "private:robot" },
    { "m.group:invite('bob')", "group.manage", "group:g1" },
    { "m.group:rename('x')", "group.manage", "group:g1" },
    { "m.group:announce('x')", "group.manage", "group:g1" },
    { "m.group:leave()", "group.manage", "group:g1" },
    { "m.sender:info()", "user.read", "private:alice" },
    { "m.sender:block()", "user.block", "private:alice" },
    { "m.sender:unblock()", "user.block", "private:alice" },
    { "m.sender:ban('1h')", "user.ban", "private:alice" },
    { "m.sender:unban()", "user.ban", "private:alice" },
    { "bot.friends()", "friends", "private:robot" },
    { "m.sender:befriend('hi')", "friends", "private:alice" },
    { "m.sender:unfriend()", "friends", "private:alice" },
    { "m.sender:set_remark('Al')", "friends", "private:alice" },
    { "m.sender:online()", "user.read", "private:alice" },
    { "bot.blocked()", "user.block", "private:robot" },
    { "bot.profile()", "user.read", "private:robot" },
    { "bot.set_profile { name = 'x' }", "profile", "private:robot" },
    { "bot.history(m)", "history", "group:g1" },
    { "m:forward(bot.group('g2'))", "send", "group:g2" },
};

static struct room *room_doing(const char *act, const char *grants)
{
    char code[512];
    struct room *room = room_new(0, 0);
    snprintf(code, sizeof(code),
             "local bot = ...\nbot.on('message', function(m)\n"
             "  local done, why = %s\n"
             "  bot.log.warn('%%s %%s %%s', done, why and why.code, why) end)",
             act);
    room_load(room, "p", code, grants);
    room_say(room, "g1", "alice", "x");
    room_turn(room);
    return room;
}

static void each_act_needs_its_grant(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(acts) / sizeof(*acts); i++) {
        char others[256] = "", want[128];
        static const char *const all[] = { "send",       "recall",     "group.read",
                                           "group.mute", "group.kick", "group.manage",
                                           "user.read",  "user.block", "user.ban",
                                           "friends",    "history",    "profile" };
        for (size_t j = 0; j < sizeof(all) / sizeof(*all); j++)
            if (strcmp(all[j], acts[i][1]) != 0)
                strcat(strcat(others, others[0] ? "," : ""), all[j]);
        struct room *room = room_doing(acts[i][0], others);
        assert_int_equal(room->did_count, 0);
        snprintf(want, sizeof(want), "nil denied the plugin p is not granted \"%s\"",
                 acts[i][1]);
        assert_non_null(strstr(room->log, want));
        snprintf(want, sizeof(want), "p %s %s denied", acts[i][1], acts[i][2]);
        assert_non_null(strstr(audit(room), want));
        room_free(room);

        room = room_doing(acts[i][0], acts[i][1]);
        assert_int_equal(room->did_count, 1);
        snprintf(want, sizeof(want), "p %s %s", acts[i][1], acts[i][2]);
        const char *have = audit(room);
        assert_non_null(strstr(have, want));
        assert_non_null(strstr(have, " done\n"));
        assert_null(strstr(have, "denied"));
        room_free(room);
    }
}

static void answering_and_recalling_ones_own_is_free(void **state)
{
    (void)state;
    struct room *room = room_doing("m:reply('x'):recall()", "");
    room_turn(room);
    assert_true(room_did(room, "recall group:g1 robot"));
    assert_non_null(strstr(room->log, "true nil nil"));
    assert_string_equal(audit(room), "");
    room_free(room);
    room = room_doing("bot.send(m.group, 'x')", "");
    assert_true(room_did(room, "send group:g1"));
    assert_string_equal(audit(room), "");
    room_free(room);
}

static void a_refusal_is_in_the_audit(void **state)
{
    (void)state;
    struct room *room = room_new(0, 0);
    room_load(room, "p",
              "local bot = ... bot.on('message', function(m) m.group:kick('bob') end)",
              "group.kick");
    err_refused(&room->refuse, 20604, "too fast");
    room_say(room, "g1", "alice", "x");
    room_turn(room);
    assert_string_equal(audit(room), "p group.kick group:g1/bob refused 20604\n");
    room_free(room);
}

/* The permission is looked at first: nobody learns from errors what he may not do. */
static void permission_comes_before_argument_errors(void **state)
{
    (void)state;
    struct room *room = room_doing("m.group:mute({}, 'for ever')", "");
    assert_non_null(strstr(room->log, "nil denied"));
    room_free(room);
    room = room_doing("m.group:mute({}, 'for ever')", "group.mute");
    assert_non_null(strstr(room->log, "user: want a user or the id of one, have table"));
    room_free(room);
    room = room_doing("m.group:mute('bob', 'for ever')", "group.mute");
    assert_non_null(strstr(room->log, "duration: want a duration"));
    room_free(room);
}

/* Objects of the host cannot be forged or bent into somebody else's. */
static void handles_cannot_be_abused(void **state)
{
    (void)state;
    struct room *room = room_doing("m.recall(m.sender)", "");
    assert_non_null(strstr(room->log, "number expected"));
    room_free(room);
    room = room_doing("m.reply({ chat = m.chat }, 'x')", "");
    assert_non_null(strstr(room->log, "to: want a chat, a group or a user, have table"));
    room_free(room);
    room = room_new(0, 0);
    room_load(room, "p",
              "local bot = ... bot.on('member.joined', function(e) e.chat = e\n"
              "  e:reply('x') end)",
              "");
    room_content(room, "g1", "__system__", "RC:GrpNtf",
                 "{\"operation\":\"Add\",\"data\":{\"targetUserIds\":[\"bob\"]}}");
    assert_non_null(strstr(room->log, "this event belongs to no chat"));
    room_free(room);
}

static void eval_is_audited_with_its_text(void **state)
{
    (void)state;
    struct room *room = room_new(0, 0);
    room_eval(room, "", "6 * 7");
    assert_string_equal(audit(room), "ctl eval 6 * 7 console\n");
    room_free(room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_act_needs_its_grant),
        cmocka_unit_test(answering_and_recalling_ones_own_is_free),
        cmocka_unit_test(a_refusal_is_in_the_audit),
        cmocka_unit_test(permission_comes_before_argument_errors),
        cmocka_unit_test(handles_cannot_be_abused),
        cmocka_unit_test(eval_is_audited_with_its_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
