/* lines: standard input of every kind. */
#include "lines_fixture.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static int set_up(void **state)
{
    (void)state;
    return open_net_with(NULL);
}

static int saved_stdin = -1;

static void set_stdin(int fd)
{
    saved_stdin = dup(STDIN_FILENO);
    dup2(fd, STDIN_FILENO);
    close(fd);
}

static void restore_stdin(void)
{
    dup2(saved_stdin, STDIN_FILENO);
    close(saved_stdin);
}

static void read_stdin(struct end *end)
{
    struct err err = { 0 };

    end_init(end);
    end->lines = lines_stdin(loop, &events, end, &err);
    if (end->lines == NULL)
        fail_msg("%s", err.text);
    assert_false(lines_send(end->lines, STR("not here")));
}

static int file_with(const char *text)
{
    FILE *file = tmpfile();
    int fd;

    fputs(text, file);
    rewind(file);
    fd = dup(fileno(file));
    fclose(file);
    return fd;
}

static void a_file_is_read_to_its_end(void **state)
{
    struct end end;

    (void)state;
    set_stdin(file_with("one\n\ntwo\nthree"));
    read_stdin(&end);
    WAIT_FOR(end.closed == 1);
    assert_string_equal(end.got.at, "one||two|three|");
    assert_int_equal(end.why.code, ERR_CLOSED);
    end_finish(&end);
    set_stdin(open("/dev/null", O_RDONLY));
    read_stdin(&end);
    WAIT_FOR(end.closed == 1);
    assert_int_equal(end.count, 0);
    end_finish(&end);
    restore_stdin();
}

static void a_file_may_be_left_in_the_middle(void **state)
{
    struct end end;

    (void)state;
    set_stdin(file_with("one\ntwo\n"));
    read_stdin(&end);
    end.close_on_line = true;
    WAIT_FOR(end.lines == NULL);
    assert_int_equal(end.count, 1);
    end_finish(&end);
    set_stdin(file_with("one\ntwo\n"));
    read_stdin(&end);
    end_finish(&end); /* while it is being read */
    loop_turn(loop, 5);
    assert_int_equal(end.count, 0);
    restore_stdin();
}

static void a_pipe_is_read_as_it_comes(void **state)
{
    struct end end;
    int ends[2];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    set_stdin(ends[0]);
    read_stdin(&end);
    assert_int_equal(write(ends[1], "one\ntw", 6), 6);
    WAIT_FOR(end.count == 1);
    assert_int_equal(write(ends[1], "o\n", 2), 2);
    WAIT_FOR(end.count == 2);
    close(ends[1]);
    WAIT_FOR(end.closed == 1);
    assert_string_equal(end.got.at, "one|two|");
    end_finish(&end);
    restore_stdin();
}

static void a_terminal_is_read_line_by_line(void **state)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    struct end end;

    (void)state;
    assert_true(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
    set_stdin(open(ptsname(master), O_RDWR | O_NOCTTY));
    read_stdin(&end);
    assert_int_equal(write(master, "hello\n", 6), 6);
    WAIT_FOR(end.count == 1);
    assert_int_equal(write(master, "\x04", 1), 1); /* Ctrl-D */
    WAIT_FOR(end.closed == 1);
    assert_string_equal(end.got.at, "hello|");
    end_finish(&end);
    restore_stdin();
    close(master);
}

static void a_closed_input_is_an_error(void **state)
{
    struct err err = { 0 };
    struct end end;
    int keep = dup(STDIN_FILENO);

    (void)state;
    close(STDIN_FILENO);
    assert_null(lines_stdin(loop, &events, &end, &err));
    assert_int_equal(err.code, ERR_CLOSED);
    dup2(keep, STDIN_FILENO);
    close(keep);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, close_net)
    const struct CMUnitTest tests[] = {
        TEST(a_file_is_read_to_its_end),  TEST(a_file_may_be_left_in_the_middle),
        TEST(a_pipe_is_read_as_it_comes), TEST(a_terminal_is_read_line_by_line),
        TEST(a_closed_input_is_an_error),
    };

    return cmocka_run_group_tests_name("stdin", tests, NULL, NULL);
}
