/* http: names that nobody answers for. The lookup is ours: a name that begins with "slow"
 * hangs until the test lets it go. */
#include "fixture.h"

#include "net/http.h"

#include <netdb.h>
#include <pthread.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int waiting, looked_up;
static bool open_gate;

/* In place of the C library's, for libcurl too. */
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **out)
{
    (void)name;
    (void)service;
    (void)hints;
    *out = NULL;
    pthread_mutex_lock(&mutex);
    waiting++;
    pthread_cond_broadcast(&changed);
    while (!open_gate)
        pthread_cond_wait(&changed, &mutex);
    waiting--;
    looked_up++;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
    return EAI_NONAME;
}

static int read_locked(const int *value)
{
    int now;

    pthread_mutex_lock(&mutex);
    now = *value;
    pthread_mutex_unlock(&mutex);
    return now;
}

static int set_up(void **state)
{
    (void)state;
    waiting = looked_up = 0;
    open_gate = false;
    return open_net_with(NULL);
}

/* The threads that are left behind end here, so that nothing of them leaks. */
static int tear_down(void **state)
{
    int failed;

    pthread_mutex_lock(&mutex);
    open_gate = true;
    pthread_cond_broadcast(&changed);
    while (waiting > 0)
        pthread_cond_wait(&changed, &mutex);
    pthread_mutex_unlock(&mutex);
    failed = close_net(state);
    return failed;
}

struct done {
    int calls;
    enum err_code code;
};

static void on_done(void *arg, const struct http_answer *answer, const struct err *why)
{
    struct done *done = arg;

    done->calls++;
    done->code = answer != NULL ? ERR_NONE : why->code;
}

static struct http_call *start(struct done *done)
{
    struct http_request request = { .url = STR("http://slow.test/"), .timeout_ms = 5000 };

    return http_start(net, &request, on_done, done, NULL);
}

static void a_name_nobody_answers_for_times_out(void **state)
{
    struct done done = { 0 };
    int64_t before;

    (void)state;
    assert_non_null(start(&done));
    WAIT_FOR(read_locked(&waiting) == 1);
    before = clock_real_ms();
    clock_add_ms(5000);
    WAIT_FOR(done.calls == 1);
    assert_int_equal(done.code, ERR_TIMEOUT);
    assert_true(clock_real_ms() - before < 5000); /* it still hangs */
    assert_int_equal(read_locked(&waiting), 1);
}

static void a_call_given_up_meanwhile_waits_for_nobody(void **state)
{
    struct done done = { 0 };
    struct http_call *call = start(&done);

    (void)state;
    WAIT_FOR(read_locked(&waiting) == 1);
    http_cancel(call);
    assert_int_equal(read_locked(&waiting), 1);
    pthread_mutex_lock(&mutex);
    open_gate = true;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
    WAIT_FOR(read_locked(&looked_up) == 1);
    for (int i = 0; i < 5; i++)
        loop_turn(loop, 20);
    assert_int_equal(done.calls, 0);
}

static void only_so_many_lookups_are_left_behind(void **state)
{
    struct done done = { 0 };
    struct err err = { 0 };
    struct http_request request = { .url = STR("http://slow.test/") };
    int started = 0;

    (void)state;
    while (started < 100) {
        struct http_call *call = start(&done);

        if (call == NULL)
            break;
        started++;
        http_cancel(call);
    }
    assert_int_equal(started, 64);
    assert_null(http_start(net, &request, on_done, &done, &err));
    assert_int_equal(err.code, ERR_LIMIT);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_name_nobody_answers_for_times_out),
        TEST(a_call_given_up_meanwhile_waits_for_nobody),
        TEST(only_so_many_lookups_are_left_behind),
    };

    return cmocka_run_group_tests_name("http_name", tests, NULL, NULL);
}
