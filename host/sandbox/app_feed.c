#include "sandbox/app_feed.h"

#include "base/clock.h"
#include "base/random.h"
#include "sandbox/hooks.h"

#define BODY_MAX ((size_t)1 << 20)

void app_feed_tell(struct sandbox *box, struct feed_event event, struct json *data)
{
    char id[] = "evt-0123456789abcdef0123";
    struct buf text;
    if (!hooks_wants(box->hooks, HOOK_FEED)) {
        json_free(data);
        return;
    }
    struct json *list = json_array();
    struct json *one = json_add(list, NULL, json_object());
    random_id(id + 4, sizeof id - 5);
    json_add_str(one, "id", str_from(id));
    json_add_int(one, "eventType", event.type);
    if (event.group.len)
        json_add_str(one, "groupId", event.group);
    json_add_int(one, "time", clock_wall_ms());
    json_add_str(one, "optUserId", event.by);
    struct json *users = event.count ? json_add(one, "userIds", json_array()) : NULL;
    for (size_t i = 0; i < event.count; i++)
        json_add_str(users, NULL, event.users[i]);
    if (data)
        json_add(one, "data", data);
    buf_init(&text, BODY_MAX);
    if (json_write(list, &text))
        hooks_post(box->hooks, HOOK_FEED, event.by, buf_str(&text));
    buf_clear(&text);
    json_free(list);
}

void app_feed_text(struct sandbox *box, struct feed_event event, struct str text)
{
    struct json *data = text.len ? json_object() : NULL;
    if (data)
        json_add_str(data, event.type == OPERATION_BULLETIN ? "bulletin" : "name", text);
    app_feed_tell(box, event, data);
}

void app_feed_number(struct sandbox *box, struct feed_event event, const char *name,
                     int64_t number)
{
    struct json *data = json_object();
    json_add_int(data, name, number);
    app_feed_tell(box, event, data);
}
