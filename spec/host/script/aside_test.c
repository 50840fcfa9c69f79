/* What ends hard for one plugin, and comes again for that one alone. */
#include "../../support/script_room.h"

#include "base/clock.h"
#include "store/journal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define GROWS                                                                            \
    "local bot = ...\n"                                                                  \
    "bot.on('message', function(msg)\n"                                                  \
    "  local t, s = {}, ('x'):rep(1 << 16) for i = 1, 1600 do t[i] = s end\n"            \
    "  table.concat(t)\n"                                                                \
    "end)"
#define ECHOES                                                                           \
    "local bot = ...\n"                                                                  \
    "bot.on('message', function(msg)\n"                                                  \
    "  msg:reply(('%s %s'):format(msg.id, msg.redelivered))\n"                           \
    "end)"

static struct message said(struct room *room, int64_t received_ms)
{
    return (struct message){
        .type = CONVERSATION_GROUP,
        .target = STR("g1"),
        .sender = STR("alice"),
        .object_name = STR("RC:TxtMsg"),
        .content = STR("{\"content\":\"go\"}"),
        .uid = STR("UID"),
        .received_ms = received_ms,
        .row = journal_add(room->store, STR("UID"), received_ms, NULL, 0),
    };
}

static struct room *open_room(const char *code)
{
    struct room *room = room_new(0, 5000);
    room_load(room, "p", code, "");
    room_load(room, "q", ECHOES, "");
    room_quiet(true);
    return room;
}

static void close_room(struct room *room)
{
    room_quiet(false);
    room_free(room);
}

static void a_hard_stop_sets_it_aside_and_it_comes_no_more(void **state)
{
    (void)state;
    struct room *room = open_room(GROWS);
    struct message message = said(room, clock_wall_ms());
    script_message(room->script, &message);
    room_turn(room);
    assert_int_equal(room->did_count, 1);
    assert_non_null(strstr(room->log, "plugin=p message=UID is set aside"));
    assert_int_equal(journal_aside(room->store, JOURNAL_STOPPED), 1);
    room_write(room, "p", "init.lua", ECHOES);
    struct buf report;
    struct err err = { 0 };
    buf_init(&report, 1000);
    assert_true(script_reload(room->script, STR("p"), false, &report, &err));
    buf_clear(&report);

    room_forget(room);
    message.redelivered = true; /* after a crash: q may not have been done */
    script_message(room->script, &message);
    room_turn(room);
    assert_int_equal(room->did_count, 1);
    assert_non_null(strstr(room->did[0], "key=UID/q/1/1"));
    close_room(room);
}

static void a_retried_one_is_an_event_of_its_plugin(void **state)
{
    (void)state;
    struct room *room = open_room(ECHOES);
    room_load(room, "waits",
              "local bot = ... bot.on('connected', function()\n"
              "  bot.wait('message') bot.log.warn('heard') end)",
              "");
    script_event(room->script, "connected", NULL);
    struct message message = said(room, clock_wall_ms());
    message.plugin = STR("p");
    message.event = STR("UID/again/p/2");
    message.redelivered = true;
    script_message(room->script, &message);
    room_turn(room);
    assert_int_equal(room->did_count, 1);
    assert_non_null(strstr(room->did[0], "UID true"));
    assert_non_null(strstr(room->did[0], "key=UID/again/p/2/p/1/1"));
    assert_true(room_is_done(room, message.row));
    assert_null(strstr(room->log, "heard"));
    message.plugin = message.event = STR_NONE;
    script_message(room->script, &message);
    assert_non_null(strstr(room->log, "heard"));
    close_room(room);
}

/* Days later the message would be too old to be handed up again by itself. */
static void a_person_may_take_long(void **state)
{
    (void)state;
    struct room *room = open_room(ECHOES);
    struct message message = said(room, 1);
    message.redelivered = true;
    script_message(room->script, &message);
    room_turn(room);
    assert_int_equal(room->did_count, 0);
    message.plugin = STR("p");
    message.event = STR("UID/again/p");
    script_message(room->script, &message);
    room_turn(room);
    assert_int_equal(room->did_count, 1);
    close_room(room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hard_stop_sets_it_aside_and_it_comes_no_more),
        cmocka_unit_test(a_retried_one_is_an_event_of_its_plugin),
        cmocka_unit_test(a_person_may_take_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
