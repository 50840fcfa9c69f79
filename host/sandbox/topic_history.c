/* History: pages of a conversation, single messages, and what users hide from themselves.
 */
#include "sandbox/answers.h"
#include "sandbox/conversations.h"
#include "sandbox/post.h"
#include "sandbox/settings.h"
#include "sandbox/topics.h"

#define HISTORY_PAGE 100

/* The conversation a user asks about; NULL with *status 0: nothing was ever said. */
static const struct log *find_log(struct ask *ask, int type, struct str target,
                                  int *status)
{
    bool member;
    const struct log *log = conversations_log(ask->box, ask->user, type, target, &member);
    *status = member ? STATUS_OK : STATUS_NOT_IN_GROUP;
    return log;
}

static bool visible(const struct user *user, const struct message *message,
                    int64_t cleaned, bool ignore_commands)
{
    if (!conversations_shows(user, message, cleaned))
        return false;
    return !ignore_commands || !str_eq(message->letter.object, STR("RC:RcCmd"));
}

/* A walk through a log, towards older or newer ones. */
struct page {
    const struct log *log;
    int64_t cleaned;
    bool newer, ignore_commands;
    size_t most, count;
    struct str *list;
    int64_t last; /* time of the last one listed */
    bool more;
};

static void fill_page(struct ask *ask, struct page *page, int64_t time)
{
    const struct mail *mail = &ask->box->mail;
    /* Order 0 asks for what is older than `time`, so strictly before it. */
    size_t at = log_after(page->log, mail, page->newer ? time : time - 1);
    for (;;) {
        if (page->newer ? at >= page->log->len : at == 0)
            return;
        const struct message *message =
            log_at(page->log, mail, page->newer ? at : at - 1);
        if (visible(ask->user, message, page->cleaned, page->ignore_commands)) {
            struct str one = STR_NONE;
            if (page->count < page->most)
                one = ask_form(ask, message);
            if (!one.at) {
                page->more = true;
                return;
            }
            page->list[page->count++] = one;
            page->last = message->time;
        }
        at = page->newer ? at + 1 : at - 1;
    }
}

static int write_page(struct ask *ask, const struct page *page, bool compress)
{
    struct history_answer answer = { 0 };
    struct str packed;
    if (page->count)
        pb_put_list(answer, history_answer, list, page->list, page->count);
    pb_put(answer, history_answer, sync_time, page->last);
    pb_put(answer, history_answer, has_msg, page->more);
    int status = ask_write(ask, &history_answer_type, &answer);
    if (status == STATUS_OK && ask_pack(ask, compress, &packed)) {
        pb_drop(answer, history_answer, list);
        pb_put(answer, history_answer, compress_enabled, true);
        pb_put(answer, history_answer, compressed_data, packed);
        status = ask_write(ask, &history_answer_type, &answer);
    }
    return status;
}

static int history(struct ask *ask, int type)
{
    struct history_msg_input want;
    const struct log none = { 0 };
    int status;
    if (!ask_read(ask, &history_msg_input_type, &want))
        return STATUS_BAD;
    if (!ask->box->limits.history)
        return STATUS_NO_HISTORY;
    struct str target =
        pb_has(want, history_msg_input, target_id) ? want.target_id : ask->frame->target;
    const struct log *log = find_log(ask, type, target, &status);
    if (status != STATUS_OK)
        return status;
    const struct mark *mark = state_find_mark(ask->user, type, target);
    int64_t count = want.count < 1 ? 20 : want.count;
    struct page page = {
        .log = log ? log : &none,
        .cleaned = mark ? mark->cleaned_ms : 0,
        .newer = want.order == 1,
        .ignore_commands = want.ignore_cmd,
        .most = (size_t)(count < HISTORY_PAGE ? count : HISTORY_PAGE),
        .last = want.time,
    };
    page.list = arena_alloc(&ask->box->arena, page.most * sizeof *page.list);
    if (!page.list)
        return STATUS_BAD;
    bool from_newest = want.time <= 0 && !page.newer;
    fill_page(ask, &page, from_newest ? INT64_MAX : want.time);
    return write_page(ask, &page, want.compress_enabled);
}

static int topic_private(struct ask *ask)
{
    return history(ask, CHAT_PRIVATE);
}

static int topic_group(struct ask *ask)
{
    return history(ask, CHAT_GROUP);
}

static int topic_room(struct ask *ask)
{
    return history(ask, CHAT_ROOM);
}

static int topic_system(struct ask *ask)
{
    return history(ask, CHAT_SYSTEM);
}

static int topic_service(struct ask *ask)
{
    return history(ask, CHAT_SERVICE);
}

/* Is the message one of the conversation asked about? Membership was checked. */
static bool belongs(struct ask *ask, const struct message *message,
                    const struct msg_query *want)
{
    const struct letter *letter = &message->letter;
    if (letter->type != want->type)
        return false;
    bool received = str_eq(letter->target, ask->user->id);
    if (letter->type == CHAT_GROUP || letter->type == CHAT_ROOM || !received)
        return str_eq(letter->target, want->target_id) &&
               (letter->type != CHAT_PRIVATE || post_is_own(message, ask->user));
    return str_eq(letter->from, want->target_id);
}

/* qryMsg: single messages by UID. */
static int topic_by_uid(struct ask *ask)
{
    struct msg_query want;
    struct query_answer answer = { 0 };
    if (!ask_read(ask, &msg_query_type, &want) || want.query.count > HISTORY_PAGE)
        return STATUS_BAD;
    struct str *list = arena_alloc(&ask->box->arena, HISTORY_PAGE * sizeof *list);
    struct str *missing = arena_alloc(&ask->box->arena, HISTORY_PAGE * sizeof *missing);
    size_t found = 0, lost = 0;
    if (!list || !missing)
        return STATUS_BAD;
    for (size_t i = 0; i < want.query.count; i++) {
        struct str uid = want.query.at[i].msg_uid;
        const struct message *message = mail_find(&ask->box->mail, uid);
        int status = STATUS_BAD;
        if (message)
            find_log(ask, (int)want.type, want.target_id, &status);
        struct str one = STR_NONE;
        if (status == STATUS_OK && belongs(ask, message, &want) &&
            visible(ask->user, message, 0, false))
            one = ask_form(ask, message);
        if (one.at)
            list[found++] = one;
        else
            missing[lost++] = uid;
    }
    if (found)
        pb_put_list(answer, query_answer, list, list, found);
    if (lost)
        pb_put_list(answer, query_answer, not_exist_msg_id, missing, lost);
    return ask_write(ask, &query_answer_type, &answer);
}

/* Hiding: from this user's history alone. */

static int topic_delete(struct ask *ask)
{
    struct delete_msg_input want;
    if (!ask_read(ask, &delete_msg_input_type, &want))
        return STATUS_BAD;
    for (size_t i = 0; i < want.msgs.count; i++) {
        struct str uid = want.msgs.at[i].msg_id;
        if (mail_find(&ask->box->mail, uid)) /* so the set stays as small as the mail */
            map_set(&ask->user->hidden, uid, ask->user);
    }
    return STATUS_OK;
}

static void clean_one(struct ask *ask, int type, const struct clean_his_msg_input *want)
{
    settings_clean(ask->user, type, want->target_id,
                   want->sent_time_ms > 0 ? want->sent_time_ms : ask->now);
}

static int clean(struct ask *ask, int type)
{
    struct clean_his_msg_input want;
    if (!ask_read(ask, &clean_his_msg_input_type, &want) ||
        want.target_id.len > STATE_ID_MAX)
        return STATUS_BAD;
    clean_one(ask, type, &want);
    return STATUS_OK;
}

static int topic_clean_private(struct ask *ask)
{
    return clean(ask, CHAT_PRIVATE);
}

static int topic_clean_group(struct ask *ask)
{
    return clean(ask, CHAT_GROUP);
}

static int topic_clean_system(struct ask *ask)
{
    return clean(ask, CHAT_SYSTEM);
}

static int topic_clean_service(struct ask *ask)
{
    return clean(ask, CHAT_SERVICE);
}

static int topic_clean_batch(struct ask *ask)
{
    struct clean_msg_batch_req want;
    if (!ask_read(ask, &clean_msg_batch_req_type, &want))
        return STATUS_BAD;
    for (size_t i = 0; i < want.input.count; i++) {
        const struct clean_his_msg_input *one = &want.input.at[i];
        if (one->target_id.len <= STATE_ID_MAX)
            clean_one(ask, (int)one->conversation_type, one);
    }
    return STATUS_OK;
}

const struct topic history_topics[] = {
    { "qryGMsg", topic_group },
    { "qryPMsg", topic_private },
    { "qryCHMsg", topic_room },
    { "qrySMsg", topic_system },
    { "qryCMsg", topic_service },
    { "qryMsg", topic_by_uid },
    { "delMsg", topic_delete },
    { "cleanPMsg", topic_clean_private },
    { "cleanGMsg", topic_clean_group },
    { "cleanSMsg", topic_clean_system },
    { "cleanCMsg", topic_clean_service },
    { "cleanMsgBatch", topic_clean_batch },
    { NULL, NULL },
};
