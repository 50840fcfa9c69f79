/* requests: see the header. */
#include "im/requests.h"

#include "base/mem.h"
#include "im/call.h"
#include "im/lists.h"
#include "proto/content.h"

#include <stdio.h>

#define WITHIN_MS 30000
#define PAGE_MAX 100
#define CONFIG_FLAG 2
#define NAME_MAX_BYTES 256

struct request {
    struct account_call base;
    struct requests *requests;
    const char *topic;
    char *target; /* NULL: ourselves */
    bool query;
    struct buf payload;
    bool sent;      /* an answer is awaited from the link */
    bool forgotten; /* cancelled meanwhile: freed when the answer comes */
    struct loop_timer timer;
    account_done_fn *recalled;
    account_history_fn *history;
    requests_answer_fn *answered;
    void *arg;
};

struct requests {
    struct loop *loop;
    struct governor_line *line;
    struct link *link; /* NULL: down */
    char *user;
    struct call_list waiting, sent;
    struct call_list recalls; /* waiting, too */
    struct lists lists;
};

static void request_free(struct request *request)
{
    buf_clear(&request->payload);
    free(request->target);
    free(request);
}

/* Takes it out of everything; freed now, or when the link gives it back. */
static void request_end(struct request *request)
{
    loop_timer_stop(request->requests->loop, &request->timer);
    call_remove(&request->base);
    request->forgotten = true;
    if (!request->sent)
        request_free(request);
}

static void request_cancel(struct account_call *base)
{
    request_end((struct request *)base);
}

static void request_fail(struct account_call *base, const struct err *why)
{
    struct request *request = (struct request *)base;
    account_done_fn *recalled = request->recalled;
    account_history_fn *history = request->history;
    requests_answer_fn *answered = request->answered;
    void *arg = request->arg;
    request_end(request);
    if (recalled)
        recalled(arg, why);
    else if (answered)
        answered(arg, STR_NONE, why);
    else
        history(arg, NULL, 0, false, why);
}

static void on_late(void *arg)
{
    struct err why = { 0 };
    err_set(&why, ERR_TIMEOUT, "no answer within %d s", WITHIN_MS / 1000);
    request_fail(arg, &why);
}

static void give_history(struct request *request, const struct link_answer *answer)
{
    struct requests *requests = request->requests;
    struct history_msg_ouput page = { 0 };
    struct err why = { 0 };
    if (!lists_history(&requests->lists, answer->payload, &page, &why)) {
        request_fail(&request->base, &why);
        return;
    }
    account_history_fn *history = request->history;
    void *arg = request->arg;
    struct message *messages = mem_zero((page.list.count + 1) * sizeof(*messages));
    for (size_t i = 0; i < page.list.count; i++)
        lists_message(&page.list.at[i], str_from(requests->user), &messages[i]);
    request_end(request);
    history(arg, messages, page.list.count, page.has_msg == 1, NULL);
    free(messages);
}

static void send_later(struct request *request)
{
    struct requests *requests = request->requests;
    call_remove(&request->base);
    call_add(request->query ? &requests->waiting : &requests->recalls, &request->base);
}

static void on_answer(void *arg, const struct link_answer *answer, const struct err *why)
{
    struct request *request = arg;
    struct err err = { 0 };
    request->sent = false;
    if (request->forgotten) {
        request_free(request);
    } else if (why && why->code == ERR_NETWORK) {
        send_later(request);
    } else if (why) {
        request_fail(&request->base, why);
    } else if (governor_is_too_fast(answer->status) && !request->query) {
        governor_message_too_fast(request->requests->line);
        send_later(request);
    } else if (answer->status != 0) {
        err_refused(&err, answer->status, "refused by the server (%d)", answer->status);
        request_fail(&request->base, &err);
    } else if (request->history) {
        give_history(request, answer);
    } else if (request->answered) {
        requests_answer_fn *answered = request->answered;
        void *done_arg = request->arg;
        request_end(request);
        answered(done_arg, answer->payload, NULL);
    } else {
        account_done_fn *recalled = request->recalled;
        void *done_arg = request->arg;
        request_end(request);
        recalled(done_arg, NULL);
    }
}

static void send_now(struct request *request)
{
    struct requests *requests = request->requests;
    call_remove(&request->base);
    call_add(&requests->sent, &request->base);
    request->sent = true;
    (request->query ? link_query : link_publish)(
        requests->link, str_from(request->topic),
        str_from(request->target ? request->target : requests->user),
        buf_str(&request->payload), 0, on_answer, request);
}

void requests_committed(struct requests *requests)
{
    struct account_call *call;
    if (!requests->link || !link_accepted(requests->link))
        return;
    while ((call = call_first(&requests->waiting)))
        send_now((struct request *)call);
    while ((call = call_first(&requests->recalls)) &&
           governor_message(requests->line, STR_NONE) == GOVERNOR_GO)
        send_now((struct request *)call);
}

static struct request *request_new(struct requests *requests, const char *topic,
                                   bool query, void *arg)
{
    struct request *request = MEM_NEW(struct request);
    request->base.cancel = request_cancel;
    request->base.fail = request_fail;
    request->requests = requests;
    request->topic = topic;
    request->query = query;
    request->arg = arg;
    buf_init(&request->payload, 65536);
    call_add(query ? &requests->waiting : &requests->recalls, &request->base);
    loop_timer_start(requests->loop, &request->timer, WITHIN_MS, on_late, request);
    return request;
}

static bool check_target(struct str target, struct err *err)
{
    if (target.len > 0 && target.len <= NAME_MAX_BYTES)
        return true;
    return err_set(err, ERR_ARGUMENT, "the target has %zu bytes, want 1 to %d",
                   target.len, NAME_MAX_BYTES);
}

struct account_call *requests_recall(struct requests *requests,
                                     const struct recall_order *order,
                                     account_done_fn *done, void *arg, struct err *err)
{
    struct content_recall recall = { .type = order->type,
                                     .target = order->target,
                                     .uid = order->uid,
                                     .sent_ms = order->sent_ms };
    if (!check_target(order->target, err))
        return NULL;
    struct request *request = request_new(requests, "recallMsg", false, arg);
    request->recalled = done;
    struct buf content;
    buf_init(&content, 65536);
    struct up_stream_message up = { 0 };
    bool good = content_recall(&content, &recall, err);
    pb_put(up, up_stream_message, session_id, UP_STORED);
    pb_put(up, up_stream_message, object_name, STR("RC:RcCmd"));
    pb_put(up, up_stream_message, content, buf_str(&content));
    pb_put(up, up_stream_message, config_flag, CONFIG_FLAG);
    pb_put(up, up_stream_message, bus_channel, STR(""));
    pb_put(up, up_stream_message, option_bits, 0);
    good = good && pb_encode(&up_stream_message_type, &up, &request->payload, err);
    buf_clear(&content);
    if (good)
        return &request->base;
    request_end(request);
    return NULL;
}

struct account_call *requests_history(struct requests *requests,
                                      const struct history_query *query,
                                      account_history_fn *done, void *arg,
                                      struct err *err)
{
    enum conversation_type type = query->type;
    const char *topic = type == CONVERSATION_PRIVATE    ? "qryPMsg"
                        : type == CONVERSATION_GROUP    ? "qryGMsg"
                        : type == CONVERSATION_CHATROOM ? "qryCHMsg"
                        : type == CONVERSATION_SYSTEM   ? "qrySMsg"
                                                        : NULL;
    if (!topic) {
        err_set(err, ERR_UNSUPPORTED, "conversation type %d has no history", (int)type);
        return NULL;
    }
    if (query->count < 1 || query->count > PAGE_MAX) {
        err_set(err, ERR_ARGUMENT, "want 1 to %d messages, not %d", PAGE_MAX,
                query->count);
        return NULL;
    }
    if (!check_target(query->target, err))
        return NULL;
    struct request *request = request_new(requests, topic, true, arg);
    request->history = done;
    struct history_msg_input ask = { 0 };
    pb_put(ask, history_msg_input, target_id, query->target);
    pb_put(ask, history_msg_input, time, query->from_ms);
    pb_put(ask, history_msg_input, count, query->count);
    pb_put(ask, history_msg_input, order, query->newer);
    pb_put(ask, history_msg_input, bus_channel, STR(""));
    pb_put(ask, history_msg_input, compress_enabled, true);
    pb_put(ask, history_msg_input, ignore_cmd, true);
    if (pb_encode(&history_msg_input_type, &ask, &request->payload, err))
        return &request->base;
    request_end(request);
    return NULL;
}

struct account_call *requests_ask(struct requests *requests, const char *topic,
                                  struct str target, struct str payload,
                                  requests_answer_fn *done, void *arg, struct err *err)
{
    if (target.len > 0 && !check_target(target, err))
        return NULL;
    struct request *request = request_new(requests, topic, true, arg);
    request->answered = done;
    request->target = target.len > 0 ? str_dup(target) : NULL;
    if (buf_add_str(&request->payload, payload))
        return &request->base;
    err_set(err, ERR_LIMIT, "%s: the question is too long", topic);
    request_end(request);
    return NULL;
}

struct requests *requests_new(struct loop *loop, struct governor_line *line)
{
    struct requests *requests = MEM_NEW(struct requests);
    requests->loop = loop;
    requests->line = line;
    call_list_init(&requests->waiting);
    call_list_init(&requests->recalls);
    call_list_init(&requests->sent);
    lists_init(&requests->lists);
    return requests;
}

void requests_free(struct requests *requests)
{
    struct err closed = { 0 };
    if (!requests)
        return;
    err_set(&closed, ERR_CLOSED, "the account was closed");
    call_list_fail(&requests->waiting, &closed);
    call_list_fail(&requests->recalls, &closed);
    call_list_fail(&requests->sent, &closed);
    lists_clear(&requests->lists);
    free(requests->user);
    free(requests);
}

void requests_up(struct requests *requests, struct link *link, struct str user)
{
    requests->link = link;
    free(requests->user);
    requests->user = str_dup(user);
}

void requests_down(struct requests *requests)
{
    requests->link = NULL;
}
