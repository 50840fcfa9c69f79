/* TLS: our server against both clients, with certificates made here: the right name is
 * accepted; a wrong one, an expired certificate and an unknown authority are refused with
 * a reason. */
#include "fixture.h"

#include "base/buf.h"
#include "net/http.h"
#include "net/server.h"
#include "net/ws.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define MIB ((size_t)1 << 20)

static char folder[] = "/tmp/tls_test_XXXXXX";

/* ca and other are authorities; right, wrong (its name) and expired are signed by ca,
 * stranger by other. */
#define SCRIPT                                                                           \
    "set -e; cd '%s'; exec 2>/dev/null\n"                                                \
    "key='-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes'\n"                    \
    "for ca in ca other; do\n"                                                           \
    "  openssl req -x509 $key -keyout $ca.key -out $ca.pem -subj /CN=$ca -days 9\n"      \
    "done\n"                                                                             \
    "leaf() {\n"                                                                         \
    "  openssl req $key -keyout $1.key -out $1.csr -subj /CN=$1\n"                       \
    "  echo \"subjectAltName=$2\" > $1.ext\n"                                            \
    "  openssl x509 -req -in $1.csr -CA $3.pem -CAkey $3.key -CAcreateserial \\\n"       \
    "    -days $4 -extfile $1.ext -out $1.pem\n"                                         \
    "}\n"                                                                                \
    "leaf right DNS:localhost,IP:127.0.0.1 ca 9\n"                                       \
    "leaf wrong DNS:elsewhere.example ca 9\n"                                            \
    "leaf expired DNS:localhost ca -1\n"                                                 \
    "leaf stranger DNS:localhost other 9\n"

static char *file(const char *name, const char *ending)
{
    static char paths[4][64];
    static unsigned next;
    char *path = paths[next++ % 4];

    snprintf(path, sizeof(paths[0]), "%s/%s%s", folder, name, ending);
    return path;
}

static int make_certificates(void **state)
{
    char text[2000];

    (void)state;
    if (mkdtemp(folder) == NULL)
        return 1;
    snprintf(text, sizeof(text), SCRIPT, folder);
    return system(text);
}

static int remove_certificates(void **state)
{
    char text[100];

    (void)state;
    snprintf(text, sizeof(text), "rm -r '%s'", folder);
    return system(text);
}

/* ---- both ends ---- */

static struct server *server;

static bool on_ws_open(void *arg, struct server_peer *peer)
{
    (void)arg;
    (void)peer;
    return true;
}

static void on_ws_message(void *arg, struct server_peer *peer, struct str bytes)
{
    (void)arg;
    server_ws_send(peer, bytes);
}

static void on_request(void *arg, struct server_request *request)
{
    (void)arg;
    server_reply(request, 200, "text/plain", NULL, server_body(request));
}

static void serve(const char *name)
{
    static const struct server_events events = { .on_request = on_request,
                                                 .on_ws_open = on_ws_open,
                                                 .on_ws_message = on_ws_message };
    struct server_options options = { .host = STR("127.0.0.1"),
                                      .cert = file(name, ".pem"),
                                      .key = file(name, ".key"),
                                      .body_max = 8 * MIB,
                                      .message_max = 8 * MIB };
    struct err err = { 0 };

    server = server_open(net, &options, &events, NULL, &err);
    if (server == NULL)
        fail_msg("%s", err.text);
}

static int set_up(void **state)
{
    (void)state;
    server = NULL;
    if (open_net_with(file("ca", ".pem")) != 0)
        return 1;
    clock_freeze(false); /* certificates look at the real clock anyway */
    return 0;
}

static int tear_down(void **state)
{
    if (server != NULL)
        server_close(server);
    return close_net(state);
}

struct client {
    struct ws *ws;
    int opened, closed, messages, done, status;
    size_t len;
    struct err why;
};

static void on_opened(void *arg)
{
    ((struct client *)arg)->opened++;
}

static void on_message(void *arg, struct str bytes)
{
    struct client *client = arg;

    client->messages++;
    client->len = bytes.len;
}

static void on_closed(void *arg, const struct err *why)
{
    struct client *client = arg;

    client->closed++;
    client->why = *why;
    client->ws = NULL;
}

static void on_done(void *arg, const struct http_answer *answer, const struct err *why)
{
    struct client *client = arg;

    client->done++;
    if (answer != NULL) {
        client->status = answer->status;
        client->len = answer->body.len;
    } else {
        client->why = *why;
    }
}

static void connect_to(struct client *client, const char *host)
{
    static const struct ws_events events = { on_opened, on_message, on_closed };
    struct ws_options options = { 0 };
    struct err err = { 0 };
    char url[100];

    memset(client, 0, sizeof(*client));
    snprintf(url, sizeof(url), "wss://%s:%d/x", host, server_port(server));
    options.url = str_from(url);
    client->ws = ws_open(net, &options, &events, client, &err);
    if (client->ws == NULL)
        fail_msg("%s", err.text);
    WAIT_FOR(client->opened + client->closed > 0);
}

static void fetch(struct client *client, const char *host, struct str body)
{
    struct http_request request = { .body = body, .answer_max = 8 * MIB };
    char url[100];

    memset(client, 0, sizeof(*client));
    snprintf(url, sizeof(url), "https://%s:%d/", host, server_port(server));
    request.url = str_from(url);
    assert_non_null(http_start(net, &request, on_done, client, NULL));
    WAIT_FOR(client->done == 1);
}

static void refuses(const char *host, const char *reason)
{
    struct client client;

    connect_to(&client, host);
    assert_int_equal(client.opened, 0);
    assert_int_equal(client.why.code, ERR_TLS);
    if (strstr(client.why.text, reason) == NULL)
        fail_msg("wanted '%s', got '%s'", reason, client.why.text);
    fetch(&client, host, STR(""));
    assert_int_equal(client.status, 0);
    assert_int_equal(client.why.code, ERR_TLS);
}

/* ---- tests ---- */

static void the_right_name_is_accepted(void **state)
{
    static const char *const hosts[] = { "localhost", "127.0.0.1" };
    struct client client;

    (void)state;
    serve("right");
    for (int i = 0; i < 2; i++) {
        connect_to(&client, hosts[i]);
        if (client.opened == 0)
            fail_msg("%s", client.why.text);
        ws_send(client.ws, STR("hello"));
        WAIT_FOR(client.messages == 1);
        ws_close(client.ws);
        fetch(&client, hosts[i], STR("hello"));
        if (client.status != 200)
            fail_msg("%s", client.why.text);
        assert_int_equal(client.len, 5);
    }
}

static void large_messages_pass_both_ways(void **state)
{
    char *bytes = mem_zero(6 * MIB);
    struct client client;

    (void)state;
    serve("right");
    connect_to(&client, "localhost");
    assert_true(ws_send(client.ws, str_of(bytes, 6 * MIB)));
    for (int i = 0; i < 2000; i++)
        assert_true(ws_send(client.ws, str_of(bytes, 700)));
    WAIT_FOR(client.messages == 2001);
    assert_int_equal(client.len, 700);
    ws_close(client.ws);
    fetch(&client, "localhost", str_of(bytes, 6 * MIB));
    assert_int_equal(client.len, 6 * MIB);
    free(bytes);
}

static void a_wrong_name_is_refused(void **state)
{
    (void)state;
    serve("wrong");
    refuses("localhost", "ostname mismatch");
}

static void a_wrong_number_is_refused(void **state)
{
    (void)state;
    serve("wrong");
    refuses("127.0.0.1", "IP address mismatch");
}

static void an_expired_certificate_is_refused(void **state)
{
    (void)state;
    serve("expired");
    refuses("localhost", "expired");
}

static void an_unknown_authority_is_refused(void **state)
{
    (void)state;
    serve("stranger");
    refuses("localhost", "issuer");
}

static void a_certificate_that_signed_itself_is_refused(void **state)
{
    (void)state;
    serve("other");
    refuses("localhost", "self");
}

static void the_system_alone_does_not_know_our_authority(void **state)
{
    (void)state;
    net_free(net);
    net = net_new(loop, NULL, NULL);
    serve("right");
    refuses("localhost", "issuer");
}

static int dial_plain(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)server_port(server)),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

static bool is_over(int fd)
{
    char bytes[1000];
    ssize_t len;

    while ((len = recv(fd, bytes, sizeof(bytes), 0)) > 0)
        continue;
    return len == 0 || errno != EAGAIN;
}

static void plain_talk_and_nonsense_end_the_connection(void **state)
{
    static const struct str texts[] = {
        { "GET / HTTP/1.1\r\nHost: h\r\n\r\n", 27 },
        { "\x16\x03\x01\x00\x04zzzz", 9 },
        { "\0\0\0\0\0\0\0\0\0\0", 10 },
    };
    struct client client;

    (void)state;
    serve("right");
    for (int i = 0; i < 3; i++) {
        int fd = dial_plain();

        assert_int_equal(send(fd, texts[i].at, texts[i].len, 0), (int)texts[i].len);
        WAIT_FOR(is_over(fd));
        close(fd);
    }
    close(dial_plain());
    connect_to(&client, "localhost"); /* others are not disturbed */
    assert_int_equal(client.opened, 1);
    ws_close(client.ws);
}

static void a_tls_client_at_a_plain_port_is_told(void **state)
{
    static const struct server_events events = { .on_request = on_request };
    struct server_options options = { .host = STR("127.0.0.1") };
    struct client client;

    (void)state;
    server = server_open(net, &options, &events, NULL, NULL);
    connect_to(&client, "localhost");
    assert_int_equal(client.closed, 1);
    assert_int_equal(client.why.code, ERR_TLS);
}

static void files_that_are_no_certificates_are_refused(void **state)
{
    static const struct server_events none;
    struct server_options options = { .host = STR("127.0.0.1"),
                                      .cert = file("right", ".pem"),
                                      .key = file("wrong", ".key") };
    struct err err = { 0 };

    (void)state;
    assert_null(server_open(net, &options, &none, NULL, &err));
    assert_int_equal(err.code, ERR_TLS);
    options.cert = file("right", ".ext");
    assert_null(server_open(net, &options, &none, NULL, &err));
    assert_non_null(strstr(err.text, "right.ext"));
    options.cert = file("nothing", ".pem");
    assert_null(server_open(net, &options, &none, NULL, &err));
    assert_null(net_new(loop, file("right", ".ext"), &err));
    assert_non_null(strstr(err.text, "right.ext"));
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(the_right_name_is_accepted),
        TEST(large_messages_pass_both_ways),
        TEST(a_wrong_name_is_refused),
        TEST(a_wrong_number_is_refused),
        TEST(an_expired_certificate_is_refused),
        TEST(an_unknown_authority_is_refused),
        TEST(a_certificate_that_signed_itself_is_refused),
        TEST(the_system_alone_does_not_know_our_authority),
        TEST(plain_talk_and_nonsense_end_the_connection),
        TEST(a_tls_client_at_a_plain_port_is_told),
        TEST(files_that_are_no_certificates_are_refused),
    };

    return cmocka_run_group_tests_name("tls", tests, make_certificates,
                                       remove_certificates);
}
