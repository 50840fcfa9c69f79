/* outbox: sent once, in order, whatever becomes of the answer. */
#include "fixture.h"

#include "base/clock.h"
#include "base/log.h"
#include "store/cursors.h"
#include "store/inside.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What the server accepted for the target, as "text text ...". */
static void check_accepted(const char *target, const char *want)
{
    char all[4096] = "";
    for (size_t i = 0; i < fix->wire->message_count; i++) {
        const struct wire_message *message = &fix->wire->messages[i];
        if (!message->own || strcmp(message->target, target) != 0)
            continue;
        struct str text = str_from(message->content);
        size_t len = strlen(all);
        text = str_sub(text, 12, text.len - 14);
        snprintf(all + len, sizeof(all) - len, "%s%.*s", len ? " " : "", STR_ARG(text));
    }
    assert_string_equal(all, want);
}

static void sends_and_reports(void **state)
{
    (void)state;
    fixture_online();
    fixture_send("ann", "one", "");
    assert_int_equal(account_outbox_depth(fix->account), 1);
    fixture_send("g1", "two", "");
    fixture_until_sent(2);
    assert_int_equal(fix->sent_count, 2);
    assert_string_equal(fix->last_uid, "UID-2");
    assert_int_equal(account_outbox_depth(fix->account), 0);
    check_accepted("ann", "one");
    check_accepted("g1", "two");
}

static void order_is_kept(void **state)
{
    (void)state;
    fixture_open();
    char text[16], want[600] = "";
    for (int i = 0; i < 100; i++) {
        snprintf(text, sizeof(text), "%d", i);
        snprintf(want + strlen(want), sizeof(want) - strlen(want), "%s%s", i ? " " : "",
                 text);
        fixture_send("g1", text, "");
    }
    fixture_until_sent(100);
    assert_int_equal(fix->sent_count, 100);
    check_accepted("g1", want);
}

static void refusal_has_its_number(void **state)
{
    (void)state;
    fixture_online();
    fix->wire->publish = WIRE_REFUSE;
    fix->wire->refuse = 22408;
    fixture_send("g1", "one", "");
    fixture_until_sent(1);
    assert_int_equal(fix->failed_count, 1);
    assert_int_equal(fix->last_err.code, ERR_REFUSED);
    assert_int_equal(fix->last_err.status, 22408);
    fix->wire->publish = WIRE_ACCEPT;
    fixture_send("g1", "two", "");
    fixture_until_sent(2);
    assert_int_equal(account_counts(fix->account).refused, 1);
    assert_int_equal(account_counts(fix->account).acknowledged, 1);
    assert_int_equal(account_counts(fix->account).given_up, 0);
    assert_int_equal(account_outbox_depth(fix->account), 0);
}

static void nothing_leaves_before_the_commit(void **state)
{
    (void)state;
    fixture_online();
    assert_int_equal(sqlite3_exec(fix->store->db, "PRAGMA max_page_count = 1", 0, 0, 0),
                     0);
    static char text[250];
    memset(text, 'x', sizeof(text) - 1);
    for (int i = 0; i < 100; i++)
        fixture_send("ann", text, "");
    fixture_until_state(ACCOUNT_DEGRADED);
    wire_idle(fix->wire);
    assert_int_equal(wire_count(fix->wire, FRAME_PUBLISH, NULL), 0);
    assert_int_equal(
        sqlite3_exec(fix->store->db, "PRAGMA max_page_count = 100000", 0, 0, 0), 0);
    fixture_pass(5000);
    fixture_until_sent(100);
    assert_int_equal(fix->sent_count, 100);
    assert_int_equal(wire_accepted(fix->wire), 100);
}

/* The connection is cut between send and answer. */
static void cut_case(enum wire_publish what, bool pull_send)
{
    fixture_online();
    fix->wire->no_pull_send = !pull_send;
    fix->wire->publish = what;
    fix->wire->publish_times = 1;
    fixture_send("ann", "first", "");
    fixture_send("ann", "second", "");
    fixture_send("g1", "other", "");
    fixture_until_sent(3);
    assert_int_equal(fix->wire->connects, 2);
}

static void accepted_and_cut_is_found_by_the_pull(void **state)
{
    (void)state;
    fixture_online();
    fix->wire->history_status = 33007;
    fix->wire->publish = WIRE_ACCEPT_CUT;
    fix->wire->publish_times = 1;
    fixture_send("ann", "first", "");
    fixture_until_sent(1);
    assert_int_equal(fix->sent_count, 1);
    assert_string_equal(fix->last_uid, "UID-1");
    fixture_send("ann", "second", "");
    fixture_until_sent(2);
    check_accepted("ann", "first second");
}

static void accepted_and_cut_is_found_in_the_history(void **state)
{
    (void)state;
    cut_case(WIRE_ACCEPT_CUT, false);
    assert_int_equal(fix->sent_count, 3);
    check_accepted("ann", "first second");
    assert_int_equal(wire_accepted(fix->wire), 3);
}

static void dropped_and_cut_is_sent_again(void **state)
{
    (void)state;
    cut_case(WIRE_DROP_CUT, true);
    assert_int_equal(fix->sent_count, 3);
    check_accepted("ann", "first second");
    check_accepted("g1", "other");
    assert_int_equal(wire_accepted(fix->wire), 3);
}

static void nobody_can_tell_is_said(void **state)
{
    (void)state;
    fixture_online();
    fix->wire->no_pull_send = true;
    fix->wire->history_status = 33007;
    fix->wire->publish = WIRE_ACCEPT_CUT;
    fix->wire->publish_times = 1;
    fixture_send("ann", "maybe", "");
    fixture_until_sent(1);
    assert_int_equal(fix->last_err.code, ERR_UNKNOWN);
    assert_int_equal(wire_accepted(fix->wire), 1);
    fixture_send("ann", "next", "");
    fixture_until_sent(2);
    check_accepted("ann", "maybe next");
}

static void no_answer_is_looked_for(void **state)
{
    (void)state;
    fixture_online();
    fix->wire->publish = WIRE_ACCEPT_QUIET;
    fix->wire->publish_times = 1;
    fixture_send("ann", "quiet", "");
    wire_idle(fix->wire);
    fix->wire->publish = WIRE_DROP;
    fix->wire->publish_times = 1;
    fixture_send("ann", "dropped", "");
    wire_idle(fix->wire);
    assert_int_equal(fix->sent_count, 0);
    fixture_pass(15000);
    assert_int_equal(fix->sent_count, 0);
    fixture_pass(15000);
    fixture_until_sent(2);
    assert_int_equal(fix->sent_count, 2);
    check_accepted("ann", "quiet dropped");
    assert_int_equal(fix->wire->connects, 1);
}

/* A minute of talk, a lost answer, and a server that does not tell own messages. */
static void busy_case(enum wire_publish what)
{
    fixture_online();
    fix->wire->no_pull_send = true;
    for (int i = 0; i < 1000; i++)
        wire_receive(fix->wire, 3, "g1", "ann", "talk");
    fix->wire->publish = what;
    fix->wire->publish_times = 1;
    fixture_send("g1", "mine", "");
    fixture_until_sent(1);
    assert_int_equal(fix->sent_count, 1);
    assert_int_equal(wire_accepted(fix->wire), 1);
}

static void a_busy_chat_is_looked_through_from_its_end(void **state)
{
    (void)state;
    busy_case(WIRE_ACCEPT_CUT);
    assert_int_equal(wire_count(fix->wire, FRAME_QUERY, "qryGMsg"), 1);
}

/* All of it, and what came meanwhile. */
static void what_did_not_arrive_takes_all_pages(void **state)
{
    (void)state;
    busy_case(WIRE_DROP_CUT);
    assert_in_range(wire_count(fix->wire, FRAME_QUERY, "qryGMsg"), 11, 12);
}

static void never_answered_ends(void **state)
{
    (void)state;
    fixture_online();
    fix->wire->publish = WIRE_DROP;
    fixture_send("ann", "void", "");
    for (int i = 0; i < 12; i++)
        fixture_pass(15000);
    fixture_until_sent(1);
    assert_int_equal(fix->last_err.code, ERR_TIMEOUT);
    assert_int_equal(account_counts(fix->account).given_up, 1);
    assert_int_equal(account_counts(fix->account).acknowledged, 0);
    assert_int_equal(wire_count(fix->wire, FRAME_PUBLISH, NULL), 5);
}

/* Only silence on a good link counts against a send, not lost links. */
static void many_cuts_do_not_end_a_send(void **state)
{
    (void)state;
    fixture_online();
    fix->wire->publish = WIRE_DROP_CUT;
    fix->wire->publish_times = 8;
    fixture_send("ann", "patient", "");
    for (int i = 0; i < 20; i++)
        fixture_pass(10000);
    fixture_until_sent(1);
    assert_int_equal(fix->sent_count, 1);
    /* A jump of the clock may end a connection that was just being made. */
    assert_in_range(fix->wire->connects, 9, 14);
    check_accepted("ann", "patient");
}

static void later_ones_wait_for_an_unsure_one(void **state)
{
    (void)state;
    fixture_online();
    fix->wire->publish = WIRE_DROP;
    fix->wire->publish_times = 1;
    fixture_send("ann", "a", "");
    wire_idle(fix->wire);
    fix->wire->history_status = 20607; /* busy: cannot say now */
    fixture_pass(15000);
    fixture_pass(15000);
    fixture_send("ann", "b", "");
    fixture_send("g1", "c", "");
    fixture_until_sent(1);
    check_accepted("ann", "");
    check_accepted("g1", "c");
    fix->wire->history_status = 0;
    fixture_pass(5000);
    fixture_until_sent(3);
    check_accepted("ann", "a b");
}

static void key_names_a_send_for_ever(void **state)
{
    (void)state;
    fixture_on_disk();
    fixture_online();
    fixture_send("ann", "once", "ev/p/1/1");
    fixture_send("ann", "once", "ev/p/1/1");
    fixture_until_sent(2);
    assert_int_equal(wire_accepted(fix->wire), 1);
    fixture_send("ann", "once", "ev/p/1/1");
    assert_int_equal(fix->sent_count, 2);
    fixture_until_sent(3);
    assert_int_equal(fix->sent_count, 3);
    assert_string_equal(fix->last_uid, "UID-1");
    fix->wire->publish = WIRE_REFUSE;
    fix->wire->refuse = 22406;
    fixture_send("g1", "no", "ev/p/1/2");
    fixture_until_sent(4);
    fix->wire->publish = WIRE_ACCEPT;
    fixture_close();
    fixture_online();
    fixture_send("ann", "once", "ev/p/1/1");
    fixture_send("g1", "no", "ev/p/1/2");
    fixture_until_sent(6);
    assert_int_equal(wire_accepted(fix->wire), 1);
    assert_int_equal(fix->last_err.status, 22406);
}

static void restart_case(enum wire_publish what)
{
    fixture_on_disk();
    fixture_online();
    fix->wire->publish = what;
    fixture_send("ann", "a", "key");
    wire_idle(fix->wire);
    fixture_close();
    assert_int_equal(fix->last_err.code, ERR_CLOSED);
    fix->wire->publish = WIRE_ACCEPT;
    fixture_online();
    fixture_send("ann", "a", "key");
    fixture_until_sent(2);
    assert_int_equal(fix->sent_count, 1);
    wire_idle(fix->wire);
    check_accepted("ann", "a");
}

static void restart_with_an_accepted_send(void **state)
{
    (void)state;
    restart_case(WIRE_ACCEPT_QUIET);
}

static void restart_with_a_lost_send(void **state)
{
    (void)state;
    restart_case(WIRE_DROP);
}

static void many_cuts_lose_and_double_nothing(void **state)
{
    (void)state;
    fixture_online();
    char text[16], want[1200] = "";
    static const enum wire_publish how[] = { WIRE_ACCEPT_CUT, WIRE_DROP_CUT, WIRE_ACCEPT,
                                             WIRE_ACCEPT_QUIET, WIRE_DROP };
    for (int i = 0; i < 60; i++) {
        snprintf(text, sizeof(text), "%d", i);
        snprintf(want + strlen(want), sizeof(want) - strlen(want), "%s%s", i ? " " : "",
                 text);
        fix->wire->publish = how[i % 5];
        fix->wire->publish_times = 1;
        fixture_send("g1", text, "");
        fixture_send("ann", text, "");
        for (int j = 0; j < 6; j++)
            fixture_pass(15000);
    }
    fixture_until_sent(120);
    assert_int_equal(fix->sent_count, 120);
    check_accepted("g1", want);
    check_accepted("ann", want);
}

static void cancel_forgets(void **state)
{
    (void)state;
    fixture_online();
    struct account_call *call = fixture_send("ann", "a", "");
    account_cancel(call);
    wire_idle(fix->wire);
    assert_int_equal(fix->sent_count + fix->failed_count, 0);
    check_accepted("ann", "a");
}

static void on_never(void *arg, const struct sent *sent, const struct err *why)
{
    (void)arg;
    (void)sent;
    (void)why;
    fail_msg("called");
}

static void wrong_messages_are_refused(void **state)
{
    (void)state;
    fixture_online();
    static char large[131073];
    struct outgoing good = { .type = CONVERSATION_PRIVATE,
                             .target = STR("ann"),
                             .object_name = STR("RC:TxtMsg"),
                             .content = STR("{}"),
                             .stored = -1,
                             .counted = -1 };
    struct {
        struct outgoing message;
        enum err_code code;
    } rows[6] = {
        { good, ERR_ARGUMENT }, { good, ERR_ARGUMENT },    { good, ERR_LIMIT },
        { good, ERR_ARGUMENT }, { good, ERR_UNSUPPORTED }, { good, ERR_ARGUMENT },
    };
    memset(large, ' ', sizeof(large));
    struct str users[] = { STR("bob") };
    rows[0].message.target = STR("");
    rows[1].message.object_name = STR("");
    rows[2].message.content = str_of(large, sizeof(large));
    rows[3].message.content = STR("\xff");
    rows[4].message.type = CONVERSATION_SYSTEM;
    rows[5].message.to_users = users;
    rows[5].message.to_user_count = 1;
    for (size_t i = 0; i < 6; i++) {
        struct err err = { 0 };
        assert_null(account_send(fix->account, &rows[i].message, on_never, NULL, &err));
        assert_int_equal(err.code, rows[i].code);
    }
    wire_idle(fix->wire);
    assert_int_equal(wire_count(fix->wire, FRAME_PUBLISH, NULL), 0);
}

static void on_status(void *arg, const struct sent *sent, const struct err *why)
{
    struct err *err = arg;
    err->code = why ? why->code : ERR_NONE;
    err->status = sent ? 1 : 2;
}

static void status_messages_bypass(void **state)
{
    (void)state;
    struct err got = { 0 };
    struct outgoing typing = { .type = CONVERSATION_PRIVATE,
                               .target = STR("ann"),
                               .object_name = STR("RC:TypSts"),
                               .content = STR("{\"typingContentType\":\"RC:TxtMsg\"}"),
                               .stored = -1,
                               .counted = -1,
                               .status_only = true };
    fixture_open();
    assert_non_null(account_send(fix->account, &typing, on_status, &got, NULL));
    wire_idle(fix->wire);
    assert_int_equal(got.code, ERR_NETWORK);
    fixture_until_state(ACCOUNT_ONLINE);
    assert_non_null(account_send(fix->account, &typing, on_status, &got, NULL));
    wire_idle(fix->wire);
    assert_int_equal(got.status, 1);
    assert_int_equal(wire_count(fix->wire, FRAME_PUBLISH, "ppMsgS"), 1);
    assert_int_equal(account_outbox_depth(fix->account), 0);
}

int main(void)
{
    log_set_level(LOG_ERROR);
    const struct CMUnitTest tests[] = {
#define TEST(name)                                                                       \
    cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
        TEST(sends_and_reports),
        TEST(order_is_kept),
        TEST(refusal_has_its_number),
        TEST(nothing_leaves_before_the_commit),
        TEST(accepted_and_cut_is_found_by_the_pull),
        TEST(accepted_and_cut_is_found_in_the_history),
        TEST(dropped_and_cut_is_sent_again),
        TEST(nobody_can_tell_is_said),
        TEST(no_answer_is_looked_for),
        TEST(a_busy_chat_is_looked_through_from_its_end),
        TEST(what_did_not_arrive_takes_all_pages),
        TEST(never_answered_ends),
        TEST(many_cuts_do_not_end_a_send),
        TEST(later_ones_wait_for_an_unsure_one),
        TEST(key_names_a_send_for_ever),
        TEST(restart_with_an_accepted_send),
        TEST(restart_with_a_lost_send),
        TEST(many_cuts_lose_and_double_nothing),
        TEST(cancel_forgets),
        TEST(wrong_messages_are_refused),
        TEST(status_messages_bypass),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
