/* What a user set for a conversation (server-api.md 9.5), and cleaning its history. */
#include "sandbox/rest.h"
#include "sandbox/settings.h"

enum { LEVEL_UNSET = 0, LEVEL_NONE = 5 }; /* of notification */

struct chat {
    struct user *user;
    int type;
    struct str target;
};

static bool has_type(struct call *call, const int *types, int *out)
{
    int64_t type;
    if (!rest_int(call, "conversationType", 1, 10, 0, &type))
        return false;
    for (; *types; types++) {
        if (*types == type) {
            *out = (int)type;
            return true;
        }
    }
    return rest_fail(call, REST_PARAMETER, "conversationType is unknown.");
}

/* Whose conversation, which `param` names, and which. */
static bool read_chat(struct call *call, const char *param, const int *types,
                      struct chat *chat)
{
    struct str id;
    if (!has_type(call, types, &chat->type) || !rest_id(call, param, &id) ||
        !rest_id(call, "targetId", &chat->target))
        return false;
    chat->user = state_user(&call->box->state, id);
    return true;
}

static void set(struct call *call, const struct chat *chat, int kind, const char *value)
{
    struct mark *mark = state_mark(chat->user, chat->type, chat->target);
    mark->changed_ms = settings_next(chat->user, call->now);
    settings_set(mark, kind, str_from(value));
    settings_announce(call->box, chat->user, NULL);
}

static const int with_settings[] = { CHAT_PRIVATE, CHAT_GROUP, CHAT_SYSTEM, 10, 0 };

static bool set_notification(struct call *call)
{
    /* -1 all, 1 mentions, 2 mentions of me, 4 mentions of everybody */
    static const char *const levels[] = { "-1", "0", "1", "2", NULL, "4", "5" };
    struct chat chat;
    bool muted;
    int64_t level;
    if (!rest_get(call, "isMuted").len)
        return rest_fail(call, REST_PARAMETER, "isMuted is required.");
    if (!rest_flag(call, "isMuted", false, &muted) ||
        !rest_int(call, "unpushLevel", -1, LEVEL_NONE, muted ? LEVEL_NONE : LEVEL_UNSET,
                  &level))
        return false;
    if (!levels[level + 1])
        return rest_fail(call, REST_PARAMETER, "unpushLevel is unknown.");
    if (!read_chat(call, "requestId", with_settings, &chat))
        return false;
    set(call, &chat, SETTING_SILENT, levels[level + 1]);
    return true;
}

static bool get_notification(struct call *call)
{
    struct chat chat;
    int64_t level = LEVEL_UNSET;
    if (!read_chat(call, "requestId", with_settings, &chat))
        return false;
    const struct mark *mark = state_find_mark(chat.user, chat.type, chat.target);
    if (mark && mark->silent.len)
        (void)str_to_i64(mark->silent, &level);
    json_add_int(call->answer, "isMuted", level > LEVEL_UNSET);
    json_add_int(call->answer, "unpushLevel", level);
    return true;
}

static bool set_top(struct call *call)
{
    struct chat chat;
    bool top;
    if (!rest_get(call, "setTop").len)
        return rest_fail(call, REST_PARAMETER, "setTop is required.");
    if (!rest_flag(call, "setTop", false, &top) ||
        !read_chat(call, "userId", with_settings, &chat))
        return false;
    set(call, &chat, SETTING_TOP, top ? "1" : "0");
    return true;
}

/* Of a chatroom nobody has a copy: it goes for all. */
static void clean_room(struct call *call, struct str id, int64_t until)
{
    struct room *room = state_find_room(&call->box->state, id);
    if (room)
        log_drop(&room->log, log_after(&room->log, &call->box->mail, until));
}

static bool clean(struct call *call)
{
    static const int types[] = { CHAT_PRIVATE, CHAT_GROUP, CHAT_ROOM, CHAT_SYSTEM, 0 };
    struct chat chat;
    int64_t until;
    if (!rest_int(call, "msgTimestamp", 0, INT64_MAX, 0, &until) ||
        !read_chat(call, "fromUserId", types, &chat))
        return false;
    if (chat.type == CHAT_ROOM)
        clean_room(call, chat.target, until ? until : INT64_MAX);
    else
        settings_clean(chat.user, chat.type, chat.target,
                       until ? until : settings_newest(chat.user, call->now));
    return true;
}

const struct endpoint chat_endpoints[] = {
    { "/conversation/notification/set.json", set_notification },
    { "/conversation/notification/get.json", get_notification },
    { "/conversation/top/set.json", set_top },
    { "/conversation/message/history/clean.json", clean },
    { NULL, NULL },
};
