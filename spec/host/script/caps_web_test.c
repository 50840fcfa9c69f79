/* script/caps_web: what grants say about addresses. */
#include "script/caps_web.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void grants_say_where(void **state)
{
    static const struct {
        const char *grant, *url;
        enum caps_web want;
    } cases[] = {
        { "http:a.test", "http://a.test/x?y", CAPS_WEB_PUBLIC },
        { "http:a.test", "https://A.TEST", CAPS_WEB_PUBLIC },
        { "http:a.test", "http://a.test:443", CAPS_WEB_PUBLIC },
        { "http:a.test", "http://a.test:8080", CAPS_WEB_NOWHERE },
        { "http:a.test", "http://a.test.:80", CAPS_WEB_NOWHERE },
        { "http:a.test", "http://b.a.test", CAPS_WEB_NOWHERE },
        { "http:a.test", "http://xa.test", CAPS_WEB_NOWHERE },
        { "http:a.test:8080", "http://a.test:8080/", CAPS_WEB_PUBLIC },
        { "http:a.test:8080", "http://a.test/", CAPS_WEB_NOWHERE },
        { "http:a.test:80", "https://a.test/", CAPS_WEB_NOWHERE },
        { "http:*.a.test", "http://b.a.test/", CAPS_WEB_PUBLIC },
        { "http:*.a.test", "http://c.b.a.test/", CAPS_WEB_PUBLIC },
        { "http:*.a.test", "http://a.test/", CAPS_WEB_NOWHERE },
        { "http:*.a.test", "http://.a.test/", CAPS_WEB_NOWHERE },
        { "http:*.a.test", "http://xa.test/", CAPS_WEB_NOWHERE },
        { "http:*.a.test:81", "http://b.a.test:81/", CAPS_WEB_PUBLIC },
        { "http:10.0.0.7", "http://10.0.0.7/", CAPS_WEB_ANY },
        { "http:10.0.0.7:81", "http://10.0.0.7:81/", CAPS_WEB_ANY },
        { "http:10.0.0.7:81", "http://10.0.0.7/", CAPS_WEB_NOWHERE },
        { "http:10.0.0.7", "http://10.7/", CAPS_WEB_NOWHERE },
        { "http:[::1]:81", "http://[0:0::1]:81/", CAPS_WEB_ANY },
        { "http:[::1]", "http://[::2]/", CAPS_WEB_NOWHERE },
        { "http.private:a.test", "http://a.test/", CAPS_WEB_ANY },
        { "http.private:*.a.test:81", "http://b.a.test:81/", CAPS_WEB_ANY },
        { "http.serve", "http://serve/", CAPS_WEB_NOWHERE },
        { "send", "http://send/", CAPS_WEB_NOWHERE },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct map grants = { 0 };
        struct url url;
        if (!url_parse(str_from(cases[i].url), &url, NULL))
            fail_msg("%s is no address", cases[i].url);
        map_set(&grants, str_from(cases[i].grant), &grants);
        enum caps_web said = caps_web(&grants, &url);
        map_clear(&grants);
        if (said != cases[i].want)
            fail_msg("%s says %d of %s", cases[i].grant, (int)said, cases[i].url);
    }
}

static void the_most_generous_grant_counts(void **state)
{
    struct map grants = { 0 };
    struct url url;
    (void)state;
    assert_true(url_parse(STR("http://a.test/"), &url, NULL));
    assert_int_equal(caps_web(&grants, &url), CAPS_WEB_NOWHERE);
    map_set(&grants, STR("http:a.test"), &grants);
    map_set(&grants, STR("http.private:a.test"), &grants);
    map_set(&grants, STR("http:b.test"), &grants);
    assert_int_equal(caps_web(&grants, &url), CAPS_WEB_ANY);
    map_clear(&grants);
}

static void grants_cover_needs(void **state)
{
    static const struct {
        const char *grant, *need;
        bool covers;
    } cases[] = {
        { "http:a.test", "http:a.test", true },
        { "http:A.test", "http:a.test", true },
        { "http.private:a.test", "http:a.test", true },
        { "http:a.test", "http.private:a.test", false },
        { "http:*.test", "http:a.test", true },
        { "http:*.test", "http:*.test", true },
        { "http.private:*.test", "http:*.test", true },
        { "http:*.test", "http.private:*.test", false },
        { "http:*.test", "http:*.a.test", false },
        { "http:*.test:81", "http:a.test:81", true },
        { "http:a.test:80", "http:a.test", false },
        { "http:a.test", "http:a.test:443", true },
        { "http:a.test", "http:a.test:81", false },
        { "http:10.0.0.7:81", "http:10.0.0.7:81", true },
        { "http:a.test", "http:b.test", false },
        { "send", "http:a.test", false },
        { "http:a.test", "send", false },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        if (caps_web_covers(str_from(cases[i].grant), str_from(cases[i].need)) !=
            cases[i].covers)
            fail_msg("%s covers %s: not %d", cases[i].grant, cases[i].need,
                     cases[i].covers);
}

static void what_is_no_grant(void **state)
{
    static const char *const texts[] = {
        "http:",         "http:*",          "http:*.",          "http:a b",
        "http:a/b",      "http:a:0",        "http:a:99999",     "http:a:b",
        "http:u@a",      "http:*.10.0.0.7", "http:*.*.a",       "http:[a.test]",
        "http:[::1",     "http://a.test",   "https:a.test",     "http.private:",
        "http.privatea", "http:a.test?x",   "http.private:a/b",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        if (caps_web_is_grant(str_from(texts[i])))
            fail_msg("%s is no grant", texts[i]);
    assert_true(caps_web_is_grant(STR("http:a.test")));
    assert_true(caps_web_is_grant(STR("http.private:*.a.test:1")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grants_say_where),
        cmocka_unit_test(the_most_generous_grant_counts),
        cmocka_unit_test(grants_cover_needs),
        cmocka_unit_test(what_is_no_grant),
    };
    return cmocka_run_group_tests_name("caps_web", tests, NULL, NULL);
}
