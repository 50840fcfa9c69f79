/* im/webhook: any request is read or refused; what is read keeps to its limits. */
#include "fuzz.h"

#include "im/webhook_feed.h"

static void look_at(struct str text, size_t max)
{
    must(text.at && text.len <= max && str_is_utf8(text));
}

static void look_at_message(const struct message *message)
{
    look_at(message->sender, WEBHOOK_TEXT_MAX);
    look_at(message->target, WEBHOOK_TEXT_MAX);
    look_at(message->object_name, WEBHOOK_TEXT_MAX);
    look_at(message->uid, WEBHOOK_TEXT_MAX);
    look_at(message->content, WEBHOOK_CONTENT_MAX);
    must(!message_is_made_here(message) && message->sent_ms > 0);
}

static void read_form(struct str form, bool route, struct arena *arena)
{
    struct webhook_message got;
    struct err err = { 0 };
    bool good = route ? webhook_read_route(form, arena, &got, &err)
                      : webhook_read_precheck(form, arena, &got, &err);
    must(good || err.text[0] != '\0');
    if (!good)
        return;
    look_at_message(&got.message);
    for (size_t i = 0; i < got.to_count; i++)
        must(got.to[i].len <= form.len);
}

static void on_change(void *arg, const struct webhook_online *change)
{
    ++*(size_t *)arg;
    must(change->user.len > 0 && change->user.len <= WEBHOOK_TEXT_MAX);
}

static void on_event(void *arg, const struct webhook_event *event)
{
    struct webhook_message got;
    struct err err = { 0 };
    must(json_kind(event->data) == JSON_OBJECT && strlen(event->key) == 40);
    if (webhook_read_recall(event, arg, &got, &err)) {
        look_at_message(&got.message);
        must(str_starts(got.message.uid, STR("recall/")));
        must(got.to_count == 0);
    } else {
        must(err.text[0] != '\0');
    }
}

static void on_feed(void *arg, const struct webhook_event *event)
{
    struct message got;
    struct err err = { 0 };
    if (!webhook_read_feed(event, STR("bot"), arg, &got, &err)) {
        must(err.text[0] != '\0');
        return;
    }
    look_at(got.target, 64);
    look_at(got.sender, 64);
    look_at(got.content, WEBHOOK_CONTENT_MAX);
    must(str_starts(got.uid, STR(MESSAGE_FEED)) && got.sent_ms > 0);
}

/* The first byte chooses. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct webhook_proof proof = { 0 };
    struct arena arena;
    size_t count = 0;
    if (size == 0)
        return 0;
    struct str text = str_of(data + 1, size - 1);
    arena_init(&arena, WEBHOOK_ARENA_MAX);
    switch (data[0]) {
    case 0:
        webhook_read_proof(text, &arena, &proof);
        webhook_check(&proof, STR("secret"), 1700000000123, 600000, NULL);
        break;
    case 1:
        read_form(text, true, &arena);
        break;
    case 2:
        read_form(text, false, &arena);
        break;
    case 3:
        if (!webhook_read_online(text, on_change, &count, NULL))
            must(count == 0);
        break;
    default: {
        int others = WEBHOOKS - WEBHOOK_OPERATIONS;
        int kind = WEBHOOK_OPERATIONS + (data[0] - 4) % others;
        webhook_read_events((enum webhook)kind, text,
                            kind == WEBHOOK_FEED ? on_feed : on_event, &arena, NULL);
    }
    }
    arena_clear(&arena);
    return 0;
}
