/* http against our own server, and against ports that do worse than answer. */
#include "fixture.h"

#include "base/buf.h"
#include "net/http.h"
#include "net/server.h"
#include "net/stream.h"

#define MIB ((size_t)1 << 20)

/* ---- the server end: /N answers with status N and tells what it got ---- */

static struct server *server;
static struct server_request *held;
static int gone;

static void on_request(void *arg, struct server_request *request)
{
    struct str path = server_path(request);
    struct buf text;
    int64_t status = 0;

    (void)arg;
    if (str_eq(path, STR("/hold"))) {
        held = request;
        return;
    }
    if (str_eq(path, STR("/drop"))) {
        server_drop(request);
        return;
    }
    buf_init(&text, 4 * MIB);
    if (str_eq(path, STR("/large"))) {
        assert_true(buf_reserve(&text, 2 * MIB));
        memset(text.at, 'x', 2 * MIB);
        text.len = 2 * MIB;
    } else {
        buf_add_format(&text, "%.*s %.*s?%.*s type=%.*s x=%.*s expect=%.*s body=",
                       STR_ARG(server_method(request)), STR_ARG(path),
                       STR_ARG(server_query(request)),
                       STR_ARG(server_header(request, "content-type")),
                       STR_ARG(server_header(request, "X-Own")),
                       STR_ARG(server_header(request, "expect")));
        buf_add_str(&text, server_body(request));
    }
    str_to_i64(str_sub(path, 1, 3), &status);
    server_reply(request, status != 0 ? (int)status : 200, "text/plain", NULL,
                 buf_str(&text));
    buf_clear(&text);
}

static void on_request_gone(void *arg, struct server_request *request)
{
    (void)arg;
    (void)request;
    held = NULL;
    gone++;
}

static int set_up(void **state)
{
    static const struct server_events events = { .on_request = on_request,
                                                 .on_request_gone = on_request_gone };
    struct server_options options = { .host = STR("127.0.0.1"), .body_max = 4 * MIB };
    struct err err = { 0 };

    (void)state;
    held = NULL;
    gone = 0;
    if (open_net_with(NULL) != 0)
        return 1;
    server = server_open(net, &options, &events, NULL, &err);
    return server == NULL;
}

static int tear_down(void **state)
{
    if (server != NULL)
        server_close(server);
    return close_net(state);
}

/* ---- the client end ---- */

struct call {
    struct http_call *call;
    int done, status;
    struct buf body;
    char type[40];
    struct err why;
    bool cancel_in_done;
};

static void on_done(void *arg, const struct http_answer *answer, const struct err *why)
{
    struct call *call = arg;

    call->done++;
    if (answer != NULL) {
        call->status = answer->status;
        buf_add_str(&call->body, answer->body);
        snprintf(call->type, sizeof(call->type), "%.*s", STR_ARG(answer->content_type));
    } else {
        call->why = *why;
    }
    if (call->cancel_in_done)
        http_cancel(call->call);
    call->call = NULL;
}

static char *url_of(int port, const char *path)
{
    static char url[200];

    snprintf(url, sizeof(url), "http://127.0.0.1:%d%s", port, path);
    return url;
}

static void start(struct call *call, struct http_request *request, const char *path)
{
    struct err err = { 0 };

    buf_init(&call->body, 4 * MIB);
    if (request->url.at == NULL)
        request->url = str_from(url_of(server_port(server), path));
    call->call = http_start(net, request, on_done, call, &err);
    if (call->call == NULL)
        fail_msg("%s", err.text);
    assert_int_equal(call->done, 0);
}

static struct call fetch(struct http_request request, const char *path)
{
    struct call *call = mem_zero(sizeof(*call)), copy;

    start(call, &request, path);
    WAIT_FOR(call->done == 1);
    copy = *call;
    free(call);
    return copy;
}

/* ---- tests ---- */

static void every_method_arrives_with_its_body(void **state)
{
    static const struct str headers[] = { { "X-Own: mine", 11 },
                                          { "Content-Type: a/b", 17 } };
    static const struct {
        struct http_request request;
        const char *text;
    } cases[] = {
        { { .method = NULL }, "GET //a/../%2F?q=1&q=2 type= x= expect= body=" },
        { { .body = { "b", 1 } }, "POST //a/../%2F?q=1&q=2 type= x= expect= body=b" },
        { { .method = "POST" }, "POST //a/../%2F?q=1&q=2 type= x= expect= body=" },
        { { .method = "PUT", .body = { "p", 1 } },
          "PUT //a/../%2F?q=1&q=2 type= x= expect= body=p" },
        { { .method = "HEAD" }, "" },
        { { .method = "DELETE" }, "DELETE //a/../%2F?q=1&q=2 type= x= expect= body=" },
        { { .method = "OPTIONS", .headers = headers, .header_count = 2 },
          "OPTIONS //a/../%2F?q=1&q=2 type=a/b x=mine expect= body=" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct call call = fetch(cases[i].request, "//a/../%2F?q=1&q=2");

        assert_int_equal(call.status, 200);
        assert_string_equal(call.body.at, cases[i].text);
        assert_string_equal(call.type, "text/plain");
        buf_clear(&call.body);
    }
}

static void every_status_is_an_answer(void **state)
{
    static const int statuses[] = { 200, 204, 301, 302, 304, 400, 401, 403,
                                    404, 405, 429, 430, 500, 502, 503, 999 };

    (void)state;
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        char path[16];
        struct call call;

        snprintf(path, sizeof(path), "/%d", statuses[i]);
        call = fetch((struct http_request){ 0 }, path);
        assert_int_equal(call.status, statuses[i]);
        buf_clear(&call.body);
    }
}

static void a_large_body_is_sent_without_asking(void **state)
{
    char *body = mem_zero(3 * MIB);
    struct http_request request = { .body = str_of(body, 3 * MIB),
                                    .answer_max = 4 * MIB };
    struct call call;

    (void)state;
    memset(body, 'y', 3 * MIB);
    call = fetch(request, "/x");
    assert_int_equal(call.status, 200);
    assert_non_null(strstr(call.body.at, "expect= body=yyy"));
    assert_true(call.body.len > 3 * MIB);
    buf_clear(&call.body);
    free(body);
}

static void an_answer_too_large_is_refused(void **state)
{
    struct call call = fetch((struct http_request){ 0 }, "/large");

    (void)state;
    assert_int_equal(call.why.code, ERR_LIMIT);
    assert_int_equal(call.status, 0);
    buf_clear(&call.body);
    call = fetch((struct http_request){ .answer_max = 2 * MIB }, "/large");
    assert_int_equal(call.status, 200);
    assert_int_equal(call.body.len, 2 * MIB);
    buf_clear(&call.body);
}

static void the_clock_ends_a_call_that_is_not_answered(void **state)
{
    struct http_request request = { .timeout_ms = 3000 };
    struct call call = { 0 };

    (void)state;
    start(&call, &request, "/hold");
    WAIT_FOR(held != NULL);
    clock_add_ms(2999);
    loop_turn(loop, 0);
    assert_int_equal(call.done, 0);
    clock_add_ms(1);
    loop_turn(loop, 0);
    assert_int_equal(call.done, 1);
    assert_int_equal(call.why.code, ERR_TIMEOUT);
    assert_non_null(strstr(call.why.text, "3000 ms"));
    WAIT_FOR(gone == 1);
    buf_clear(&call.body);
}

static void a_cancelled_call_says_nothing(void **state)
{
    struct http_request request = { 0 };
    struct call call = { 0 }, other = { 0 };

    (void)state;
    start(&call, &request, "/hold");
    WAIT_FOR(held != NULL);
    http_cancel(call.call);
    WAIT_FOR(gone == 1);
    start(&other, &request, "/200");
    http_cancel(other.call); /* before it was even sent */
    loop_turn(loop, 5);
    assert_int_equal(call.done + other.done, 0);
    buf_clear(&call.body);
    buf_clear(&other.body);
}

static void cancelling_inside_done_is_harmless(void **state)
{
    struct http_request request = { 0 };
    struct call call = { .cancel_in_done = true };

    (void)state;
    start(&call, &request, "/200");
    WAIT_FOR(call.done == 1);
    buf_clear(&call.body);
}

static struct call victim;

static void on_done_cancel_other(void *arg, const struct http_answer *answer,
                                 const struct err *why)
{
    (void)answer;
    (void)why;
    *(int *)arg = 1;
    if (victim.call != NULL)
        http_cancel(victim.call);
    victim.call = NULL;
}

static void cancelling_another_call_inside_done_is_harmless(void **state)
{
    struct http_request request = { 0 };
    int done = 0;

    (void)state;
    memset(&victim, 0, sizeof(victim));
    request.url = str_from(url_of(server_port(server), "/200"));
    assert_non_null(http_start(net, &request, on_done_cancel_other, &done, NULL));
    start(&victim, &request, "/200");
    WAIT_FOR(done == 1);
    loop_turn(loop, 5);
    assert_true(victim.done == 0 || victim.status == 200);
    buf_clear(&victim.body);
}

static void a_refused_port_and_a_lost_answer_are_network_errors(void **state)
{
    struct http_request request = { 0 };
    struct call call = fetch(request, "/drop");
    int port = server_port(server);

    (void)state;
    assert_int_equal(call.why.code, ERR_NETWORK);
    buf_clear(&call.body);
    server_close(server);
    server = NULL;
    request.url = str_from(url_of(port, "/"));
    call = fetch(request, NULL);
    assert_int_equal(call.why.code, ERR_NETWORK);
    assert_non_null(strstr(call.why.text, "127.0.0.1"));
    buf_clear(&call.body);
}

static void wrong_calls_are_refused_at_once(void **state)
{
    static const struct str bad_header = { "X: y\r\nZ: w", 10 };
    static const struct str no_colon = { "nothing", 7 };
    static const struct http_request requests[] = {
        { .url = { "", 0 } },
        { .url = { "ftp://h/", 8 } },
        { .url = { "file:///etc/passwd", 18 } },
        { .url = { "ws://h/", 7 } },
        { .url = { "http://", 7 } },
        { .url = { "http://h/a b", 12 } },
        { .url = { "http://h/\r\nX: y", 15 } },
        { .url = { "http://h/", 9 }, .method = "GET /" },
        { .url = { "http://h/", 9 }, .method = "" },
        { .url = { "http://h/", 9 }, .headers = &bad_header, .header_count = 1 },
        { .url = { "http://h/", 9 }, .headers = &no_colon, .header_count = 1 },
        { .url = { "http://h/", 9 }, .headers = &no_colon, .header_count = 65 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        struct err err = { 0 };

        assert_null(http_start(net, &requests[i], on_done, NULL, &err));
        assert_int_equal(err.code, ERR_ARGUMENT);
    }
}

/* A server of one sentence, to count connections and to say what ours never would. */
struct parrot {
    struct listener *listener;
    const char *sentence;
    int connections;
    bool closes;
};

struct perch {
    struct parrot *parrot;
    struct stream *stream;
};

static void *on_parrot_accepted(void *arg, struct stream *stream)
{
    struct perch *perch = MEM_NEW(struct perch);

    perch->parrot = arg;
    perch->parrot->connections++;
    perch->stream = stream;
    return perch;
}

static void on_parrot_bytes(void *data, char *bytes, size_t len)
{
    struct perch *perch = data;

    (void)bytes;
    (void)len;
    stream_send(perch->stream, str_from(perch->parrot->sentence));
    if (perch->parrot->closes) {
        stream_close(perch->stream);
        free(perch);
    }
}

static void on_parrot_gone(void *data)
{
    free(data);
}

static void open_parrot(struct parrot *parrot)
{
    static const struct stream_events events = { on_parrot_accepted, on_parrot_bytes,
                                                 on_parrot_gone };
    struct listener_options options = { .host = STR("127.0.0.1") };

    parrot->listener = listener_open(loop, &options, &events, parrot, NULL);
    assert_non_null(parrot->listener);
}

static struct call ask(struct parrot *parrot)
{
    struct http_request request = { .url = str_from(
                                        url_of(listener_port(parrot->listener), "/")) };

    return fetch(request, NULL);
}

static void a_connection_is_used_again(void **state)
{
    struct parrot parrot = { .sentence =
                                 "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi" };

    (void)state;
    open_parrot(&parrot);
    for (int i = 0; i < 10; i++) {
        struct call call = ask(&parrot);

        assert_string_equal(call.body.at, "hi");
        buf_clear(&call.body);
    }
    assert_int_equal(parrot.connections, 1);
    net_free(net); /* which hangs up */
    for (int i = 0; i < 5; i++)
        loop_turn(loop, 5);
    listener_close(parrot.listener);
    server_close(server);
    server = NULL;
    net = net_new(loop, NULL, NULL);
}

static void nonsense_and_endless_answers_are_errors(void **state)
{
    struct parrot nonsense = { .sentence = "hello there\r\n\r\n", .closes = true };
    struct parrot short_one = { .sentence =
                                    "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi",
                                .closes = true };
    struct parrot open_end = { .sentence = "HTTP/1.1 200 OK\r\n\r\nto the end",
                               .closes = true };
    struct call call;

    (void)state;
    open_parrot(&nonsense);
    call = ask(&nonsense);
    assert_int_equal(call.why.code, ERR_NETWORK);
    buf_clear(&call.body);
    open_parrot(&short_one);
    call = ask(&short_one);
    assert_int_equal(call.why.code, ERR_NETWORK);
    buf_clear(&call.body);
    open_parrot(&open_end);
    call = ask(&open_end);
    assert_int_equal(call.status, 200);
    assert_string_equal(call.body.at, "to the end");
    buf_clear(&call.body);
    listener_close(nonsense.listener);
    listener_close(short_one.listener);
    listener_close(open_end.listener);
}

static void many_calls_at_once_are_all_answered(void **state)
{
    enum { COUNT = 200 };
    struct call *calls = mem_zero(COUNT * sizeof(*calls));
    struct http_request request = { 0 };

    (void)state;
    for (int i = 0; i < COUNT; i++)
        start(&calls[i], &request, "/200");
    for (int i = 0; i < COUNT; i++) {
        WAIT_FOR(calls[i].done == 1);
        assert_int_equal(calls[i].status, 200);
        buf_clear(&calls[i].body);
    }
    free(calls);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(every_method_arrives_with_its_body),
        TEST(every_status_is_an_answer),
        TEST(a_large_body_is_sent_without_asking),
        TEST(an_answer_too_large_is_refused),
        TEST(the_clock_ends_a_call_that_is_not_answered),
        TEST(a_cancelled_call_says_nothing),
        TEST(cancelling_inside_done_is_harmless),
        TEST(cancelling_another_call_inside_done_is_harmless),
        TEST(a_refused_port_and_a_lost_answer_are_network_errors),
        TEST(wrong_calls_are_refused_at_once),
        TEST(a_connection_is_used_again),
        TEST(nonsense_and_endless_answers_are_errors),
        TEST(many_calls_at_once_are_all_answered),
    };

    return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
