/* proto/pb: the payload reader and writer on tables of their own, and their limits. */
#include "proto/pb.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define BYTES(...)                                                                       \
    str_of((const unsigned char[]){ __VA_ARGS__ },                                       \
           sizeof((const unsigned char[]){ __VA_ARGS__ }))

/* One of everything; it nests in itself, as no real payload does. */
/* clang-format off */
#define FIELDS_thing(F, N, M)                \
    F(M, 1, INT, REQUIRED, number)           \
    F(M, 2, BOOL, OPTIONAL, flag)            \
    F(M, 3, STR, OPTIONAL, text)             \
    F(M, 4, BYTES, OPTIONAL, raw)            \
    N(M, 5, thing, OPTIONAL, inner)          \
    F(M, 6, INT, REPEATED, numbers)          \
    F(M, 7, BOOL, REPEATED, flags)           \
    F(M, 8, STR, REPEATED, texts)            \
    N(M, 20, thing, REPEATED, things)        \
    F(M, 500, INT, OPTIONAL, far)
/* clang-format on */

PB_STRUCT(thing, Thing)
PB_DEFINE(thing, Thing)

static struct arena arena;
static struct buf out;
static struct err err;

static int start(void **state)
{
    (void)state;
    arena_init(&arena, 1 << 20);
    buf_init(&out, 1 << 20);
    memset(&err, 0, sizeof(err));
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_clear(&arena);
    buf_clear(&out);
    return 0;
}

static void assert_str(struct str got, struct str want)
{
    assert_int_equal(got.len, want.len);
    if (want.len > 0)
        assert_memory_equal(got.at, want.at, want.len);
}

static void decode(struct thing *thing, struct str bytes)
{
    if (!pb_decode(&thing_type, thing, bytes, &arena, &err))
        fail_msg("%s", err.text);
}

static void encode(const struct thing *thing)
{
    buf_reset(&out);
    if (!pb_encode(&thing_type, thing, &out, &err))
        fail_msg("%s", err.text);
}

static void refuse(struct str bytes, enum err_code code, const char *why)
{
    struct thing thing;
    /* A copy of its own, so that a sanitizer sees any byte read too many. */
    char *copy = str_dup(bytes);
    assert_false(pb_decode(&thing_type, &thing, str_of(copy, bytes.len), &arena, &err));
    assert_int_equal(err.code, code);
    if (strstr(err.text, why) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", err.text, why);
    free(copy);
}

static void test_scalars(void **state)
{
    (void)state;
    struct thing thing = { 0 };
    pb_put(thing, thing, number, 300);
    pb_put(thing, thing, flag, true);
    pb_put(thing, thing, text, STR("hi"));
    pb_put(thing, thing, raw, str_of("\0\xff", 2));
    pb_put(thing, thing, far, 1);
    encode(&thing);
    assert_str(buf_str(&out), BYTES(0x08, 0xac, 0x02, 0x10, 1, 0x1a, 2, 'h', 'i', 0x22, 2,
                                    0, 0xff, 0xa0, 0x1f, 1));
    struct thing back;
    decode(&back, buf_str(&out));
    assert_int_equal(back.has, thing.has);
    assert_int_equal(back.number, 300);
    assert_true(back.flag);
    assert_str(back.text, STR("hi"));
    assert_str(back.raw, str_of("\0\xff", 2));
    assert_int_equal(back.far, 1);
}

/* What is present is written, zero or not; what is not, is not. */
static void test_presence(void **state)
{
    (void)state;
    struct thing thing = { .far = 9, .text = STR("not put") };
    pb_put(thing, thing, number, 0);
    pb_put(thing, thing, flag, false);
    pb_put(thing, thing, raw, STR_NONE);
    encode(&thing);
    assert_str(buf_str(&out), BYTES(0x08, 0, 0x10, 0, 0x22, 0));
    struct thing back;
    decode(&back, buf_str(&out));
    assert_true(pb_has(back, thing, number) && pb_has(back, thing, flag));
    assert_true(pb_has(back, thing, raw));
    assert_false(pb_has(back, thing, text) || pb_has(back, thing, far));
    pb_drop(back, thing, raw);
    encode(&back);
    assert_str(buf_str(&out), BYTES(0x08, 0, 0x10, 0));
}

static void test_numbers(void **state)
{
    (void)state;
    static const int64_t numbers[] = { 0,    1,         127,       128,       -1,
                                       -300, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN };
    static const size_t sizes[] = { 1, 1, 1, 2, 10, 10, 5, 10, 9, 10 };
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        struct thing thing = { 0 }, back;
        pb_put(thing, thing, number, numbers[i]);
        encode(&thing);
        assert_int_equal(out.len, 1 + sizes[i]);
        decode(&back, buf_str(&out));
        assert_true(back.number == numbers[i]);
    }
}

static void test_repeated(void **state)
{
    (void)state;
    int64_t numbers[] = { 7, -1, 0 };
    bool flags[] = { false, true };
    struct str texts[] = { STR("a"), STR(""), STR("ccc") };
    struct thing things[2] = { { 0 }, { 0 } };
    pb_put(things[0], thing, number, 1);
    pb_put(things[1], thing, number, 2);
    pb_put(things[1], thing, inner, &things[0]);
    struct thing thing = { 0 }, back;
    pb_put(thing, thing, number, 0);
    pb_put_list(thing, thing, numbers, numbers, 3);
    pb_put_list(thing, thing, flags, flags, 2);
    pb_put_list(thing, thing, texts, texts, 3);
    pb_put_list(thing, thing, things, things, 2);
    encode(&thing);
    decode(&back, buf_str(&out));
    assert_int_equal(back.numbers.count, 3);
    assert_memory_equal(back.numbers.at, numbers, sizeof(numbers));
    assert_int_equal(back.flags.count, 2);
    assert_true(!back.flags.at[0] && back.flags.at[1]);
    assert_int_equal(back.texts.count, 3);
    assert_str(back.texts.at[1], STR(""));
    assert_str(back.texts.at[2], STR("ccc"));
    assert_int_equal(back.things.count, 2);
    assert_int_equal(back.things.at[1].number, 2);
    assert_int_equal(back.things.at[1].inner->number, 1);
    struct buf again;
    buf_init(&again, 4096);
    assert_true(pb_encode(&thing_type, &back, &again, &err));
    assert_str(buf_str(&again), buf_str(&out));
    buf_clear(&again);
}

/* Values of a repeated field may stand apart, packed or not, in one message. */
static void test_packed_and_scattered(void **state)
{
    (void)state;
    struct thing thing;
    decode(&thing,
           BYTES(0x30, 5, 0x32, 3, 6, 0x80, 1, 0x08, 1, 0x30, 9, 0x3a, 2, 1, 0, 0x32, 0));
    assert_int_equal(thing.numbers.count, 4);
    assert_int_equal(thing.numbers.at[0], 5);
    assert_int_equal(thing.numbers.at[1], 6);
    assert_int_equal(thing.numbers.at[2], 128);
    assert_int_equal(thing.numbers.at[3], 9);
    assert_int_equal(thing.flags.count, 2);
    assert_true(thing.flags.at[0] && !thing.flags.at[1]);
    encode(&thing);
    assert_str(buf_str(&out), BYTES(0x08, 1, 0x30, 5, 0x30, 6, 0x30, 0x80, 1, 0x30, 9,
                                    0x38, 1, 0x38, 0));
}

static void test_last_one_counts(void **state)
{
    (void)state;
    struct thing thing;
    decode(&thing, BYTES(0x08, 1, 0x2a, 2, 0x08, 5, 0x08, 2, 0x2a, 2, 0x08, 6));
    assert_int_equal(thing.number, 2);
    assert_int_equal(thing.inner->number, 6);
}

/* Unknown numbers, and known ones in another wire type, of all wire types; a test build
 * writes them back at the end. */
static void test_unknown_fields(void **state)
{
    (void)state;
    struct thing thing;
    decode(&thing, BYTES(0x58, 1, 0x08, 1, 0x61, 1, 2, 3, 4, 5, 6, 7, 8, 0x6d, 1, 2, 3, 4,
                         0x0a, 1, 'x', 0x10, 1));
    assert_int_equal(thing.number, 1);
    assert_true(thing.flag);
#ifdef MOONDOCK_TESTING
    encode(&thing);
    assert_str(buf_str(&out), BYTES(0x08, 1, 0x10, 1, 0x58, 1, 0x61, 1, 2, 3, 4, 5, 6, 7,
                                    8, 0x6d, 1, 2, 3, 4, 0x0a, 1, 'x'));
#endif
}

static void test_missing_required(void **state)
{
    (void)state;
    refuse(STR_NONE, ERR_PROTO, "Thing without number");
    refuse(BYTES(0x08, 1, 0x2a, 0), ERR_PROTO, "inner: Thing without number");
    struct thing thing = { 0 }, inner = { 0 };
    assert_false(pb_encode(&thing_type, &thing, &out, &err));
    assert_int_equal(err.code, ERR_ARGUMENT);
    assert_string_equal(err.text, "Thing without number");
    pb_put(thing, thing, number, 1);
    pb_put(thing, thing, inner, &inner);
    assert_false(pb_encode(&thing_type, &thing, &out, &err));
    assert_string_equal(err.text, "inner: Thing without number");
    pb_put(thing, thing, inner, NULL);
    assert_false(pb_encode(&thing_type, &thing, &out, &err));
    assert_int_equal(out.len, 0);
}

static void test_broken_bytes(void **state)
{
    (void)state;
    refuse(BYTES(0x08), ERR_PROTO, "cut off");
    refuse(BYTES(0x08, 0x80), ERR_PROTO, "cut off");
    refuse(BYTES(0x88), ERR_PROTO, "cut off");
    refuse(BYTES(0x1a), ERR_PROTO, "cut off");
    refuse(BYTES(0x1a, 2, 'a'), ERR_PROTO, "field 3 of 2 bytes, have 1");
    refuse(BYTES(0x1a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1),
           ERR_PROTO, "have 0");
    refuse(BYTES(0x61, 1, 2, 3), ERR_PROTO, "want 8 bytes, have 3");
    refuse(BYTES(0x6d, 1), ERR_PROTO, "want 4 bytes, have 1");
    refuse(BYTES(0x0b), ERR_PROTO, "wire type 3");
    refuse(BYTES(0x0c), ERR_PROTO, "wire type 4");
    refuse(BYTES(0x0e, 0), ERR_PROTO, "wire type 6");
    refuse(BYTES(0x00, 0), ERR_PROTO, "field number 0");
    refuse(BYTES(0x80, 0x80, 0x80, 0x80, 0x10, 0), ERR_PROTO, "field number");
    refuse(BYTES(0x08, 1, 0x32, 2, 1, 0x80), ERR_PROTO, "cut off");
}

static void test_ten_byte_numbers(void **state)
{
    (void)state;
    struct thing thing;
    decode(&thing, BYTES(0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1));
    assert_true(thing.number == -1);
    decode(&thing, BYTES(0x08, 0x81, 0x80, 0x80, 0));
    assert_int_equal(thing.number, 1);
    decode(&thing, BYTES(0x08, 1, 0x10, 0x80, 2));
    assert_true(thing.flag);
    refuse(BYTES(0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2),
           ERR_PROTO, "more than 64 bits");
    refuse(BYTES(0x08, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1),
           ERR_PROTO, "more than 64 bits");
}

/* Writes `levels` things inside each other, from the innermost outwards. */
static void nest(struct thing *things, size_t levels)
{
    memset(things, 0, levels * sizeof(*things));
    for (size_t i = 0; i < levels; i++) {
        pb_put(things[i], thing, number, 1);
        if (i > 0)
            pb_put(things[i], thing, inner, &things[i - 1]);
    }
}

static void test_depth(void **state)
{
    (void)state;
    struct thing things[PB_DEPTH_MAX + 1], back;
    nest(things, PB_DEPTH_MAX);
    encode(&things[PB_DEPTH_MAX - 1]);
    decode(&back, buf_str(&out));
    nest(things, PB_DEPTH_MAX + 1);
    assert_false(pb_encode(&thing_type, &things[PB_DEPTH_MAX], &out, &err));
    assert_int_equal(err.code, ERR_ARGUMENT);
    assert_non_null(strstr(err.text, "deeper than 32"));
    /* One level more, put around what was just written. */
    struct buf deeper;
    buf_init(&deeper, 4096);
    assert_true(out.len > 127 - 64 && out.len < 16384);
    buf_add(&deeper, "\x08\x01\x2a", 3);
    if (out.len >= 128)
        buf_add_byte(&deeper, (uint8_t)(out.len & 0x7f) | 0x80);
    buf_add_byte(&deeper, (uint8_t)(out.len >= 128 ? out.len >> 7 : out.len));
    buf_add_str(&deeper, buf_str(&out));
    refuse(buf_str(&deeper), ERR_LIMIT, "deeper than 32");
    buf_clear(&deeper);
}

static void test_counts(void **state)
{
    (void)state;
    arena_clear(&arena);
    arena_init(&arena, 16 << 20);
    struct buf many;
    buf_init(&many, 1 << 20);
    buf_add(&many, "\x08\x01", 2);
    for (int i = 0; i < PB_COUNT_MAX; i++)
        buf_add(&many, "\x30\x05", 2);
    struct thing thing;
    decode(&thing, buf_str(&many));
    assert_int_equal(thing.numbers.count, PB_COUNT_MAX);
    buf_add(&many, "\x32\x01\x05", 3);
    refuse(buf_str(&many), ERR_LIMIT, "65537 values of numbers");
    buf_clear(&many);
}

static void test_memory(void **state)
{
    (void)state;
    arena_clear(&arena);
    arena_init(&arena, 4096);
    struct buf many;
    buf_init(&many, 1 << 20);
    buf_add(&many, "\x08\x01", 2);
    for (int i = 0; i < 100; i++)
        buf_add(&many, "\xa2\x01\x02\x08\x07", 5); /* things, of one number each */
    refuse(buf_str(&many), ERR_LIMIT, "more than 4096 bytes");
    buf_clear(&many);
    struct thing small;
    arena_reset(&arena);
    decode(&small, BYTES(0x08, 1, 0x2a, 2, 0x08, 1));
}

static void test_no_room(void **state)
{
    (void)state;
    struct thing thing = { 0 };
    struct buf small;
    pb_put(thing, thing, number, 1);
    pb_put(thing, thing, text, STR("twelve bytes"));
    buf_init(&small, 15);
    assert_false(pb_encode(&thing_type, &thing, &small, &err));
    assert_int_equal(err.code, ERR_LIMIT);
    assert_int_equal(small.len, 0);
    buf_clear(&small);
    buf_init(&small, 16);
    assert_true(pb_encode(&thing_type, &thing, &small, &err));
    buf_clear(&small);
}

static void test_print(void **state)
{
    (void)state;
    struct thing thing = { 0 }, inner = { 0 };
    struct str texts[] = { STR("a\n"), STR("b") };
    pb_put(inner, thing, number, -1);
    pb_put(thing, thing, number, 3);
    pb_put(thing, thing, flag, true);
    pb_put(thing, thing, raw, STR("xyz"));
    pb_put(thing, thing, inner, &inner);
    pb_put_list(thing, thing, texts, texts, 2);
    assert_true(pb_print(&thing_type, &thing, &out));
    assert_string_equal(out.at,
                        "{number: 3, flag: true, raw: <3 bytes>, inner: {number: -1}, "
                        "texts: [\"a\\n\", \"b\"]}");
    struct buf small;
    buf_init(&small, 20);
    assert_false(pb_print(&thing_type, &thing, &small));
    buf_clear(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_scalars, start, end),
        cmocka_unit_test_setup_teardown(test_presence, start, end),
        cmocka_unit_test_setup_teardown(test_numbers, start, end),
        cmocka_unit_test_setup_teardown(test_repeated, start, end),
        cmocka_unit_test_setup_teardown(test_packed_and_scattered, start, end),
        cmocka_unit_test_setup_teardown(test_last_one_counts, start, end),
        cmocka_unit_test_setup_teardown(test_unknown_fields, start, end),
        cmocka_unit_test_setup_teardown(test_missing_required, start, end),
        cmocka_unit_test_setup_teardown(test_broken_bytes, start, end),
        cmocka_unit_test_setup_teardown(test_ten_byte_numbers, start, end),
        cmocka_unit_test_setup_teardown(test_depth, start, end),
        cmocka_unit_test_setup_teardown(test_counts, start, end),
        cmocka_unit_test_setup_teardown(test_memory, start, end),
        cmocka_unit_test_setup_teardown(test_no_room, start, end),
        cmocka_unit_test_setup_teardown(test_print, start, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
