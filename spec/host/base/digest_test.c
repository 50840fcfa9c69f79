/* base/digest and base/gzip, against values known from elsewhere. */
#include "base/digest.h"

#include "base/gzip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct buf out;
static struct err err;

static int start(void **state)
{
    (void)state;
    buf_init(&out, 1 << 20);
    return 0;
}

static int end(void **state)
{
    (void)state;
    buf_clear(&out);
    return 0;
}

static void test_hashes(void **state)
{
    (void)state;
    char sha1[DIGEST_SHA1_HEX], sha256[DIGEST_SHA256_HEX];
    const struct str parts[] = { STR("a"), STR_NONE, STR("bc") };
    digest_sha1_hex(parts, 3, sha1);
    assert_string_equal(sha1, "a9993e364706816aba3e25717850c26c9cd0d89d");
    digest_sha256_hex(parts, 3, sha256);
    assert_string_equal(
        sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    digest_sha1_hex(NULL, 0, sha1);
    assert_string_equal(sha1, "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    digest_hmac_hex(STR("Jefe"), STR("what do ya want for nothing?"), sha256);
    assert_string_equal(
        sha256, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    digest_hmac_hex(STR_NONE, STR_NONE, sha256);
    assert_string_equal(
        sha256, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

static void test_same(void **state)
{
    (void)state;
    assert_true(digest_same(STR("secret"), STR("secret")));
    assert_false(digest_same(STR("secret"), STR("secreT")));
    assert_false(digest_same(STR("secret"), STR("secre")));
    assert_true(digest_same(STR_NONE, STR("")));
}

static void test_hex(void **state)
{
    (void)state;
    assert_true(digest_hex(&out, str_of("\x00\xff\x7a", 3)));
    assert_string_equal(out.at, "00ff7a");
    buf_reset(&out);
    assert_true(digest_unhex(&out, STR("00fF7A")));
    assert_int_equal(out.len, 3);
    assert_memory_equal(out.at, "\x00\xff\x7a", 3);
    assert_false(digest_unhex(&out, STR("abc")));
    assert_false(digest_unhex(&out, STR("ab0g")));
    assert_int_equal(out.len, 3);
    assert_true(digest_hex(&out, STR_NONE) && digest_unhex(&out, STR_NONE));
}

static void test_base64(void **state)
{
    (void)state;
    static const struct {
        const char *plain, *coded;
    } pairs[] = {
        { "", "" },
        { "f", "Zg==" },
        { "fo", "Zm8=" },
        { "foo", "Zm9v" },
        { "foob", "Zm9vYg==" },
        { "fooba", "Zm9vYmE=" },
        { "\xfb\xff\xbf", "+/+/" },
    };
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        buf_reset(&out);
        assert_true(digest_base64(&out, str_from(pairs[i].plain)));
        assert_string_equal(out.at, pairs[i].coded);
        buf_reset(&out);
        assert_true(digest_unbase64(&out, str_from(pairs[i].coded)));
        assert_string_equal(out.at, pairs[i].plain);
    }
    buf_reset(&out);
    assert_true(digest_unbase64(&out, STR("Zm9vYg")));
    assert_string_equal(out.at, "foob");
    static const char *const bad[] = { "Z", "Zm9vY", "Zm9v!!==", "Z===", "Zg=a", "Z g=" };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(digest_unbase64(&out, str_from(bad[i])));
        assert_string_equal(out.at, "foob");
    }
    assert_false(digest_unbase64(&out, STR("Zm\0v")));
    struct buf small;
    buf_init(&small, 7);
    assert_false(digest_base64(&small, STR("fooba")));
    assert_int_equal(small.len, 0);
    buf_clear(&small);
}

/* What the program `gzip -n` makes of a line. */
static void test_gzip_of_others(void **state)
{
    (void)state;
    static const unsigned char packed[] = { 0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00,
                                            0x00, 0x00, 0x00, 0x03, 0xcb, 0x48,
                                            0xcd, 0xc9, 0xc9, 0x57, 0xc8, 0x40,
                                            0x27, 0xb9, 0x00, 0x00, 0x88, 0x59,
                                            0x0b, 0x18, 0x00, 0x00, 0x00 };
    assert_true(gzip_unpack(&out, str_of(packed, sizeof(packed)), &err));
    assert_string_equal(out.at, "hello hello hello hello\n");
}

static void test_gzip_both_ways(void **state)
{
    (void)state;
    struct buf plain;
    buf_init(&plain, 200000);
    char *text = malloc(150000);
    for (size_t i = 0; i < 150000; i++)
        text[i] = (char)('a' + i * i % 23);
    assert_true(buf_add_str(&plain, STR("kept")));
    assert_true(gzip_pack(&out, str_of(text, 150000), &err));
    assert_true(out.len < 150000);
    assert_true(gzip_unpack(&plain, buf_str(&out), &err));
    assert_int_equal(plain.len, 150004);
    assert_memory_equal(plain.at, "kept", 4);
    assert_memory_equal(plain.at + 4, text, 150000);
    free(text);
    buf_reset(&out);
    buf_reset(&plain);
    assert_true(gzip_pack(&out, STR_NONE, &err));
    assert_true(gzip_unpack(&plain, buf_str(&out), &err));
    assert_int_equal(plain.len, 0);
    buf_clear(&plain);
}

static void refuse(struct buf *to, struct str bytes, enum err_code code)
{
    size_t before = to->len;
    assert_false(gzip_unpack(to, bytes, &err));
    assert_int_equal(err.code, code);
    assert_int_equal(to->len, before);
}

static void test_gzip_refused(void **state)
{
    (void)state;
    struct buf good;
    buf_init(&good, 1000);
    assert_true(gzip_pack(&good, STR("some text to be packed, packed, packed"), &err));
    buf_add_str(&out, STR("kept"));
    refuse(&out, STR_NONE, ERR_PROTO);
    refuse(&out, STR("no gzip at all"), ERR_PROTO);
    for (size_t len = 0; len < good.len; len++)
        refuse(&out, str_of(good.at, len), ERR_PROTO);
    good.at[good.len - 6] ^= 1; /* the checksum */
    refuse(&out, buf_str(&good), ERR_PROTO);
    good.at[good.len - 6] ^= 1;
    assert_true(buf_add_byte(&good, 0));
    refuse(&out, buf_str(&good), ERR_PROTO);
    buf_clear(&good);
}

/* A small packet that would unpack to a lot; and one that fits to the byte. */
static void test_gzip_has_a_maximum(void **state)
{
    (void)state;
    char *text = calloc(1, 1 << 20);
    assert_true(gzip_pack(&out, str_of(text, 1 << 20), &err));
    assert_true(out.len < 2000);
    struct buf plain;
    buf_init(&plain, (1 << 20) - 1);
    refuse(&plain, buf_str(&out), ERR_LIMIT);
    buf_clear(&plain);
    buf_init(&plain, 1 << 20);
    assert_true(gzip_unpack(&plain, buf_str(&out), &err));
    assert_int_equal(plain.len, 1 << 20);
    buf_clear(&plain);
    buf_init(&plain, 10);
    assert_false(gzip_pack(&plain, str_of(text, 1 << 20), &err));
    assert_int_equal(err.code, ERR_LIMIT);
    assert_int_equal(plain.len, 0);
    buf_clear(&plain);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_hashes, start, end),
        cmocka_unit_test_setup_teardown(test_same, start, end),
        cmocka_unit_test_setup_teardown(test_hex, start, end),
        cmocka_unit_test_setup_teardown(test_base64, start, end),
        cmocka_unit_test_setup_teardown(test_gzip_of_others, start, end),
        cmocka_unit_test_setup_teardown(test_gzip_both_ways, start, end),
        cmocka_unit_test_setup_teardown(test_gzip_refused, start, end),
        cmocka_unit_test_setup_teardown(test_gzip_has_a_maximum, start, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
