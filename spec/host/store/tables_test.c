/* The small tables: outbox rows, key-values, audit. */
#include "store/audit.h"
#include "store/kv.h"
#include "store/outbox_rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct store *store;
static struct buf bytes;

static int set_up(void **state)
{
    (void)state;
    buf_init(&bytes, 1 << 20);
    store = store_open(":memory:", STORE_NORMAL, NULL);
    return store ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    store_close(store);
    buf_clear(&bytes);
    return 0;
}

static int waiting;
static int64_t newest;

static void count_waiting(void *arg, const struct outbox_row *row)
{
    (void)arg;
    waiting++;
    assert_true(row->row > newest);
    newest = row->row;
    assert_true(str_eq(row->payload, STR("bytes")));
}

static void outbox_keeps_the_record_of_keyed_sends(void **state)
{
    (void)state;
    struct outbox_row plain = { .client_unique_id = 9,
                                .type = 3,
                                .topic = STR("pgMsgP"),
                                .target = STR("g"),
                                .payload = STR("bytes"),
                                .cursor_ms = 4,
                                .created_ms = 5,
                                .findable = true };
    struct outbox_row keyed = plain;
    keyed.key = STR("ev/plugin/1/1");
    outbox_rows_add(store, &plain);
    outbox_rows_add(store, &keyed);
    assert_true(store_commit(store, NULL));
    waiting = 0;
    newest = 0;
    assert_true(outbox_rows_each(store, count_waiting, NULL, NULL));
    assert_int_equal(waiting, 2);

    struct outbox_row found;
    assert_false(outbox_rows_find(store, STR(""), &found, &bytes));
    assert_true(outbox_rows_find(store, keyed.key, &found, &bytes));
    assert_int_equal(found.row, keyed.row);
    assert_int_equal(found.state, OUTBOX_WAITING);
    assert_int_equal(found.client_unique_id, 9);
    assert_int_equal(found.cursor_ms, 4);
    assert_int_equal(found.created_ms, 5);
    assert_true(found.findable);
    assert_true(str_eq(found.target, STR("g")));

    keyed.state = OUTBOX_DONE;
    keyed.uid = STR("U-1");
    keyed.sent_ms = 77;
    outbox_rows_finish(store, &keyed);
    plain.state = OUTBOX_FAILED;
    outbox_rows_finish(store, &plain);
    assert_true(store_commit(store, NULL));
    waiting = 0;
    assert_true(outbox_rows_each(store, count_waiting, NULL, NULL));
    assert_int_equal(waiting, 0);
    assert_true(outbox_rows_find(store, keyed.key, &found, &bytes));
    assert_int_equal(found.state, OUTBOX_DONE);
    assert_true(str_eq(found.uid, STR("U-1")));
    assert_int_equal(found.sent_ms, 77);
    assert_int_equal(found.payload.len, 0);

    assert_false(outbox_rows_prune(store, 5));
    assert_true(outbox_rows_find(store, keyed.key, &found, &bytes));
    assert_false(outbox_rows_prune(store, 6));
    assert_false(outbox_rows_find(store, keyed.key, &found, &bytes));
}

static bool get(struct kv_name in, const char *key, int64_t now_ms)
{
    bool found;
    buf_reset(&bytes);
    assert_true(kv_get(store, in, str_from(key), now_ms, &bytes, &found, NULL, NULL));
    return found;
}

static void kv_is_kept_apart_by_plugin_and_name(void **state)
{
    (void)state;
    struct kv_name days = { STR("hello"), STR("days") };
    struct kv_name plain = { STR("hello"), STR("") };
    struct kv_name other = { STR("other"), STR("days") };
    assert_true(kv_set(store, days, STR("k"), STR("v1"), 0, 0, NULL));
    assert_true(get(days, "k", 1));
    assert_true(str_eq(buf_str(&bytes), STR("v1")));
    assert_false(get(plain, "k", 1));
    assert_false(get(other, "k", 1));
    assert_true(kv_set(store, days, STR("k"), STR("longer"), 0, 0, NULL));
    assert_true(get(days, "k", 1));
    assert_true(str_eq(buf_str(&bytes), STR("longer")));
    assert_int_equal(kv_size(store, STR("hello")), 7);
    assert_int_equal(kv_size(store, STR("other")), 0);
    assert_true(kv_del(store, days, STR("k"), NULL));
    assert_true(kv_del(store, days, STR("k"), NULL));
    assert_false(get(days, "k", 1));
    assert_int_equal(kv_size(store, STR("hello")), 0);
}

static void kv_expires_and_has_a_limit(void **state)
{
    (void)state;
    struct kv_name in = { STR("p"), STR("") };
    struct err err = { 0 };
    assert_true(kv_set(store, in, STR("a"), STR("12345"), 1000, 10, &err));
    assert_true(get(in, "a", 999));
    assert_false(get(in, "a", 1000));
    assert_false(kv_set(store, in, STR("b"), STR("12345"), 0, 10, &err));
    assert_int_equal(err.code, ERR_LIMIT);
    assert_true(kv_set(store, in, STR("b"), STR("123"), 0, 10, &err));
    assert_true(kv_prune(store, 1000, &err));
    assert_int_equal(kv_size(store, STR("p")), 4);
    assert_true(kv_clear(store, STR("p"), &err));
    assert_int_equal(kv_size(store, STR("p")), 0);
    assert_false(get(in, "b", 1));
}

static bool collect(void *arg, struct str key, struct str value)
{
    struct buf *out = arg;
    assert_true(buf_add_format(out, "%.*s=%.*s ", STR_ARG(key), STR_ARG(value)));
    return true;
}

static void kv_each_walks_a_prefix(void **state)
{
    (void)state;
    struct kv_name in = { STR("p"), STR("") };
    static const char *const keys[] = { "g/b", "g/a", "h/a", "g/c", "f" };
    for (size_t i = 0; i < 5; i++)
        assert_true(kv_set(store, in, str_from(keys[i]), STR("1"), 0, 0, NULL));
    assert_true(kv_set(store, in, STR("g/aa"), STR("old"), 5, 0, NULL));
    buf_reset(&bytes);
    assert_true(kv_each(store, in, STR("g/"), STR(""), 10, 2, collect, &bytes, NULL));
    assert_string_equal(bytes.at, "g/a=1 g/b=1 ");
    buf_reset(&bytes);
    assert_true(kv_each(store, in, STR("g/"), STR("g/b"), 10, 9, collect, &bytes, NULL));
    assert_string_equal(bytes.at, "g/c=1 ");
}

static void read_audit(void *arg, const struct audit_row *row)
{
    struct buf *out = arg;
    assert_true(buf_add_format(out, "%lld %.*s %.*s %.*s %.*s;", (long long)row->at_ms,
                               STR_ARG(row->plugin), STR_ARG(row->verb),
                               STR_ARG(row->target), STR_ARG(row->result)));
}

static void audit_lists_newest_first(void **state)
{
    (void)state;
    struct audit_row row = { .at_ms = 1,
                             .plugin = STR("moderation"),
                             .verb = STR("group.mute"),
                             .target = STR("g/bob"),
                             .result = STR("done") };
    audit_add(store, &row);
    row.at_ms = 2;
    row.result = STR("refused 1002");
    audit_add(store, &row);
    buf_reset(&bytes);
    assert_true(audit_each(store, 5, read_audit, &bytes, NULL));
    assert_string_equal(bytes.at, "2 moderation group.mute g/bob refused 1002;"
                                  "1 moderation group.mute g/bob done;");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(outbox_keeps_the_record_of_keyed_sends),
        TEST(kv_is_kept_apart_by_plugin_and_name),
        TEST(kv_expires_and_has_a_limit),
        TEST(kv_each_walks_a_prefix),
        TEST(audit_lists_newest_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
