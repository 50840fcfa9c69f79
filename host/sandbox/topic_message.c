/* Topics of PUBLISH: messages, status messages, recalls, read times. */
#include "base/json.h"
#include "sandbox/check.h"
#include "sandbox/post.h"
#include "sandbox/topics.h"

static struct letter read_letter(struct ask *ask, const struct up_stream_message *up,
                                 int type, struct str target)
{
    bool has_push = pb_has(*up, up_stream_message, push_text);
    bool has_extra = pb_has(*up, up_stream_message, extra_content);
    return (struct letter){
        .type = type,
        .from = ask->user->id,
        .target = target,
        .object = up->object_name,
        .content = up->content,
        .extra_content = has_extra ? up->extra_content : STR_NONE,
        .push_text = has_push ? up->push_text : STR_NONE,
        .client_id = up->client_unique_id,
        .session = up->session_id,
        .config_flag = up->config_flag,
        .option_bits = up->option_bits,
        .to = type == CHAT_GROUP ? up->to_user_ids.at : NULL,
        .to_count = type == CHAT_GROUP ? up->to_user_ids.count : 0,
    };
}

static void accepted(struct ask *ask, const struct message *message)
{
    ask->time = message->time;
    ask->uid = str_from(message->uid);
}

static int send_to(struct ask *ask, int type)
{
    struct up_stream_message up;
    if (!ask_read(ask, &up_stream_message_type, &up))
        return STATUS_BAD;
    struct letter letter = read_letter(ask, &up, type, ask->frame->target);
    int status = post_check(ask->box, &letter);
    if (status != STATUS_OK && status != STATUS_WORD_REPLACED)
        return status;
    if (check_holds(ask, &letter)) {
        ask->silent = true;
        return STATUS_OK;
    }
    if (ask->verdict && !ask->verdict->pass)
        return STATUS_WORD_BLOCKED;
    if (ask->verdict && ask->verdict->content.at)
        letter.content = ask->verdict->content;
    struct post how = {
        .origin = ask->conn,
        .sync_topic = ask->frame->topic,
        .sync_target = ask->frame->target,
        .sync_payload = ask->frame->payload,
        .replaced = status == STATUS_WORD_REPLACED,
        .uid = ask->verdict ? ask->verdict->uid : NULL,
    };
    const struct message *message = post(ask->box, &letter, &how);
    if (!message)
        return STATUS_BAD;
    accepted(ask, message);
    return status;
}

static int topic_private(struct ask *ask)
{
    return send_to(ask, CHAT_PRIVATE);
}

static int topic_group(struct ask *ask)
{
    return send_to(ask, CHAT_GROUP);
}

static int topic_room(struct ask *ask)
{
    return send_to(ask, CHAT_ROOM);
}

static int send_status(struct ask *ask, int type)
{
    struct up_stream_message up;
    ask->silent = true;
    if (!ask_read(ask, &up_stream_message_type, &up))
        return STATUS_BAD;
    struct letter letter = read_letter(ask, &up, type, ask->frame->target);
    letter.session = 0;
    if (post_check(ask->box, &letter) == STATUS_OK)
        post_status(ask->box, &letter, STR(""), false);
    return STATUS_OK;
}

static int topic_private_status(struct ask *ask)
{
    return send_status(ask, CHAT_PRIVATE);
}

static int topic_group_status(struct ask *ask)
{
    return send_status(ask, CHAT_GROUP);
}

/* Recall: the conversation and the message are named in the content. */

struct recall {
    int type;
    struct str target, uid; /* borrowed from the JSON */
};

static bool read_recall(const struct json *content, struct recall *out)
{
    out->type = (int)json_int(json_get(content, "conversationType"), 0);
    out->target = json_str(json_get(content, "targetId"));
    out->uid = json_str(json_get(content, "messageUId"));
    return out->target.len > 0 && out->uid.len > 0 &&
           (out->type == CHAT_PRIVATE || out->type == CHAT_GROUP ||
            out->type == CHAT_ROOM);
}

static int do_recall(struct ask *ask, struct letter *letter, const struct recall *recall)
{
    struct message *message = mail_find(&ask->box->mail, recall->uid);
    if (!message || message->letter.type != recall->type)
        return STATUS_RECALL_BAD;
    if (!post_is_own(message, ask->user))
        return STATUS_NOT_SENDER;
    if (!str_eq(message->letter.target, recall->target))
        return STATUS_RECALL_BAD;
    letter->type = recall->type;
    letter->target = message->letter.target;
    struct post how = {
        .origin = ask->conn,
        .sync_topic = ask->frame->topic,
        .sync_target = ask->frame->target,
        .sync_payload = ask->frame->payload,
    };
    post_recall(ask->box, message);
    const struct message *told = post(ask->box, letter, &how);
    if (!told)
        return STATUS_BAD;
    accepted(ask, told);
    return STATUS_OK;
}

static int topic_recall(struct ask *ask)
{
    struct up_stream_message up;
    struct recall recall;
    if (!ask_read(ask, &up_stream_message_type, &up))
        return STATUS_BAD;
    if (!str_eq(up.object_name, STR("RC:RcCmd")))
        return STATUS_RECALL_BAD;
    struct letter letter = read_letter(ask, &up, CHAT_PRIVATE, ask->frame->target);
    struct json *content = json_parse(up.content, NULL);
    int status = STATUS_RECALL_BAD;
    if (read_recall(content, &recall))
        status = do_recall(ask, &letter, &recall);
    json_free(content);
    return status;
}

/* Read times are the client's business here: acknowledged and forgotten. */
static int topic_read_time(struct ask *ask)
{
    (void)ask;
    return STATUS_OK;
}

const struct topic message_topics[] = {
    { "pgMsgP", topic_group },          { "ppMsgP", topic_private },
    { "chatMsg", topic_room },          { "ppMsgS", topic_private_status },
    { "pgMsgS", topic_group_status },   { "recallMsg", topic_recall },
    { "updRTime", topic_read_time },    { "updRRTime", topic_read_time },
    { "sendMsgRead", topic_read_time }, { NULL, NULL },
};
