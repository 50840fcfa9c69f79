/* net/relay: how a link ends. spec/host/script/relay_spec.lua has the rest. */
#include "raw.h"

#include "net/relay.h"

static int64_t opened, heard_of;

static void on_opened(void *arg, int64_t link)
{
    (void)arg;
    opened = link;
}

static void on_bytes(void *arg, int64_t link, enum relay_side from, struct str bytes)
{
    (void)arg;
    (void)from;
    (void)bytes;
    heard_of = link;
}

static void on_ended(void *arg, int64_t link, enum relay_side who)
{
    (void)arg;
    (void)link;
    (void)who;
}

static const struct relay_events events = { on_opened, on_bytes, on_ended };

static int set_up(void **state)
{
    (void)state;
    opened = heard_of = 0;
    return open_net_with(NULL);
}

/* A port where nobody reads: the kernel takes what comes. */
static int listen_deaf(int *port)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(fd, 4), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

/* Cuts a link to whose client something was passed, and that has said something since. */
static struct raw cut(bool reset)
{
    struct err err = { 0 };
    int port, deaf = listen_deaf(&port);
    struct relay *relay = relay_open(loop, port, &events, NULL, &err);
    struct raw raw = dial_to(relay_port(relay));
    say(&raw, STR("hello"));
    WAIT_FOR(heard_of != 0);
    assert_int_equal(heard_of, opened);
    assert_true(relay_pass(relay, opened, RELAY_CLIENT, STR("the last words")));
    say(&raw, STR("not read before it is cut"));
    assert_true(relay_cut(relay, opened, reset));
    assert_false(relay_pass(relay, opened, RELAY_CLIENT, STR("more")));
    assert_false(relay_cut(relay, opened, reset));
    WAIT_FOR(is_over(&raw));
    relay_close(relay);
    close(deaf);
    return raw;
}

static void ends_after_the_last_words(void **state)
{
    (void)state;
    struct raw raw = cut(false);
    assert_true(raw.ended && !raw.broken);
    assert_true(str_eq(buf_str(&raw.got), STR("the last words")));
    hang_up(&raw);
}

static void breaks_off(void **state)
{
    (void)state;
    struct raw raw = cut(true);
    assert_true(raw.broken);
    hang_up(&raw);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(ends_after_the_last_words, set_up, close_net),
        cmocka_unit_test_setup_teardown(breaks_off, set_up, close_net),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
