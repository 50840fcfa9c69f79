/* TLS on the same port. The certificates are made on the spot with `openssl`. */
#include "stage.h"

static void make_certificate(const char *cert, const char *key)
{
    char command[512];
    snprintf(command, sizeof command,
             "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
             "-days 2 -subj /CN=sandbox -addext subjectAltName=IP:127.0.0.1 -keyout %s "
             "-out %s 2>/dev/null",
             key, cert);
    assert_int_equal(system(command), 0);
}

static void open_secure(const char *ca)
{
    struct err err = { 0 };
    struct sandbox_options options = {
        .host = STR("127.0.0.1"),
        .app_key = STR(KEY),
        .app_secret = STR(SECRET),
        .tls_cert = folder_file("cert.pem"),
        .tls_key = folder_file("key.pem"),
    };
    make_certificate(options.tls_cert, options.tls_key);
    sandbox_close(stage.sandbox);
    stage.sandbox = NULL;
    net_free(stage.net);
    stage.net = net_new(stage.loop, ca, &err);
    assert_non_null(stage.net);
    stage.sandbox = sandbox_open(stage.net, &options, &err);
    if (!stage.sandbox)
        fail_msg("%s", err.text);
    stage.port = sandbox_port(stage.sandbox);
}

/* Like http_call, but by https. */
static int secure_call(const char *path, const struct str *headers, size_t count,
                       const char *body)
{
    static struct http_wait wait;
    char url[256];
    struct err err = { 0 };
    snprintf(url, sizeof url, "https://127.0.0.1:%d%s", stage.port, path);
    struct http_request request = {
        .method = "POST",
        .url = str_from(url),
        .headers = headers,
        .header_count = count,
        .body = str_from(body),
    };
    wait = (struct http_wait){ 0 };
    assert_non_null(http_start(stage.net, &request, http_done, &wait, &err));
    WAIT_FOR(wait.done);
    json_free(stage.reply);
    stage.reply = wait.json;
    return wait.status;
}

static void test_everything_on_one_port(void **state)
{
    struct signature signature;
    char url[512];
    struct err err = { 0 };
    (void)state;
    open_secure(folder_file("cert.pem"));
    sign(&signature, SECRET, FORM);
    assert_int_equal(
        secure_call("/user/getToken.json", signature.headers, 5, "userId=alice&name=A"),
        200);
    snprintf(url, sizeof url, "wss://127.0.0.1:%d/websocket?appId=" KEY "&token=%.*s",
             stage.port, STR_ARG(reply_str("token")));

    struct str headers[] = { STR(FORM), STR("RC-Appkey: " KEY) };
    char body[256];
    snprintf(body, sizeof body, "token=%.*s", STR_ARG(reply_str("token")));
    assert_int_equal(secure_call("/v2/navi.json", headers, 2, body), 200);
    const struct json *server = json_next(json_get(stage.reply, "serverAddr"), NULL);
    assert_int_equal(json_int(json_get(server, "protocol"), 0), 6);

    static const struct ws_events events = { player_opened, player_message,
                                             player_closed };
    struct player *alice = MEM_NEW(struct player);
    struct ws_options options = { .url = str_from(url) };
    alice->protocol = 3;
    alice->ws = ws_open(stage.net, &options, &events, alice, &err);
    assert_non_null(alice->ws);
    assert_int_equal(player_login(alice), 0);
    player_settle(alice);
    player_free(alice);
}

static void test_strangers_do_not_trust_it(void **state)
{
    struct signature signature;
    (void)state;
    open_secure(NULL);
    sign(&signature, SECRET, FORM);
    assert_int_equal(
        secure_call("/user/getToken.json", signature.headers, 5, "userId=alice&name=A"),
        0);
}

static void test_bad_certificate_file(void **state)
{
    struct err err = { 0 };
    (void)state;
    struct sandbox_options options = {
        .host = STR("127.0.0.1"),
        .app_key = STR(KEY),
        .app_secret = STR(SECRET),
        .tls_cert = "/nowhere/cert.pem",
        .tls_key = folder_file("key.pem"),
    };
    assert_null(sandbox_open(stage.net, &options, &err));
    assert_true(err.text[0] != '\0');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUN(test_everything_on_one_port),
        RUN(test_strangers_do_not_trust_it),
        RUN(test_bad_certificate_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
