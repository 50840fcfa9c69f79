#include "sandbox/hooks_tell.h"

#include "base/clock.h"
#include "sandbox/hooks.h"

#define BODY_MAX ((size_t)4 << 20)
#define RECALLED 1 /* eventType of an operation */
#define FRIENDS 1  /* eventType of what becomes of friends */

/* Posts what was built, and frees it. */
static void tell(struct sandbox *box, enum hook hook, struct str user, struct json *body)
{
    struct buf text;
    buf_init(&text, BODY_MAX);
    if (json_write(body, &text))
        hooks_post(box->hooks, hook, user, buf_str(&text));
    buf_clear(&text);
    json_free(body);
}

/* ---- messages ---- */

static bool add_receivers(struct buf *form, const struct letter *letter)
{
    struct json *list = json_array();
    struct buf text;
    buf_init(&text, BODY_MAX);
    for (size_t i = 0; i < letter->to_count; i++)
        json_add_str(list, NULL, letter->to[i]);
    bool fine =
        json_write(list, &text) && hooks_field(form, "groupUserIds", buf_str(&text));
    buf_clear(&text);
    json_free(list);
    return fine;
}

static void route(struct sandbox *box, const struct message *message,
                  const struct post *how)
{
    const struct letter *letter = &message->letter;
    struct buf form;
    buf_init(&form, BODY_MAX);
    if (hooks_field(&form, "fromUserId", letter->from) &&
        hooks_field(&form, "toUserId", letter->target) &&
        hooks_field(&form, "objectName", letter->object) &&
        hooks_field(&form, "content", letter->content) &&
        hooks_field(&form, "channelType", str_from(hooks_channel(letter->type))) &&
        hooks_field_int(&form, "msgTimestamp", message->time) &&
        hooks_field(&form, "msgUID", str_from(message->uid)) &&
        hooks_field(&form, "sensitiveType", how->replaced ? STR("2") : STR("0")) &&
        hooks_field(&form, "source", how->origin ? STR("Websocket") : STR("Server")) &&
        hooks_field(&form, "busChannel", STR("")) &&
        (letter->to_count == 0 || add_receivers(&form, letter)))
        hooks_post(box->hooks, HOOK_ROUTE, letter->from, buf_str(&form));
    buf_clear(&form);
}

static void tell_recall(struct sandbox *box, const struct message *message,
                        const struct post *how)
{
    const struct letter *letter = &message->letter;
    struct json *content = json_parse(letter->content, NULL), *out = json_object();
    json_add_int(out, "eventType", RECALLED);
    json_add_str(out, "fromUserId", letter->from);
    json_add_int(out, "optTime", message->time);
    json_add_str(out, "source", how->origin ? STR("Websocket") : STR("Server"));
    struct json *chat = json_add(out, "conversationInfo", json_object());
    json_add_int(chat, "conversationType", letter->type);
    json_add_str(chat, "targetId", letter->target);
    struct json *of = json_add(out, "originalMsgInfo", json_object());
    json_add_str(of, "messageId", json_str(json_get(content, "messageUId")));
    json_add_int(of, "messageTime", json_int(json_get(content, "sentTime"), 0));
    struct json *with = json_add(out, "recallMsgInfo", json_object());
    json_add_int(with, "isDelete", json_bool(json_get(content, "isDelete"), false));
    json_add_int(with, "isAdmin", json_bool(json_get(content, "isAdmin"), false));
    json_add_str(with, "extra", json_str(json_get(content, "extra")));
    json_free(content);
    tell(box, HOOK_OPERATIONS, letter->from, out);
}

void hooks_tell_message(struct sandbox *box, const struct message *message,
                        const struct post *how)
{
    bool told = how->origin || hooks_wants_servers(box->hooks);
    if (told && hooks_wants(box->hooks, HOOK_ROUTE))
        route(box, message, how);
    if (hooks_wants(box->hooks, HOOK_OPERATIONS) &&
        str_eq(message->letter.object, STR("RC:RcCmd")))
        tell_recall(box, message, how);
}

/* ---- the others ---- */

void hooks_tell_online(const struct conn *conn, int status)
{
    if (!hooks_wants(conn->box->hooks, HOOK_ONLINE))
        return;
    struct json *list = json_array();
    struct json *one = json_add(list, NULL, json_object());
    json_add_str(one, "userid", conn->user->id);
    json_add_str(one, "status", status == HOOK_CAME ? STR("0") : STR("1"));
    json_add_str(one, "os", status == HOOK_CAME ? STR("Websocket") : STR(""));
    json_add_int(one, "time", clock_wall_ms());
    json_add_str(one, "sessionId", str_from(conn->session));
    tell(conn->box, HOOK_ONLINE, conn->user->id, list);
}

void hooks_tell_group(struct sandbox *box, const struct group *group,
                      const struct group_news *news)
{
    if (!hooks_wants(box->hooks, HOOK_GROUPS))
        return;
    struct json *list = json_array();
    struct json *one = json_add(list, NULL, json_object());
    json_add_str(one, "groupId", group->id);
    if (news->type == EVENT_GROUP)
        json_add_int(one, "eventType",
                     news->sub_type + 1); /* in the same order, from 1 */
    else
        json_add_str(one, "groupName", group->name);
    json_add_int(one, "time", clock_wall_ms());
    json_add_str(one, "optUserId", news->operator->id);
    struct json *users =
        news->other_count > 0 ? json_add(one, "userIds", json_array()) : NULL;
    for (size_t i = 0; i < news->other_count; i++)
        json_add_str(users, NULL, news->others[i]->id);
    tell(box, HOOK_GROUPS, news->operator->id, list);
}

void hooks_tell_room(struct sandbox *box, struct str room, int type, struct str user,
                     bool pushed)
{
    if (!hooks_wants(box->hooks, HOOK_ROOMS))
        return;
    struct json *list = json_array();
    struct json *one = json_add(list, NULL, json_object());
    struct json *users;
    json_add_str(one, "chatRoomId", room);
    users = json_add(one, "userIds", json_array());
    if (user.len > 0)
        json_add_str(users, NULL, user);
    json_add_int(one, "status", pushed);
    json_add_int(one, "type", type);
    json_add_int(one, "time", clock_wall_ms());
    tell(box, HOOK_ROOMS, user, list);
}

void hooks_tell_friends(struct sandbox *box, struct str user, struct str other)
{
    if (!hooks_wants(box->hooks, HOOK_USERS))
        return;
    struct json *one = json_object();
    json_add_int(one, "eventType", FRIENDS);
    json_add_str(one, "userId", user);
    json_add_str(one, "toUserId", other);
    json_add_int(one, "time", clock_wall_ms());
    tell(box, HOOK_USERS, user, one);
}

void hooks_tell_account(struct sandbox *box, struct str user, struct str operation,
                        int type)
{
    struct buf form;
    if (!hooks_wants(box->hooks, HOOK_USERS))
        return;
    buf_init(&form, BODY_MAX);
    if (hooks_field(&form, "userId", user) &&
        hooks_field(&form, "operateId", operation) &&
        hooks_field_int(&form, "type", type) && hooks_field(&form, "code", STR("0")) &&
        hooks_field_int(&form, "time", clock_wall_ms()))
        hooks_post(box->hooks, HOOK_USERS, user, buf_str(&form));
    buf_clear(&form);
}
