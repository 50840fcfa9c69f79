/* app: what a person types at a prompt. */
#include "app/prompt.h"

#include <pty.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

/* A terminal: keys go in at one end, the prompt sits at the other. */
struct desk {
    int keys;
    FILE *in, *out;
    struct prompt *prompt;
    struct buf line;
};

static void complete(void *arg, struct str before, struct buf *candidates, size_t *len)
{
    (void)arg;
    assert_true(str_eq(before, STR("say(bot.s")) || str_eq(before, STR("say(bot.se")));
    buf_add_str(candidates, before.at[before.len - 1] == 'e'
                                ? STR("bot.send")
                                : STR("bot.send\nbot.sent\n"));
    *len = before.len - strlen("say(");
}

static int sit_down(void **state)
{
    struct desk *desk = calloc(1, sizeof(*desk));
    int tty;
    assert_int_equal(openpty(&desk->keys, &tty, NULL, NULL, NULL), 0);
    desk->in = fdopen(tty, "r");
    desk->out = fdopen(dup(tty), "w");
    setenv("TERM", "dumb", 1);
    desk->prompt = prompt_open(desk->in, desk->out, complete, NULL);
    assert_non_null(desk->prompt);
    buf_init(&desk->line, 1000);
    *state = desk;
    return 0;
}

static int stand_up(void **state)
{
    struct desk *desk = *state;
    prompt_close(desk->prompt);
    buf_clear(&desk->line);
    fclose(desk->in);
    fclose(desk->out);
    close(desk->keys);
    free(desk);
    return 0;
}

/* The keys are there before the prompt reads, so the terminal itself must not work on
 * them. */
static enum prompt_result type(struct desk *desk, const char *keys)
{
    struct termios raw;
    tcgetattr(fileno(desk->in), &raw);
    raw.c_lflag &= ~(tcflag_t)(ICANON | ISIG | ECHO);
    tcsetattr(fileno(desk->in), TCSANOW, &raw);
    assert_int_equal(write(desk->keys, keys, strlen(keys)), strlen(keys));
    return prompt_read(desk->prompt, "> ", &desk->line);
}

static void assert_line(struct desk *desk, const char *keys, const char *line)
{
    assert_int_equal(type(desk, keys), PROMPT_LINE);
    if (!str_eq(buf_str(&desk->line), str_from(line)))
        fail_msg("have \"%.*s\", want \"%s\"", STR_ARG(buf_str(&desk->line)), line);
}

static void a_line_can_be_edited(void **state)
{
    assert_line(*state, "1+1\r", "1+1");
    assert_line(*state, "abc\b\bX\r", "aX");
    assert_line(*state, "\r", "");
}

static void the_last_line_comes_back(void **state)
{
    assert_line(*state, "first\r", "first");
    assert_line(*state, "second\r", "second");
    assert_line(*state, "\x10\x10\r", "first"); /* Ctrl-P twice */
}

static void ctrl_c_drops_the_line_and_ctrl_d_ends(void **state)
{
    struct desk *desk = *state;
    assert_int_equal(type(desk, "half a li\x03"), PROMPT_DROPPED);
    assert_line(desk, "whole\r", "whole");
    assert_int_equal(type(desk, "\x04"), PROMPT_END);
}

static void tab_completes_what_is_certain(void **state)
{
    assert_line(*state, "say(bot.s\t!\r", "say(bot.sen!");
    assert_line(*state, "say(bot.se\t)\r", "say(bot.send)");
}

static void without_a_terminal_there_is_no_prompt(void **state)
{
    (void)state;
    FILE *file = tmpfile();
    assert_null(prompt_open(file, file, complete, NULL));
    fclose(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_line_can_be_edited, sit_down, stand_up),
        cmocka_unit_test_setup_teardown(the_last_line_comes_back, sit_down, stand_up),
        cmocka_unit_test_setup_teardown(ctrl_c_drops_the_line_and_ctrl_d_ends, sit_down,
                                        stand_up),
        cmocka_unit_test_setup_teardown(tab_completes_what_is_certain, sit_down,
                                        stand_up),
        cmocka_unit_test(without_a_terminal_there_is_no_prompt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
