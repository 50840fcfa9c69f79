/* script/role and scripts/moondock/bot/roles.lua. */
#include "../../support/script_room.h"

#include "store/audit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* "grant carol trusted" and so on, done for whoever writes it; the answer is logged. */
static const char plugin[] =
    "local bot = ...\n"
    "bot.hear('^(%a+) (%a+) (%a+)( ?%a*)$', function(m, verb, who, role, where)\n"
    "  local group = where ~= ' everywhere' and m.group or nil\n"
    "  local ok, err = bot[verb](who, role, group)\n"
    "  bot.log.warn('%s', ok and 'done' or err.code .. ': ' .. err.message)\nend)\n"
    "bot.command { 'secret', role = 'admin', run = function(m) m:reply('yes') end }";

static struct room *room_with_roles(void)
{
    struct room *room = room_new(0, 0);
    room_load(room, "p", plugin, "roles");
    return room;
}

/* What the plugin logged when `who` said it in `group`. */
static const char *said(struct room *room, const char *group, const char *who,
                        const char *text)
{
    room_forget(room);
    room_say(room, group, who, text);
    room_turn(room);
    return room->log;
}

static const char *role_of(struct room *room, const char *who, const char *group)
{
    char code[128];
    snprintf(code, sizeof(code), "bot.role('%s', %s)", who, group);
    return room_eval(room, "p", code);
}

static void expect(struct room *room, const char *who, const char *text, const char *want)
{
    const char *log = said(room, "g1", who, text);
    if (!strstr(log, want))
        fail_msg("%s: \"%s\": %s", who, text, log);
}

static void roles_are_granted_in_groups(void **state)
{
    (void)state;
    struct room *room = room_with_roles();
    expect(room, "olivia", "grant adam admin", "done");
    expect(room, "olivia", "grant tess trusted everywhere", "done");
    assert_string_equal(role_of(room, "adam", "'g1'"), "\"admin\"");
    assert_string_equal(role_of(room, "adam", "bot.group('g1')"), "\"admin\"");
    assert_string_equal(role_of(room, "adam", "'g2'"), "\"member\"");
    assert_string_equal(role_of(room, "adam", "nil"), "\"member\"");
    assert_string_equal(role_of(room, "tess", "'g2'"), "\"trusted\"");
    expect(room, "adam", "grant tess moderator", "done"); /* the higher one counts */
    assert_string_equal(role_of(room, "tess", "'g1'"), "\"moderator\"");
    assert_string_equal(role_of(room, "tess", "nil"), "\"trusted\"");
    expect(room, "adam", "revoke tess trusted", "not_found: tess was not granted");
    expect(room, "adam", "revoke tess moderator", "done");
    assert_string_equal(role_of(room, "tess", "'g1'"), "\"trusted\"");
    room_restart(room, NULL);
    room_load(room, "q", "", "");
    assert_string_equal(room_eval(room, "q", "bot.role('adam', 'g1')"), "\"admin\"");
    assert_string_equal(room_eval(room, "q", "bot.role('tess')"), "\"trusted\"");
    room_free(room);
}

static void nobody_acts_on_an_equal_or_higher_role(void **state)
{
    (void)state;
    struct room *room = room_with_roles();
    expect(room, "alice", "grant alice trusted", "denied: alice is member in this group");
    expect(room, "mod", "grant carol moderator",
           "denied: mod is moderator in this group");
    expect(room, "mod", "grant carol trusted", "done");
    expect(room, "olivia", "grant adam admin", "done");
    expect(room, "adam", "grant eve admin", "denied: adam is admin");
    expect(room, "adam", "grant mod trusted everywhere",
           "denied: adam is member everywhere");
    expect(room, "olivia", "grant adele admin", "done");
    expect(room, "adam", "revoke adele admin", "denied");
    expect(room, "adam", "grant adele trusted",
           "adele is admin in this group, as high as");
    expect(room, "olivia", "grant eve owner", "denied: only the configuration");
    expect(room, "olivia", "revoke adam admin", "done");
    room_free(room);
}

static void without_a_person_the_plugin_decides(void **state)
{
    (void)state;
    struct room *room = room_with_roles();
    assert_string_equal(room_eval(room, "p", "bot.grant('x', 'admin')"), "true");
    assert_string_equal(room_eval(room, "p", "bot.revoke('x', 'admin')"), "true");
    assert_string_equal(room_eval(room, "p", "select(2, bot.grant('x', 'owner')).code"),
                        "\"denied\"");
    assert_non_null(strstr(room_eval(room, "p", "bot.grant('x', 'member')"),
                           "role: want trusted, moderator or admin, have member"));
    assert_non_null(strstr(room_eval(room, "p", "bot.grant('x', 'king')"), "role: want"));
    assert_non_null(strstr(room_eval(room, "p", "bot.grant({}, 'admin')"), "user: want"));
    room_free(room);
}

static char audit[1024];

static void note_row(void *arg, const struct audit_row *row)
{
    size_t len = strlen(audit);
    (void)arg;
    snprintf(audit + len, sizeof(audit) - len, "%.*s %.*s %.*s %.*s;",
             STR_ARG(row->plugin), STR_ARG(row->verb), STR_ARG(row->target),
             STR_ARG(row->result));
}

static void granting_needs_its_own_grant(void **state)
{
    (void)state;
    struct room *room = room_with_roles();
    room_load(room, "q", "", "group.mute");
    assert_string_equal(room_eval(room, "q", "select(2, bot.grant(print)).code"),
                        "\"denied\"");
    expect(room, "olivia", "grant adam admin", "done");
    expect(room, "alice", "grant eve trusted everywhere", "denied");
    audit[0] = '\0';
    assert_true(audit_each(room->store, 4, note_row, NULL, NULL));
    assert_non_null(strstr(audit, "q roles roles denied;"));
    assert_non_null(strstr(audit, "p roles group:g1/adam + admin done;"));
    assert_non_null(strstr(audit, "p roles everywhere/eve + trusted denied;"));
    room_free(room);
}

static void may_and_outranks(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        { "bot.may('mod', 'moderator'), bot.may('mod', 'admin')", "true\tfalse" },
        { "bot.may('mod', 'group.kick'), bot.may('x', 'group.kick')", "true\tfalse" },
        { "bot.may('mod', 'roles'), bot.may('olivia', 'roles', 'g')", "false\ttrue" },
        { "bot.may('x', 'member')", "true" },
        { "bot.may('x', 'fly')", "verb: want a role or one of" },
        { "bot.outranks('olivia', 'mod'), bot.outranks('mod', 'olivia')", "true\tfalse" },
        { "bot.outranks('mod', 'mod'), bot.outranks('mod', 'x', 'g')", "false\ttrue" },
    };
    struct room *room = room_with_roles();
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        const char *result = room_eval(room, "p", rows[i][0]);
        if (!strstr(result, rows[i][1]))
            fail_msg("%s: %s", rows[i][0], result);
    }
    room_free(room);
}

static void commands_look_at_the_role_in_their_group(void **state)
{
    (void)state;
    struct room *room = room_with_roles();
    expect(room, "olivia", "grant adam admin", "done");
    room_forget(room);
    room_say(room, "g1", "adam", "/secret");
    room_turn(room);
    assert_true(room_did(room, "\"yes\""));
    room_forget(room);
    room_say(room, "g2", "adam", "/secret");
    room_turn(room);
    assert_true(room_did(room, "You may not do that here."));
    room_free(room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(roles_are_granted_in_groups),
        cmocka_unit_test(nobody_acts_on_an_equal_or_higher_role),
        cmocka_unit_test(without_a_person_the_plugin_decides),
        cmocka_unit_test(granting_needs_its_own_grant),
        cmocka_unit_test(may_and_outranks),
        cmocka_unit_test(commands_look_at_the_role_in_their_group),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
