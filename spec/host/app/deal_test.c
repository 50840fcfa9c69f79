/* deal: every worker gets its part, and another number of workers moves few bots. */
#include "app/deal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { BOTS = 4000 };

static int worker_of(int number, int workers)
{
    char name[32];
    snprintf(name, sizeof(name), "bot-%d", number);
    return deal_worker(str_from(name), workers);
}

static void test_one_worker_has_all(void **state)
{
    (void)state;
    for (int i = 0; i < BOTS; i++)
        assert_int_equal(worker_of(i, 1), 1);
}

static void test_parts_are_even(void **state)
{
    (void)state;
    for (int workers = 2; workers <= DEAL_WORKERS_MAX; workers++) {
        int count[DEAL_WORKERS_MAX] = { 0 };
        for (int i = 0; i < BOTS; i++) {
            int worker = worker_of(i, workers);
            assert_in_range(worker, 1, workers);
            count[worker - 1]++;
        }
        for (int i = 0; i < workers; i++)
            assert_in_range(count[i], BOTS / workers * 3 / 4, BOTS / workers * 5 / 4);
    }
}

static void test_one_more_takes_only_its_part(void **state)
{
    (void)state;
    for (int workers = 1; workers < DEAL_WORKERS_MAX; workers++) {
        int moved = 0;
        for (int i = 0; i < BOTS; i++) {
            int before = worker_of(i, workers), after = worker_of(i, workers + 1);
            assert_true(after == before || after == workers + 1);
            moved += after != before;
        }
        assert_in_range(moved, BOTS / (workers + 1) * 3 / 4,
                        BOTS / (workers + 1) * 5 / 4);
    }
}

/* --- what a configuration says --- */

static const struct app app = { .data = "/data" };

#define BOT(more)                                                                        \
    "{ " more " account = { app_key = 'k', user = 'u', secret = 's', token = { from = "  \
    "'server_api' } } }"

static struct config *parse(const char *text, struct buf *problems)
{
    return config_parse(&app, "m.lua", str_from(text), problems);
}

static void expect(const char *text, const char *problem)
{
    struct buf problems;
    buf_init(&problems, 1 << 12);
    assert_null(parse(text, &problems));
    assert_int_equal(problems.len, strlen(problem));
    assert_memory_equal(problems.at, problem, problems.len);
    buf_clear(&problems);
}

static void test_a_bot_may_name_its_worker(void **state)
{
    (void)state;
    struct buf problems;
    buf_init(&problems, 1 << 12);
    struct config *config = parse("return { state = 'v', workers = 4, bots = { a = " BOT(
                                      "worker = 3,") ", b = " BOT("") " } }",
                                  &problems);
    assert_non_null(config);
    assert_int_equal(config->workers, 4);
    assert_int_equal(config_bot(config, STR("a"))->worker, 3);
    assert_int_equal(config_bot(config, STR("b"))->worker, deal_worker(STR("b"), 4));
    config_free(config);
    config = parse("return { state = 'v', bots = { a = " BOT("") " } }", &problems);
    assert_non_null(config);
    assert_int_equal(config->workers, 1);
    assert_int_equal(config->bots[0].worker, 1);
    config_free(config);
    buf_clear(&problems);
}

static void test_names_mistakes(void **state)
{
    (void)state;
    expect("return { state = 'v',\n workers = 0, bots = { a = " BOT("") " } }",
           "m.lua:2: workers: must be 1 to 16\n");
    expect("return { state = 'v',\n workers = 17, bots = { a = " BOT("") " } }",
           "m.lua:2: workers: must be 1 to 16\n");
    expect("return { state = 'v', workers = 2, bots = {\n a = " BOT("worker = 3,") " } }",
           "m.lua:2: bots.a.worker: must be 1 to 2, as many as there are workers\n");
    expect("return { state = 'v', bots = {\n a = " BOT("worker = 0,") " } }",
           "m.lua:2: bots.a.worker: must be 1 to 1, as many as there are workers\n");
    expect("return { state = 'v', workers = 2,\n listen = { http = '127.0.0.1:65535' },"
           " bots = { a = " BOT("") " } }",
           "m.lua:2: listen.http: 2 workers need the ports 65535 to 65536\n");
}

static void test_tells_what_needs_a_restart(void **state)
{
    (void)state;
    struct buf problems;
    buf_init(&problems, 1 << 12);
    struct config *config = parse(
        "return { state = 'v', workers = 2, bots = { a = " BOT("worker = 1,") " } }",
        &problems);
    struct config *moved = parse("return { state = 'v', workers = 2, bots = { a = " BOT(
                                     "worker = 2,") ", b = " BOT("worker = 2,") " } }",
                                 &problems);
    struct config *more = parse(
        "return { state = 'v', workers = 3, bots = { a = " BOT("") " } }", &problems);
    assert_int_equal(problems.len, 0);
    deal_compare(config, config, &problems);
    assert_int_equal(problems.len, 0);
    deal_compare(config, moved, &problems);
    deal_compare(config, more, &problems);
    assert_true(str_eq(buf_str(&problems),
                       STR("bots.a.worker: 1 cannot become 2 while the host runs; "
                           "restart it\n"
                           "workers: 2 cannot become 3 while the host runs; restart "
                           "it\n")));
    config_free(config);
    config_free(moved);
    config_free(more);
    buf_clear(&problems);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_worker_has_all),
        cmocka_unit_test(test_parts_are_even),
        cmocka_unit_test(test_one_more_takes_only_its_part),
        cmocka_unit_test(test_a_bot_may_name_its_worker),
        cmocka_unit_test(test_names_mistakes),
        cmocka_unit_test(test_tells_what_needs_a_restart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
