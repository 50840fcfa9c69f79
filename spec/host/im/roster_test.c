/* im/roster: answers that say nothing of who came and went.
 * spec/scenarios/roster_spec.lua has the rest. */
#include "fixture.h"

#include "base/clock.h"
#include "im/roster.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool has_called(void *arg)
{
    return fix->wire->call_count >= *(size_t *)arg;
}

/* What the next question for the members is answered. */
static void answer_with(const char *text)
{
    size_t count = fix->wire->call_count + 1;
    fix->wire->api_answer = text;
    clock_add_ms(ROSTER_EVERY_MS + ROSTER_JITTER_MS);
    wire_until(fix->wire, has_called, &count);
    fix->wire->api_answer = NULL;
    assert_string_equal(fix->wire->calls[count - 1].path, "/group/user/query.json");
}

static void answer(const char *users)
{
    char text[200];
    snprintf(text, sizeof(text), "{\"code\":200,\"users\":[%s]}", users);
    answer_with(text);
}

/* Somebody speaks in the group, in which are ann and bob. */
static void begin(void)
{
    size_t one = 1;
    fix->config.poll_members = true;
    fixture_online();
    wire_push(fix->wire, wire_receive(fix->wire, 3, "g", "ann", "hi"), false);
    wire_until(fix->wire, has_called, &one);
    fixture_until_seen(1);
}

/* bob left and cat came, and nothing else was told. */
static void check_end(void)
{
    answer("{\"id\":\"ann\"},{\"id\":\"cat\"}");
    fixture_until_seen(3);
    assert_non_null(strstr(fix->seen[1].content, "\"operation\":\"Add\""));
    assert_string_equal(fix->seen[1].sender, "cat");
    assert_non_null(strstr(fix->seen[2].content, "\"operation\":\"Quit\""));
    assert_string_equal(fix->seen[2].sender, "bob");
    answer("{\"id\":\"cat\"},{\"id\":\"ann\"}");
    answer("{\"id\":\"ann\"},{\"id\":\"cat\"}");
    assert_int_equal(fix->seen_count, 3);
}

static void nobody_at_all(void **state)
{
    (void)state;
    begin();
    answer("");
    answer("{\"id\":\"\"},{},7");
    check_end();
}

static void refused(void **state)
{
    (void)state;
    begin();
    fix->wire->api_status = 400;
    answer_with("{\"code\":1000,\"errorMessage\":\"no\"}");
    fix->wire->api_status = 0;
    check_end();
}

static void too_many(void **state)
{
    struct buf text;
    (void)state;
    begin();
    buf_init(&text, 1 << 20);
    buf_add_str(&text, STR("{\"code\":200,\"users\":["));
    for (int i = 0; i <= ROSTER_MEMBERS_MAX; i++)
        buf_add_format(&text, "%s{\"id\":\"u%d\"}", i > 0 ? "," : "", i);
    buf_add_str(&text, STR("]}"));
    answer_with(text.at);
    buf_clear(&text);
    check_end();
}

int main(void)
{
#define SPEC(name)                                                                       \
    cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
    const struct CMUnitTest tests[] = { SPEC(nobody_at_all), SPEC(refused),
                                        SPEC(too_many) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
