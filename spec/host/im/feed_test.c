/* feed: what is not done is handed up again, to whom it is for. */
#include "fixture.h"

#include "base/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct wire_message *from_ann(const char *text)
{
    return wire_receive(fix->wire, 1, "bot", "ann", text);
}

static void note_text(void *arg, const struct message *message)
{
    snprintf(arg, 32, "%.*s%s", STR_ARG(message->content),
             message->redelivered ? " again" : "");
}

static void what_is_not_done_can_be_read(void **state)
{
    (void)state;
    char text[32] = "";
    fix->done_at_once = false;
    fixture_online();
    wire_push(fix->wire, from_ann("once"), false);
    fixture_until_seen(1);
    int64_t row = fix->seen[0].row;
    assert_true(account_read(fix->account, row, note_text, text));
    assert_non_null(strstr(text, "once"));
    assert_null(strstr(text, "again"));
    assert_int_equal(fix->seen_count, 1);
    assert_false(account_read(fix->account, row + 1, note_text, text));
    account_done(fix->account, row);
    assert_false(account_read(fix->account, row, note_text, text));
    fixture_close();
}

static void rows_not_done_are_redelivered_in_order(void **state)
{
    (void)state;
    fixture_on_disk();
    fix->done_at_once = false;
    fixture_online();
    wire_push(fix->wire, from_ann("a"), false);
    wire_push(fix->wire, from_ann("b"), false);
    wire_push(fix->wire, from_ann("c"), false);
    fixture_until_seen(3);
    account_done(fix->account, fix->seen[1].row);
    assert_int_equal(account_journal_depth(fix->account), 2);
    fixture_close();
    fix->seen_count = 0;
    fix->done_at_once = true;
    fixture_open();
    account_hold(fix->account, true);
    fixture_until_state(ACCOUNT_ONLINE);
    wire_push(fix->wire, from_ann("d"), false);
    fixture_until_acked(4);
    assert_int_equal(fix->seen_count, 0);
    account_hold(fix->account, false);
    fixture_until_seen(3);
    fixture_check_seen("a c d");
    assert_true(fix->seen[0].redelivered);
    assert_true(fix->seen[1].redelivered);
    assert_false(fix->seen[2].redelivered);
    assert_string_equal(fix->seen[0].sender, "ann");
    wire_idle(fix->wire);
    assert_int_equal(account_journal_depth(fix->account), 0);
}

static void note_row(void *arg, const struct journal_row *row)
{
    *(int64_t *)arg = row->row;
}

/* What it is like now, and once more after a restart. */
static void check_again(const char *event)
{
    for (int life = 0; life <= 1; life++) {
        const struct seen *seen = &fix->seen[0];
        fixture_until_seen(1);
        fixture_check_seen("one");
        assert_string_equal(seen->uid, "UID-1");
        assert_string_equal(seen->event, event);
        assert_string_equal(seen->plugin, "p");
        assert_string_equal(seen->sender, "ann");
        assert_true(seen->redelivered);
        fix->seen_count = 0;
        if (life == 0) {
            fixture_close();
            fixture_online();
        }
    }
}

static void what_is_kept_for_a_plugin_comes_again_when_a_person_says_so(void **state)
{
    (void)state;
    struct err err = { 0 };
    fixture_on_disk();
    fix->done_at_once = false;
    fixture_online();
    wire_push(fix->wire, from_ann("one"), false);
    fixture_until_seen(1);
    assert_string_equal(fix->seen[0].event, "UID-1");
    assert_string_equal(fix->seen[0].plugin, "");
    account_keep(fix->account, fix->seen[0].row, STR("p"), JOURNAL_STOPPED);
    for (int time = 1; time <= 2; time++) {
        int64_t row = 0;
        fixture_close();
        fix->seen_count = 0;
        fixture_online();
        wire_idle(fix->wire);
        assert_int_equal(fix->seen_count, 0);
        assert_int_equal(account_aside(fix->account, JOURNAL_STOPPED), 1);
        assert_int_equal(account_journal_depth(fix->account), 0);
        account_each_aside(fix->account, note_row, &row);
        assert_true(account_retry(fix->account, row, &err));
        assert_false(account_retry(fix->account, row, &err));
        assert_int_equal(err.code, ERR_NOT_FOUND);
        assert_int_equal(account_journal_depth(fix->account), 1);
        check_again(time == 1 ? "UID-1/again/p" : "UID-1/again/p/2");
        account_keep(fix->account, row, STR("p"), JOURNAL_STOPPED);
    }
    int64_t row = 0;
    wire_idle(fix->wire);
    account_each_aside(fix->account, note_row, &row);
    assert_true(account_drop(fix->account, row, &err));
    assert_false(account_drop(fix->account, row, &err));
    assert_int_equal(account_aside(fix->account, JOURNAL_STOPPED), 0);
}

/* A copy has a number behind messages that wait: a slice of them may end before it. */
static void it_comes_behind_a_backlog(void **state)
{
    (void)state;
    struct err err = { 0 };
    int64_t row = 0;
    fix->done_at_once = false;
    fixture_online();
    wire_push(fix->wire, from_ann("one"), false);
    fixture_until_seen(1);
    account_hold(fix->account, true);
    for (int i = 0; i < 64; i++)
        from_ann("x");
    wire_notify(fix->wire);
    wire_idle(fix->wire);
    assert_int_equal(account_journal_depth(fix->account), 65);
    account_keep(fix->account, fix->seen[0].row, STR("p"), JOURNAL_STOPPED);
    wire_idle(fix->wire);
    account_each_aside(fix->account, note_row, &row);
    assert_true(account_retry(fix->account, row, &err));
    assert_int_equal(fix->seen_count, 1);
    account_hold(fix->account, false);
    fixture_until_seen(66);
    assert_int_equal(fix->seen[65].row, row);
    assert_string_equal(fix->seen[65].plugin, "p");
    fixture_close();
}

int main(void)
{
    log_set_level(LOG_ERROR);
    const struct CMUnitTest tests[] = {
#define TEST(name)                                                                       \
    cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
        TEST(what_is_not_done_can_be_read),
        TEST(rows_not_done_are_redelivered_in_order),
        TEST(it_comes_behind_a_backlog),
        TEST(what_is_kept_for_a_plugin_comes_again_when_a_person_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
