/* The store that files lie in: posted with a token, fetched by address. */
#include "stage.h"

#define PNG "\x89PNG\r\n\x1a\n"

static struct str posted_type = STR("Content-Type: multipart/form-data; boundary=XX");

/* Asks for a token as clients do. */
static void upload_token(struct player *player, const char *key, char *out, size_t size)
{
    struct get_qnup_token_input up = { 0 };
    struct get_qnup_token_output token;
    pb_put(up, get_qnup_token_input, type, 1);
    pb_put(up, get_qnup_token_input, key, str_from(key));
    assert_int_equal(ask(player, "qnTkn", "alice", &get_qnup_token_input_type, &up,
                         &get_qnup_token_output_type, &token),
                     0);
    snprintf(out, size, "%.*s", STR_ARG(token.token));
}

/* The path of the address that clients are given for a key. */
static const char *download_path(struct player *player, const char *key)
{
    static char path[1024];
    char place[64];
    struct get_download_url_input down = { 0 };
    struct get_download_url_output url;
    pb_put(down, get_download_url_input, type, 1);
    pb_put(down, get_download_url_input, key, str_from(key));
    assert_int_equal(ask(player, "qnUrl", "alice", &get_download_url_input_type, &down,
                         &get_download_url_output_type, &url),
                     0);
    snprintf(place, sizeof place, "http://127.0.0.1:%d", stage.port);
    assert_true(str_starts(url.download_url, str_from(place)));
    struct str rest = str_sub(url.download_url, strlen(place), SIZE_MAX);
    snprintf(path, sizeof path, "%.*s", STR_ARG(rest));
    return path;
}

static void make_form(struct buf *out, const char *token, const char *key,
                      const char *type, struct str file)
{
    static const char field[] =
        "--XX\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n";
    buf_add_format(out, field, "token", token);
    buf_add_format(out, field, "key", key);
    buf_add_format(out,
                   "--XX\r\nContent-Disposition: form-data; name=\"file\"; "
                   "filename=\"x\"\r\nContent-Type: %s\r\n\r\n",
                   type);
    buf_add_str(out, file);
    buf_add_str(out, STR("\r\n--XX--\r\n"));
}

static struct http_wait waited;

static int post_body(struct str body)
{
    char url[64];
    struct err err = { 0 };
    snprintf(url, sizeof url, "http://127.0.0.1:%d/_files", stage.port);
    struct http_request request = {
        .method = "POST",
        .url = str_from(url),
        .headers = &posted_type,
        .header_count = 1,
        .body = body,
    };
    waited = (struct http_wait){ 0 };
    if (!http_start(stage.net, &request, http_done, &waited, &err))
        fail_msg("%s", err.text);
    WAIT_FOR(waited.done);
    json_free(waited.json);
    return waited.status;
}

static int post(const char *token, const char *key, struct str file)
{
    struct buf body;
    buf_init(&body, 32u << 20);
    make_form(&body, token, key, "image/png", file);
    int status = post_body(buf_str(&body));
    buf_clear(&body);
    return status;
}

static int fetch(const char *path)
{
    http_begin(&waited, "GET", path, NULL, 0, "");
    WAIT_FOR(waited.done);
    json_free(waited.json);
    return waited.status;
}

static int64_t uploads(void)
{
    assert_int_equal(control("GET", "/_sandbox/state", ""), 200);
    return json_int(json_get(json_get(stage.reply, "counts"), "uploads"), -1);
}

static void test_round_trip(void **state)
{
    char token[128];
    (void)state;
    struct player *alice = player_open("alice");
    upload_token(alice, "1__RC-/?%\xc3\xa9+.png", token, sizeof token);
    assert_int_equal(fetch(download_path(alice, "1__RC-/?%\xc3\xa9+.png")), 404);
    assert_int_equal(post(token, "1__RC-/?%\xc3\xa9+.png", STR(PNG)), 200);
    assert_int_equal(fetch(download_path(alice, "1__RC-/?%\xc3\xa9+.png")), 200);
    assert_string_equal(waited.text, PNG);
    assert_int_equal(uploads(), 1);
    assert_int_equal(post(token, "1__RC-/?%\xc3\xa9+.png", STR("newer")), 200);
    assert_int_equal(fetch(download_path(alice, "1__RC-/?%\xc3\xa9+.png")), 200);
    assert_string_equal(waited.text, "newer");
    player_free(alice);
}

static void test_refusals(void **state)
{
    char token[128];
    struct get_qnup_token_input up = { 0 };
    (void)state;
    struct player *alice = player_open("alice");
    upload_token(alice, "a.png", token, sizeof token);
    assert_int_equal(post("", "a.png", STR("x")), 401);
    assert_int_equal(post("1:2", "a.png", STR("x")), 401);
    assert_int_equal(post(token, "b.png", STR("x")), 401);
    assert_int_equal(post(token, "a b", STR("x")), 400);
    assert_int_equal(post(token, "", STR("x")), 400);
    assert_int_equal(post_body(STR("--XX--")), 400);
    assert_int_equal(post_body(STR("no form")), 400);
    clock_add_ms(3600000);
    assert_int_equal(post(token, "a.png", STR("x")), 401);
    assert_int_equal(uploads(), 0);
    assert_int_equal(fetch("/_files/a.png"), 404);
    assert_int_equal(fetch("/_files/"), 404);
    assert_int_equal(http_call("DELETE", "/_files/a.png", NULL, 0, ""), 405);
    assert_int_equal(http_call("OPTIONS", "/_files", NULL, 0, ""), 200);
    pb_put(up, get_qnup_token_input, type, 1);
    pb_put(up, get_qnup_token_input, key, STR("a\nb"));
    assert_int_not_equal(
        ask(alice, "qnTkn", "alice", &get_qnup_token_input_type, &up, NULL, NULL), 0);
    player_free(alice);
}

static void test_sizes(void **state)
{
    char token[128];
    size_t most = 20u << 20;
    char *bytes = mem_zero(most + 1);
    (void)state;
    struct player *alice = player_open("alice");
    upload_token(alice, "a.bin", token, sizeof token);
    assert_int_equal(post(token, "a.bin", str_of(bytes, most)), 200);
    assert_int_equal(post(token, "a.bin", str_of(bytes, most + 1)), 413);
    assert_int_equal(uploads(), 1);
    /* What is no file may not be so large. */
    memset(bytes, 'x', 1u << 20);
    bytes[(1u << 20) + 1] = '\0';
    bytes[1u << 20] = 'x';
    assert_int_equal(http_call("POST", "/user/getToken.json", NULL, 0, bytes), 413);
    free(bytes);
    player_free(alice);
}

/* In memory the oldest make room. */
static void test_memory_is_bounded(void **state)
{
    char token[128], key[16];
    size_t size = 15u << 20;
    char *bytes = mem_zero(size);
    (void)state;
    struct player *alice = player_open("alice");
    for (int i = 0; i < 19; i++) {
        snprintf(key, sizeof key, "%d", i);
        upload_token(alice, key, token, sizeof token);
        assert_int_equal(post(token, key, str_of(bytes, i == 18 ? 1 : size)), 200);
    }
    free(bytes);
    assert_int_equal(http_call("HEAD", "/_files/0", NULL, 0, ""), 404);
    assert_int_equal(http_call("HEAD", "/_files/1", NULL, 0, ""), 200);
    assert_int_equal(http_call("HEAD", "/_files/18", NULL, 0, ""), 200);
    player_free(alice);
}

static void test_kept_on_disk(void **state)
{
    char token[128];
    (void)state;
    stage_restart();
    struct player *alice = player_open("alice");
    upload_token(alice, "a.png", token, sizeof token);
    assert_int_equal(post(token, "a.png", STR(PNG)), 200);
    player_free(alice);
    stage_restart();
    assert_int_equal(fetch("/_files/a.png"), 200);
    assert_string_equal(waited.text, PNG);
    assert_int_equal(post(token, "a.png", STR("again")), 200);
    assert_int_equal(control("POST", "/_sandbox/reset", "{}"), 200);
    assert_int_equal(fetch("/_files/a.png"), 404);
}

static void test_fault(void **state)
{
    char token[128];
    (void)state;
    struct player *alice = player_open("alice");
    upload_token(alice, "a.png", token, sizeof token);
    order_fault("{\"when\":\"http\",\"path\":\"/_files\",\"do\":{\"http_status\":503}}");
    assert_int_equal(post(token, "a.png", STR("x")), 503);
    assert_int_equal(post(token, "a.png", STR("x")), 200);
    player_free(alice);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUN(test_round_trip),        RUN(test_refusals),     RUN(test_sizes),
        RUN(test_memory_is_bounded), RUN(test_kept_on_disk), RUN(test_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
