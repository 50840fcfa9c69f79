#include "sandbox/app_change.h"

#include "proto/content.h"

#define NOTICE_MAX 65536

static void add_notice(const struct visit *visit, struct json *body,
                       const struct app_change *change)
{
    struct buf notice;
    bool names =
        change->operation == OPERATION_RENAMED || change->operation == OPERATION_CREATED;
    struct content_notice content = {
        .operator_id = visit->account->user,
        .operator_name = visit_nickname(visit->box, visit->account->user),
        .operation = str_from(operation_word(change->operation)),
        .message = names ? STR_NONE : change->text,
        .group_name = names ? change->text : STR_NONE,
        .timestamp = visit->now,
        .targets = change->users,
        .target_count = change->count,
    };
    buf_init(&notice, NOTICE_MAX);
    content_group_notice(&notice, &content, NULL);
    json_add_str(body, "fromUserId", visit->account->user);
    json_add_str(body, "objectName", STR("RC:GrpNtf"));
    json_add_str(body, "content", buf_str(&notice));
    buf_clear(&notice);
}

struct json *app_change_body(const struct app_change *change)
{
    struct json *body = json_object();
    json_add_str(body, "groupId", change->group);
    if (change->count) {
        struct json *users = json_add(body, "userId", json_array());
        for (size_t i = 0; i < change->count; i++)
            json_add_str(users, NULL, change->users[i]);
    }
    return body;
}

struct feed_event app_change_news(const struct visit *visit,
                                  const struct app_change *change)
{
    return (struct feed_event){ change->operation, change->group, visit->account->user,
                                change->users, change->count };
}

static bool announce(struct visit *visit, const char *path, struct json *body,
                     const struct app_change *change)
{
    add_notice(visit, body, change);
    if (!visit_api(visit, path, body))
        return false;
    app_feed_text(visit->box, app_change_news(visit, change), change->text);
    return true;
}

bool app_change_make(struct visit *visit, const char *path,
                     const struct app_change *change, struct str name)
{
    struct json *body = app_change_body(change);
    if (name.len)
        json_add_str(body, "groupName", name);
    json_add_bool(body, "bindNotifyMsg", true);
    return announce(visit, path, body, change);
}

bool app_change_tell(struct visit *visit, const struct app_change *change)
{
    struct json *body = json_object();
    json_add_str(body, "toGroupId", change->group);
    return announce(visit, "/message/group/publish.json", body, change);
}
