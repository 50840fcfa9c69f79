#include "sandbox/notices.h"

#include "base/clock.h"
#include "base/json.h"
#include "sandbox/post.h"

static struct str name_of(struct sandbox *box, struct str id)
{
    const struct user *user = state_find_user(&box->state, id);
    return user && user->name.len ? user->name : id;
}

static struct json *describe(struct sandbox *box, const struct group *group,
                             const struct notice *notice)
{
    struct json *content = json_object();
    json_add_str(content, "operatorUserId", notice->operator_id);
    json_add_str(content, "operation", str_from(notice->operation));
    struct json *data = json_add(content, "data", json_object());
    json_add_str(data, "operatorNickname", name_of(box, notice->operator_id));
    struct json *ids = json_add(data, "targetUserIds", json_array());
    struct json *names = json_add(data, "targetUserDisplayNames", json_array());
    for (size_t i = 0; i < notice->count; i++) {
        json_add_str(ids, NULL, notice->targets[i]);
        json_add_str(names, NULL, name_of(box, notice->targets[i]));
    }
    json_add_str(data, "targetGroupName", group->name);
    json_add_int(data, "timestamp", clock_wall_ms());
    json_add_str(content, "message", STR(""));
    json_add_str(content, "extra", STR(""));
    return content;
}

const struct message *notice_send(struct sandbox *box, const struct group *group,
                                  const struct notice *notice)
{
    struct buf text;
    const struct message *message = NULL;
    if (!box->notices)
        return NULL;
    buf_init(&text, 512u << 10);
    struct json *content = describe(box, group, notice);
    if (json_write(content, &text)) {
        struct letter letter = {
            .type = CHAT_GROUP,
            .from = STR("__system__"),
            .target = group->id,
            .object = STR("RC:GrpNtf"),
            .content = buf_str(&text),
            .session = SESSION_STORED,
        };
        message = post(box, &letter, &(struct post){ 0 });
    }
    json_free(content);
    buf_clear(&text);
    return message;
}
