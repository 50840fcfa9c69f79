/* lines: both ends of a control socket. */
#include "lines_fixture.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/lines_test_XXXXXX";
static char path[128];

/* ---- the server: one end at a time ---- */

static struct lines_server *server;
static struct end served;
static bool refuse;

static void *on_opened(void *arg, struct lines *lines)
{
    (void)arg;
    if (refuse)
        return NULL;
    served.lines = lines;
    return &served;
}

static const struct lines_server_events server_events = { on_opened,
                                                          { on_line, on_closed } };

static int set_up(void **state)
{
    struct err err = { 0 };

    (void)state;
    refuse = false;
    end_init(&served);
    strcpy(folder + strlen(folder) - 6, "XXXXXX");
    if (mkdtemp(folder) == NULL || open_net_with(NULL) != 0)
        return 1;
    snprintf(path, sizeof(path), "%s/ctl.sock", folder);
    server = lines_listen(loop, path, &server_events, NULL, &err);
    return server == NULL;
}

static int tear_down(void **state)
{
    end_finish(&served);
    if (server != NULL)
        lines_server_close(server);
    server = NULL;
    unlink(path);
    rmdir(folder);
    return close_net(state);
}

static void dial(struct end *end)
{
    struct err err = { 0 };

    end_init(end);
    end->lines = lines_connect(loop, path, &events, end, &err);
    if (end->lines == NULL)
        fail_msg("%s", err.text);
}

/* ---- the control socket ---- */

static void lines_go_both_ways_in_order(void **state)
{
    struct end client;

    (void)state;
    dial(&client);
    served.echo = true;
    for (int i = 0; i < 1000; i++) {
        char text[20];

        snprintf(text, sizeof(text), "%d", i);
        assert_true(lines_send(client.lines, str_from(text)));
    }
    assert_true(lines_send(client.lines, STR("")));
    WAIT_FOR(client.count == 1001);
    assert_int_equal(strncmp(client.got.at, "0|1|2|3|", 8), 0);
    assert_non_null(strstr(client.got.at, "|998|999||"));
    end_finish(&client);
    WAIT_FOR(served.closed == 1);
    assert_int_equal(served.why.code, ERR_CLOSED);
}

static void what_was_sent_is_written_before_the_end(void **state)
{
    char *bytes = mem_alloc(MIB - 1);
    struct end client;

    (void)state;
    dial(&client);
    memset(bytes, 'x', MIB - 1);
    for (int i = 0; i < 10; i++)
        assert_true(lines_send(client.lines, str_of(bytes, MIB - 1)));
    lines_send(client.lines, STR("last"));
    end_finish(&client);
    WAIT_FOR(served.closed == 1);
    assert_int_equal(served.count, 11);
    assert_string_equal(served.got.at, "last|");
    free(bytes);
}

static void a_peer_that_does_not_read_is_not_sent_to_for_ever(void **state)
{
    char *bytes = mem_alloc(MIB);
    struct end client;
    int sent = 0;

    (void)state;
    dial(&client);
    WAIT_FOR(served.lines != NULL);
    memset(bytes, 'x', MIB);
    while (sent < 40 && lines_send(served.lines, str_of(bytes, MIB)))
        sent++;
    assert_in_range(sent, 14, 17);
    free(bytes);
    /* Closing with all that waiting does not keep the loop from being freed. */
    end_finish(&client);
}

static void a_line_too_long_ends_the_stream(void **state)
{
    char *bytes = mem_alloc(2 * MIB);
    struct end client;

    (void)state;
    dial(&client);
    memset(bytes, 'x', 2 * MIB);
    lines_send(client.lines, str_of(bytes, MIB)); /* just not too long */
    lines_send(client.lines, str_of(bytes, MIB + 1));
    lines_send(client.lines, STR("never seen"));
    WAIT_FOR(served.closed == 1);
    assert_int_equal(served.why.code, ERR_LIMIT);
    assert_int_equal(served.count, 1);
    assert_int_equal(served.longest, MIB);
    assert_false(lines_send(served.lines, STR("x")));
    free(bytes);
    end_finish(&client);
}

static void closing_inside_callbacks_ends_it(void **state)
{
    struct end client;

    (void)state;
    dial(&client);
    served.close_on_line = true;
    client.close_on_closed = true;
    lines_send(client.lines, STR("one"));
    lines_send(client.lines, STR("two"));
    WAIT_FOR(client.closed == 1);
    assert_int_equal(served.count, 1);
    assert_int_equal(served.closed, 0);
    assert_null(client.lines);
    end_finish(&client);
}

static void a_refused_peer_sees_the_end(void **state)
{
    struct end client;

    (void)state;
    refuse = true;
    dial(&client);
    WAIT_FOR(client.closed == 1);
    assert_null(served.lines);
    end_finish(&client);
}

static void closing_the_server_closes_its_streams(void **state)
{
    struct end client;
    struct stat file;

    (void)state;
    dial(&client);
    WAIT_FOR(served.lines != NULL);
    lines_send(served.lines, STR("bye"));
    lines_server_close(server);
    server = NULL;
    served.lines = NULL;
    WAIT_FOR(client.closed == 1);
    assert_string_equal(client.got.at, "bye|");
    assert_int_equal(served.closed, 0);
    assert_int_equal(stat(path, &file), -1);
    end_finish(&client);
}

static void only_the_owner_may_touch_the_socket(void **state)
{
    struct stat file;

    (void)state;
    assert_int_equal(stat(path, &file), 0);
    assert_true(S_ISSOCK(file.st_mode));
    assert_int_equal(file.st_mode & 0777, 0700);
}

/* Only root can try to be somebody else. */
static void another_user_is_not_let_in(void **state)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int status = -1;
    pid_t child;

    (void)state;
    if (geteuid() != 0)
        return;
    chmod(folder, 0777);
    chmod(path, 0777);
    strcpy(address.sun_path, path);
    child = fork();
    if (child == 0) {
        int fd = socket(AF_UNIX, SOCK_STREAM, 0);
        char byte;

        if (setgid(65534) != 0 || setuid(65534) != 0 ||
            connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
            _exit(1);
        _exit(read(fd, &byte, 1) == 0 ? 0 : 2);
    }
    WAIT_FOR(waitpid(child, &status, WNOHANG) == child);
    assert_int_equal(status, 0);
    assert_null(served.lines);
}

static void a_stale_socket_is_replaced_and_a_file_is_not(void **state)
{
    struct lines_server *second;
    struct end client;
    struct err err = { 0 };
    char other[160];
    int fd;

    (void)state;
    /* As a killed host would leave it: a socket file that nobody listens on. */
    snprintf(other, sizeof(other), "%s/stale.sock", folder);
    assert_int_equal(rename(path, other), 0);
    lines_server_close(server);
    server = NULL;
    assert_null(lines_connect(loop, other, &events, &client, &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
    second = lines_listen(loop, other, &server_events, NULL, &err);
    assert_non_null(second);
    lines_server_close(second);

    fd = open(other, O_CREAT | O_WRONLY, 0600);
    close(fd);
    assert_null(lines_listen(loop, other, &server_events, NULL, &err));
    assert_int_equal(err.code, ERR_EXISTS);
    unlink(other);
}

static void nobody_there_is_not_found(void **state)
{
    struct err err = { 0 };

    (void)state;
    assert_null(lines_connect(loop, "/nowhere/at/all", &events, NULL, &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
}

static void a_long_path_works_too(void **state)
{
    struct lines_server *far;
    struct end client;
    struct err err = { 0 };
    char deep[300], keep[128];

    (void)state;
    strcpy(keep, path);
    snprintf(deep, sizeof(deep), "%s/%0120d", folder, 1);
    assert_int_equal(mkdir(deep, 0700), 0);
    strcat(deep, "/ctl.sock");
    far = lines_listen(loop, deep, &server_events, NULL, &err);
    assert_non_null(far);
    end_init(&client);
    client.lines = lines_connect(loop, deep, &events, &client, &err);
    assert_non_null(client.lines);
    WAIT_FOR(served.lines != NULL);
    lines_server_close(far);
    served.lines = NULL;
    end_finish(&client);
    deep[strlen(deep) - strlen("/ctl.sock")] = '\0';
    assert_int_equal(rmdir(deep), 0); /* the socket's file is gone */
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(lines_go_both_ways_in_order),
        TEST(what_was_sent_is_written_before_the_end),
        TEST(a_peer_that_does_not_read_is_not_sent_to_for_ever),
        TEST(a_line_too_long_ends_the_stream),
        TEST(closing_inside_callbacks_ends_it),
        TEST(a_refused_peer_sees_the_end),
        TEST(closing_the_server_closes_its_streams),
        TEST(only_the_owner_may_touch_the_socket),
        TEST(another_user_is_not_let_in),
        TEST(a_stale_socket_is_replaced_and_a_file_is_not),
        TEST(nobody_there_is_not_found),
        TEST(a_long_path_works_too),
    };

    return cmocka_run_group_tests_name("lines", tests, NULL, NULL);
}
