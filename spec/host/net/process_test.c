/* process: small shell programs, what they say and how they end. */
#include "fixture.h"

#include "base/buf.h"
#include "net/process.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

struct child {
    struct process *process;
    struct buf lines; /* "o:text|" and "e:text|" */
    size_t longest;
    int exits, status, signal;
    int close_after; /* lines; 0: never */
    bool close_on_exit;
};

static void on_line(void *arg, enum process_stream stream, struct str line)
{
    struct child *child = arg;

    assert_int_equal(child->exits, 0);
    if (line.len > child->longest)
        child->longest = line.len;
    buf_add_format(&child->lines, "%c:%.*s|", stream == PROCESS_OUT ? 'o' : 'e',
                   line.len < 100 ? (int)line.len : 3, line.at != NULL ? line.at : "");
    if (child->close_after > 0 && --child->close_after == 0) {
        process_close(child->process);
        child->process = NULL;
    }
}

static void on_exited(void *arg, int status, int number)
{
    struct child *child = arg;

    child->exits++;
    child->status = status;
    child->signal = number;
    if (child->close_on_exit) {
        process_close(child->process);
        child->process = NULL;
    }
}

static const struct process_events events = { on_line, on_exited };

static void start_with(struct child *child, struct process_options options,
                       const char *script)
{
    const char *argv[] = { "sh", "-c", script, NULL };
    struct err err = { 0 };

    buf_init(&child->lines, 1 << 20);
    options.argv = argv;
    child->process = process_start(loop, &options, &events, child, &err);
    if (child->process == NULL)
        fail_msg("%s", err.text);
    assert_true(process_id(child->process) > 0);
}

static void start(struct child *child, const char *script)
{
    start_with(child, (struct process_options){ 0 }, script);
}

static void finish(struct child *child)
{
    if (child->process != NULL)
        process_close(child->process);
    buf_clear(&child->lines);
}

static int set_up(void **state)
{
    (void)state;
    return open_net_with(NULL);
}

static void lines_come_before_the_exit(void **state)
{
    struct child child = { 0 };
    const char *at;

    (void)state;
    start(&child, "echo one; echo two >&2; echo; printf three; exit 7");
    WAIT_FOR(child.exits == 1);
    at = child.lines.at;
    assert_int_equal(child.status, 7);
    assert_int_equal(child.signal, 0);
    /* Each stream in its order; how the two mix is nobody's promise. */
    assert_non_null(strstr(child.lines.at, "e:two|"));
    for (int i = 0; i < 3; i++) {
        static const char *const lines[] = { "o:one|", "o:|", "o:three|" };

        at = strstr(at, lines[i]);
        assert_non_null(at);
        at += strlen(lines[i]);
    }
    loop_turn(loop, 5);
    assert_int_equal(child.exits, 1);
    finish(&child);
}

static void a_signal_is_told_apart_from_a_status(void **state)
{
    struct child child = { 0 };

    (void)state;
    start(&child, "echo ready; exec sleep 1000");
    WAIT_FOR(child.lines.len > 0);
    assert_true(process_signal(child.process, SIGTERM));
    WAIT_FOR(child.exits == 1);
    assert_int_equal(child.signal, SIGTERM);
    assert_false(process_signal(child.process, SIGTERM));
    finish(&child);
}

static void input_is_written_and_ended(void **state)
{
    struct child child = { 0 };

    (void)state;
    start(&child, "while read line; do echo \"got $line\"; done; echo end");
    assert_true(process_write(child.process, STR("a\nb")));
    assert_true(process_write(child.process, STR("c\n")));
    process_end_input(child.process);
    assert_false(process_write(child.process, STR("late\n")));
    WAIT_FOR(child.exits == 1);
    assert_string_equal(child.lines.at, "o:got a|o:got bc|o:end|");
    finish(&child);
}

static void large_input_and_output_pass_through(void **state)
{
    size_t size = (size_t)8 << 20;
    char *bytes = mem_alloc(size);
    struct child child = { 0 };

    (void)state;
    memset(bytes, 'x', size);
    for (size_t i = 99; i < size; i += 100)
        bytes[i] = '\n';
    start(&child, "cat | wc -c");
    assert_true(process_write(child.process, str_of(bytes, size)));
    process_end_input(child.process);
    WAIT_FOR(child.exits == 1);
    assert_non_null(strstr(child.lines.at, "8388608"));
    free(bytes);
    finish(&child);
}

static void input_nobody_reads_is_dropped(void **state)
{
    char *bytes = mem_zero((size_t)4 << 20);
    struct child child = { 0 };

    (void)state;
    start(&child, "exit 0");
    process_write(child.process, str_of(bytes, (size_t)4 << 20));
    WAIT_FOR(child.exits == 1);
    assert_int_equal(child.status, 0);
    free(bytes);
    finish(&child);
}

static void a_line_too_long_comes_in_pieces(void **state)
{
    struct child child = { 0 };

    (void)state;
    start(&child, "head -c 3000000 /dev/zero | tr '\\0' x; echo; echo after");
    WAIT_FOR(child.exits == 1);
    assert_true(child.longest > 900000 && child.longest <= (1 << 20));
    assert_non_null(strstr(child.lines.at, "|o:after|"));
    finish(&child);
}

static void environment_and_folder_are_given(void **state)
{
    static const char *const env[] = { "MOONDOCK_ONE=1", "HOME=/nowhere", NULL };
    struct process_options options = { .env = env, .folder = "/" };
    struct child child = { 0 };

    (void)state;
    start_with(&child, options, "echo $MOONDOCK_ONE $HOME; pwd; test -n \"$PATH\"");
    WAIT_FOR(child.exits == 1);
    assert_string_equal(child.lines.at, "o:1 /nowhere|o:/|");
    assert_int_equal(child.status, 0);
    finish(&child);
}

static void an_environment_of_its_own_holds_nothing_of_ours(void **state)
{
    static const char *const env[] = { "MOONDOCK_ONE=1", "PATH=/usr/bin:/bin", NULL };
    struct process_options options = { .env = env, .env_only = true };
    struct child child = { 0 };

    (void)state;
    assert_int_equal(setenv("MOONDOCK_OURS", "secret", 1), 0);
    start_with(&child, options, "env | grep '^MOONDOCK'");
    WAIT_FOR(child.exits == 1);
    assert_string_equal(child.lines.at, "o:MOONDOCK_ONE=1|");
    unsetenv("MOONDOCK_OURS");
    finish(&child);
}

static void its_own_session_can_be_had(void **state)
{
    struct process_options options = { .own_session = true };
    struct child child = { 0 };
    char want[40];

    (void)state;
    start_with(&child, options, "read a b c d e sid rest < /proc/$$/stat; echo $sid");
    snprintf(want, sizeof(want), "o:%d|", process_id(child.process));
    WAIT_FOR(child.exits == 1);
    assert_string_equal(child.lines.at, want);
    finish(&child);
}

static void inherited_streams_are_not_read(void **state)
{
    struct process_options options = { .inherit = true };
    struct child child = { 0 };

    (void)state;
    start_with(&child, options, "exit 3");
    assert_false(process_write(child.process, STR("x")));
    WAIT_FOR(child.exits == 1);
    assert_int_equal(child.status, 3);
    assert_int_equal(child.lines.len, 0);
    finish(&child);
}

static void a_program_that_is_not_there_is_not_found(void **state)
{
    static const char *const argv[] = { "no-such-program-here", NULL };
    struct process_options options = { .argv = argv };
    struct err err = { 0 };

    (void)state;
    assert_null(process_start(loop, &options, &events, NULL, &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
    assert_non_null(strstr(err.text, "no-such-program-here"));
}

static void a_program_that_may_not_be_run_is_denied(void **state)
{
    static const char *const argv[] = { "/dev/null", NULL };
    struct process_options options = { .argv = argv };
    struct err err = { 0 };

    (void)state;
    assert_null(process_start(loop, &options, &events, NULL, &err));
    assert_int_equal(err.code, ERR_DENIED);
}

static void what_it_leaves_behind_does_not_delay_its_end(void **state)
{
    struct child child = { 0 };

    (void)state;
    start(&child, "sleep 1000 & echo $!; echo done");
    WAIT_FOR(child.exits == 1);
    assert_non_null(strstr(child.lines.at, "o:done|"));
    kill(atoi(child.lines.at + 2), SIGKILL);
    finish(&child);
}

static bool is_running(int id)
{
    return kill(id, 0) == 0 || errno != ESRCH;
}

static void closing_kills_and_reaps(void **state)
{
    struct child child = { 0 };
    int id;

    (void)state;
    start(&child, "trap '' TERM; echo ready; while :; do sleep 1000; done");
    WAIT_FOR(child.lines.len > 0);
    id = process_id(child.process);
    process_close(child.process);
    child.process = NULL;
    assert_false(is_running(id));
    loop_turn(loop, 5);
    assert_int_equal(child.exits, 0);
    finish(&child);
}

/* A dead process that nobody has waited for counts as gone. */
static bool is_alive(int id)
{
    char path[40], line[200] = "";
    snprintf(path, sizeof(path), "/proc/%d/stat", id);
    FILE *file = fopen(path, "r");

    if (file == NULL)
        return false;
    fgets(line, sizeof(line), file);
    fclose(file);
    return strstr(line, ") Z ") == NULL && strstr(line, ") X ") == NULL;
}

static void closing_ends_what_it_started_in_its_own_session(void **state)
{
    struct process_options options = { .own_session = true };
    struct child child = { 0 };
    int id;

    (void)state;
    start_with(&child, options, "sleep 1000 & echo $!; wait");
    WAIT_FOR(child.lines.len > 0);
    id = atoi(child.lines.at + 2);
    assert_true(is_alive(id));
    process_close(child.process);
    child.process = NULL;
    WAIT_FOR(!is_alive(id));
    finish(&child);
}

static void closing_inside_callbacks_ends_it(void **state)
{
    struct child early = { .close_after = 2 }, late = { .close_on_exit = true };

    (void)state;
    start(&early, "echo a; echo b; echo c; sleep 1000");
    start(&late, "echo a");
    WAIT_FOR(early.process == NULL && late.process == NULL);
    assert_string_equal(early.lines.at, "o:a|o:b|");
    assert_int_equal(early.exits, 0);
    assert_int_equal(late.exits, 1);
    finish(&early);
    finish(&late);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, close_net)
    const struct CMUnitTest tests[] = {
        TEST(lines_come_before_the_exit),
        TEST(a_signal_is_told_apart_from_a_status),
        TEST(input_is_written_and_ended),
        TEST(large_input_and_output_pass_through),
        TEST(input_nobody_reads_is_dropped),
        TEST(a_line_too_long_comes_in_pieces),
        TEST(environment_and_folder_are_given),
        TEST(an_environment_of_its_own_holds_nothing_of_ours),
        TEST(its_own_session_can_be_had),
        TEST(inherited_streams_are_not_read),
        TEST(a_program_that_is_not_there_is_not_found),
        TEST(a_program_that_may_not_be_run_is_denied),
        TEST(what_it_leaves_behind_does_not_delay_its_end),
        TEST(closing_kills_and_reaps),
        TEST(closing_ends_what_it_started_in_its_own_session),
        TEST(closing_inside_callbacks_ends_it),
    };

    return cmocka_run_group_tests_name("process", tests, NULL, NULL);
}
