/* edits: see the header. */
#include "im/edits.h"

#include "base/log.h"
#include "base/mem.h"
#include "im/follow.h"
#include "im/lists.h"
#include "store/meta.h"

#include <stdio.h>

#define CURSOR STR("edits")
#define EDITED 1 /* modify_type */

struct edits {
    struct store *store;
    void (*on_message)(void *arg, struct message *message);
    void *arg;
    char *user; /* NULL: never connected */
    struct follow follow;
    struct lists lists;
};

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

static bool write_question(void *arg, struct buf *body)
{
    struct edits *edits = arg;
    struct pull_modify_msg_req question = { 0 };
    int64_t type = EDITED;
    pb_put(question, pull_modify_msg_req, pull_version,
           meta_get_int(edits->store, CURSOR));
    pb_put(question, pull_modify_msg_req, compress, true);
    pb_put_list(question, pull_modify_msg_req, modify_type, &type, 1);
    return pb_encode(&pull_modify_msg_req_type, &question, body, NULL);
}

static bool take(void *arg, struct str payload, const struct err *why)
{
    struct edits *edits = arg;
    struct pull_modify_msg_resp list = { 0 };
    struct err err = { 0 };
    if (!why && !lists_edits(&edits->lists, payload, &list, &err))
        why = &err;
    if (why) {
        /* Nothing is lost: the next notice or connection asks from the same cursor. */
        log_warn(LOG_IM, "user=%s pullModifyMsg: %s", edits->user, why->text);
        return false;
    }
    /* Not taken in, not moved: asked again when the disk works. */
    int64_t from = meta_get_int(edits->store, CURSOR);
    if (store_failed(edits->store))
        return false;
    /* What was edited before the first pull is pulled as it reads now. */
    for (size_t i = 0; from > 0 && i < list.msg.count; i++) {
        const struct modify_msg *one = &list.msg.at[i];
        if (one->modify_type == EDITED && one->msg)
            take_one(edits, one->msg, list.next_version);
    }
    if (list.next_version <= from)
        return false;
    meta_set_int(edits->store, CURSOR, list.next_version);
    return pb_has(list, pull_modify_msg_resp, finished) && !list.finished;
}

void edits_pull(struct edits *edits)
{
    if (edits->user)
        follow_ask(&edits->follow);
}

void edits_up(struct edits *edits, struct str user)
{
    free(edits->user);
    edits->user = str_dup(user);
    edits_pull(edits);
}

struct edits *edits_new(struct store *store, struct requests *requests,
                        void (*on_message)(void *arg, struct message *message), void *arg)
{
    static const struct follow_way way = { "pullModifyMsg", write_question, take };
    struct edits *edits = MEM_NEW(struct edits);
    edits->store = store;
    edits->follow = (struct follow){ .requests = requests, .way = &way, .arg = edits };
    edits->on_message = on_message;
    edits->arg = arg;
    lists_init(&edits->lists);
    return edits;
}

void edits_free(struct edits *edits)
{
    if (!edits)
        return;
    follow_stop(&edits->follow);
    lists_clear(&edits->lists);
    free(edits->user);
    free(edits);
}
