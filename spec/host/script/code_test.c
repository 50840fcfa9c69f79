/* Sources and bytecode are kept once for all bots. */
#include "../../support/script_room.h"

#include "script/code.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void same_text_same_name_same_code(void **state)
{
    (void)state;
    struct code *one = code_of(STR("p/init.lua"), STR("return 1"));
    struct code *two = code_of(STR("p/init.lua"), STR("return 1"));
    struct code *other = code_of(STR("q/init.lua"), STR("return 1"));
    assert_ptr_equal(one, two);
    assert_ptr_not_equal(one, other); /* its errors name another file */
    assert_int_equal(code_count(), 2);
    assert_true(str_eq(code_text(one), STR("return 1")));
    code_release(one);
    assert_int_equal(code_count(), 2);
    code_release(two);
    code_release(other);
    assert_int_equal(code_count(), 0);
}

/* The second instance is made from bytecode: same results, same lines in errors. */
static void bytecode_keeps_lines(void **state)
{
    (void)state;
    const char *text = "local bot = ...\n"
                       "local rules = require 'rules'\n"
                       "bot.on('message', function(msg)\n"
                       "  msg:reply('rule ' .. rules.last)\n"
                       "  error('on line five')\n"
                       "end)\n";
    struct room *room = room_new(0, 0);
    room_write(room, "p", "rules.lua", "return { last = 7 }\n");
    room_quiet(true);
    room_load(room, "p", text, "");
    size_t count = code_count();
    assert_true(count > 2);
    for (int i = 0; i < 2; i++) {
        room_forget(room);
        room_say(room, "g1", "alice", "hi");
        assert_true(room_did(room, "rule 7"));
        room_turn(room);
        assert_non_null(strstr(room->log, "p/init.lua:5: on line five"));
        assert_true(script_unload(room->script, STR("p"), NULL));
        if (i == 0)
            room_load(room, "p", text, "");
    }
    room_quiet(false);
    room_free(room);
    assert_int_equal(code_count(), 0);
}

/* What does not compile is said each time, and nothing of it is kept. */
static void broken_code_stays_broken(void **state)
{
    (void)state;
    struct room *room = room_new(0, 0);
    struct err err;
    for (int i = 0; i < 2; i++) {
        assert_false(room_try_load(room, "p", "local x = = 1\n", "", "", &err));
        assert_non_null(strstr(err.text, "p/init.lua:1:"));
    }
    room_free(room);
    assert_int_equal(code_count(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_text_same_name_same_code),
        cmocka_unit_test(bytecode_keeps_lines),
        cmocka_unit_test(broken_code_stays_broken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
