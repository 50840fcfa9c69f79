#include "sandbox/expand.h"

#include "base/clock.h"
#include "proto/messages.h"
#include "sandbox/post.h"

#include <stdio.h>

#define TEXT_MAX (EXPAND_KEYS_MAX * (size_t)(EXPAND_VALUE_MAX * 6 + 256))

struct message *expand_find(struct sandbox *box, struct str uid, int type,
                            struct str user, struct str target)
{
    struct message *message = mail_find(&box->mail, uid);
    if (!message || message->recalled || message->letter.type != type ||
        !(message->letter.session & UP_EXPANDABLE))
        return NULL;
    const struct letter *letter = &message->letter;
    bool there = str_eq(letter->target, target) &&
                 (type == CHAT_GROUP || str_eq(letter->from, user));
    bool back = type == CHAT_PRIVATE && str_eq(letter->target, user) &&
                str_eq(letter->from, target);
    return there || back ? message : NULL;
}

static bool deletes(const struct json *change, struct str key)
{
    const struct json *one = NULL, *list = json_get(change, "del");
    while ((one = json_next(list, one))) {
        if (str_eq(json_str(one), key))
            return true;
    }
    return false;
}

static bool add(struct json *to, struct str key, struct str value, int64_t time)
{
    char name[EXPAND_KEY_MAX + 1];
    if (key.len == 0 || key.len > EXPAND_KEY_MAX || value.len > EXPAND_VALUE_MAX)
        return false;
    snprintf(name, sizeof name, "%.*s", STR_ARG(key));
    struct json *one = json_add(to, name, json_object());
    json_add_str(one, "v", value);
    if (time)
        json_add_int(one, "ts", time);
    return true;
}

struct json *expand_merge(const struct message *message, const struct json *change,
                          int64_t now)
{
    struct json *old = json_parse(message->letter.extra_content, NULL);
    struct json *merged = json_object();
    const struct json *one = NULL, *put = json_get(change, "put");
    bool fine = true;
    char key[EXPAND_KEY_MAX + 1];
    while (fine && (one = json_next(old, one))) {
        snprintf(key, sizeof key, "%.*s", STR_ARG(json_name(one)));
        if (!json_get(put, key) && !deletes(change, json_name(one)))
            fine = add(merged, json_name(one), json_str(json_get(one, "v")),
                       json_int(json_get(one, "ts"), 0));
    }
    while (fine && (one = json_next(put, one)))
        fine = json_kind(one) == JSON_STRING &&
               add(merged, json_name(one), json_str(one), now);
    json_free(old);
    if (fine && json_size(merged) <= EXPAND_KEYS_MAX)
        return merged;
    json_free(merged);
    return NULL;
}

void expand_apply(struct sandbox *box, const struct letter *letter)
{
    struct buf text;
    struct json *change = json_parse(letter->content, NULL);
    struct message *message = expand_find(box, json_str(json_get(change, "mid")),
                                          letter->type, letter->from, letter->target);
    struct json *merged = message ? expand_merge(message, change, clock_wall_ms()) : NULL;
    buf_init(&text, TEXT_MAX);
    if (merged && json_write(merged, &text)) {
        struct letter changed = message->letter;
        changed.extra_content = buf_str(&text);
        post_rewrite(box, message, &changed);
    }
    buf_clear(&text);
    json_free(merged);
    json_free(change);
}
