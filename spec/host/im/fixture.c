#include "fixture.h"

#include "base/clock.h"
#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../support/folder.h"

struct fixture *fix;

static void on_message(void *arg, const struct message *message)
{
    (void)arg;
    assert_true(fix->seen_count < 2048);
    struct seen *seen = &fix->seen[fix->seen_count++];
    snprintf(seen->uid, sizeof(seen->uid), "%.*s", STR_ARG(message->uid));
    snprintf(seen->content, sizeof(seen->content), "%.*s", STR_ARG(message->content));
    snprintf(seen->sender, sizeof(seen->sender), "%.*s", STR_ARG(message->sender));
    snprintf(seen->target, sizeof(seen->target), "%.*s", STR_ARG(message->target));
    snprintf(seen->event, sizeof(seen->event), "%.*s", STR_ARG(message_event(message)));
    snprintf(seen->plugin, sizeof(seen->plugin), "%.*s", STR_ARG(message->plugin));
    seen->redelivered = message->redelivered;
    seen->sent_ms = message->sent_ms;
    seen->received_ms = message->received_ms;
    seen->offline = message->offline;
    seen->row = message->row;
    assert_false(message->own);
    if (fix->done_at_once)
        account_done(fix->account, message->row);
}

static void on_state(void *arg, enum account_state state, struct str detail)
{
    (void)arg;
    if (fix->state_count == 512)
        fix->state_count = 0; /* tests look at the latest ones */
    fix->states[fix->state_count] = state;
    snprintf(fix->details[fix->state_count++], 200, "%.*s", STR_ARG(detail));
}

static void on_sent(void *arg, const struct sent *sent, const struct err *why)
{
    (void)arg;
    if (sent) {
        fix->sent_count++;
        /* Copied so that the sanitizer sees a text that is gone; printf hides it. */
        assert_true(sent->uid.len < sizeof(fix->last_uid));
        memcpy(fix->last_uid, sent->uid.at, sent->uid.len);
        fix->last_uid[sent->uid.len] = '\0';
    } else {
        fix->failed_count++;
        fix->last_err = *why;
    }
}

int fixture_set_up(void **state)
{
    (void)state;
    clock_freeze(true);
    fix = MEM_NEW(struct fixture);
    fix->done_at_once = true;
    fix->wire = wire_new();
    fix->url = str_from(fix->wire->url);
    fix->config = (struct account_config){
        .app_key = STR("key"),
        .user = STR("bot"),
        .secret = STR("s3cret-of-the-app"),
        .navi = &fix->url,
        .navi_count = 1,
        .api = &fix->url,
        .api_count = 1,
        .token_from = ACCOUNT_TOKEN_SERVER_API,
    };
    return 0;
}

int fixture_tear_down(void **state)
{
    (void)state;
    fixture_close();
    wire_free(fix->wire);
    free(fix);
    folder_remove();
    return 0;
}

void fixture_on_disk(void)
{
    fix->path = folder_file("bot.db");
}

void fixture_open(void)
{
    static const struct account_events events = { on_message, on_state };
    struct err err = { 0 };
    fix->store = store_open(fix->path ? fix->path : ":memory:", fix->durable, &err);
    if (!fix->store)
        fail_msg("%s", err.text);
    fix->account =
        account_open(fix->wire->net, fix->store, &fix->config, &events, NULL, &err);
    if (!fix->account)
        fail_msg("%s", err.text);
}

void fixture_close(void)
{
    account_close(fix->account);
    store_close(fix->store);
    fix->account = NULL;
    fix->store = NULL;
    wire_idle(fix->wire);
}

static bool is_state(void *arg)
{
    return account_state(fix->account) == *(enum account_state *)arg;
}

void fixture_until_state(enum account_state state)
{
    wire_until(fix->wire, is_state, &state);
}

static bool has_seen(void *arg)
{
    return fix->seen_count >= *(size_t *)arg;
}

void fixture_until_seen(size_t count)
{
    wire_until(fix->wire, has_seen, &count);
}

void fixture_check_seen(const char *want)
{
    char all[4096] = "";
    for (size_t i = 0; i < fix->seen_count; i++) {
        struct str text = str_from(fix->seen[i].content);
        size_t len = strlen(all);
        text = str_sub(text, 12, text.len - 14); /* {"content":"..."} */
        snprintf(all + len, sizeof(all) - len, "%s%.*s", i ? " " : "", STR_ARG(text));
    }
    assert_string_equal(all, want);
}

static bool is_acked(void *arg)
{
    return wire_count(fix->wire, FRAME_PUBACK, NULL) >= *(size_t *)arg;
}

void fixture_until_acked(size_t count)
{
    wire_until(fix->wire, is_acked, &count);
}

static bool has_sent(void *arg)
{
    return fix->sent_count + fix->failed_count >= *(size_t *)arg;
}

void fixture_until_sent(size_t count)
{
    wire_until(fix->wire, has_sent, &count);
}

static bool has_connected(void *arg)
{
    return fix->wire->connects >= *(int *)arg;
}

void fixture_until_connects(int count)
{
    wire_until(fix->wire, has_connected, &count);
}

void fixture_online(void)
{
    fixture_open();
    fixture_until_state(ACCOUNT_ONLINE);
}

struct account_call *fixture_send(const char *target, const char *text, const char *key)
{
    char content[256];
    struct err err = { 0 };
    snprintf(content, sizeof(content), "{\"content\":\"%s\"}", text);
    struct outgoing message = {
        .type = target[0] == 'g' ? CONVERSATION_GROUP : CONVERSATION_PRIVATE,
        .target = str_from(target),
        .object_name = STR("RC:TxtMsg"),
        .content = str_from(content),
        .stored = -1,
        .counted = -1,
        .key = str_from(key),
    };
    struct account_call *call = account_send(fix->account, &message, on_sent, NULL, &err);
    if (!call)
        fail_msg("%s", err.text);
    return call;
}

void fixture_pass(int64_t ms)
{
    clock_add_ms(ms);
    wire_idle(fix->wire);
}

void fixture_steps(int64_t ms, int64_t step_ms)
{
    for (int64_t end_ms = clock_mono_ms() + ms; clock_mono_ms() < end_ms;) {
        clock_add_ms(step_ms);
        for (int i = 0; i < 10; i++)
            loop_turn(fix->wire->loop, 0);
    }
}
