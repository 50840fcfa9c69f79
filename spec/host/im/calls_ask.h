/*
 * calls_ask: orders to the account of the fixture, and what the Server API was asked and
 * they were answered.
 */
#ifndef SPEC_IM_CALLS_ASK_H
#define SPEC_IM_CALLS_ASK_H

#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static bool done;
static struct err result;

static void on_done(void *arg, const struct err *why)
{
    (void)arg;
    assert_false(done);
    done = true;
    result = why ? *why : (struct err){ 0 };
}

static char answered[512]; /* as JSON; empty: none */

static void on_answered(void *arg, const struct json *json, const struct err *why)
{
    struct buf text;
    buf_init(&text, sizeof(answered) - 1);
    answered[0] = '\0';
    if (json && json_write(json, &text))
        snprintf(answered, sizeof(answered), "%s", text.at);
    buf_clear(&text);
    on_done(arg, why);
}

static bool is_done(void *arg)
{
    (void)arg;
    return done;
}

/* Waits for the call and checks what the Server API was asked. */
static void check_call(struct account_call *call, const char *path, const char *body)
{
    assert_non_null(call);
    assert_false(done);
    wire_until(fix->wire, is_done, NULL);
    done = false;
    assert_int_equal(result.code, ERR_NONE);
    size_t last = fix->wire->call_count - 1;
    assert_string_equal(fix->wire->calls[last].path, path);
    if (body)
        assert_string_equal(fix->wire->calls[last].body, body);
}

static struct account_call *ask(enum order_verb verb, const char *group, const char *user,
                                const char *text, int64_t number)
{
    struct order order = { .verb = verb,
                           .group = str_from(group),
                           .user = str_from(user),
                           .text = str_from(text),
                           .number = number };
    return account_order(fix->account, &order, on_answered, NULL, NULL);
}

#endif
