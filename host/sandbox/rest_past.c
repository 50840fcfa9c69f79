/* What was said in a conversation, as one of its users may see it (server-api.md 9.3). */
#include "proto/messages.h"
#include "sandbox/conversations.h"
#include "sandbox/rest.h"

#define PAGE 20
#define PAGE_MAX 100

struct want {
    struct str target;
    int64_t from_ms, until_ms, count;
};

static bool read_want(struct call *call, struct str *user, struct want *want)
{
    bool with_start;
    if (!rest_get(call, "includeStart").len)
        return rest_fail(call, REST_PARAMETER, "includeStart is required.");
    if (!rest_id(call, "userId", user) || !rest_id(call, "targetId", &want->target) ||
        !rest_int(call, "startTime", 0, INT64_MAX, -1, &want->from_ms) ||
        !rest_int(call, "endTime", 0, INT64_MAX, -1, &want->until_ms) ||
        !rest_int(call, "pageSize", 1, PAGE_MAX, PAGE, &want->count) ||
        !rest_flag(call, "includeStart", true, &with_start))
        return false;
    if (want->from_ms > want->until_ms)
        return rest_fail(call, REST_PARAMETER, "endTime is before startTime.");
    want->from_ms -= with_start; /* later than this */
    return true;
}

static void add_message(struct json *list, const struct message *message,
                        struct str target)
{
    const struct letter *letter = &message->letter;
    struct json *one = json_add(list, NULL, json_object());
    json_add_str(one, "targetId", target);
    json_add_str(one, "fromUserId", letter->from);
    json_add_str(one, "messageUID", str_from(message->uid));
    json_add_int(one, "msgTime", message->time);
    json_add_str(one, "objectName", letter->object);
    json_add_str(one, "content", letter->content);
    json_add_bool(one, "expansion", letter->session & UP_EXPANDABLE);
    json_add_str(one, "extraContent", letter->extra_content);
    json_add_str(one, "busChannel", STR(""));
}

static bool query(struct call *call, int type)
{
    struct str id;
    struct want want;
    const struct mail *mail = &call->box->mail;
    if (!read_want(call, &id, &want))
        return false;
    const struct user *user = state_find_user(&call->box->state, id);
    bool member;
    const struct log *log =
        user ? conversations_log(call->box, user, type, want.target, &member) : NULL;
    const struct mark *mark = user ? state_find_mark(user, type, want.target) : NULL;
    struct json *list = json_add(call->answer, "data", json_array());
    int64_t cleaned_ms = mark ? mark->cleaned_ms : 0;
    for (size_t i = log ? log_after(log, mail, want.from_ms) : 0;
         log && i < log->len && json_size(list) < (size_t)want.count; i++) {
        const struct message *message = log_at(log, mail, i);
        if (message && message->time > want.until_ms)
            break;
        if (message && conversations_shows(user, message, cleaned_ms))
            add_message(list, message, want.target);
    }
    return true;
}

static bool query_private(struct call *call)
{
    return query(call, CHAT_PRIVATE);
}

static bool query_group(struct call *call)
{
    return query(call, CHAT_GROUP);
}

static bool query_room(struct call *call)
{
    return query(call, CHAT_ROOM);
}

const struct endpoint past_endpoints[] = {
    { "/v3/message/private/query.json", query_private },
    { "/v3/message/group/query.json", query_group },
    { "/v3/message/chatroom/query.json", query_room },
    { NULL, NULL },
};
