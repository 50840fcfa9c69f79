/* Sending and recalling (server-api.md 9.3). */
#include "base/recent.h"
#include "sandbox/rest_letter.h"

#define DIRECTED_MAX 1000
#define EXTRA_MAX 65536

/* One kind of receiver. */
static const struct address {
    int type;
    const char *param;  /* that names them */
    const char *answer; /* the member that names one in the answer */
    size_t max;
} addresses[] = {
    { CHAT_PRIVATE, "toUserId", "userId", 1000 },
    { CHAT_GROUP, "toGroupId", "groupId", 3 },
    { CHAT_ROOM, "toChatroomId", "chatroomId", 10 },
    { CHAT_SYSTEM, "toUserId", "userId", 100 },
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

/* Sends to one receiver; its UID, or nothing if it could not be sent. */
static struct str send_one(struct call *call, const struct letter *letter,
                           const struct post *how, bool status)
{
    char uid[MAIL_UID_LEN + 1];
    if (status) {
        mail_reserve_uid(&call->box->mail, uid);
        post_status(call->box, letter, str_from(uid), how->to_sender);
        return box_copy(call->box, str_from(uid));
    }
    const struct message *message = post(call->box, letter, how);
    return message ? box_copy(call->box, str_from(message->uid)) : STR_NONE;
}

bool rest_publish(struct call *call, struct letter *letter, struct post *how,
                  const struct each *each)
{
    const struct address *address = addresses;
    struct ids targets;
    bool check_black = false;
    while (address->type != letter->type)
        address++;
    if (!rest_ids(call, address->param, address->max, &targets) ||
        (letter->type == CHAT_PRIVATE &&
         !rest_flag(call, "verifyBlacklist", false, &check_black)))
        return false;
    if (letter->to_count && targets.count != 1)
        return rest_fail(call, REST_PARAMETER, "toUserId needs exactly one toGroupId.");
    struct str key = random_key(call);
    if (repeated(call, key))
        return true;
    struct json *list = json_array();
    for (size_t i = 0; i < targets.count; i++) {
        letter->target = targets.at[i];
        if ((check_black && refuses(call, letter->target, letter->from)) ||
            (each->fill && !each->fill(call, each->arg, i, letter)))
            continue;
        struct str uid = send_one(call, letter, how, each->status);
        if (!uid.len)
            continue;
        struct json *one = json_add(list, NULL, json_object());
        json_add_str(one, address->answer, targets.at[i]);
        json_add_str(one, "messageUID", uid);
    }
    remember(call, key, list);
    json_add(call->answer, "messageUIDs", list);
    return true;
}

static bool publish(struct call *call, int type, bool status)
{
    struct letter letter;
    struct post how;
    struct ids directed = { 0 };
    if (!rest_letter(call, type, &letter, &how) ||
        (type == CHAT_GROUP && !status &&
         !rest_ids_maybe(call, "toUserId", DIRECTED_MAX, &directed)))
        return false;
    letter.to = directed.at;
    letter.to_count = directed.count;
    if (status)
        letter.session = 0;
    return rest_publish(call, &letter, &how, &(struct each){ .status = status });
}

static bool publish_private(struct call *call)
{
    return publish(call, CHAT_PRIVATE, false);
}

static bool publish_system(struct call *call)
{
    return publish(call, CHAT_SYSTEM, false);
}

static bool publish_group(struct call *call)
{
    return publish(call, CHAT_GROUP, false);
}

static bool publish_room(struct call *call)
{
    return publish(call, CHAT_ROOM, false);
}

static bool status_private(struct call *call)
{
    return publish(call, CHAT_PRIVATE, true);
}

static bool status_group(struct call *call)
{
    return publish(call, CHAT_GROUP, true);
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
    { "/statusmessage/private/publish.json", status_private },
    { "/statusmessage/group/publish.json", status_group },
    { "/message/recall.json", recall },
    { NULL, NULL },
};
