/* scripts/moondock/bot/commands.lua and script/api_command: what people type. */
#include "../../support/script_room.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char dice[] =
    "local bot = ...\n"
    "off = bot.command { 'roll <sides:integer> [who:user]', aliases = { 'r' }, "
    "cooldown = '1m',\n"
    "  run = function(m, args) m:reply('rolled ' .. args.sides) end }";

static void answers(struct room *room, const char *who, const char *text,
                    const char *want)
{
    room_forget(room);
    room_say(room, "g1", who, text);
    room_turn(room);
    if (!room_did(room, want))
        fail_msg("%s: \"%s\" does not give %s, but %s", who, text, want, room_last(room));
}

#define WAIT "Please wait a little"

static void cooldowns_outlive_the_process(void **state)
{
    (void)state;
    struct room *room = room_new(0, 0);
    struct buf report;
    buf_init(&report, 1000);
    room_load(room, "p", dice, "");
    answers(room, "alice", "/roll 6", "rolled 6");
    answers(room, "alice", "/r 6", WAIT); /* by any name */
    answers(room, "bob", "/roll 6", "rolled 6");
    room_write(room, "p", "init.lua", dice);
    assert_true(script_reload(room->script, STR("p"), true, &report, NULL));
    answers(room, "alice", "/roll 6", WAIT);
    room_restart(room, NULL);
    room_load(room, "p", dice, "");
    answers(room, "alice", "/roll 6", WAIT);
    clock_add_ms(60000);
    answers(room, "alice", "/roll 6", "rolled 6");
    buf_clear(&report);
    room_free(room);
}

static void a_message_handed_out_again_does_not_wait_for_itself(void **state)
{
    (void)state;
    struct room *room = room_new(0, 0);
    room_load(room, "p", dice, "");
    answers(room, "alice", "/roll 6", "rolled 6");
    room->last_row--; /* the same UID */
    answers(room, "alice", "/roll 6", "rolled 6");
    answers(room, "alice", "/roll 6", WAIT);
    room_free(room);
}

static void crowds_cool_down_in_bounded_room(void **state)
{
    (void)state;
    struct room *room = room_new(0, 0);
    char who[64];
    room_load(room, "p", dice, "");
    for (int i = 0; i < 6000; i++) { /* 256 KiB hold fewer */
        snprintf(who, sizeof(who), "somebody-with-a-long-name-%030d", i);
        room_forget(room);
        room_say(room, "g1", who, "/roll 6");
        room_turn(room);
    }
    answers(room, "alice", "/roll 6",
            "rolled 6"); /* nobody is refused for want of room */
    clock_add_ms(60000);
    answers(room, "alice", "/roll 6", "rolled 6");
    answers(room, "alice", "/roll 6", WAIT); /* what was over has gone */
    room_free(room);
}

static void wrong_arguments_show_the_usage(void **state)
{
    (void)state;
    struct room *room = room_new(0, 0);
    room_load(room, "p",
              "local bot = ... bot.command { 'roll <sides:integer> [who:user]',\n"
              "  run = print }",
              "");
    answers(room, "alice", "/roll", "Missing: sides. Usage: /roll <sides> [who]");
    answers(room, "alice", "/roll x",
            "x is not a whole number.\\nUsage: /roll <sides> [who]");
    answers(room, "alice", "/roll {usage}", "{usage} is not a whole number.");
    room_free(room);
    room_speak("zh-CN");
    room = room_new(0, 0);
    room_speak("en");
    room_write(room, "p", "locale/zh-CN.lua",
               "return { ['roll <sides> [who]'] = 'roll <面数> [谁]' }");
    room_load(room, "p",
              "local bot = ... bot.command { 'roll <sides:integer> [who:user]',\n"
              "  run = print }",
              "");
    answers(room, "alice", "/roll x", "x 不是整数。\\n用法：/roll <面数> [谁]");
    answers(room, "alice", "/roll", "缺少：sides。用法：/roll <面数> [谁]");
    room_free(room);
}

static void mistakes_of_authors_are_named(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        { "bot.command { 'x', run = print, cooldwon = 5 }",
          "no \"cooldwon\" in a command" },
        { "bot.command { 'x' }", "run must be a function" },
        { "bot.command 'x'", "want a table, have string" },
        { "bot.command { 'x', run = print, role = 'king' }", "no role king" },
        { "bot.command { 'x', run = print, scope = 'here' }", "scope must be" },
        { "bot.command { 'x', run = print, help = 5 }", "help must be a text" },
        { "bot.command { 'x', run = print, help = '\\xff' }", "a text is not UTF-8" },
        { "bot.command { 'x', run = print, aliases = 'y' }", "aliases must be a list" },
        { "bot.command { 'x', run = print, aliases = { ' ' } }",
          "aliases must be a list" },
        { "bot.command { 'x', run = print, cooldown = 'soon' }",
          "cooldown: want a duration" },
        { "bot.command { 'Roll', run = print }", "a command \"roll\" already" },
        { "bot.command { 'q', aliases = { 'R ' }, run = print }",
          "a command \"r\" already" },
        { "off() bot.command { 'roll', run = print } return 'fine'", "fine" },
        { "bot.command { 'q', run = print } return 'fine'", "fine" },
    };
    struct room *room = room_new(0, 0);
    room_load(room, "p", dice, "");
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        const char *result = room_eval(room, "p", rows[i][0]);
        if (!strstr(result, rows[i][1]))
            fail_msg("%s: %s", rows[i][0], result);
    }
    room_free(room);
}

static void permission_comes_before_arguments(void **state)
{
    (void)state;
    struct room *room = room_new(0, 0);
    room_load(room, "p",
              "local bot = ... bot.command { 'ban <who:user>', role = 'moderator',\n"
              "  scope = 'group', cooldown = '1m', run = function(m) m:reply('ok') end }",
              "");
    answers(room, "alice", "/ban", "You may not do that here.");
    answers(room, "alice", "/ban bob",
            "You may not do that here."); /* costs no cooldown */
    answers(room, "mod", "/ban bob", "\"ok\"");
    room_forget(room);
    room_say(room, NULL, "mod", "/ban");
    room_turn(room);
    assert_true(room_did(room, "This works in groups only."));
    room_free(room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cooldowns_outlive_the_process),
        cmocka_unit_test(a_message_handed_out_again_does_not_wait_for_itself),
        cmocka_unit_test(crowds_cool_down_in_bounded_room),
        cmocka_unit_test(wrong_arguments_show_the_usage),
        cmocka_unit_test(mistakes_of_authors_are_named),
        cmocka_unit_test(permission_comes_before_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
