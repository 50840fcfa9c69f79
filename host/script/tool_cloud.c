#include "script/tool_cloud.h"

#include "base/clock.h"
#include "base/mem.h"

#include <stdio.h>
#include <string.h>

/* Where uploaded files seem to lie, by their names. */
#define FILES_AT "https://files.example/"

/* An error the spec wants for the next calls of a kind. */
struct tool_cloud_failure {
    struct tool_cloud_failure *next;
    char kind[16];
    int times;
    struct err err;
};

/* A call of the plugin that will be answered. */
struct tool_cloud_call {
    struct tool_cloud_call *next, **at;
    struct tool_cloud *cloud;
    account_sent_fn *sent;
    account_done_fn *done;
    account_history_fn *history;
    order_done_fn *ordered;
    media_done_fn *uploaded;
    void *arg;
    bool failed;
    struct err err;
    char uid[40];
    struct order order;         /* strings owned */
    struct message message;     /* a send: borrows from `kept`, as does */
    struct history_query query; /* ... a page */
    char *kept[5];
};

bool tool_cloud_take_failure(struct tool_cloud *cloud, const char *kind, struct err *err)
{
    for (struct tool_cloud_failure **at = &cloud->failures; *at; at = &(*at)->next) {
        struct tool_cloud_failure *failure = *at;
        if (strcmp(failure->kind, kind) != 0) {
            continue;
        }
        *err = failure->err;
        if (--failure->times == 0) {
            *at = failure->next;
            free(failure);
        }
        return true;
    }
    return false;
}

static void drop_pending(struct tool_cloud_call *pending)
{
    *pending->at = pending->next;
    if (pending->next) {
        pending->next->at = pending->at;
    }
    for (size_t i = 0; i < sizeof(pending->kept) / sizeof(*pending->kept); i++) {
        free(pending->kept[i]);
    }
    free(pending);
}

static bool is_asked_for(const struct history_query *query, const struct message *said)
{
    return said->type == query->type && str_eq(said->target, query->target) &&
           (query->from_ms == 0 || (query->newer ? said->sent_ms > query->from_ms
                                                 : said->sent_ms < query->from_ms));
}

static void answer_history(struct tool_cloud_call *pending, const struct err *why)
{
    const struct tool_cloud *cloud = pending->cloud;
    const struct history_query *query = &pending->query;
    size_t most = (size_t)query->count;
    struct message *page = mem_zero((most + 1) * sizeof(*page));
    size_t count = 0, seen = 0;
    for (const struct note *note = cloud->said; note && !why; note = note->next) {
        const struct message *said = &note->message;
        if (!is_asked_for(query, said)) {
            continue;
        }
        /* The notes are oldest first: a full page of the newest loses its oldest. */
        seen++;
        if (query->newer) {
            if (count < most) {
                page[count++] = *said;
            }
            continue;
        }
        size_t keep = count < most ? count : most - 1;
        memmove(page + 1, page, keep * sizeof(*page));
        page[0] = *said;
        count = keep + 1;
    }
    pending->history(pending->arg, page, count, seen > count, why);
    free(page);
}

static void answer_order(struct tool_cloud_call *pending, const struct err *why)
{
    struct json *result =
        why ? NULL : tool_world_do(&pending->cloud->world, &pending->order);
    pending->ordered(pending->arg, result, why);
    json_free(result);
}

static void answer_send(struct tool_cloud_call *pending, const struct err *why)
{
    struct sent sent = { str_from(pending->uid), clock_wall_ms() };
    if (!why) {
        pending->message.sent_ms = sent.sent_ms;
        tool_note_add(&pending->cloud->said_last, &pending->message);
    }
    pending->sent(pending->arg, why ? NULL : &sent, why);
}

static void answer_upload(struct tool_cloud_call *pending, const struct err *why)
{
    char url[300];
    snprintf(url, sizeof(url), FILES_AT "%s", pending->kept[0]);
    pending->uploaded(pending->arg, why ? STR_NONE : str_from(url), why);
}

static void answer(void *arg)
{
    struct tool_cloud_call *pending = arg;
    const struct err *why = pending->failed ? &pending->err : NULL;
    /* Out of the list first: the callback may cancel everything else. */
    *pending->at = pending->next;
    if (pending->next) {
        pending->next->at = pending->at;
    }
    pending->next = NULL;
    pending->at = &pending->next;
    if (pending->sent) {
        answer_send(pending, why);
    } else if (pending->history) {
        answer_history(pending, why);
    } else if (pending->uploaded) {
        answer_upload(pending, why);
    } else if (pending->ordered) {
        answer_order(pending, why);
    } else {
        pending->done(pending->arg, why);
    }
    drop_pending(pending);
}

/* Writes the call down and queues its answer. The caller fills in the callback. */
static struct tool_cloud_call *add_call(struct tool_cloud *cloud, const char *kind,
                                        struct json **call)
{
    struct tool_cloud_call *pending = MEM_NEW(struct tool_cloud_call);
    pending->cloud = cloud;
    pending->next = cloud->pending;
    pending->at = &cloud->pending;
    if (pending->next) {
        pending->next->at = &pending->next;
    }
    cloud->pending = pending;
    cloud->call_count++;
    snprintf(pending->uid, sizeof(pending->uid), "SENT-%zu", cloud->call_count);
    pending->failed = tool_cloud_take_failure(cloud, kind, &pending->err);
    *call = json_add(cloud->calls, NULL, json_object());
    json_add_str(*call, "kind", str_from(kind));
    if (pending->failed) {
        json_add_str(*call, "failed", str_from(err_word(pending->err.code)));
    }
    loop_defer(cloud->loop, answer, pending);
    return pending;
}

static struct str keep(struct tool_cloud_call *pending, int slot, struct str s)
{
    pending->kept[slot] = str_dup(s);
    return str_of(pending->kept[slot], s.len);
}

/* What few messages have. */
static void describe_options(struct json *call, const struct outgoing *message)
{
    if (message->wait_ms > 0)
        json_add_int(call, "wait_ms", message->wait_ms);
    if (message->status_only)
        json_add_bool(call, "status", true);
    if (message->silent)
        json_add_bool(call, "silent", true);
    if (message->push_text.len > 0)
        json_add_str(call, "push_text", message->push_text);
    if (message->push_data.len > 0)
        json_add_str(call, "push_data", message->push_data);
    struct json *expansion =
        message->expansion.len > 0 ? json_parse(message->expansion, NULL) : NULL;
    if (expansion)
        json_add(call, "expansion", expansion);
    struct json *only =
        message->to_user_count > 0 ? json_add(call, "only", json_array()) : NULL;
    for (size_t i = 0; i < message->to_user_count; i++)
        json_add_str(only, NULL, message->to_users[i]);
}

static void *fake_send(void *arg, const struct outgoing *message, account_sent_fn *done,
                       void *done_arg, struct err *err)
{
    struct json *call;
    struct tool_cloud_call *pending = add_call(arg, "send", &call);
    (void)err;
    json_add_str(call, "type", str_from(tool_note_conversation(message->type)));
    json_add_str(call, "target", message->target);
    json_add_str(call, "object_name", message->object_name);
    struct json *content = json_parse(message->content, NULL);
    if (content) {
        json_add(call, "content", content);
    }
    json_add_str(call, "uid", str_from(pending->uid));
    json_add_str(call, "key", message->key);
    describe_options(call, message);
    pending->message = (struct message){
        .type = message->type,
        .target = keep(pending, 0, message->target),
        .sender = str_from(pending->cloud->user),
        .object_name = keep(pending, 1, message->object_name),
        .content = keep(pending, 2, message->content),
        .uid = str_from(pending->uid),
        .own = true,
    };
    pending->sent = done;
    pending->arg = done_arg;
    return pending;
}

static void *fake_recall(void *arg, enum conversation_type type, struct str target,
                         struct str sender, struct str uid, int64_t sent_ms,
                         account_done_fn *done, void *done_arg, struct err *err)
{
    struct json *call;
    struct tool_cloud_call *pending = add_call(arg, "recall", &call);
    (void)err;
    json_add_str(call, "type", str_from(tool_note_conversation(type)));
    json_add_str(call, "target", target);
    json_add_str(call, "sender", sender);
    json_add_str(call, "uid", uid);
    json_add_int(call, "sent_ms", sent_ms);
    pending->done = done;
    pending->arg = done_arg;
    return pending;
}

static void *fake_history(void *arg, const struct history_query *query,
                          account_history_fn *done, void *done_arg, struct err *err)
{
    struct json *call;
    struct tool_cloud_call *pending = add_call(arg, "history", &call);
    (void)err;
    json_add_str(call, "type", str_from(tool_note_conversation(query->type)));
    json_add_str(call, "target", query->target);
    json_add_int(call, query->newer ? "after" : "before", query->from_ms);
    json_add_int(call, "count", query->count);
    pending->query = *query;
    pending->query.target = keep(pending, 0, query->target);
    pending->history = done;
    pending->arg = done_arg;
    return pending;
}

static void describe_order(struct json *call, const struct order *order)
{
    static const char *const texts[ORDER_COUNT] = {
        [ORDER_KICK] = "reason",    [ORDER_RENAME] = "name",
        [ORDER_ANNOUNCE] = "text",  [ORDER_SET_ENTRY] = "value",
        [ORDER_BEFRIEND] = "words", [ORDER_REMARK] = "remark",
        [ORDER_REFUSE] = "reason",  [ORDER_REFUSE_INVITE] = "reason",
    };
    if (order->group.len > 0) {
        json_add_str(call, "group", order->group);
    }
    if (order->room.len > 0) {
        json_add_str(call, "room", order->room);
    }
    if (order->user.len > 0) {
        json_add_str(call, "user", order->user);
    }
    if (order->key.len > 0) {
        json_add_str(call, "key", order->key);
    }
    if (texts[order->verb]) {
        json_add_str(call, texts[order->verb], order->text);
    }
    if (order_lasts(order->verb)) {
        json_add_int(call, "minutes", order->number);
    }
    if (order->verb == ORDER_SET_PROFILE) {
        json_add(call, "profile", json_parse(order->text, NULL));
    }
    if (order->verb == ORDER_MUTE_ALL || order->verb == ORDER_ROOM_MUTE_ALL) {
        json_add_bool(call, "on", order->number != 0);
    }
}

static void *fake_order(void *arg, const struct order *order, order_done_fn *done,
                        void *done_arg, struct err *err)
{
    struct json *call;
    if (order->verb == ORDER_USER_NAMES || order->verb == ORDER_GROUP_NAMES) {
        err_set(err, ERR_DENIED, "no App Server in a spec");
        return NULL;
    }
    struct tool_cloud_call *pending = add_call(arg, order_word(order->verb), &call);
    describe_order(call, order);
    pending->order = (struct order){
        .verb = order->verb,
        .group = keep(pending, 0, order->group),
        .user = keep(pending, 1, order->user),
        .text = keep(pending, 2, order->text),
        .room = keep(pending, 3, order->room),
        .key = keep(pending, 4, order->key),
        .number = order->number,
    };
    pending->ordered = done;
    pending->arg = done_arg;
    return pending;
}

static void *fake_upload(void *arg, const struct media_upload *what, media_done_fn *done,
                         void *done_arg, struct err *err)
{
    struct json *call;
    struct tool_cloud_call *pending = add_call(arg, "upload", &call);
    (void)err;
    json_add_str(call, "name", what->name);
    json_add_str(call, "type", what->type);
    json_add_int(call, "size", what->size);
    keep(pending, 0, what->name);
    pending->uploaded = done;
    pending->arg = done_arg;
    return pending;
}

static bool fake_is_ours(void *arg, struct str url)
{
    (void)arg;
    return str_starts(url, STR(FILES_AT));
}

static void fake_cancel(void *arg, void *call)
{
    struct tool_cloud *cloud = arg;
    loop_defer_cancel(cloud->loop, answer, call);
    drop_pending(call);
}

static void fake_done(void *arg, int64_t row)
{
    struct tool_cloud *cloud = arg;
    (void)row;
    cloud->done_count++;
}

static size_t fake_outbox(void *arg)
{
    const struct tool_cloud *cloud = arg;
    size_t count = 0;
    for (const struct tool_cloud_call *call = cloud->pending; call; call = call->next)
        count += call->sent != NULL;
    return count;
}

static struct str fake_user(void *arg)
{
    const struct tool_cloud *cloud = arg;
    return str_from(cloud->user);
}

static const struct script_im fake_im = {
    .send = fake_send,
    .recall = fake_recall,
    .history = fake_history,
    .order = fake_order,
    .upload = fake_upload,
    .is_ours = fake_is_ours,
    .cancel = fake_cancel,
    .outbox = fake_outbox,
    .done = fake_done,
    .user = fake_user,
};

struct script_im tool_cloud_im(struct tool_cloud *cloud)
{
    struct script_im im = fake_im;
    im.arg = cloud;
    return im;
}

void tool_cloud_init(struct tool_cloud *cloud, struct loop *loop, struct str user)
{
    memset(cloud, 0, sizeof(*cloud));
    cloud->loop = loop;
    cloud->calls = json_array();
    cloud->said_last = &cloud->said;
    tool_world_init(&cloud->world);
    snprintf(cloud->user, sizeof(cloud->user), "%.*s", STR_ARG(user));
}

void tool_cloud_clear(struct tool_cloud *cloud)
{
    while (cloud->pending) {
        fake_cancel(cloud, cloud->pending);
    }
    while (cloud->failures) {
        struct tool_cloud_failure *next = cloud->failures->next;
        free(cloud->failures);
        cloud->failures = next;
    }
    json_free(cloud->calls);
    cloud->calls = NULL;
    tool_note_free_all(&cloud->said);
    tool_world_clear(&cloud->world);
}

void tool_cloud_said(struct tool_cloud *cloud, const struct message *message)
{
    tool_note_add(&cloud->said_last, message);
}

void tool_cloud_fail(struct tool_cloud *cloud, const char *kind, const struct err *err,
                     int times)
{
    struct tool_cloud_failure *failure = MEM_NEW(struct tool_cloud_failure);
    snprintf(failure->kind, sizeof(failure->kind), "%s", kind);
    failure->times = times;
    failure->err = *err;
    failure->next = cloud->failures;
    cloud->failures = failure;
}
