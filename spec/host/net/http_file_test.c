/* Files on their way up, as forms, and down, in pieces. */
#include "fixture.h"

#include "base/buf.h"
#include "net/http.h"
#include "net/server.h"

#define MIB ((size_t)1 << 20)

/* ---- the server end: /N answers with status N and what it got ---- */

static struct server *server;

static void on_request(void *arg, struct server_request *request)
{
    struct str path = server_path(request);
    struct buf text;
    int64_t status = 0;

    (void)arg;
    buf_init(&text, 4 * MIB);
    if (str_eq(path, STR("/large"))) {
        assert_true(buf_reserve(&text, 2 * MIB));
        memset(text.at, 'x', 2 * MIB);
        text.len = 2 * MIB;
    } else {
        buf_add_format(&text, "%.*s %.*s\r\n", STR_ARG(server_method(request)),
                       STR_ARG(server_header(request, "content-type")));
        buf_add_str(&text, server_body(request));
    }
    str_to_i64(str_sub(path, 1, 3), &status);
    server_reply(request, status != 0 ? (int)status : 200, "text/plain", NULL,
                 buf_str(&text));
    buf_clear(&text);
}

static int set_up(void **state)
{
    static const struct server_events events = { .on_request = on_request };
    struct server_options options = { .host = STR("127.0.0.1"), .body_max = 4 * MIB };
    struct err err = { 0 };

    (void)state;
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
    int done, status;
    struct buf body;
    struct err why;
};

static void on_done(void *arg, const struct http_answer *answer, const struct err *why)
{
    struct call *call = arg;

    call->done++;
    if (answer != NULL) {
        call->status = answer->status;
        buf_add_str(&call->body, answer->body);
    } else {
        call->why = *why;
    }
}

static void start(struct call *call, struct http_request *request, const char *path)
{
    struct err err = { 0 };
    char url[100];

    buf_init(&call->body, 4 * MIB);
    snprintf(url, sizeof(url), "http://127.0.0.1:%d%s", server_port(server), path);
    request->url = str_from(url);
    if (http_start(net, request, on_done, call, &err) == NULL)
        fail_msg("%s", err.text);
    assert_int_equal(call->done, 0);
}

static struct {
    size_t len, most; /* in all, in one piece */
    int64_t done, total;
    bool refuse;
} moved;

static bool on_piece(void *arg, struct str bytes)
{
    (void)arg;
    moved.len += bytes.len;
    if (bytes.len > moved.most)
        moved.most = bytes.len;
    return !moved.refuse;
}

static void on_progress(void *arg, int64_t done, int64_t total)
{
    (void)arg;
    assert_true(done > moved.done && done <= total);
    moved.done = done;
    moved.total = total;
}

static struct call post_file(size_t written, int64_t size)
{
    static const struct http_field fields[] = { { { "a", 1 }, { "1\r\n2", 4 } },
                                                { { "b", 1 }, { NULL, 0 } } };
    struct call call = { 0 };
    FILE *file = tmpfile();
    struct http_form form = { .fields = fields,
                              .field_count = 2,
                              .fd = fileno(file),
                              .size = size,
                              .file_name = STR("x.bin"),
                              .file_type = STR("a/b"),
                              .progress = on_progress };
    struct http_request request = { .form = &form, .answer_max = 4 * MIB };

    memset(&moved, 0, sizeof(moved));
    for (size_t i = 0; i < written; i++)
        fputc('y', file);
    fflush(file);
    start(&call, &request, "/200");
    fclose(file);
    WAIT_FOR(call.done == 1);
    return call;
}

static void a_form_is_read_from_its_file(void **state)
{
    struct call call = post_file(MIB, MIB);

    (void)state;
    assert_int_equal(call.status, 200);
    assert_true(str_starts(buf_str(&call.body), STR("POST multipart/form-data;")));
    assert_non_null(strstr(call.body.at, "name=\"a\"\r\n\r\n1\r\n2\r\n"));
    assert_non_null(strstr(call.body.at, "name=\"b\"\r\n\r\n\r\n"));
    assert_non_null(strstr(call.body.at, "name=\"file\"; filename=\"x.bin\"\r\n"
                                         "Content-Type: a/b\r\n\r\nyyy"));
    assert_true(call.body.len > MIB);
    assert_int_equal(moved.done, MIB);
    assert_int_equal(moved.total, MIB);
    buf_clear(&call.body);
}

static void a_file_that_became_shorter_is_told(void **state)
{
    struct call call = post_file(MIB / 2, MIB);

    (void)state;
    assert_int_equal(call.why.code, ERR_STORAGE);
    buf_clear(&call.body);
}

static struct call take(const char *path, size_t most)
{
    struct http_request request = { .take = on_piece, .answer_max = most };
    struct call call = { 0 };

    start(&call, &request, path);
    WAIT_FOR(call.done == 1);
    return call;
}

static void an_answer_is_taken_piece_by_piece(void **state)
{
    struct call call;

    (void)state;
    memset(&moved, 0, sizeof(moved));
    call = take("/large", 2 * MIB);
    assert_int_equal(call.status, 200);
    assert_int_equal(moved.len, 2 * MIB);
    assert_true(moved.most < MIB);
    assert_int_equal(call.body.len, 0);
    buf_clear(&call.body);
    call = take("/large", 2 * MIB - 1);
    assert_int_equal(call.why.code, ERR_LIMIT);
    buf_clear(&call.body);
    /* What is no success is kept as ever. */
    memset(&moved, 0, sizeof(moved));
    call = take("/404", MIB);
    assert_int_equal(call.status, 404);
    assert_int_equal(moved.len, 0);
    assert_true(call.body.len > 0);
    buf_clear(&call.body);
    moved.refuse = true;
    call = take("/200", MIB);
    assert_int_equal(call.why.code, ERR_STORAGE);
    buf_clear(&call.body);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_form_is_read_from_its_file),
        TEST(a_file_that_became_shorter_is_told),
        TEST(an_answer_is_taken_piece_by_piece),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
