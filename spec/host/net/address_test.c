/* Which numbers are ordinary addresses of the Internet. */
#include "net/address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void ordinary_addresses_are_public(void **state)
{
    static const char *const numbers[] = {
        "1.1.1.1",         "8.8.8.8",         "9.255.255.255",   "11.0.0.0",
        "100.63.255.255",  "100.128.0.0",     "126.255.255.255", "128.0.0.0",
        "169.253.255.255", "169.255.0.0",     "172.15.255.255",  "172.32.0.0",
        "192.0.1.0",       "192.167.255.255", "192.169.0.0",     "198.17.255.255",
        "198.20.0.0",      "223.255.255.255", "2606:4700::1111", "2a00:1450:4001::1",
        "2400:3200::1",    "3ffe::1",         "2001:200::1",     "2003::1",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        if (!address_is_public(str_from(numbers[i])))
            fail_msg("%s is public", numbers[i]);
}

static void everything_else_is_not(void **state)
{
    static const char *const numbers[] = {
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "100.64.0.0",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.255",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.9",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "64:ff9b::7f00:1",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "3fff::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fe80::1%lo",
        "fec0::1",
        "ff02::1",
        "4000::1",
        "",
        "localhost",
        "127.1",
        "0x7f.0.0.1",
        "2130706433",
        "8.8.8.8 ",
        "1.1.1.1.1",
        "2606:4700:0000:0000:0000:0000:0000:0000:0000:1111",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        if (address_is_public(str_from(numbers[i])))
            fail_msg("%s is not public", numbers[i]);
    assert_false(address_is_public(str_of("8.8.8.8\0x", 9)));
}

static void the_same_number_in_other_clothes(void **state)
{
    (void)state;
    assert_true(address_same(STR("::1"), STR("0:0:0::0001")));
    assert_true(address_same(STR("10.0.0.1"), STR("10.0.0.1")));
    assert_false(address_same(STR("10.0.0.1"), STR("::ffff:10.0.0.1")));
    assert_false(address_same(STR("10.0.0.1"), STR("10.0.0.2")));
    assert_false(address_same(STR("host"), STR("host")));
}

static void numbers_are_in_blocks(void **state)
{
    static const char *const blocks[] = { "10.1.2.0/24", "10.1.0.0/17", "10.1.2.3",
                                          "0.0.0.0/0",   "10.1.2.3/32", "10.1.2.2/31" };
    static const char *const wrong[] = { "",          "10.1.2.0/33", "10.1.2.0/-1",
                                         "10.1.2.0/", "10.1.2/24",   "host/8",
                                         "/8",        "::/129",      "10.1.2.0/8/8" };

    (void)state;
    for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
        assert_true(address_is_block(str_from(blocks[i])));
        assert_true(address_is_within(STR("10.1.2.3"), str_from(blocks[i])));
        assert_int_equal(address_is_within(STR("11.1.2.3"), str_from(blocks[i])), i == 3);
    }
    assert_false(address_is_within(STR("10.1.128.3"), STR("10.1.0.0/17")));
    assert_true(address_is_within(STR("2001:db8:1::1"), STR("2001:db8::/32")));
    assert_false(address_is_within(STR("2001:db9::1"), STR("2001:db8::/32")));
    assert_false(address_is_within(STR("10.1.2.3"), STR("::/0")));
    assert_false(address_is_within(STR(""), STR("0.0.0.0/0")));
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_false(address_is_block(str_from(wrong[i])));
        assert_false(address_is_within(STR("10.1.2.3"), str_from(wrong[i])));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ordinary_addresses_are_public),
        cmocka_unit_test(everything_else_is_not),
        cmocka_unit_test(the_same_number_in_other_clothes),
        cmocka_unit_test(numbers_are_in_blocks),
    };

    return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
