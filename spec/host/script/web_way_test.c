/* script/web: where requests may go, redirects, and servers that answer badly. */
#include "web_fixture.h"

#include "net/stream.h"

static void names_that_lead_inside_are_refused(void **state)
{
    char line[100];
    (void)state;
    load("http:inside.test:@,http.private:friend.test:@,http:localhost:80,http:127.1:"
         "80");
    snprintf(line, sizeof(line), "inside.test:%d:127.0.0.1", server_port(server));
    http_pretend(room->net, line);
    snprintf(line, sizeof(line), "friend.test:%d:127.0.0.1", server_port(server));
    http_pretend(room->net, line);
    expect("local _, e = bot.http.get('http://inside.test:' .. port) return e.code, "
           "e.message",
           "\"denied\"\t\"inside.test:");
    expect("return bot.http.get('http://friend.test:' .. port .. '/200').status", "200");
    expect("return bot.http.get('http://FRIEND.test:' .. port .. '/200').status", "200");
    expect("return select(2, bot.http.get('http://localhost/')).code", "denied");
    expect("return select(2, bot.http.get('http://127.1/')).code", "denied");
    /* A connection that somebody else made to the same place is no way in either. */
    snprintf(line, sizeof(line), "http.private:inside.test:%d", server_port(server));
    room_load(room, "q", "bot = ...", line);
    asked_plugin = "q";
    expect("return bot.http.get('http://inside.test:' .. port .. '/200').status", "200");
    asked_plugin = "p";
    expect("return select(2, bot.http.get('http://inside.test:' .. port)).code",
           "denied");
    assert_null(strstr(seen, "GET /?"));
}

static void redirects_are_followed_where_granted(void **state)
{
    (void)state;
    load("http:127.0.0.1:@,http.private:friend.test:@");
    char line[100], code[500];
    snprintf(line, sizeof(line), "friend.test:%d:127.0.0.1", server_port(server));
    http_pretend(room->net, line);
    expect("local r = bot.http.get(base .. '/302?to=/200', { headers = { Cookie = 'c',"
           " Authorization = 'a' } }) return r.status",
           "200");
    expect_seen("GET /200? auth=a cookie=c");
    snprintf(
        code, sizeof(code),
        "local r = bot.http.post(base .. '/302?to=http://friend.test:%d/203%%23part', "
        "'b',"
        " { headers = { cookie = 'c', AUTHORIZATION = 'a', ['Content-Type'] = 't' } })"
        " return r.status",
        server_port(server));
    expect(code, "203");
    expect_seen("GET /203? auth= cookie= type= \n");
    expect("return bot.http.post(base .. '/307?to=/204', 'b').status", "204");
    expect_seen("POST /204? auth= cookie= type= b\n");
    expect("return bot.http.get(base .. '/302?to=/200', { redirects = 0 }).status",
           "302");
    expect("return bot.http.get(base .. '/302').status", "302"); /* to nowhere */
}

static void redirects_that_may_not_be(void **state)
{
    char code[500];
    (void)state;
    load("http:127.0.0.1:@,http:inside.test:@");
    snprintf(code, sizeof(code), "inside.test:%d:127.0.0.1", server_port(server));
    http_pretend(room->net, code);
    expect(
        "local _, e = bot.http.get(base .. '/302?to=http://evil.test/') return e.code, "
        "e.message",
        "\"denied\"\t\"redirected by 127.0.0.1:");
    snprintf(code, sizeof(code),
             "local _, e = bot.http.get(base .. '/302?to=http://inside.test:%d/200') "
             "return e.code, e.message",
             server_port(server));
    expect(code, "connections to 127.0.0.1 are not allowed");
    expect("return select(2, bot.http.get(base .. '/302?to=file:///etc/passwd')).code",
           "proto");
    expect("return select(2, bot.http.get(base .. '/302?to=gopher://127.0.0.1/')).code",
           "proto");
    expect("local _, e = bot.http.get(base .. '/302?to=%2F302%3Fto%3D%252F302') "
           "return e or 'fine'",
           "fine");
    assert_null(strstr(seen, "GET /200?"));
}

static void a_circle_of_redirects_ends(void **state)
{
    (void)state;
    load("http:127.0.0.1:@");
    expect("local _, e = bot.http.get(base .. '/302?to=/302%3Fto%3D%2F302%253Fto', "
           "{ redirects = 1 }) return e and e.code",
           "limit");
}

static void too_much_is_an_error(void **state)
{
    (void)state;
    load("http:127.0.0.1:@");
    expect("local _, e = bot.http.get(base .. '/huge') return e.code, e.message",
           "1048576 bytes");
    expect(
        "return select(2, bot.http.post(base .. '/200', ('x'):rep(1 << 20) .. 'x')).code",
        "\"limit\"");
    expect("return bot.http.post(base .. '/200', ('x'):rep(1 << 20)).status", "200");
    expect("local l = {} for i = 1, 99 do l[i] = ('x'):rep(11000) end\n"
           "return select(2, bot.http.post(base .. '/200', nil, { json = l })).code",
           "\"limit\"");
}

/* A server of one sentence, for what ours would never say. */

static const char *sentence;
static struct stream *parrot;

static void *on_accepted(void *arg, struct stream *stream)
{
    (void)arg;
    return parrot = stream;
}

static void on_bytes(void *data, char *bytes, size_t len)
{
    (void)bytes;
    (void)len;
    stream_send(data, str_from(sentence));
}

static void on_gone(void *data)
{
    (void)data;
    parrot = NULL;
}

static struct listener *open_parrot(char code[200])
{
    static const struct stream_events events = { on_accepted, on_bytes, on_gone };
    struct listener_options options = { .host = STR("127.0.0.1") };
    char grant[64];
    struct listener *listener = listener_open(room->loop, &options, &events, NULL, NULL);
    assert_non_null(listener);
    snprintf(grant, sizeof(grant), "http:127.0.0.1:%d", listener_port(listener));
    room_load(room, "p", "bot = ...", grant);
    snprintf(code, 200,
             "local r, e = bot.http.get('http://127.0.0.1:%d') if not r then return "
             "e.code, e.message end "
             "return r.body, r.headers['transfer-encoding'], r.headers.x",
             listener_port(listener));
    return listener;
}

static void close_parrot(struct listener *listener)
{
    if (parrot)
        stream_cut(parrot, true);
    parrot = NULL;
    loop_turn(room->loop, 0);
    listener_close(listener);
}

/* Headers without end, and chunks whose sum nobody announced. */
static void floods_of_an_answer_are_cut(void **state)
{
    struct buf text;
    char code[200];
    (void)state;
    struct listener *listener = open_parrot(code);
    buf_init(&text, 4 * MIB);
    buf_add_str(&text, STR("HTTP/1.1 200 OK\r\n"));
    while (text.len < 100000)
        buf_add_str(&text, STR("X: 0123456789012345678901234567890123456789\r\n"));
    sentence = text.at;
    expect(code, "headers are larger than 65536 bytes");
    if (parrot)
        stream_cut(parrot, true);
    buf_reset(&text);
    buf_add_str(&text, STR("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"));
    while (text.len < 2 * MIB)
        buf_add_str(&text, STR("20\r\n0123456789012345678901234567890x\r\n"));
    sentence = text.at;
    expect(code, "larger than 1048576 bytes");
    close_parrot(listener);
    buf_clear(&text);
}

static void strange_answers(void **state)
{
    static const char *const cases[][2] = {
        { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n3;x=y\r\n "
          "yo\r\n0\r\n"
          "\r\n",
          "\"hi yo\"\t\"chunked\"" },
        { "HTTP/1.1 100 Continue\r\nX: early\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: "
          "2\r\n"
          "\r\nok",
          "\"ok\"" },
        { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n", "\"network\"" },
        { "SSH-2.0-OpenSSH\r\n", "\"network\"" },
        { "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", "\"limit\"" },
        { "HTTP/1.1 302 OK\r\nLocation: http://[::1\r\nContent-Length: 0\r\n\r\n",
          "\"proto\"" },
    };
    char code[200];
    (void)state;
    struct listener *listener = open_parrot(code);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        sentence = cases[i][0];
        expect(code, cases[i][1]);
        if (parrot)
            stream_cut(parrot, true);
        parrot = NULL;
    }
    close_parrot(listener);
}

/* What comes drop by drop is not waited for any longer than a silent server. */
static void a_body_that_never_ends_times_out(void **state)
{
    static struct asked asked;
    char code[200];
    (void)state;
    struct listener *listener = open_parrot(code);
    sentence = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf";
    start_asking(&asked, code);
    WAIT_FOR(parrot != NULL);
    for (int i = 0; i < 29; i++) {
        loop_turn(room->loop, 10);
        stream_send(parrot, STR("."));
        room_pass(room, 1000);
    }
    assert_int_equal(asked.calls, 0);
    room_pass(room, 1000);
    WAIT_FOR(asked.calls == 1);
    assert_non_null(strstr(asked.text, "\"timeout\""));
    close_parrot(listener);
}

/* Certificates made here: `good` is for 127.0.0.1 and signs itself, `other` is not for
 * it.
 */
#define CERTIFICATES                                                                     \
    "set -e; cd '%s'; exec 2>/dev/null\n"                                                \
    "make() {\n"                                                                         \
    "  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \\\n"   \
    "    -keyout $1.key -out $1.pem -subj /CN=$1 -days 9 -addext subjectAltName=$2\n"    \
    "}\n"                                                                                \
    "make good IP:127.0.0.1\nmake other DNS:other.example\n"

static void certificates_are_verified(void **state)
{
    char script[1000], path[4][100], code[300], grant[100];
    (void)state;
    snprintf(script, sizeof(script), CERTIFICATES, room->folder);
    assert_int_equal(system(script), 0);
    static const char *const names[] = { "good.pem", "good.key", "other.pem",
                                         "other.key" };
    for (int i = 0; i < 4; i++)
        snprintf(path[i], sizeof(path[i]), "%s/%s", room->folder, names[i]);
    clock_freeze(false);
    struct server *good = open_server(path[0], path[1]);
    struct server *other = open_server(path[2], path[3]);
    struct net *strict = room->net;
    for (int trusted = 0; trusted < 2; trusted++) {
        struct server *const servers[] = { good, other };
        if (trusted)
            room_open_web(room, path[0]);
        for (int i = 0; i < 2; i++) {
            snprintf(grant, sizeof(grant), "http:127.0.0.1:%d", server_port(servers[i]));
            room_load(room, "p", "bot = ...", grant);
            snprintf(code, sizeof(code),
                     "local r, e = bot.http.get('https://127.0.0.1:%d/200') "
                     "return r and r.status or e.code",
                     server_port(servers[i]));
            expect(code, trusted && i == 0 ? "200" : "\"tls\"");
            assert_true(script_unload(room->script, STR("p"), NULL));
        }
    }
    net_free(room->net);
    room->net = strict;
    server_close(good);
    server_close(other);
    clock_freeze(true);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(names_that_lead_inside_are_refused),
        TEST(redirects_are_followed_where_granted),
        TEST(redirects_that_may_not_be),
        TEST(a_circle_of_redirects_ends),
        TEST(too_much_is_an_error),
        TEST(strange_answers),
        TEST(floods_of_an_answer_are_cut),
        TEST(a_body_that_never_ends_times_out),
        TEST(certificates_are_verified),
    };
    return cmocka_run_group_tests_name("web_way", tests, NULL, NULL);
}
