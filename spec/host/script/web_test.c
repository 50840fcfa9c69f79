/* script/api_http: bot.http, what it takes and gives. */
#include "web_fixture.h"

#include "store/audit.h"

static void a_request_gets_its_answer(void **state)
{
    (void)state;
    load("http:127.0.0.1:@");
    expect(
        "local r = bot.http.get(base .. '/200?a=1', { query = { b = 'x y&', ['ü'] = 2 },"
        " headers = { Authorization = 'secret' } })\n"
        "return r.status, r.headers['content-type'], r.headers['x-two'], r.body, "
        "r:json().n",
        "200\t\"application/json\"\t\"a, b\"\t\"{\\\"n\\\":7}\"\t7");
    expect_seen("GET /200?a=1&b=x%20y%26&%C3%BC=2 auth=secret");
    expect("return bot.http.post(base .. '/201', 'text').status", "201");
    expect_seen("POST /201? auth= cookie= type= text");
    expect("return bot.http.post(base .. '/200', nil, { json = { a = { 1, true } } "
           "}).status",
           "200");
    expect_seen("type=application/json {\"a\":[1,true]}");
    expect("return bot.http.request { url = base .. '/404', method = 'DELETE' }.status",
           "404");
    expect_seen("DELETE /404?");
    expect("return bot.http.request { url = base .. '/200', json = {},"
           " headers = { ['content-type'] = 'x/y' } }.status",
           "200");
    expect_seen("POST /200? auth= cookie= type=x/y {}");
    expect("return bot.http.request { url = base .. '/200', method = 'HEAD' }.body",
           "\"\"");
}

static void what_is_not_granted_is_refused_before_anything_else(void **state)
{
    (void)state;
    load("http:127.0.0.1:@,http:example.com,http:*.example.org:8443");
    expect("return bot.http.get('http://other.test/', 7)", "denied");
    expect("local _, e = bot.http.get('http://other.test:81/x?secret') return e.message",
           "the plugin p is not granted \\\"http:other.test:81\\\"");
    expect("return select(2, bot.http.get('http://example.org:8443')).code", "denied");
    expect("return select(2, bot.http.get('http://127.0.0.1:1')).code", "denied");
    expect("return select(2, bot.http.get('http://example.com:8080')).code", "denied");
    expect("return select(2, bot.http.get('http://example.com.evil.test/')).code",
           "denied");
    expect("return select(2, bot.http.get('http://user@127.0.0.1/')).code", "argument");
    expect("return select(2, bot.http.get('file:///etc/passwd')).code", "argument");
    expect("return select(2, bot.http.get('ws://example.com/')).code", "argument");
    assert_string_equal(seen, "");
}

static void wrong_arguments_are_named(void **state)
{
    static const char *const cases[][2] = {
        { "bot.http.get()", "url: want a text, have a nil" },
        { "bot.http.get(base, 7)", "opts: want a table" },
        { "bot.http.get(base, { headers = 7 })", "opts.headers: want a table" },
        { "bot.http.get(base, { headers = { Host = 'x' } })", "\"Host\" cannot be set" },
        { "bot.http.get(base, { headers = { ['a b'] = 'x' } })",
          "\"a b\" cannot be set" },
        { "bot.http.get(base, { headers = { ['content-length'] = '1' } })",
          "cannot be set" },
        { "bot.http.get(base, { headers = { ['Proxy-X'] = '1' } })", "cannot be set" },
        { "bot.http.get(base, { headers = { a = 'x\\r\\ny: z' } })",
          "a has line breaks" },
        { "bot.http.get(base, { headers = { a = {} } })", "opts.headers: want texts" },
        { "bot.http.get(base, { headers = { a = ('x'):rep(9000) } })", "of 8192 bytes" },
        { "bot.http.get(base, { query = 'a=b' })", "opts.query: want a table" },
        { "bot.http.get(base, { query = { a = {} } })", "opts.query: want texts" },
        { "bot.http.get(base, { query = { a = ('x'):rep(9000) } })", "longer than 8192" },
        { "bot.http.get(base, { timeout = 'soon' })", "opts.timeout: want a duration" },
        { "bot.http.get(base, { timeout = 0 })", "opts.timeout: up to ten minutes" },
        { "bot.http.get(base, { redirects = 11 })", "opts.redirects: want" },
        { "bot.http.post(base, {})", "body: want a text, have a table" },
        { "bot.http.post(base, nil, { json = print })", "a function cannot be written" },
        { "bot.http.request(7)", "opts: want a table" },
        { "bot.http.request { url = base, method = 'get' }", "method: want" },
        { "bot.http.request { url = base, method = 'CONNECT' }", "method: want" },
        { "table.sort({ 1, 2 }, function() bot.http.get(base) end)", "cannot wait here" },
    };
    (void)state;
    load("http:127.0.0.1:@");
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        expect(cases[i][0], cases[i][1]);
    assert_string_equal(seen, "");
}

static void only_so_many_are_under_way(void **state)
{
    static struct asked asked[9];
    (void)state;
    load("http:127.0.0.1:@");
    room_load(room, "q", "bot = ...", "");
    for (int i = 0; i < 9; i++)
        start_asking(&asked[i], "local r, e = bot.http.get(base .. '/hold')"
                                " return r and r.status or e.message");
    assert_int_equal(asked[8].calls, 1);
    assert_string_equal(asked[8].text, "\"more than 8 http requests under way\"");
    assert_string_equal(room_eval(room, "q", "1 + 1"), "2"); /* a neighbour */
    WAIT_FOR(held_count == 8);
    for (int i = 0; i < 8; i++)
        server_reply(held[i], 200, NULL, NULL, STR_NONE);
    for (int i = 0; i < 8; i++) {
        WAIT_FOR(asked[i].calls == 1);
        assert_string_equal(asked[i].text, "200");
    }
    expect("return bot.http.get(base .. '/200').status", "200");
}

static void the_clock_ends_it(void **state)
{
    static struct asked asked;
    (void)state;
    load("http:127.0.0.1:@");
    start_asking(&asked, "local _, e = bot.http.get(base .. '/hold', { timeout = 5 })"
                         " return e.code");
    WAIT_FOR(held_count == 1);
    room_pass(room, 4999);
    assert_int_equal(asked.calls, 0);
    room_pass(room, 1);
    assert_string_equal(asked.text, "\"timeout\"");
    start_asking(&asked,
                 "local _, e = bot.http.get(base .. '/302?to=/hold') return e.code");
    WAIT_FOR(held_count == 2);
    room_pass(room, 30000);
    assert_string_equal(asked.text, "\"timeout\"");
}

static void it_goes_with_its_task(void **state)
{
    (void)state;
    load("http:127.0.0.1:@");
    expect("seen = 0 t = bot.spawn(function()\n"
           "  local r, e = bot.http.get(base .. '/hold') seen = e.code end) return 1",
           "1");
    WAIT_FOR(held_count == 1);
    expect("t:cancel() return 1", "1");
    WAIT_FOR(gone_count == 1);
    expect("return seen", "\"cancelled\"");
}

static void it_goes_with_its_plugin(void **state)
{
    static struct asked asked;
    struct err err = { 0 };
    (void)state;
    load("http:127.0.0.1:@");
    start_asking(&asked, "bot.http.get(base .. '/hold')");
    WAIT_FOR(held_count == 1);
    assert_true(script_unload(room->script, STR("p"), &err));
    WAIT_FOR(asked.calls == 1 && gone_count == 1);
}

static void note_row(void *arg, const struct audit_row *row)
{
    char *text = arg;
    size_t len = strlen(text);
    if (!str_eq(row->plugin, STR("ctl")))
        snprintf(text + len, 1000 - len, "%.*s %.*s %.*s %.*s\n", STR_ARG(row->plugin),
                 STR_ARG(row->verb), STR_ARG(row->target), STR_ARG(row->result));
}

static const char *audit(void)
{
    static char text[1000];
    text[0] = '\0';
    assert_true(audit_each(room->store, 50, note_row, text, NULL));
    return text;
}

static void one_row_for_each_in_the_audit(void **state)
{
    (void)state;
    load("http:127.0.0.1:@");
    const char *rows;
    char want[100];
    ask("bot.http.get(base .. '/404?key=secret') bot.http.get('http://no.test/secret')");
    rows = audit();
    snprintf(want, sizeof(want), "p http GET 127.0.0.1:%d 404\n", server_port(server));
    assert_non_null(strstr(rows, want));
    assert_non_null(strstr(rows, "p http GET no.test denied\n"));
    assert_null(strstr(rows, "/404"));
    assert_null(strstr(rows, "/secret\n"));
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_request_gets_its_answer),
        TEST(what_is_not_granted_is_refused_before_anything_else),
        TEST(wrong_arguments_are_named),
        TEST(only_so_many_are_under_way),
        TEST(the_clock_ends_it),
        TEST(it_goes_with_its_task),
        TEST(it_goes_with_its_plugin),
        TEST(one_row_for_each_in_the_audit),
    };
    return cmocka_run_group_tests_name("web", tests, NULL, NULL);
}
