/* inbox: every message once, in order, acknowledged after the commit. */
#include "fixture.h"

#include "base/clock.h"
#include "base/log.h"
#include "store/cursors.h"
#include "store/inside.h"
#include "store/journal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct wire_message *from_ann(const char *text)
{
    return wire_receive(fix->wire, 1, "bot", "ann", text);
}

static int64_t inbox_cursor(void)
{
    return cursors_get(fix->store).inbox;
}

static void backlog_is_pulled(void **state)
{
    (void)state;
    from_ann("one");
    clock_add_ms(5);
    wire_receive(fix->wire, 3, "g1", "bob", "two");
    clock_add_ms(5);
    fixture_online();
    fixture_check_seen("one two");
    assert_string_equal(fix->seen[0].target, "ann");
    assert_string_equal(fix->seen[0].sender, "ann");
    assert_string_equal(fix->seen[1].target, "g1");
    assert_string_equal(fix->seen[1].sender, "bob");
    assert_true(fix->seen[0].offline);
    assert_false(fix->seen[0].redelivered);
    assert_int_equal(inbox_cursor(), fix->wire->messages[1].sent_ms);
}

static void pages_and_gzip(void **state)
{
    (void)state;
    fix->wire->page = 10;
    fix->wire->gzip = true;
    for (int i = 0; i < 95; i++)
        from_ann("x");
    fix->wire->gzip = true;
    fixture_online();
    assert_int_equal(fix->seen_count, 95);
    fix->wire->page = 0;
    from_ann("last");
    wire_notify(fix->wire);
    fixture_until_seen(96);
}

static void pages_without_gzip(void **state)
{
    (void)state;
    fix->wire->page = 10;
    for (int i = 0; i < 95; i++)
        from_ann("x");
    fixture_online();
    assert_int_equal(fix->seen_count, 95);
    wire_idle(fix->wire);
    assert_int_equal(wire_count(fix->wire, FRAME_QUERY, "pullMsg"), 10);
}

static void notice_leads_to_a_pull(void **state)
{
    (void)state;
    fixture_online();
    clock_add_ms(5);
    from_ann("hello");
    wire_notify(fix->wire);
    fixture_until_seen(1);
    fixture_until_acked(1);
    assert_false(fix->seen[0].offline);
    /* One about what was pulled already asks for nothing. */
    size_t pulls = wire_count(fix->wire, FRAME_QUERY, "pullMsg");
    wire_notify(fix->wire);
    fixture_until_acked(2);
    assert_int_equal(wire_count(fix->wire, FRAME_QUERY, "pullMsg"), pulls);
}

static void direct_push_moves_no_cursor(void **state)
{
    (void)state;
    fixture_online();
    int64_t before = inbox_cursor();
    wire_push(fix->wire, from_ann("direct"), false);
    fixture_until_seen(1);
    fixture_until_acked(1);
    assert_int_equal(inbox_cursor(), before);
    /* The pull soon after returns it again: dropped, and the cursor moves. */
    fixture_pass(5000);
    assert_int_equal(fix->seen_count, 1);
    assert_int_equal(inbox_cursor(), fix->wire->messages[0].sent_ms);
}

static void lost_push_is_found_by_the_next_pull(void **state)
{
    (void)state;
    fixture_online();
    from_ann("lost");
    wire_push(fix->wire, from_ann("arrived"), false);
    fixture_until_seen(1);
    fixture_check_seen("arrived");
    fixture_pass(5000);
    fixture_until_seen(2);
    fixture_check_seen("arrived lost");
    /* With nothing else pushed, the pull of every 180 s finds it. */
    from_ann("lonely");
    fixture_pass(179000);
    assert_int_equal(fix->seen_count, 2);
    fixture_pass(1000);
    fixture_until_seen(3);
    wire_idle(fix->wire);
    assert_int_equal(fix->seen_count, 3);
}

static void doubled_and_reordered_pushes(void **state)
{
    (void)state;
    fixture_online();
    struct wire_message *a = from_ann("a"), *b = from_ann("b"), *c = from_ann("c");
    wire_push(fix->wire, b, false);
    wire_push(fix->wire, b, false);
    wire_push(fix->wire, a, false);
    wire_push(fix->wire, c, false);
    wire_push(fix->wire, a, false);
    fixture_until_acked(5);
    wire_notify(fix->wire);
    fixture_until_acked(6);
    fixture_pass(5000);
    fixture_check_seen("b a c");
}

static void uids_are_known_after_a_restart(void **state)
{
    (void)state;
    fixture_on_disk();
    fixture_online();
    wire_push(fix->wire, from_ann("once"), false);
    fixture_until_seen(1);
    fixture_until_acked(1);
    fixture_close();
    fixture_online(); /* the cursor never moved: pulled again, dropped */
    assert_int_equal(fix->seen_count, 1);
}

static void held_messages_come_later_in_order(void **state)
{
    (void)state;
    fixture_online();
    account_hold(fix->account, true);
    for (int i = 0; i < 200; i++)
        from_ann("x");
    wire_notify(fix->wire);
    fixture_until_acked(1);
    wire_idle(fix->wire);
    assert_int_equal(fix->seen_count, 0);
    assert_int_equal(account_journal_depth(fix->account), 200);
    account_hold(fix->account, false);
    wire_push(fix->wire, from_ann("y"), false);
    fixture_until_seen(201);
    for (size_t i = 1; i < 201; i++)
        assert_int_equal(fix->seen[i].row, fix->seen[i - 1].row + 1);
    assert_non_null(strstr(fix->seen[200].content, "y"));
}

static void status_message_is_not_journaled(void **state)
{
    (void)state;
    fixture_online();
    wire_push(fix->wire, from_ann("typing"), true);
    fixture_until_seen(1);
    assert_int_equal(fix->seen[0].row, 0);
    assert_string_equal(fix->seen[0].uid, "");
    assert_int_equal(journal_last(fix->store), 0);
    assert_int_equal(wire_count(fix->wire, FRAME_PUBACK, NULL), 0);
}

static void own_messages_are_not_handed_up(void **state)
{
    (void)state;
    struct wire_message *message = from_ann("mine");
    message->own = true;
    fixture_online();
    wire_sync(fix->wire, message, true);
    wire_push(fix->wire, message, false);
    fixture_until_acked(1);
    assert_int_equal(fix->seen_count, 0);
    assert_int_equal(cursors_get(fix->store).outbox, message->sent_ms);
}

static void commit_comes_before_the_acknowledgement(void **state)
{
    (void)state;
    fixture_online();
    /* A full disk: nothing is acknowledged, and it says why. */
    assert_int_equal(sqlite3_exec(fix->store->db, "PRAGMA max_page_count = 1", 0, 0, 0),
                     0);
    char text[400];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    fix->done_at_once = false;
    for (int i = 0; i < 200; i++)
        wire_push(fix->wire, from_ann(text), false);
    fixture_until_state(ACCOUNT_DEGRADED);
    assert_non_null(strstr(fix->details[fix->state_count - 1], "full"));
    size_t seen = fix->seen_count, acked = wire_count(fix->wire, FRAME_PUBACK, NULL);
    wire_push(fix->wire, from_ann("meanwhile"), false);
    fixture_pass(5000);
    assert_int_equal(account_state(fix->account), ACCOUNT_DEGRADED);
    assert_int_equal(wire_count(fix->wire, FRAME_PUBACK, NULL), acked);
    assert_int_equal(fix->seen_count, seen);
    assert_true(acked < 200);
    assert_int_equal(
        sqlite3_exec(fix->store->db, "PRAGMA max_page_count = 100000", 0, 0, 0), 0);
    fixture_pass(5000);
    fixture_until_state(ACCOUNT_ONLINE);
    fixture_until_seen(201);
    wire_idle(fix->wire);
    assert_int_equal(fix->seen_count, 201);
    for (size_t i = 1; i < 201; i++)
        assert_true(fix->seen[i].row > fix->seen[i - 1].row);
}

/* Nothing can be promised any more: nothing is taken in, and nothing may be sent. */
static void damaged_store_says_so(void **state)
{
    (void)state;
    char aside[160], junk[8192];
    fixture_on_disk();
    snprintf(aside, sizeof(aside), "%s.damaged-1", fix->path);
    FILE *file = fopen(fix->path, "wb");
    memset(junk, 'x', sizeof(junk));
    assert_int_equal(fwrite(junk, 1, sizeof(junk), file), sizeof(junk));
    fclose(file);
    from_ann("before");
    fixture_open();
    fixture_until_state(ACCOUNT_DEGRADED);
    assert_non_null(strstr(fix->details[fix->state_count - 1], aside));
    wire_push(fix->wire, from_ann("now"), false);
    for (int i = 0; i < 3; i++)
        fixture_pass(5000);
    assert_int_equal(account_state(fix->account), ACCOUNT_DEGRADED);
    assert_int_equal(fix->seen_count, 0);
    assert_int_equal(wire_count(fix->wire, FRAME_PUBACK, NULL), 0);
    struct err err;
    struct outgoing message = { .type = CONVERSATION_PRIVATE,
                                .target = STR("ann"),
                                .object_name = STR("RC:TxtMsg"),
                                .content = STR("{\"content\":\"x\"}") };
    assert_null(account_send(fix->account, &message, NULL, NULL, &err));
    assert_int_equal(err.code, ERR_STORAGE);
    fixture_close();

    /* The next start makes a new file. */
    fixture_online();
    fixture_until_seen(2);
    fixture_check_seen("before now");
}

/* Without a memory of what it has answered, a bot begins with what comes now; a lost
 * connection costs it nothing. */
static void without_durability_the_past_is_past(void **state)
{
    (void)state;
    fix->durable = STORE_OFF;
    from_ann("before");
    clock_add_ms(5);
    fixture_online();
    clock_add_ms(5);
    wire_push(fix->wire, from_ann("one"), false);
    fixture_until_acked(1);
    wire_cut(fix->wire);
    clock_add_ms(5);
    from_ann("two");
    fixture_until_connects(2);
    fixture_until_seen(2);
    fixture_check_seen("one two");
    fixture_close();
    clock_add_ms(5);
    fixture_online();
    clock_add_ms(5);
    wire_push(fix->wire, from_ann("three"), false);
    fixture_until_seen(3);
    fixture_check_seen("one two three");
}

/* It remembers ten minutes of what it has seen. */
static void without_durability_memory_is_bounded(void **state)
{
    (void)state;
    fix->durable = STORE_OFF;
    fix->done_at_once = true;
    fixture_online();
    clock_add_ms(5);
    struct wire_message first = *from_ann("first");
    wire_push(fix->wire, &first, false);
    fixture_until_seen(1);
    fixture_pass(11 * 60000);
    fixture_pass(11 * 60000);
    assert_false(journal_knows(fix->store, str_from(first.uid)));
}

/* Somebody sets the clock: messages are as old as the server's clock says. */
static void clock_set_by_hand_ages_nothing(void **state)
{
    (void)state;
    fixture_online();
    struct wire_message before = *from_ann("before");
    clock_add_ms(5);
    clock_add_wall_ms((int64_t)8 * 86400000);
    wire_push(fix->wire, &before, false);
    fixture_until_seen(1);
    assert_int_equal(fix->seen[0].received_ms - fix->seen[0].sent_ms, 5);
    clock_add_ms(11 * 60000); /* what is old is pruned by the same clock */
    fixture_pass(11 * 60000);
    assert_true(journal_knows(fix->store, str_from(before.uid)));
    clock_add_wall_ms((int64_t)-8 * 86400000);
}

static void failing_pull_is_said_and_tried_again(void **state)
{
    (void)state;
    fix->wire->query_status = 33003;
    fixture_open();
    fixture_until_state(ACCOUNT_DEGRADED);
    assert_non_null(strstr(fix->details[fix->state_count - 1], "33003"));
    from_ann("late");
    fix->wire->query_status = 0;
    fixture_pass(1000);
    fixture_until_state(ACCOUNT_ONLINE);
    fixture_until_seen(1);
    /* No answer at all: given up after 30 s, and again. */
    fix->wire->no_pull = true;
    from_ann("later");
    wire_notify(fix->wire);
    wire_idle(fix->wire);
    for (int i = 0; i < 2; i++)
        fixture_pass(15000);
    assert_int_equal(account_state(fix->account), ACCOUNT_DEGRADED);
    fix->wire->no_pull = false;
    fixture_pass(1000);
    fixture_until_seen(2);
    fixture_until_state(ACCOUNT_ONLINE);
}

static void garbage_does_no_harm(void **state)
{
    (void)state;
    fixture_online();
    server_ws_send(fix->wire->peer, STR(""));
    server_ws_send(fix->wire->peer, STR("\xff\xff\xff"));
    server_ws_send(fix->wire->peer, STR("\x32"));
    server_ws_send(fix->wire->peer, STR("\x32\0\0\0\1\0\5s_msg\0\3bot\0\1\xff\xff"));
    server_ws_send(fix->wire->peer, STR("\x32\0\0\0\1\0\5s_ntf\0\3bot\0\2\xff"));
    server_ws_send(fix->wire->peer, STR("\x32\0\0\0\1\0\5s_xyz\0\3bot\0\3"));
    fixture_until_acked(3);
    wire_push(fix->wire, from_ann("fine"), false);
    fixture_until_seen(1);
    assert_int_equal(fix->wire->connects, 1);
}

int main(void)
{
    log_set_level(LOG_ERROR);
    const struct CMUnitTest tests[] = {
#define TEST(name)                                                                       \
    cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
        TEST(backlog_is_pulled),
        TEST(pages_and_gzip),
        TEST(pages_without_gzip),
        TEST(notice_leads_to_a_pull),
        TEST(direct_push_moves_no_cursor),
        TEST(lost_push_is_found_by_the_next_pull),
        TEST(doubled_and_reordered_pushes),
        TEST(uids_are_known_after_a_restart),
        TEST(held_messages_come_later_in_order),
        TEST(status_message_is_not_journaled),
        TEST(own_messages_are_not_handed_up),
        TEST(commit_comes_before_the_acknowledgement),
        TEST(damaged_store_says_so),
        TEST(without_durability_the_past_is_past),
        TEST(without_durability_memory_is_bounded),
        TEST(clock_set_by_hand_ages_nothing),
        TEST(failing_pull_is_said_and_tried_again),
        TEST(garbage_does_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
