/* script/snapshot: what on_save gave outlives the state and the host. */
#include "../../support/script_room.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Counts what it hears; "park" leaves a task that never ends. */
static const char code[] =
    "local bot = ... n, saves, from = 0, 0, 'nothing'\n"
    "bot.on_save(function() saves = saves + 1 return { n = n } end)\n"
    "bot.on_load(function(saved, version)\n"
    "  if bot.config.refuses then error('refused') end\n"
    "  n, from = saved.n, version end)\n"
    "bot.on('message', function(m) n = n + 1\n"
    "  if m.text == 'park' then bot.sleep(1e6) end end)";

static const char options[] = "refuses = { type = 'boolean', default = false }";

static void load(struct room *room, const char *plugin_options)
{
    struct err err = { 0 };
    if (!room_try_load(room, "p", code, plugin_options, "", &err))
        fail_msg("%s", err.text);
}

static void say(struct room *room, const char *text)
{
    room_say(room, "g1", "alice", text);
    room_turn(room);
}

static void gives(struct room *room, const char *want)
{
    assert_string_equal(room_eval(room, "p", "n, saves, from"), want);
}

static void a_host_that_starts_again_goes_on(void **state)
{
    (void)state;
    struct room *room = room_new(0, 0);
    load(room, options);
    say(room, "x");
    say(room, "x");
    room_restart(room, NULL);
    load(room, options);
    gives(room, "2\t0\t\"1.0.0\"");
    room_restart(room, NULL); /* nothing happened: nothing to save */
    load(room, options);
    gives(room, "2\t0\t\"1.0.0\"");
    room_free(room);
}

static void the_version_that_saved_is_told(void **state)
{
    (void)state;
    struct room *room = room_new(0, 0);
    struct buf report;
    buf_init(&report, 1000);
    load(room, options);
    say(room, "x");
    room_manifest(room, "p", "1.0.1", options);
    assert_true(script_reload(room->script, STR("p"), true, &report, NULL));
    gives(room, "1\t0\t\"1.0.0\"");
    say(room, "x");
    room_restart(room, NULL);
    load(room, options); /* 1.0.0 again */
    gives(room, "2\t0\t\"1.0.1\"");
    buf_clear(&report);
    room_free(room);
}

static void a_state_that_is_refused_is_left_out(void **state)
{
    (void)state;
    struct room *room = room_new(0, 0);
    load(room, options);
    say(room, "x");
    room_restart(room, NULL);
    room_quiet(true);
    load(room, "refuses = { type = 'boolean', default = true }");
    room_quiet(false);
    assert_non_null(strstr(room->log,
                           "p starts without its state: on_load: p/init.lua:4: "
                           "refused"));
    gives(room, "0\t0\t\"nothing\"");
    room_free(room);
}

static void an_unloaded_plugin_begins_anew(void **state)
{
    (void)state;
    struct room *room = room_new(0, 0);
    load(room, options);
    say(room, "x");
    room_pass(room, 60000);
    gives(room, "1\t1\t\"nothing\"");
    assert_true(script_unload(room->script, STR("p"), NULL));
    load(room, options);
    gives(room, "0\t0\t\"nothing\"");
    room_free(room);
}

static void parked_tasks_do_not_keep_it_back(void **state)
{
    (void)state;
    struct room *room = room_new(0, 0);
    load(room, options);
    say(room, "park");
    room_pass(room, 60000);
    gives(room, "1\t1\t\"nothing\"");
    room_pass(room, 60000); /* the task may have done anything */
    gives(room, "1\t2\t\"nothing\"");
    room_free(room);
}

static void saving_that_fails_changes_nothing(void **state)
{
    (void)state;
    struct room *room = room_new(0, 0);
    load(room, options);
    say(room, "x");
    room_pass(room, 60000);
    room_eval(room, "p", "bot.on_save(function() return print end)");
    say(room, "x");
    room_quiet(true);
    room_pass(room, 60000);
    assert_non_null(strstr(room->log, "no snapshot: on_save: state is a function"));
    room_restart(room, NULL);
    room_quiet(false);
    load(room, options);
    gives(room, "1\t0\t\"1.0.0\"");
    room_free(room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_host_that_starts_again_goes_on),
        cmocka_unit_test(the_version_that_saved_is_told),
        cmocka_unit_test(a_state_that_is_refused_is_left_out),
        cmocka_unit_test(an_unloaded_plugin_begins_anew),
        cmocka_unit_test(parked_tasks_do_not_keep_it_back),
        cmocka_unit_test(saving_that_fails_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
