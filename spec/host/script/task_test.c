/* script/task: handlers wait in straight lines. */
#include "../../support/script_room.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void a_plugin_answers(void **state)
{
    (void)state;
    struct room *room = room_new(0, 0);
    room_load(room, "echo",
              "local bot = ...\n"
              "bot.on('message', function(msg) msg:reply('you said ' .. msg.text) end)",
              "");
    int64_t row = room_say(room, "g1", "alice", "hi");
    assert_false(room_is_done(room, row));
    room_turn(room);
    assert_string_equal(room_last(room),
                        "send group:g1 RC:TxtMsg "
                        "{\"content\":\"you said hi\"} key=UID-1/echo/1/1");
    assert_true(room_is_done(room, row));
    room_free(room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plugin_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
