/* edits: see the header. */
#include "im/edits.h"

#include "base/log.h"
#include "base/mem.h"
#include "im/lists.h"
#include "store/meta.h"

#include <stdio.h>

#define CURSOR STR("edits")
#define EDITED 1 /* modify_type */
#define QUESTION_MAX 64

struct edits {
    struct store *store;
    struct requests *requests;
    void (*on_message)(void *arg, struct message *message);
    void *arg;
    char *user;
    struct account_call *call; /* a question under way */
    bool again;                /* ask again after it */
    struct lists lists;
    struct buf text;
};

static int64_t cursor(struct edits *edits)
{
    int64_t version = 0;
    buf_reset(&edits->text);
    if (meta_get(edits->store, CURSOR, &edits->text))
        str_to_i64(buf_str(&edits->text), &version);
    return version;
}

static void take_one(struct edits *edits, const struct down_stream_message *down,
                     int64_t version)
{
    struct message message;
    char uid[128];
    lists_message(down, str_from(edits->user), &message);
    if (message.own || message.uid.len == 0 || message.uid.len > MESSAGE_UID_MAX)
        return;
    snprintf(uid, sizeof(uid), MESSAGE_EDITED "%lld/%.*s", (long long)version,
             STR_ARG(message.uid));
    message.uid = str_from(uid);
    edits->on_message(edits->arg, &message);
}

static void take(struct edits *edits, const struct pull_modify_msg_resp *list)
{
    int64_t from = cursor(edits);
    /* What was edited before the first pull is pulled as it reads now. */
    for (size_t i = 0; from > 0 && i < list->msg.count; i++) {
        const struct modify_msg *one = &list->msg.at[i];
        if (one->modify_type == EDITED && one->msg)
            take_one(edits, one->msg, list->next_version);
    }
    if (list->next_version > from) {
        char text[24];
        snprintf(text, sizeof(text), "%lld", (long long)list->next_version);
        meta_set(edits->store, CURSOR, str_from(text));
        /* A list that says there is more but does not move does not keep us busy. */
        edits->again |= pb_has(*list, pull_modify_msg_resp, finished) && !list->finished;
    }
}

static void on_answer(void *arg, struct str payload, const struct err *why)
{
    struct edits *edits = arg;
    struct pull_modify_msg_resp list = { 0 };
    struct err err = { 0 };
    edits->call = NULL;
    if (!why && !lists_edits(&edits->lists, payload, &list, &err))
        why = &err;
    if (why) {
        /* Nothing is lost: the next notice or connection asks from the same cursor. */
        if (why->code != ERR_CLOSED)
            log_warn(LOG_IM, "user=%s pullModifyMsg: %s", edits->user, why->text);
        return;
    }
    /* Not taken in, not moved: asked again when the disk works. */
    if (!store_failed(edits->store))
        take(edits, &list);
    if (edits->again)
        edits_pull(edits);
}

void edits_pull(struct edits *edits)
{
    struct pull_modify_msg_req question = { 0 };
    int64_t type = EDITED;
    if (edits->call || !edits->user) {
        edits->again = true;
        return;
    }
    edits->again = false;
    pb_put(question, pull_modify_msg_req, pull_version, cursor(edits));
    pb_put(question, pull_modify_msg_req, compress, true);
    pb_put_list(question, pull_modify_msg_req, modify_type, &type, 1);
    buf_reset(&edits->text);
    if (pb_encode(&pull_modify_msg_req_type, &question, &edits->text, NULL))
        edits->call = requests_ask(edits->requests, "pullModifyMsg", STR_NONE,
                                   buf_str(&edits->text), on_answer, edits, NULL);
}

void edits_up(struct edits *edits, struct str user)
{
    free(edits->user);
    edits->user = str_dup(user);
    edits_pull(edits);
}

void edits_publish(struct edits *edits, const struct frame *frame)
{
    struct notify_msg notice = { 0 };
    if (frame->dup || !str_eq(frame->topic, STR("s_cmd")))
        return;
    arena_reset(&edits->lists.arena);
    if (pb_decode(&notify_msg_type, &notice, frame->payload, &edits->lists.arena, NULL) &&
        notice.type == COMMAND_EDITED)
        edits_pull(edits);
}

struct edits *edits_new(struct store *store, struct requests *requests,
                        void (*on_message)(void *arg, struct message *message), void *arg)
{
    struct edits *edits = MEM_NEW(struct edits);
    edits->store = store;
    edits->requests = requests;
    edits->on_message = on_message;
    edits->arg = arg;
    lists_init(&edits->lists);
    buf_init(&edits->text, QUESTION_MAX);
    return edits;
}

void edits_free(struct edits *edits)
{
    if (!edits)
        return;
    account_cancel(edits->call);
    lists_clear(&edits->lists);
    buf_clear(&edits->text);
    free(edits->user);
    free(edits);
}
