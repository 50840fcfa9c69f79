/* Where to connect, in both formats. */
#include "stage.h"

static int navi2(const char *key, const char *body)
{
    struct str headers[] = { STR("Content-Type: Application/x-www-form-urlencoded"),
                             str_from(key),
                             STR("RC-Negotiate: conn=5;rtc=4;log=2;iptype=v4,v6") };
    return http_call("POST", "/v2/navi.json?cloud=0", headers, 3, body);
}

static void test_format_2(void **state)
{
    char token[128], body[256], address[64];
    (void)state;
    get_token("alice", token, sizeof token);
    snprintf(body, sizeof body, "token=%s%%40tail&v=5.38.0&platfrom=browser", token);
    assert_int_equal(navi2("RC-Appkey: " KEY, body), 200);
    assert_int_equal(reply_int("code"), 200);
    assert_str(reply_str("userId"), "alice");
    const struct json *server = json_next(json_get(stage.reply, "serverAddr"), NULL);
    snprintf(address, sizeof address, "127.0.0.1:%d", stage.port);
    assert_str(json_str(json_get(server, "addr")), address);
    assert_int_equal(json_int(json_get(server, "protocol"), 0), 5);
    assert_int_equal(reply_int("openAnti"), 0);
    assert_int_equal(navi2("RC-Appkey: " KEY, "token=nonsense"), 401);
    assert_int_equal(navi2("RC-Appkey: other", body), 403);
    assert_int_equal(control("POST", "/_sandbox/limits", "{\"open_anti\":true}"), 200);
    assert_int_equal(navi2("RC-Appkey: " KEY, body), 200);
    assert_int_equal(reply_int("openAnti"), 1);
}

static void test_an_expired_token_is_the_sockets_business(void **state)
{
    char token[128], body[256];
    (void)state;
    get_token("alice", token, sizeof token);
    snprintf(body, sizeof body, "token=%s", token);
    assert_int_equal(control("POST", "/_sandbox/token/expire", "{\"user_id\":\"alice\"}"),
                     200);
    assert_int_equal(navi2("RC-Appkey: " KEY, body), 200);
}

static void navi1(const char *token, const char *callback, struct http_wait *out)
{
    char path[512];
    snprintf(path, sizeof path, "/navi.js?appId=" KEY "&token=%s&callBack=%s&v=2.5.3&r=1",
             token, callback);
    http_begin(out, "GET", path, NULL, 0, "");
    WAIT_FOR(out->done);
    assert_int_equal(out->status, 200);
}

static void test_format_1(void **state)
{
    static struct http_wait wait;
    char token[128];
    (void)state;
    get_token("alice", token, sizeof token);
    navi1(token, "getServerEndpoint", &wait);
    assert_true(str_starts(str_from(wait.text), STR("getServerEndpoint({\"code\":200,")));
    assert_true(str_ends(str_from(wait.text), STR("});")));
    assert_true(str_find(str_from(wait.text), STR("\"server\":\"127.0.0.1:")) > 0);
    navi1(token, "x", &wait);
    assert_true(str_starts(str_from(wait.text), STR("x(")));
    navi1(token, "alert(1)//", &wait); /* no script of a stranger's choice */
    assert_true(str_starts(str_from(wait.text), STR("getServerEndpoint(")));
    navi1("nonsense", "x", &wait);
    assert_true(str_starts(str_from(wait.text), STR("x({\"code\":401")));
}

static void test_ping_and_preflight(void **state)
{
    (void)state;
    assert_int_equal(http_call("GET", "/ping?r=1", NULL, 0, ""), 200);
    assert_int_equal(http_call("OPTIONS", "/v2/navi.json", NULL, 0, ""), 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUN(test_format_2),
        RUN(test_an_expired_token_is_the_sockets_business),
        RUN(test_format_1),
        RUN(test_ping_and_preflight),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
