/* Sending and recalling (server-api.md 9.3). */
#include "base/recent.h"
#include "sandbox/rest_letter.h"

#define GROUPS_MAX 3
#define USERS_MAX 1000
#define SYSTEM_MAX 100
#define DIRECTED_MAX 1000
#define ROOMS_MAX 10
#define EXTRA_MAX 65536

/* One kind of receiver. */
struct address {
    int type;
    const char *param;  /* that names them */
    const char *answer; /* the member that names one in the answer */
    size_t max;
};

static struct str random_key(struct call *call)
{
    struct str number;
    if (!rest_text_maybe(call, "msgRandom", 64, &number) || !number.len)
        return STR_NONE;
    struct buf *text = &call->box->scratch;
    buf_reset(text);
    buf_add_format(text, "%.*s %.*s %.*s", STR_ARG(call->path),
                   STR_ARG(rest_get(call, "fromUserId")), STR_ARG(number));
    return box_copy(call->box, buf_str(text));
}

/* Gives the list kept for this msgRandom, if any. */
static bool repeated(struct call *call, struct str key)
{
    struct str kept = key.len ? recent_find(call->box->recent, key, call->now) : STR_NONE;
    if (!kept.len)
        return false;
    json_add(call->answer, "messageUIDs", json_parse(kept, NULL));
    return true;
}

static void remember(struct call *call, struct str key, const struct json *list)
{
    struct buf *text = &call->box->scratch;
    buf_reset(text);
    if (key.len && json_write(list, text))
        recent_add(call->box->recent, key, buf_str(text), call->now);
}

static bool refuses(struct call *call, struct str to, struct str from)
{
    const struct user *user = state_find_user(&call->box->state, to);
    return user && map_get(&user->black, from);
}

static bool publish(struct call *call, const struct address *address, bool check_black,
                    struct letter *letter, struct post *how)
{
    struct ids targets;
    if (!rest_ids(call, address->param, address->max, &targets))
        return false;
    if (letter->to_count && targets.count != 1)
        return rest_fail(call, REST_PARAMETER, "toUserId needs exactly one toGroupId.");
    struct str key = random_key(call);
    if (repeated(call, key))
        return true;
    struct json *list = json_array();
    for (size_t i = 0; i < targets.count; i++) {
        letter->target = targets.at[i];
        if (check_black && refuses(call, letter->target, letter->from))
            continue;
        const struct message *message = post(call->box, letter, how);
        if (!message)
            continue;
        struct json *one = json_add(list, NULL, json_object());
        json_add_str(one, address->answer, targets.at[i]);
        json_add_str(one, "messageUID", str_from(message->uid));
    }
    remember(call, key, list);
    json_add(call->answer, "messageUIDs", list);
    return true;
}

static bool publish_private(struct call *call)
{
    static const struct address address = { CHAT_PRIVATE, "toUserId", "userId",
                                            USERS_MAX };
    struct letter letter;
    struct post how;
    bool verify;
    return rest_letter(call, CHAT_PRIVATE, &letter, &how) &&
           rest_flag(call, "verifyBlacklist", false, &verify) &&
           publish(call, &address, verify, &letter, &how);
}

static bool publish_system(struct call *call)
{
    static const struct address address = { CHAT_SYSTEM, "toUserId", "userId",
                                            SYSTEM_MAX };
    struct letter letter;
    struct post how;
    if (!rest_letter(call, CHAT_SYSTEM, &letter, &how))
        return false;
    how.to_sender = false;
    return publish(call, &address, false, &letter, &how);
}

static bool publish_group(struct call *call)
{
    static const struct address address = { CHAT_GROUP, "toGroupId", "groupId",
                                            GROUPS_MAX };
    struct letter letter;
    struct post how;
    struct ids directed;
    if (!rest_letter(call, CHAT_GROUP, &letter, &how) ||
        !rest_ids_maybe(call, "toUserId", DIRECTED_MAX, &directed))
        return false;
    letter.to = directed.at;
    letter.to_count = directed.count;
    return publish(call, &address, false, &letter, &how);
}

static bool publish_room(struct call *call)
{
    static const struct address address = { CHAT_ROOM, "toChatroomId", "chatroomId",
                                            ROOMS_MAX };
    struct letter letter;
    struct post how;
    if (!rest_letter(call, CHAT_ROOM, &letter, &how))
        return false;
    how.to_sender = false; /* the room is told, and its sender is not */
    return publish(call, &address, false, &letter, &how);
}

/* Recall. */

struct recall {
    struct str from, target, uid, extra;
    int64_t type, sent;
    bool admin, remove;
};

static bool read_recall(struct call *call, struct recall *recall)
{
    if (!rest_id(call, "fromUserId", &recall->from) ||
        !rest_int(call, "conversationType", 1, 10, 0, &recall->type) ||
        !rest_id(call, "targetId", &recall->target) ||
        !rest_text(call, "messageUID", 64, &recall->uid) ||
        !rest_int(call, "sentTime", 0, INT64_MAX, 0, &recall->sent) ||
        !rest_flag(call, "isAdmin", false, &recall->admin) ||
        !rest_flag(call, "isDelete", false, &recall->remove) ||
        !rest_text_maybe(call, "extra", EXTRA_MAX, &recall->extra))
        return false;
    if (recall->type != CHAT_PRIVATE && recall->type != CHAT_GROUP &&
        recall->type != CHAT_ROOM && recall->type != CHAT_SYSTEM && recall->type != 10)
        return rest_fail(call, REST_PARAMETER, "conversationType is unknown.");
    return true;
}

static struct str recall_content(struct call *call, const struct recall *recall,
                                 const struct message *message)
{
    struct json *content = json_object();
    json_add_int(content, "conversationType", recall->type);
    json_add_str(content, "targetId", recall->target);
    json_add_str(content, "messageUId", recall->uid);
    json_add_int(content, "sentTime", recall->sent ? recall->sent : message->time);
    json_add_str(content, "channelId", STR(""));
    json_add_bool(content, "isDelete", recall->remove);
    json_add_bool(content, "isAdmin", recall->admin);
    if (recall->extra.len)
        json_add_str(content, "extra", recall->extra);
    buf_reset(&call->box->scratch);
    json_write(content, &call->box->scratch);
    json_free(content);
    return box_copy(call->box, buf_str(&call->box->scratch));
}

static bool recall(struct call *call)
{
    struct recall recall;
    if (!read_recall(call, &recall))
        return false;
    struct message *message = mail_find(&call->box->mail, recall.uid);
    if (!message || message->recalled || message->letter.type != recall.type ||
        !str_eq(message->letter.target, recall.target))
        return true; /* the cloud answers 200 for what it does not know */
    if (!str_eq(message->letter.from, recall.from))
        return rest_fail(call, REST_PARAMETER, "fromUserId is not the sender.");
    struct letter letter = {
        .type = (int)recall.type,
        .from = recall.from,
        .target = recall.target,
        .object = STR("RC:RcCmd"),
        .content = recall_content(call, &recall, message),
        .session = SESSION_STORED,
        .to = message->letter.to,
        .to_count = message->letter.to_count,
    };
    post_recall(call->box, message);
    struct post how = { .to_sender =
                            recall.type == CHAT_PRIVATE || recall.type == CHAT_GROUP };
    post(call->box, &letter, &how);
    return true;
}

const struct endpoint message_endpoints[] = {
    { "/message/private/publish.json", publish_private },
    { "/message/group/publish.json", publish_group },
    { "/message/system/publish.json", publish_system },
    { "/message/chatroom/publish.json", publish_room },
    { "/message/recall.json", recall },
    { NULL, NULL },
};
