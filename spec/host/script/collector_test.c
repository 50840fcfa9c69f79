/* The collector's work near the memory limit. */
#include "../../support/script_room.h"

#include "script/inside.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

/* 8 MiB may be used, more than 5 are alive: with the usual pause each cycle would begin
 * at 10 MiB, which is never reached, and each would end in a full collection instead. */
static void cycles_end_before_the_limit(void **state)
{
    (void)state;
    struct room *room = room_new((size_t)8 << 20, 1000);
    room_load(
        room, "p",
        "local bot = ...\n"
        "local kept = {}\n"
        "bot.on('message', function(msg)\n"
        "  for i = #kept + 1, math.min(#kept + 2000, 60000) do kept[i] = { i } end\n"
        "  local last = kept[1]\n"
        "  for i = 1, 2500 do last = { last = i } end\n"
        "end)\n",
        "");
    const struct limits *limits = &room->script->plugins->live->limits;
    for (int i = 0; i < 400; i++) {
        room_say(room, "g1", "alice", "x");
        assert_true(limits->arena.used < limits->memory_soft);
    }
    assert_true(limits->arena.used > limits->memory_soft / 2);
    assert_true(limits->forced <= 2);
    room_free(room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cycles_end_before_the_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
