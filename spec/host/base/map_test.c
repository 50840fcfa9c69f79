/* base/map: strings to pointers. */
#include "base/map.h"

#include "base/random.h"

#include <stdio.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct str key_of(int number, char *room)
{
    return str_of(room, (size_t)sprintf(room, "key-%d", number));
}

/* Thousands set, replaced, deleted and set again, against an array that knows better. */
static void test_many(void **state)
{
    (void)state;
    enum { COUNT = 5000 };
    static int values[COUNT];
    static int *expected[COUNT];
    struct map map = { 0 };
    char room[32];
    uint32_t random = 12345;
    for (int step = 0; step < 60000; step++) {
        random = random * 1664525 + 1013904223;
        int at = (int)(random >> 8) % COUNT;
        struct str key = key_of(at, room);
        if (random >> 30 == 0) {
            assert_ptr_equal(map_del(&map, key), expected[at]);
            expected[at] = NULL;
        } else {
            int *value = &values[(at + step) % COUNT];
            assert_ptr_equal(map_set(&map, key, value), expected[at]);
            expected[at] = value;
        }
    }
    size_t count = 0;
    for (int i = 0; i < COUNT; i++) {
        assert_ptr_equal(map_get(&map, key_of(i, room)), expected[i]);
        count += expected[i] != NULL;
    }
    assert_int_equal(map.len, count);
    map_clear(&map);
    assert_int_equal(map.len, 0);
    assert_null(map_get(&map, STR("key-1")));
    map_clear(&map);
}

static void test_walk_and_delete(void **state)
{
    (void)state;
    struct map map;
    char room[32];
    int values[100];
    bool seen[100] = { false };
    map_init(&map);
    for (int i = 0; i < 100; i++) {
        values[i] = i;
        map_set(&map, key_of(i, room), &values[i]);
    }
    size_t at = 0, count = 0;
    struct str key;
    void *value;
    while (map_next(&map, &at, &key, &value)) {
        int number = *(int *)value;
        assert_true(str_eq(key, key_of(number, room)));
        assert_false(seen[number]);
        seen[number] = true;
        count++;
        if (number % 2 == 0)
            assert_ptr_equal(map_del(&map, key), value);
    }
    assert_int_equal(count, 100);
    assert_int_equal(map.len, 50);
    assert_null(map_get(&map, STR("key-2")));
    assert_ptr_equal(map_get(&map, STR("key-3")), &values[3]);
    map_clear(&map);
}

/* A queue's way of using a map: the table must not grow when it holds little. */
static void test_does_not_grow_of_the_dead(void **state)
{
    (void)state;
    struct map map = { 0 };
    char room[32];
    int value;
    for (int i = 0; i < 100000; i++) {
        map_set(&map, key_of(i, room), &value);
        if (i >= 10)
            assert_ptr_equal(map_del(&map, key_of(i - 10, room)), &value);
    }
    assert_int_equal(map.len, 10);
    assert_true(map.cap <= 64);
    map_clear(&map);
}

static void test_odd_keys(void **state)
{
    (void)state;
    struct map map = { 0 };
    int a, b, c;
    size_t at = 0;
    assert_false(map_next(&map, &at, NULL, NULL));
    assert_null(map_del(&map, STR("nothing")));
    assert_null(map_set(&map, STR_NONE, &a));
    assert_ptr_equal(map_get(&map, STR("")), &a);
    assert_null(map_set(&map, STR("x\0y"), &b));
    assert_null(map_set(&map, STR("x"), &c));
    assert_ptr_equal(map_get(&map, STR("x\0y")), &b);
    assert_ptr_equal(map_get(&map, STR("x")), &c);
    map_clear(&map);
}

static void test_hash(void **state)
{
    (void)state;
    assert_true(map_hash(STR("abcdefgh1")) == map_hash(STR("abcdefgh1")));
    assert_true(map_hash(STR("abcdefgh1")) != map_hash(STR("abcdefgh2")));
    assert_true(map_hash(STR("")) != map_hash(STR("\0")));
}

static void test_random(void **state)
{
    (void)state;
    char id[64], other[64];
    random_id(id, 40);
    random_id(other, 40);
    assert_int_equal(strlen(id), 40);
    assert_int_equal(strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789"), 40);
    assert_string_not_equal(id, other);
    bool seen[7] = { false };
    for (int i = 0; i < 1000; i++)
        seen[random_below(7)] = true; /* a write past the array would be caught */
    for (int i = 0; i < 7; i++)
        assert_true(seen[i]);
    assert_int_equal(random_below(1), 0);
    assert_true(random_u64() != random_u64());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_walk_and_delete),
        cmocka_unit_test(test_does_not_grow_of_the_dead),
        cmocka_unit_test(test_odd_keys),
        cmocka_unit_test(test_hash),
        cmocka_unit_test(test_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
