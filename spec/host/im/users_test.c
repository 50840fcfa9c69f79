/* Orders about friends, the own black list and the own profile, by the Server API. */
#include "calls_ask.h"

static void orders(void **state)
{
    (void)state;
    static const struct {
        enum order_verb verb;
        const char *user, *text, *path, *body;
    } rows[] = {
        { ORDER_BEFRIEND, "bob", "a b", "/friend/add.json",
          "userId=bot&targetId=bob&optType=1&extra=a%20b" },
        { ORDER_BEFRIEND, "bob", "", "/friend/add.json",
          "userId=bot&targetId=bob&optType=1" },
        { ORDER_UNFRIEND, "bob", "", "/friend/delete.json", "userId=bot&targetIds=bob" },
        { ORDER_REMARK, "bob", "Bo", "/friend/profile/set.json",
          "userId=bot&targetId=bob&remarkName=Bo" },
        { ORDER_BLOCKED, "", "", "/user/blacklist/query.json", "userId=bot&size=1000" },
        { ORDER_ONLINE, "bob", "", "/user/checkOnline.json", "userId=bob" },
        { ORDER_PROFILE, "", "", "/user/info.json", "userId=bot" },
        { ORDER_SET_PROFILE, "", "{\"name\":\"D\",\"portrait\":\"p\"}",
          "/user/refresh.json", "userId=bot&name=D&portraitUri=p" },
    };
    fixture_online();
    done = false;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check_call(ask(rows[i].verb, "", rows[i].user, rows[i].text, 0), rows[i].path,
                   rows[i].body);
}

static void results_about_users(void **state)
{
    (void)state;
    fixture_online();
    done = false;
    fix->wire->api_answer =
        "{\"code\":200,\"users\":[\"ann\",\"\",\"bob\"],\"status\":\"1\","
        "\"userName\":\"Bot\",\"userPortrait\":\"\"}";
    check_call(ask(ORDER_BLOCKED, "", "", "", 0), "/user/blacklist/query.json", NULL);
    assert_string_equal(answered, "[{\"id\":\"ann\"},{\"id\":\"bob\"}]");
    check_call(ask(ORDER_ONLINE, "", "bob", "", 0), "/user/checkOnline.json", NULL);
    assert_string_equal(answered, "{\"online\":true}");
    check_call(ask(ORDER_PROFILE, "", "", "", 0), "/user/info.json", NULL);
    assert_string_equal(answered, "{\"id\":\"bot\",\"name\":\"Bot\"}");
}

/* Where RongCloud hosts them, profiles have more. */
static void hosted_profiles(void **state)
{
    (void)state;
    fix->wire->hosting = true;
    fixture_online();
    done = false;
    fix->wire->api_answer =
        "{\"code\":200,\"userList\":[{\"userId\":\"bot\",\"userProfile\":"
        "\"{\\\"name\\\":\\\"Bot\\\",\\\"gender\\\":\\\"2\\\",\\\"level\\\":7}\","
        "\"userExtProfile\":\"{\\\"shift\\\":\\\"night\\\"}\"}]}";
    check_call(ask(ORDER_PROFILE, "", "", "", 0), "/user/profile/batch/query.json",
               "userId=bot");
    assert_string_equal(answered, "{\"id\":\"bot\",\"name\":\"Bot\",\"gender\":2,"
                                  "\"level\":7,\"extra\":{\"shift\":\"night\"}}");
    check_call(ask(ORDER_SET_PROFILE, "", "",
                   "{\"extra\":{\"a\":\"b\"},\"level\":3,\"email\":\"@\"}", 0),
               "/user/profile/set.json",
               "userId=bot&userProfile=%7B%22email%22%3A%22%40%22%2C%22level%22%3A3%7D"
               "&userExtProfile=%7B%22a%22%3A%22b%22%7D");
}

static void profiles_are_checked(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        { "{}", "nothing is to be set" },
        { "[1]", "nothing is to be set" },
        { "{\"nmae\":\"x\"}", "nmae: cannot be set" },
        { "{\"unique_id\":\"x\"}", "unique_id: cannot be set" },
        { "{\"name\":1}", "name: want a text" },
        { "{\"role\":\"x\"}", "role: want a whole number" },
        { "{\"role\":-1}", "role: want a whole number" },
        { "{\"extra\":7}", "extra: want a table of at most 64 texts" },
        { "{\"extra\":{\"a\":7}}", "extra.a: want a text" },
    };
    fixture_online();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct err err = { 0 };
        struct order order = { .verb = ORDER_SET_PROFILE, .text = str_from(rows[i][0]) };
        assert_null(account_order(fix->account, &order, on_answered, NULL, &err));
        assert_string_equal(err.text, rows[i][1]);
    }
    struct err err = { 0 };
    struct order order = { .verb = ORDER_SET_PROFILE, .text = STR("{\"email\":\"x\"}") };
    assert_null(account_order(fix->account, &order, on_answered, NULL, &err));
    assert_int_equal(err.code, ERR_DENIED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name)                                                                       \
    cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
        TEST(orders),
        TEST(results_about_users),
        TEST(hosted_profiles),
        TEST(profiles_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
