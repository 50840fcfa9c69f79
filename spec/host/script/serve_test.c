/* script/serve: requests that plugins answer, over real sockets. */
#include "web_fixture.h"

#define PLUGIN                                                                           \
    "local bot = ...\n"                                                                  \
    "local function serve(path, fn) return assert(bot.http.serve(path, fn)) end\n"       \
    "serve('text', function() return 'hello' end)\n"                                     \
    "serve('nothing', function() end)\n"                                                 \
    "serve('table', function() return { status = 201, body = 'made',\n"                  \
    "  headers = { ['Content-Type'] = 'a/b', ['X-Own'] = 'x' } } end)\n"                 \
    "serve('/json', function(r) return { json = { r.query.a, r.query.b,\n"               \
    "  r.headers['x-in'], r.body, r.method, r.path } } end)\n"                           \
    "serve('below/', function(r) return r.path end)\n"                                   \
    "serve('below/deep/', function(r) return 'deep' .. r.path end)\n"                    \
    "serve('fails', function() error 'secret details' end)\n"                            \
    "serve('stays', function() while true do bot.sleep(5) end end)\n"                    \
    "serve('loops', function() while true do end end)\n"                                 \
    "serve('sleeps', function() bot.sleep(5) return 'slept' end)\n"

/* The server of the fixture asks others; here it is asked itself. */
static struct server *front;

static void on_asked_front(void *arg, struct server_request *request)
{
    (void)arg;
    script_serve(room->script, request);
}

static void on_front_gone(void *arg, struct server_request *request)
{
    (void)arg;
    gone_count++;
    script_serve_gone(request);
}

static int open_front(void **state)
{
    static const struct server_events events = { .on_request = on_asked_front,
                                                 .on_request_gone = on_front_gone };
    struct server_options options = { .host = STR("127.0.0.1") };
    set_up(state);
    front = server_open(room->net, &options, &events, NULL, NULL);
    return front == NULL;
}

static int close_front(void **state)
{
    script_free(room->script);
    server_close(front);
    room->script = NULL;
    return tear_down(state);
}

/* --- the peer --- */

struct get {
    struct http_call *call;
    int status;
    char body[2000], type[100];
};

static void on_got(void *arg, const struct http_answer *answer, const struct err *why)
{
    struct get *get = arg;
    get->call = NULL;
    get->status = answer ? answer->status : -(int)why->code;
    if (!answer)
        return;
    snprintf(get->body, sizeof(get->body), "%.*s", STR_ARG(answer->body));
    snprintf(get->type, sizeof(get->type), "%.*s", STR_ARG(answer->content_type));
}

static void begin(struct get *get, const char *path, const char *body)
{
    static const struct str headers[] = { { "X-In: came", 10 } };
    char url[300];
    snprintf(url, sizeof(url), "http://127.0.0.1:%d%s", server_port(front), path);
    struct http_request request = { .url = str_from(url),
                                    .body = str_from(body),
                                    .headers = headers,
                                    .header_count = 1,
                                    .timeout_ms = 3600000 };
    memset(get, 0, sizeof(*get));
    get->call = http_start(room->net, &request, on_got, get, NULL);
    assert_non_null(get->call);
}

static const struct get *get(const char *path, const char *body)
{
    static struct get one;
    begin(&one, path, body);
    WAIT_FOR(one.status != 0);
    return &one;
}

static void expect_status(const char *path, int status)
{
    const struct get *got = get(path, NULL);
    if (got->status != status)
        fail_msg("%s gives %d %s, not %d", path, got->status, got->body, status);
}

/* --- tests --- */

static void what_it_returns_is_the_answer(void **state)
{
    (void)state;
    room_load(room, "p", PLUGIN, "http.serve");
    const struct get *got = get("/b/p/text", NULL);
    assert_int_equal(got->status, 200);
    assert_string_equal(got->body, "hello");
    assert_string_equal(got->type, "text/plain; charset=utf-8");
    assert_int_equal(get("/b/p/nothing", NULL)->status, 204);
    got = get("/b/p/table", "x");
    assert_int_equal(got->status, 201);
    assert_string_equal(got->body, "made");
    assert_string_equal(got->type, "a/b");
    got = get("/b/p/json?a=x%20y&b=&c", "body");
    assert_string_equal(got->body, "[\"x y\",\"\",\"came\",\"body\",\"POST\",\"/json\"]");
    assert_string_equal(got->type, "application/json");
    assert_string_equal(get("/b/p/below/a/../b%20c", NULL)->body, "/below/a/../b%20c");
    assert_string_equal(get("/b/p/below/deep/x", NULL)->body, "deep/below/deep/x");
}

static void other_paths_are_not_found(void **state)
{
    static const char *const paths[] = {
        "/b/p",         "/b/p/", "/b/p/tex", "/b/p/text/", "/b/p/TEXT",  "/b/q/text",
        "/b/console/x", "/b",    "/",        "//p/text/x", "/b/p/below", "/b//text",
    };
    (void)state;
    room_load(room, "p", PLUGIN, "http.serve");
    for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
        expect_status(paths[i], 404);
}

static void without_the_grant_nothing_is_served(void **state)
{
    struct err err = { 0 };
    (void)state;
    assert_false(room_try_load(room, "p", PLUGIN, "", "", &err));
    assert_non_null(strstr(err.text, "is not granted \"http.serve\""));
    expect_status("/b/p/text", 404);
}

static void errors_say_nothing_to_the_peer(void **state)
{
    (void)state;
    room_quiet(true);
    room_load(room, "p", PLUGIN, "http.serve");
    const struct get *got = get("/b/p/fails", NULL);
    assert_int_equal(got->status, 500);
    assert_null(strstr(got->body, "secret"));
    assert_non_null(strstr(room->log, "secret details"));
    expect_status("/b/p/loops", 500);
    expect_status("/b/p/text", 200);
    room_quiet(false);
}

static void answers_that_are_none(void **state)
{
    static const char *const cases[][2] = {
        { "return 7", "want a text or a table" },
        { "return { status = 99 }", "status: want a number from 200 to 599" },
        { "return { status = '200' }", "status: want a number" },
        { "return { body = {} }", "body: want a text, have a table" },
        { "return { json = print }", "json: a function cannot be written" },
        { "return { headers = 7 }", "headers: want a table" },
        { "return { headers = { a = 7 } }", "headers: want texts" },
        { "return { headers = { ['a b'] = 'x' } }", "headers: \"a b\" cannot be set" },
        { "return { headers = { ['Content-Length'] = '9' } }", "cannot be set" },
        { "return { headers = { a = 'x\\r\\nb: c' } }", "headers: \"a\" cannot be set" },
        { "return { headers = { a = ('x'):rep(9000) } }", "headers: too large" },
        { "return ('x'):rep(1 << 20) .. 'x'", "body: 1048577 bytes, at most 1048576" },
        { "return setmetatable({}, { __index = error })", NULL },
    };
    (void)state;
    room_quiet(true);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char code[300];
        snprintf(code, sizeof(code), "(...).http.serve('x', function() %s end)",
                 cases[i][0]);
        room_load(room, "q", code, "http.serve");
        room_forget(room);
        expect_status("/b/q/x", cases[i][1] ? 500 : 200);
        if (cases[i][1] && !strstr(room->log, cases[i][1]))
            fail_msg("%s: logs %s, not %s", cases[i][0], room->log, cases[i][1]);
        assert_true(script_unload(room->script, STR("q"), NULL));
    }
    room_quiet(false);
}

static void what_takes_too_long_is_ended(void **state)
{
    struct get slow;
    (void)state;
    room_quiet(true);
    room_load(
        room, "p",
        "local bot = ...\nbot.http.serve('x', function()\n"
        "  for i = 1, 100 do if not bot.sleep(10) then bot.log.warn('over') end end\n"
        "end)",
        "http.serve");
    begin(&slow, "/b/p/x", NULL);
    WAIT_FOR(script_task_count(room->script) == 1);
    for (int i = 0; i < 2; i++)
        room_pass(room, 10000);
    assert_int_equal(slow.status, 0);
    room_pass(room, 10000);
    WAIT_FOR(slow.status == 504);
    WAIT_FOR(script_task_count(room->script) == 0);
    room_quiet(false);
}

static void only_so_many_are_in_hand(void **state)
{
    static struct get slow[33];
    int busy = 0, slept = 0;
    (void)state;
    room_load(room, "p", PLUGIN, "http.serve");
    for (int i = 0; i < 33; i++)
        begin(&slow[i], "/b/p/sleeps", NULL);
    WAIT_FOR(script_task_count(room->script) == 32);
    for (int i = 0; i < 33; i++) {
        WAIT_FOR(busy > 0 || slow[i].status == 503 || i < 32);
        busy += slow[i].status == 503;
    }
    assert_int_equal(busy, 1);
    room_pass(room, 5000);
    for (int i = 0; i < 33; i++) {
        WAIT_FOR(slow[i].status != 0);
        slept += slow[i].status == 200;
    }
    assert_int_equal(slept, 32);
}

static void a_peer_that_leaves_does_no_harm(void **state)
{
    struct get slow;
    (void)state;
    room_load(room, "p", PLUGIN, "http.serve");
    begin(&slow, "/b/p/sleeps", NULL);
    WAIT_FOR(script_task_count(room->script) == 1);
    http_cancel(slow.call);
    WAIT_FOR(gone_count == 1);
    room_pass(room, 5000);
    assert_int_equal(script_task_count(room->script), 0);
    expect_status("/b/p/text", 200);
}

static void a_reload_loses_no_request(void **state)
{
    struct get slow, queued;
    struct buf report;
    (void)state;
    buf_init(&report, 1000);
    room_load(room, "p", PLUGIN, "http.serve");
    begin(&slow, "/b/p/sleeps", NULL);
    WAIT_FOR(script_task_count(room->script) == 1);
    room_write(room, "p", "init.lua",
               "local bot = ...\nbot.http.serve('sleeps', function() return 'new' end)");
    assert_true(script_reload(room->script, STR("p"), true, &report, NULL));
    begin(&queued, "/b/p/sleeps", NULL);
    WAIT_FOR(queued.status != 0);
    assert_string_equal(queued.body, "new");
    room_pass(room, 5000);
    WAIT_FOR(slow.status != 0);
    assert_string_equal(slow.body, "slept");
    expect_status("/b/p/text", 404);
    buf_clear(&report);
}

static void it_ends_with_its_plugin(void **state)
{
    struct get slow;
    (void)state;
    room_load(room, "p", PLUGIN, "http.serve");
    begin(&slow, "/b/p/stays", NULL);
    WAIT_FOR(script_task_count(room->script) == 1);
    assert_true(script_unload(room->script, STR("p"), NULL));
    WAIT_FOR(slow.status == 503);
    expect_status("/b/p/text", 404);
}

static void it_can_be_taken_back(void **state)
{
    (void)state;
    room_load(room, "p",
              "bot = ...\noff = bot.http.serve('a', function() return 'a' end)",
              "http.serve");
    expect_status("/b/p/a", 200);
    expect("return bot.http.serve('/a', print)", "exists");
    expect("return bot.http.serve('b c', print)", "path: want a text");
    expect("return bot.http.serve('b')", "fn: want a function");
    expect("off() off() return bot.http.serve('a', function() return 'b' end)",
           "function");
    assert_string_equal(get("/b/p/a", NULL)->body, "b");
    expect("for i = 1, 200 do local _, e = bot.http.serve('n' .. i, print)\n"
           "  if e then return e.message end end",
           "more than 100 paths served");
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, open_front, close_front)
    const struct CMUnitTest tests[] = {
        TEST(what_it_returns_is_the_answer),
        TEST(other_paths_are_not_found),
        TEST(without_the_grant_nothing_is_served),
        TEST(errors_say_nothing_to_the_peer),
        TEST(answers_that_are_none),
        TEST(what_takes_too_long_is_ended),
        TEST(only_so_many_are_in_hand),
        TEST(a_peer_that_leaves_does_no_harm),
        TEST(a_reload_loses_no_request),
        TEST(it_ends_with_its_plugin),
        TEST(it_can_be_taken_back),
    };
    return cmocka_run_group_tests_name("serve", tests, NULL, NULL);
}
