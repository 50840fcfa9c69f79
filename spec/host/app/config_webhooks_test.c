/* config_webhooks: what the configuration says of RongCloud's webhooks. */
#include "app/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct app app = { .data = "/data" };

static struct config *read_text(const char *text, struct buf *problems)
{
    return config_parse(&app, "m.lua", str_from(text), problems);
}

static void expect_problems(const char *text, const char *const *lines)
{
    struct buf problems;
    buf_init(&problems, 1 << 16);
    assert_null(read_text(text, &problems));
    struct str rest = buf_str(&problems), line;
    for (size_t i = 0; lines[i]; i++) {
        char want[400], got[400];
        assert_true(str_split(&rest, '\n', &line));
        snprintf(want, sizeof(want), "m.lua:%s", lines[i]);
        snprintf(got, sizeof(got), "%.*s", STR_ARG(line));
        assert_string_equal(got, want);
    }
    assert_int_equal(rest.len, 0);
    buf_clear(&problems);
}

#define HOOKED(name, hooks)                                                              \
    name " = { account = { app_key = 'k', user = 'u', secret = 's',\n"                   \
         " webhooks = { " hooks " },\n"                                                  \
         " token = { from = 'server_api' } } },\n"

static void test_webhooks(void **state)
{
    (void)state;
    struct buf problems;
    buf_init(&problems, 1 << 16);
    struct config *config = read_text(
        "return { state = 'var', listen = { http = '127.0.0.1:1' }, bots = {\n" HOOKED(
            "b", "precheck = '/rc/p', deadline = 2, otherwise = 'deny'") "} }",
        &problems);
    assert_non_null(config);
    const struct config_webhooks *webhooks = &config_bot(config, STR("b"))->webhooks;
    assert_true(str_eq(webhooks->paths[WEBHOOK_PRECHECK], STR("/rc/p")));
    assert_int_equal(webhooks->paths[WEBHOOK_ROUTE].len, 0);
    assert_int_equal(webhooks->deadline_ms, 2000);
    assert_int_equal(webhooks->window_ms, 600000);
    assert_true(webhooks->deny);
    config_free(config);
    buf_clear(&problems);
    expect_problems(
        "return { state = 'v', bots = {\n" HOOKED("b", "online = '/b/x', deadline = '3s'")
            HOOKED("c", "precheck = 'p', online = '/o'")
                HOOKED("d", "precheck = '/o'") "} }",
        (const char *const[]){
            "3: bots.b.account.webhooks.deadline: must be at most 2.5 seconds",
            "3: bots.b.account.webhooks: needs listen.http",
            "6: bots.c.account.webhooks.precheck: must be a path like \"/rc/route\", "
            "without % ? # and blanks",
            "6: bots.c.account.webhooks: needs listen.http",
            "9: bots.d.account.webhooks: needs listen.http",
            "3: bots.b.account.webhooks.online: a path may not begin with a bot's name, "
            "or with /metrics",
            "9: bots.d.account.webhooks.precheck: this path is that of another webhook, "
            "too",
            NULL });
}

/* Who is told by routing has no socket, so it needs no token; others do. */
static void test_routing_needs_no_token(void **state)
{
    (void)state;
    struct buf problems;
    buf_init(&problems, 1 << 16);
    struct config *config = read_text(
        "return { state = 'var', listen = { http = '127.0.0.1:1' }, bots = { b = {\n"
        " account = { app_key = 'k', user = 'u', secret = 's',\n"
        "  webhooks = { route = '/rc/r', chats = { 'g' }, from = { '10.0.0.0/8' },\n"
        "   proxies = { '::1' } } } } } }",
        &problems);
    assert_non_null(config);
    const struct config_bot *bot = config_bot(config, STR("b"));
    assert_true(bot->account.webhook);
    assert_int_equal(bot->webhooks.chats.count, 1);
    assert_int_equal(bot->webhooks.from.count, 1);
    assert_true(str_eq(bot->webhooks.proxies.at[0], STR("::1")));
    config_free(config);
    buf_clear(&problems);
    expect_problems("return { state = 'v', bots = { b = {\n"
                    " account = { app_key = 'k', user = 'u', secret = 's' } } } }",
                    (const char *const[]){ "2: bots.b.account.token: is missing", NULL });
    expect_problems(
        "return { state = 'v', listen = { http = '127.0.0.1:1' }, bots = {\n" HOOKED(
            "b", "online = '/o', from = { '10.0.0.0/99' }") "} }",
        (const char *const[]){ "3: bots.b.account.webhooks.from: must be addresses like "
                               "\"192.0.2.1\" or \"192.0.2.0/24\"",
                               NULL });
}

/* Who is believed about groups has to be there. */
static void test_sources_of_notices(void **state)
{
    (void)state;
    expect_problems("return { state = 'v', bots = { b = { notices = { from = { '@poll', "
                    "'@feed' } },\n"
                    " account = { app_key = 'k', user = 'u',\n"
                    "  token = { from = 'static', value = 't' } } } } }",
                    (const char *const[]){
                        "1: bots.b.notices.from: \"@poll\" needs account.secret",
                        "1: bots.b.notices.from: \"@feed\" needs account.webhooks.feed",
                        NULL });
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_webhooks),
        cmocka_unit_test(test_routing_needs_no_token),
        cmocka_unit_test(test_sources_of_notices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
