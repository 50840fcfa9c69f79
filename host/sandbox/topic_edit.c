/* Messages that are edited afterwards (wire.md F.5; server-api.md 9.3). */
#include "base/mem.h"
#include "proto/content.h"
#include "sandbox/answers.h"
#include "sandbox/post.h"
#include "sandbox/rest.h"
#include "sandbox/topics.h"

#define MINUTE_MS 60000
#define PULL_MOST 200
#define EDIT_MINUTES 2 /* navi's msgModifyMinute, where it says nothing else */
#define EDITED 1       /* modify_type */

/* Only what a person reads can be edited, where it is kept. */
static bool can_be_edited(const struct message *message)
{
    bool stored, counted;
    const struct letter *letter = &message->letter;
    bool known = content_type_flags(letter->object, &stored, &counted);
    return (letter->type == CHAT_PRIVATE || letter->type == CHAT_GROUP) &&
           !message->recalled && (!known || (stored && counted));
}

static int topic_modify(struct ask *ask)
{
    struct msg_change_req want;
    struct modify_msg_resp answer = { 0 };
    if (!ask_read(ask, &msg_change_req_type, &want))
        return STATUS_BAD;
    struct message *message = mail_find(&ask->box->mail, want.msg_uid);
    if (!message || message->letter.type != want.type ||
        !str_eq(message->letter.target, want.target_id))
        return STATUS_RECALL_BAD;
    if (!post_is_own(message, ask->user))
        return STATUS_NOT_SENDER;
    if (!can_be_edited(message))
        return STATUS_NOT_EDITABLE;
    if (ask->now - message->time > EDIT_MINUTES * MINUTE_MS)
        return STATUS_EDIT_LATE;
    if (want.content.len == 0)
        return STATUS_BAD;
    if (want.content.len > CONTENT_MAX)
        return STATUS_EDIT_LARGE;
    if (!post_edit(ask->box, message, want.content, ask->conn))
        return STATUS_BAD;
    pb_put(answer, modify_msg_resp, modify_time, ask->box->state.edits_ms);
    return ask_write(ask, &modify_msg_resp_type, &answer);
}

struct edits {
    struct ask *ask;
    int64_t after_ms;
    struct message *found[PULL_MOST];
    size_t count;
};

static void collect(struct edits *edits, const struct log *log)
{
    for (size_t i = 0; i < log->len && edits->count < PULL_MOST; i++) {
        struct message *message = log_at(log, &edits->ask->box->mail, i);
        if (message && !message->recalled && message->letter.edited_ms > edits->after_ms)
            edits->found[edits->count++] = message;
    }
}

static int by_time(const void *a, const void *b)
{
    const struct message *x = *(struct message *const *)a,
                         *y = *(struct message *const *)b;
    return x->letter.edited_ms < y->letter.edited_ms ? -1 : 1;
}

/* The first pull only tells where edits begin: what is pulled as messages has them. */
static int topic_pull_edits(struct ask *ask)
{
    struct pull_modify_msg_req want;
    struct edits_answer answer = { 0 };
    struct edits edits = { .ask = ask };
    struct edit_row rows[PULL_MOST] = { 0 };
    if (!ask_read(ask, &pull_modify_msg_req_type, &want))
        return STATUS_BAD;
    int64_t *newest = &ask->box->state.edits_ms;
    if (!want.pull_version && *newest < ask->now)
        *newest = ask->now; /* what is edited in this millisecond comes later */
    int64_t version = want.pull_version ? want.pull_version : *newest;
    edits.after_ms = version;
    collect(&edits, &ask->user->inbox);
    collect(&edits, &ask->user->outbox);
    qsort(edits.found, edits.count, sizeof *edits.found, by_time);
    for (size_t i = 0; i < edits.count; i++) {
        pb_put(rows[i], edit_row, modify_type, EDITED);
        pb_put(rows[i], edit_row, msg, ask_form(ask, edits.found[i]));
        version = edits.found[i]->letter.edited_ms;
    }
    if (edits.count)
        pb_put_list(answer, edits_answer, msg, rows, edits.count);
    pb_put(answer, edits_answer, next_version, version);
    pb_put(answer, edits_answer, finished, edits.count < PULL_MOST);
    return ask_write(ask, &edits_answer_type, &answer);
}

const struct topic edit_topics[] = {
    { "modifyMsg", topic_modify },
    { "pullModifyMsg", topic_pull_edits },
    { NULL, NULL },
};

static bool modify(struct call *call, int type, const char *target_name)
{
    struct str from, target, uid, content;
    if (!rest_id(call, "fromUserId", &from) || !rest_id(call, target_name, &target) ||
        !rest_text(call, "msgUID", 64, &uid) ||
        !rest_text(call, "content", CONTENT_MAX, &content))
        return false;
    struct message *message = mail_find(&call->box->mail, uid);
    if (!message || message->letter.type != type ||
        !str_eq(message->letter.target, target) || !can_be_edited(message))
        return rest_fail(call, REST_PARAMETER, "msgUID names no message to be edited.");
    if (!str_eq(message->letter.from, from))
        return rest_fail(call, REST_PARAMETER, "fromUserId is not the sender.");
    return post_edit(call->box, message, content, NULL) ||
           rest_fail(call, REST_PARAMETER, "content is too long.");
}

static bool modify_private(struct call *call)
{
    return modify(call, CHAT_PRIVATE, "targetId");
}

static bool modify_group(struct call *call)
{
    return modify(call, CHAT_GROUP, "groupId");
}

const struct endpoint edit_endpoints[] = {
    { "/message/private/modify.json", modify_private },
    { "/message/group/modify.json", modify_group },
    { NULL, NULL },
};
