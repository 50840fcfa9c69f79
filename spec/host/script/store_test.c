/* script/api_store and scripts/moondock/bot/store.lua, beyond what api_test shows. */
#include "../../support/script_room.h"

#include "base/clock.h"
#include "store/audit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void expect(struct room *room, const char *plugin, const char *code,
                   const char *want)
{
    const char *result = room_eval(room, plugin, code);
    if (strcmp(result, want) != 0 && !(want[0] == '~' && strstr(result, want + 1)))
        fail_msg("%s\n  gives %s\n  want  %s", code, result, want);
}

static void update_is_atomic(void **state)
{
    (void)state;
    struct room *room = room_new(0, 0);
    room_load(room, "p", "local bot = ... s = bot.store()", "");
    expect(room, "p", "s:update('list', function(old) return { old == nil, 1 } end)",
           "{ true, 1 }");
    expect(room, "p",
           "s:update('list', function(old) old[#old + 1] = 'x' return old end)",
           "{ true, 1, \"x\" }");
    expect(room, "p", "s:get('list')", "{ true, 1, \"x\" }");
    expect(room, "p", "s:update('list', function() end), s:get('list', 'gone')",
           "nil\t\"gone\"");
    /* It may not wait, and an error changes nothing. */
    expect(room, "p", "s:set('n', 1)", "true");
    expect(room, "p", "s:update('n', function(n) bot.sleep(1) return n + 1 end)",
           "~cannot wait here");
    expect(room, "p", "s:update('n', function(n) s:set('m', 1) return 5 end)",
           "~cannot wait here");
    expect(room, "p", "s:update('n', function(n) error('no') end)", "~no");
    expect(room, "p", "s:update('n', function(n) return print end)",
           "~value: a function cannot be written");
    expect(room, "p", "s:update('n')", "~fn: want a function, have nil");
    expect(room, "p", "s:get('n'), s:get('m')", "1\tnil");
    room_free(room);
}

static void entries_expire_as_they_were_told(void **state)
{
    (void)state;
    struct room *room = room_new(0, 0);
    room_load(room, "p", "local bot = ... s = bot.store()", "");
    expect(room, "p", "s:set('a', 1, { ttl = '10s' }), s:set('b', 1, { ttl = 10 })",
           "true\ttrue");
    clock_add_ms(6000);
    expect(room, "p", "s:add('a'), s:update('b', function(n) return n + 1 end)", "2\t2");
    clock_add_ms(4000);
    expect(room, "p", "s:get('a'), s:get('b')", "nil\tnil");
    expect(room, "p", "s:add('a'), s:update('b', function() return 1 end, { ttl = 1 })",
           "1\t1");
    clock_add_ms(1000);
    expect(room, "p", "s:get('a'), s:get('b')", "1\tnil");
    expect(room, "p", "s:set('a', 1, { ttl = 'soon' })", "~opts.ttl: want a duration");
    expect(room, "p", "s:set('a', 1, 5)", "~opts: want a table");
    room_free(room);
}

static void each_walks_in_pages(void **state)
{
    (void)state;
    struct room *room = room_new(0, 5000);
    room_load(room, "p", "local bot = ... s = bot.store()", "");
    for (int i = 0; i < 5; i++) {
        char code[128];
        snprintf(code, sizeof(code),
                 "for i = %d, %d do s:set(('k/%%04d'):format(i), i) end", i * 100,
                 i * 100 + 99);
        room_eval(room, "p", code);
    }
    expect(room, "p", "s:set('j', true), s:set('l', { 'x' }), s:set('k', 0)",
           "true\ttrue\ttrue");
    expect(room, "p",
           "local n, sum, last = 0, 0 for key, value in s:each('k/') do\n"
           "  assert(not last or key > last) n, sum, last = n + 1, sum + value, key end\n"
           "return n, sum, last",
           "500\t124750\t\"k/0499\"");
    expect(room, "p", "local n = 0 for _ in s:each() do n = n + 1 end return n", "503");
    expect(room, "p", "local n = 0 for _ in s:each('zz') do n = n + 1 end return n", "0");
    /* Deleting what was seen is fine. */
    expect(room, "p",
           "local n = 0 for key in s:each('k/') do n = n + 1 s:del(key) end\n"
           "local left = 0 for _ in s:each('k/') do left = left + 1 end return n, left",
           "500\t0");
    /* Large values come one by one. */
    expect(room, "p",
           "for i = 1, 5 do assert(s:set('big' .. i, ('x'):rep(100000))) end\n"
           "local n = 0 for _, value in s:each('big') do n = n + #value end return n",
           "500000");
    expect(room, "p", "s:each(5)", "~prefix: want a text");
    room_free(room);
}

static void stores_are_shared_by_grant(void **state)
{
    (void)state;
    const char *code = "local bot = ... points = bot.store { shared = 'points' }";
    struct room *room = room_new(0, 0);
    room_load(room, "a", code, "store.shared:points");
    room_load(room, "b", code, "store.shared:points");
    room_load(room, "c", code, "store.shared:other");
    expect(room, "a", "points:set('bob', 3)", "true");
    expect(room, "b", "points:add('bob'), points:get('bob')", "4\t4");
    expect(room, "b", "bot.store { shared = 'points', name = 'x' }:get('bob')", "nil");
    expect(room, "a", "bot.store('points'):get('bob'), bot.store():get('bob')",
           "nil\tnil");
    expect(room, "c", "select(2, points:get('bob')).code", "\"denied\"");
    expect(room, "c", "select(2, points:set('bob', 9)).message",
           "~not granted \\\"store.shared:points\\\"");
    expect(room, "c", "select(2, points:each()).code", "\"denied\"");
    expect(room, "c", "select(2, points:update(5)).code", "\"denied\""); /* comes first */
    expect(room, "a", "bot.store { shared = 'Points!' }", "~shared: want 1 to 64 of");
    expect(room, "a", "bot.store { share = 'points' }", "~have \"share\"");
    expect(room, "a", "bot.store(5)", "~name: want a string, have number");
    room_free(room);
}

static void keys_are_named(void **state)
{
    (void)state;
    struct room *room = room_new(0, 0);
    room_load(room, "p", "local bot = ... s = bot.store()", "");
    expect(room, "p", "s:get()", "~key: want a text of 1 to 512 bytes, have nil");
    expect(room, "p", "s:get(5)", "~key: want a text of 1 to 512 bytes, have number");
    expect(room, "p", "s:set(('x'):rep(513), 1)", "~key: want a text of 1 to 512 bytes");
    expect(room, "p", "s:set('a\\0b', 1)", "~key: want a text");
    expect(room, "p", "s:set('\\xff', 1)", "~key: want a text");
    expect(room, "p", "s:add('k', 'x')", "~n: want a number, have string");
    expect(room, "p", "s:set('k', 'x') return select(2, s:add('k')).message",
           "~what is kept under k is no number");
    expect(room, "p", "bot.store(('n'):rep(65)):get('k')",
           "~name: want a text of at most");
    room_free(room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(update_is_atomic),
        cmocka_unit_test(entries_expire_as_they_were_told),
        cmocka_unit_test(each_walks_in_pages),
        cmocka_unit_test(stores_are_shared_by_grant),
        cmocka_unit_test(keys_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
