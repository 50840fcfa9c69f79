/* script/intercept: messages that wait for the verdict of plugins. */
#include "../../support/script_room.h"

#include "base/clock.h"
#include "script/intercept.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct room *room;

static struct given {
    int calls;
    bool denied, failed;
    size_t asked;
    char reason[2000], content[2000];
} given;

static int set_up(void **state)
{
    (void)state;
    memset(&given, 0, sizeof(given));
    room = room_new(0, 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    room_free(room);
    return 0;
}

static void on_verdict(void *arg, const struct script_verdict *verdict)
{
    struct given *out = arg;
    out->calls++;
    out->denied = verdict->denied;
    out->failed = verdict->failed;
    out->asked = verdict->asked;
    snprintf(out->reason, sizeof(out->reason), "%.*s", STR_ARG(verdict->reason));
    snprintf(out->content, sizeof(out->content), "%.*s", STR_ARG(verdict->content));
}

static struct message draft(const char *content)
{
    return (struct message){
        .type = CONVERSATION_GROUP,
        .target = STR("g1"),
        .sender = STR("mallory"),
        .object_name = STR("RC:TxtMsg"),
        .content = str_from(content),
        .uid = STR("6ABC-2DEF-8GH0-1JKL"),
        .sent_ms = 1700000000000,
    };
}

static struct script_inquiry *judge(const char *content)
{
    struct message message = draft(content);
    memset(&given, 0, sizeof(given));
    return script_intercept(room->script, &message, on_verdict, &given);
}

/* Who is not waiting answers at once. */
static void judge_now(const char *content)
{
    assert_null(judge(content));
    assert_int_equal(given.calls, 1);
}

static void load(const char *plugin, const char *body, const char *options)
{
    char code[2000];
    snprintf(code, sizeof(code),
             "local bot = ...\nassert(bot.on('message.intercept', function(msg)\n%s\nend"
             "%s))",
             body, options);
    room_load(room, plugin, code, "intercept");
}

static void nobody_is_asked_of_nothing(void **state)
{
    (void)state;
    judge_now("{\"content\":\"hi\"}");
    assert_int_equal(given.asked, 0);
    assert_false(given.denied || given.failed);
    assert_string_equal(given.content, "");
}

static void it_sees_the_message(void **state)
{
    (void)state;
    load("p",
         "return { deny = table.concat({ msg.id, msg.text, msg.sender.id, msg.group.id,\n"
         "  msg.type, msg.time, msg.content.extra }, ' ') }",
         "");
    judge_now("{\"content\":\"hi\",\"extra\":\"x\"}");
    assert_true(given.denied);
    assert_string_equal(given.reason,
                        "6ABC-2DEF-8GH0-1JKL hi mallory g1 RC:TxtMsg 1700000000000 x");
}

static void what_a_handler_may_say(void **state)
{
    static const struct {
        const char *body;
        bool denied, failed;
        const char *content;
    } cases[] = {
        { "", false, false, "" },
        { "return 'allow'", false, false, "" },
        { "return 'deny'", true, false, "" },
        { "return { deny = '' }", true, false, "" },
        { "return { replace = 'b' }", false, false, "{\"content\":\"b\",\"extra\":7}" },
        { "return { replace = { content = 'c' } }", false, false, "{\"content\":\"c\"}" },
        { "return true", false, true, "" },
        { "return 'no'", false, true, "" },
        { "return {}", false, true, "" },
        { "return { deny = 7 }", false, true, "" },
        { "return { deny = ('x'):rep(1025) }", false, true, "" },
        { "return { deny = 'x', replace = 'y' }", false, true, "" },
        { "return { replace = 7 }", false, true, "" },
        { "return { replace = '\\xff' }", false, true, "" },
        { "return { replace = ('x'):rep(131072) }", false, true, "" },
        { "return { replace = { print } }", false, true, "" },
        { "return { replace = bot.json.list { 1 } }", false, true, "" },
        { "return setmetatable({}, { __index = error })", false, true, "" },
        { "error 'broken'", false, true, "" },
        { "while true do end", false, true, "" },
    };
    (void)state;
    room_quiet(true);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        load("p", cases[i].body, "");
        judge_now("{\"content\":\"a\",\"extra\":7}");
        if (given.denied != cases[i].denied || given.failed != cases[i].failed ||
            strcmp(given.content, cases[i].content) != 0)
            fail_msg("%s: denied=%d failed=%d %s", cases[i].body, given.denied,
                     given.failed, given.content);
        script_unload(room->script, STR("p"), NULL);
    }
    room_quiet(false);
}

static void a_text_replaces_only_a_text(void **state)
{
    struct message message = draft("{}");
    (void)state;
    room_quiet(true);
    load("p", "return { replace = 'x' }", "");
    message.object_name = STR("RC:ImgMsg");
    assert_null(script_intercept(room->script, &message, on_verdict, &given));
    assert_true(given.failed);
    assert_non_null(strstr(room->log, "a text can only replace a text"));
    room_quiet(false);
}

/* By priority, then by order of loading; each sees what is left by those before. */
static void replacements_chain_and_the_first_deny_wins(void **state)
{
    (void)state;
    load("p", "return { replace = msg.text .. 'p' }", "");
    load("q", "return { replace = msg.text .. 'q' }", ", { priority = 5 }");
    load("r", "if msg.text == 'aqp' then return { deny = 'third' } end", "");
    load("s", "return { deny = 'fourth' }", "");
    judge_now("{\"content\":\"a\"}");
    assert_true(given.denied);
    assert_string_equal(given.reason, "third");
    assert_int_equal(given.asked, 3);
    judge_now("{\"content\":\"b\"}");
    assert_string_equal(given.reason, "fourth");
    assert_string_equal(given.content, "{\"content\":\"bqp\"}");
}

static void it_may_wait_until_time_is_up(void **state)
{
    (void)state;
    load("p", "bot.sleep(2) return 'deny'", "");
    load("q", "bot.log.warn('asked')", "");
    assert_non_null(judge("{\"content\":\"a\"}"));
    room_pass(room, 2000);
    assert_int_equal(given.calls, 1);
    assert_true(given.denied);
    struct script_inquiry *inquiry = judge("{\"content\":\"a\"}");
    room_pass(room, 1000);
    assert_int_equal(given.calls, 0);
    script_intercept_end(inquiry);
    assert_int_equal(given.calls, 1);
    assert_true(given.failed && !given.denied);
    room_pass(room, 5000);
    assert_int_equal(given.calls, 1);
    assert_int_equal(script_task_count(room->script), 0);
    assert_null(strstr(room->log, "asked"));
}

static void nobody_may_wait_for_it_any_more(void **state)
{
    (void)state;
    load("p", "bot.sleep(2) return 'deny'", "");
    script_intercept_forget(judge("{\"content\":\"a\"}"));
    room_pass(room, 5000);
    assert_int_equal(given.calls, 0);
    assert_int_equal(script_task_count(room->script), 0);
}

static void an_ending_script_answers(void **state)
{
    (void)state;
    load("p", "bot.sleep(2) return 'deny'", "");
    assert_non_null(judge("{\"content\":\"a\"}"));
    script_free(room->script);
    room->script = NULL;
    assert_int_equal(given.calls, 1);
    assert_true(given.failed);
}

static void only_so_many_wait(void **state)
{
    struct script_inquiry *waiting[32];
    (void)state;
    load("p", "bot.sleep(2)", "");
    for (int i = 0; i < 32; i++)
        assert_non_null(waiting[i] = judge("{\"content\":\"a\"}"));
    judge_now("{\"content\":\"a\"}");
    assert_true(given.failed);
    for (int i = 0; i < 32; i++)
        script_intercept_forget(waiting[i]);
    room_pass(room, 1000);
    assert_non_null(judge("{\"content\":\"a\"}"));
}

static void it_takes_a_grant(void **state)
{
    struct err err = { 0 };
    (void)state;
    assert_false(room_try_load(room, "p", "assert((...).on('message.intercept', print))",
                               "", "", &err));
    assert_non_null(strstr(err.text, "is not granted \"intercept\""));
}

/* A further bot's plugin, whose state is made by the first message. */
static void one_without_a_state_is_woken(void **state)
{
    (void)state;
    load("p", "return 'deny'", "");
    assert_true(script_unload(room->script, STR("p"), NULL));
    load("p", "return 'deny'", "");
    judge_now("{\"content\":\"a\"}");
    assert_true(given.denied);
    assert_int_equal(given.asked, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(nobody_is_asked_of_nothing),
        TEST(it_sees_the_message),
        TEST(what_a_handler_may_say),
        TEST(a_text_replaces_only_a_text),
        TEST(replacements_chain_and_the_first_deny_wins),
        TEST(it_may_wait_until_time_is_up),
        TEST(nobody_may_wait_for_it_any_more),
        TEST(an_ending_script_answers),
        TEST(only_so_many_wait),
        TEST(it_takes_a_grant),
        TEST(one_without_a_state_is_woken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
