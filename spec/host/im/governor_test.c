/* governor: how fast an account may send, who goes first, what waits, what is given up.
 */
#include "fixture.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What arrived, as "target:text target:text ...", from the `from`-th on. */
static const char *arrived(size_t from)
{
    static char all[8192];
    size_t len = 0;
    all[0] = '\0';
    for (size_t i = from; i < fix->wire->message_count; i++) {
        const struct wire_message *message = &fix->wire->messages[i];
        struct str text = str_from(message->content);
        text = str_sub(text, 12, text.len - 14);
        len += (size_t)snprintf(all + len, sizeof(all) - len, "%s%s:%.*s", len ? " " : "",
                                message->target, STR_ARG(text));
    }
    return all;
}

static void on_sent(void *arg, const struct sent *sent, const struct err *why)
{
    struct err *got = arg;
    got->code = why ? why->code : ERR_NONE;
    got->status = sent ? 1 : 2;
}

static void on_done(void *arg, const struct err *why)
{
    struct err *got = arg;
    got->code = why ? why->code : ERR_NONE;
    got->status = why ? why->status : 1;
}

/* As fixture_send, with all of struct outgoing at hand. */
static void send_as(struct outgoing message, const char *target, const char *text,
                    struct err *got)
{
    char content[256];
    snprintf(content, sizeof(content), "{\"content\":\"%s\"}", text);
    message.type = target[0] == 'g' ? CONVERSATION_GROUP : CONVERSATION_PRIVATE;
    message.target = str_from(target);
    message.object_name = STR("RC:TxtMsg");
    message.content = str_from(content);
    message.stored = message.counted = -1;
    if (!account_send(fix->account, &message, on_sent, got, got))
        fail_msg("%s", got->text);
}

static void pass_seconds(int seconds)
{
    fixture_steps(seconds * 1000, 50);
}

static void a_connection_sends_its_quota(void **state)
{
    (void)state;
    fix->config.quotas.connection = 5;
    fixture_online();
    for (int i = 0; i < 20; i++)
        fixture_send("ann", "x", "");
    wire_idle(fix->wire);
    assert_int_equal(wire_accepted(fix->wire), 5);
    fixture_pass(950);
    assert_int_equal(wire_accepted(fix->wire), 5);
    fixture_pass(100);
    assert_int_equal(wire_accepted(fix->wire), 10);
    pass_seconds(3);
    assert_int_equal(fix->sent_count, 20);
    assert_int_equal(account_outbox_depth(fix->account), 0);
}

static void a_busy_group_starves_nobody(void **state)
{
    (void)state;
    char text[16];
    fix->config.quotas.connection = 5;
    fixture_online();
    for (int i = 0; i < 500; i++) {
        snprintf(text, sizeof(text), "%d", i);
        fixture_send("g1", text, "");
    }
    fixture_send("ann", "1", "");
    fixture_send("ben", "1", "");
    fixture_send("ann", "2", "");
    wire_idle(fix->wire);
    pass_seconds(3);
    assert_string_equal(arrived(0), "g1:0 g1:1 g1:2 g1:3 g1:4 g1:5 ann:1 ben:1 g1:6 "
                                    "ann:2 g1:7 g1:8 g1:9 g1:10 g1:11");
}

static void answers_go_before_broadcasts(void **state)
{
    (void)state;
    struct err got = { 0 };
    char text[16];
    fix->config.quotas.connection = 5;
    fixture_online();
    for (int i = 0; i < 10; i++) {
        snprintf(text, sizeof(text), "u%d", i);
        send_as((struct outgoing){ .broadcast = true }, text, "all", &got);
    }
    for (int i = 0; i < 12; i++) {
        snprintf(text, sizeof(text), "%d", i);
        fixture_send("ann", text, "");
    }
    wire_idle(fix->wire);
    size_t at_once = wire_accepted(fix->wire);
    assert_int_equal(at_once, 5);
    fixture_pass(1050);
    fixture_pass(1050);
    assert_string_equal(arrived(at_once), "ann:0 ann:1 ann:2 ann:3 u5:all "
                                          "ann:4 ann:5 ann:6 ann:7 u6:all");
    pass_seconds(5);
    assert_int_equal(wire_accepted(fix->wire), 22);
}

static void a_recall_goes_before_messages(void **state)
{
    (void)state;
    struct err got = { 0 };
    fix->config.quotas.connection = 1;
    fixture_online();
    for (int i = 0; i < 20; i++)
        fixture_send("ann", "x", "");
    wire_idle(fix->wire);
    assert_int_equal(wire_accepted(fix->wire), 1);
    assert_non_null(account_recall(fix->account, CONVERSATION_PRIVATE, STR("ann"),
                                   STR("bot"), STR("UID-1"), 1, on_done, &got, NULL));
    wire_idle(fix->wire);
    assert_int_equal(wire_count(fix->wire, FRAME_PUBLISH, "recallMsg"), 0);
    fixture_pass(1050);
    assert_int_equal(wire_count(fix->wire, FRAME_PUBLISH, "recallMsg"), 1);
    assert_int_equal(wire_count(fix->wire, FRAME_PUBLISH, "ppMsgP"), 1);
}

static void too_fast_is_sent_again_and_slower(void **state)
{
    (void)state;
    char text[16], want[2000] = "";
    fixture_online();
    fix->wire->publish = WIRE_REFUSE;
    fix->wire->refuse = 20604;
    for (int i = 0; i < 40; i++) {
        snprintf(text, sizeof(text), "%d", i);
        snprintf(want + strlen(want), sizeof(want) - strlen(want), "%sann:%s",
                 i ? " " : "", text);
        fixture_send("ann", text, "");
    }
    wire_idle(fix->wire);
    assert_int_equal(wire_count(fix->wire, FRAME_PUBLISH, NULL), 40);
    assert_int_equal(fix->failed_count, 0);
    assert_int_equal(account_outbox_depth(fix->account), 40);
    fix->wire->publish = WIRE_ACCEPT;
    fixture_pass(950);
    assert_int_equal(wire_accepted(fix->wire), 0);
    fixture_pass(100);
    assert_in_range(wire_accepted(fix->wire), 1, 5);
    pass_seconds(10);
    fixture_until_sent(40);
    assert_int_equal(fix->sent_count, 40);
    assert_string_equal(arrived(0), want);
}

/* Refused for ever: the attempts become rare. */
static void too_fast_for_ever_is_no_tight_loop(void **state)
{
    (void)state;
    fix->config.send_max_age_ms = 3600000;
    fixture_online();
    fix->wire->publish = WIRE_REFUSE;
    fix->wire->refuse = 20604;
    fixture_send("ann", "one", "");
    fixture_send("g1", "two", "");
    fixture_steps(3700 * 1000, 5000);
    assert_int_equal(fix->failed_count, 2);
    assert_int_equal(fix->last_err.code, ERR_TIMEOUT);
    assert_in_range(wire_count(fix->wire, FRAME_PUBLISH, NULL), 50, 130);
    assert_int_equal(account_outbox_depth(fix->account), 0);
}

static void one_that_may_not_wait_is_given_up(void **state)
{
    (void)state;
    struct err got = { 0 };
    fix->config.quotas.connection = 1;
    fixture_online();
    for (int i = 0; i < 4; i++)
        fixture_send("ann", "x", "");
    send_as((struct outgoing){ .wait_ms = 2000 }, "ann", "late", &got);
    pass_seconds(1);
    assert_int_equal(got.status, 0);
    pass_seconds(2);
    assert_int_equal(got.code, ERR_TIMEOUT);
    assert_int_equal(got.status, 2);
    pass_seconds(5);
    assert_int_equal(fix->sent_count, 4);
    assert_string_equal(arrived(0), "ann:x ann:x ann:x ann:x");
}

static void one_on_its_way_is_not_given_up(void **state)
{
    (void)state;
    struct err got = { 0 };
    fixture_online();
    fix->wire->publish = WIRE_ACCEPT_QUIET;
    fix->wire->publish_times = 1;
    send_as((struct outgoing){ .wait_ms = 2000 }, "ann", "quiet", &got);
    pass_seconds(5);
    assert_int_equal(got.status, 0);
    fixture_pass(15000);
    fixture_pass(15000);
    assert_int_equal(got.status, 1);
    assert_string_equal(arrived(0), "ann:quiet");
}

static void what_is_too_old_is_given_up(void **state)
{
    (void)state;
    fix->config.send_max_age_ms = 60000;
    fix->wire->connack_always = WIRE_CLOSE;
    fixture_open();
    wire_idle(fix->wire);
    fixture_send("ann", "old", "");
    fixture_pass(50000);
    fixture_send("ann", "young", "");
    assert_int_equal(fix->failed_count, 0);
    fixture_pass(10001);
    assert_int_equal(fix->failed_count, 1);
    assert_int_equal(fix->last_err.code, ERR_TIMEOUT);
    fix->wire->connack_always = 0;
    pass_seconds(40);
    assert_int_equal(fix->sent_count, 1);
    assert_string_equal(arrived(0), "ann:young");
}

static void unsure_and_too_old_is_unknown(void **state)
{
    (void)state;
    fix->config.send_max_age_ms = 60000;
    fixture_online();
    fix->wire->publish = WIRE_ACCEPT_CUT;
    fix->wire->publish_times = 1;
    fix->wire->connack_always = WIRE_CLOSE;
    fixture_send("ann", "who knows", "");
    wire_idle(fix->wire);
    pass_seconds(61);
    assert_int_equal(fix->failed_count, 1);
    assert_int_equal(fix->last_err.code, ERR_UNKNOWN);
}

static void repeat_is_sent_when_nobody_can_tell(void **state)
{
    (void)state;
    struct err got = { 0 };
    fixture_online();
    fix->wire->no_pull_send = true;
    fix->wire->history_status = 33007;
    fix->wire->publish = WIRE_ACCEPT_CUT;
    fix->wire->publish_times = 1;
    send_as((struct outgoing){ .repeat = true }, "ann", "twice", &got);
    for (int i = 0; i < 20 && got.status == 0; i++)
        fixture_pass(1000);
    assert_int_equal(got.status, 1);
    assert_string_equal(arrived(0), "ann:twice ann:twice");
    assert_int_equal(fix->wire->messages[0].client_unique_id,
                     fix->wire->messages[1].client_unique_id);
}

static void bots_of_one_app_share_a_group(void **state)
{
    (void)state;
    struct governor *governor = governor_new(fix->wire->loop, NULL, NULL);
    const struct governor_quotas quotas = { .group = 4 }, tighter = { .group = 2 };
    struct governor_line *a = governor_join(governor, STR("key"), &quotas, NULL, NULL);
    struct governor_line *b = governor_join(governor, STR("key"), &tighter, NULL, NULL);
    struct governor_line *c = governor_join(governor, STR("other"), &quotas, NULL, NULL);
    assert_int_equal(governor_message(a, STR("g1")), GOVERNOR_GO);
    assert_int_equal(governor_message(b, STR("g1")), GOVERNOR_GO);
    assert_int_equal(governor_message(a, STR("g1")), GOVERNOR_WAIT_GROUP);
    assert_int_equal(governor_message(a, STR("g2")), GOVERNOR_GO);
    assert_int_equal(governor_message(a, STR_NONE), GOVERNOR_GO);
    assert_int_equal(governor_message(c, STR("g1")), GOVERNOR_GO);
    governor_leave(b);
    assert_int_equal(governor_message(a, STR("g1")), GOVERNOR_GO);
    governor_leave(a);
    governor_leave(c);
    governor_free(governor);
}

static int count_shares(void *arg, struct str app_key)
{
    return str_eq(app_key, STR("key")) ? *(int *)arg : 1;
}

static void processes_divide_what_is_shared(void **state)
{
    (void)state;
    int shares = 4;
    struct governor *governor = governor_new(fix->wire->loop, count_shares, &shares);
    const struct governor_quotas quotas = { .connection = 5, .group = 20, .calls = 3 };
    struct governor_line *line = governor_join(governor, STR("key"), &quotas, NULL, NULL);
    for (int i = 0; i < 5; i++)
        assert_int_equal(governor_message(line, STR("g1")), GOVERNOR_GO);
    assert_int_equal(governor_message(line, STR("g2")), GOVERNOR_WAIT);
    assert_int_equal(governor_call(line, STR("/x")), 0);
    assert_in_range(governor_call(line, STR("/x")), 1, 1050);
    assert_int_equal(governor_call(line, STR("/y")), 0);
    assert_int_equal(governor_call(line, STR("/message/group/publish.json")), 0);
    assert_in_range(governor_call(line, STR("/message/group/publish.json")), 1, 1050);
    assert_int_equal(governor_call(line, STR("/user/getToken.json")), 0);
    assert_int_equal(governor_call(line, STR("/user/getToken.json")), 0);
    assert_in_range(governor_call(line, STR("/user/getToken.json")), 1, 1050);
    shares = 1;
    governor_share_anew(governor);
    assert_int_equal(governor_call(line, STR("/x")), 0);
    assert_int_equal(governor_call(line, STR("/x")), 0);
    governor_leave(line);
    governor_free(governor);
}

static void a_full_group_holds_up_nobody_else(void **state)
{
    (void)state;
    fix->config.quotas = (struct governor_quotas){ .connection = 100, .group = 2 };
    fixture_online();
    for (int i = 0; i < 6; i++)
        fixture_send("g1", "x", "");
    fixture_send("g2", "y", "");
    fixture_send("ann", "z", "");
    wire_idle(fix->wire);
    assert_string_equal(arrived(0), "g1:x g1:x g2:y ann:z");
    pass_seconds(3);
    assert_int_equal(fix->sent_count, 8);
}

/* While conversations take turns, the connection is lost again and again. */
static void cuts_lose_and_mix_up_nothing(void **state)
{
    (void)state;
    char text[16];
    int next[3] = { 0 };
    fix->config.quotas.connection = 5;
    fixture_online();
    for (int i = 0; i < 60; i++) {
        snprintf(text, sizeof(text), "%d", i / 3);
        fixture_send(i % 3 == 0 ? "u0" : i % 3 == 1 ? "u1" : "u2", text, "");
    }
    for (int i = 0; i < 400 && fix->sent_count < 60; i++) {
        if (i % 7 == 0) {
            fix->wire->publish = i % 2 == 0 ? WIRE_DROP_CUT : WIRE_ACCEPT_CUT;
            fix->wire->publish_times = 1;
        }
        fixture_pass(500);
    }
    assert_int_equal(fix->sent_count, 60);
    assert_int_equal(wire_accepted(fix->wire), 60);
    for (size_t i = 0; i < fix->wire->message_count; i++) {
        const struct wire_message *message = &fix->wire->messages[i];
        assert_int_equal(atoi(message->content + 12), next[atoi(message->target + 1)]++);
    }
}

/* Many messages to many chats. */
static void a_long_queue_keeps_its_order(void **state)
{
    (void)state;
    char target[16], text[16];
    int next[1000] = { 0 };
    fix->config.quotas.connection = 1000;
    fixture_online();
    for (int i = 0; i < 10; i++) {
        for (int j = 0; j < 150; j++) {
            snprintf(target, sizeof(target), "u%d", j);
            snprintf(text, sizeof(text), "%d", i);
            fixture_send(target, text, "");
        }
    }
    pass_seconds(3);
    fixture_until_sent(1500);
    for (size_t i = 0; i < fix->wire->message_count; i++) {
        const struct wire_message *message = &fix->wire->messages[i];
        assert_int_equal(atoi(message->content + 12), next[atoi(message->target + 1)]++);
    }
}

int main(void)
{
    log_set_level(LOG_ERROR);
    const struct CMUnitTest tests[] = {
#define TEST(name)                                                                       \
    cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
        TEST(a_connection_sends_its_quota),
        TEST(a_busy_group_starves_nobody),
        TEST(answers_go_before_broadcasts),
        TEST(a_recall_goes_before_messages),
        TEST(too_fast_is_sent_again_and_slower),
        TEST(too_fast_for_ever_is_no_tight_loop),
        TEST(one_that_may_not_wait_is_given_up),
        TEST(one_on_its_way_is_not_given_up),
        TEST(what_is_too_old_is_given_up),
        TEST(unsure_and_too_old_is_unknown),
        TEST(repeat_is_sent_when_nobody_can_tell),
        TEST(bots_of_one_app_share_a_group),
        TEST(processes_divide_what_is_shared),
        TEST(a_full_group_holds_up_nobody_else),
        TEST(cuts_lose_and_mix_up_nothing),
        TEST(a_long_queue_keeps_its_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
