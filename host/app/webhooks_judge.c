/*
 * webhooks_judge: the pre-send callback: a message waits at RongCloud until it is
 * answered here.
 *
 * A repeat of the question within a minute gets the same answer, and one that comes while
 * the first is being judged waits for its verdict.
 */
#include "app/webhooks_inside.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/must.h"
#include "script/intercept.h"

#include <stdio.h>

#define JUDGED_MAX 200 /* the rest gets what nobody can judge gets */

/* Who waits for a verdict. */
struct asker {
    struct asker *next;
    struct server_request *request;
};

struct judged {
    struct judged *next, **link;
    struct webhooks *webhooks;
    struct str app_key, path, key; /* in `arena`, as the message */
    struct webhooks_from from;     /* the same */
    struct arena arena;
    struct webhook_message read;
    struct asker *askers;
    struct script_inquiry *inquiry; /* of the bot that is being asked */
    struct loop_timer deadline;
    uint64_t order; /* of that bot */
    size_t asked;
    bool deny, failed, replaced, late;
};

/* {"pass":1}, {"pass":1,"replaceContent":"…"}, {"pass":0,"extra":"…"} */
static void write_verdict(struct buf *out, bool pass, const char *name, struct str text)
{
    struct json *answer = json_object();
    json_add_int(answer, "pass", pass);
    if (text.len > 0)
        json_add_str(answer, name, text);
    json_write(answer, out);
    json_free(answer);
}

static void send_verdict(struct server_request *request, struct str verdict)
{
    server_reply(request, 200, "application/json", NULL, verdict);
}

static void free_judged(struct judged *judged)
{
    loop_timer_stop(judged->webhooks->loop, &judged->deadline);
    *judged->link = judged->next;
    if (judged->next)
        judged->next->link = judged->link;
    judged->webhooks->judged_count--;
    while (judged->askers) {
        struct asker *asker = judged->askers;
        judged->askers = asker->next;
        free(asker);
    }
    arena_clear(&judged->arena);
    free(judged);
}

/* Answers all who ask, remembers the answer and frees it. */
static void conclude(struct judged *judged, bool denied, struct str reason)
{
    struct buf verdict;
    bool unsure = judged->failed || judged->asked == 0;
    bool pass = !denied && !(unsure && judged->deny);
    const struct message *message = &judged->read.message;
    buf_init(&verdict, 4 * WEBHOOK_CONTENT_MAX);
    if (pass)
        write_verdict(&verdict, true, "replaceContent",
                      judged->replaced ? message->content : STR_NONE);
    else
        write_verdict(&verdict, false, "extra", reason);
    log_debug(LOG_APP, "message=%.*s %s", STR_ARG(message->uid),
              !pass              ? "denied"
              : judged->replaced ? "replaced"
                                 : "allowed");
    recent_add(judged->webhooks->verdicts, judged->key, buf_str(&verdict),
               clock_mono_ms());
    for (struct asker *at = judged->askers; at; at = at->next)
        send_verdict(at->request, buf_str(&verdict));
    buf_clear(&verdict);
    free_judged(judged);
}

static void ask_next(struct judged *judged);

/* A script_verdict_fn */
static void on_verdict(void *arg, const struct script_verdict *verdict)
{
    struct judged *judged = arg;
    judged->inquiry = NULL;
    judged->asked += verdict->asked;
    judged->failed |= verdict->failed;
    if (verdict->content.len > 0) {
        struct str content = arena_copy(&judged->arena, verdict->content);
        judged->replaced |= content.at != NULL;
        judged->failed |= content.at == NULL;
        judged->read.message.content =
            content.at ? content : judged->read.message.content;
    }
    if (verdict->denied || judged->late || judged->webhooks->holds)
        conclude(judged, verdict->denied, verdict->reason);
    else
        ask_next(judged);
}

/* Of the bots it is for, the one opened next. */
static struct bot *next_bot(const struct judged *judged)
{
    struct worker *worker = judged->webhooks->worker;
    struct webhooks_call call = { .kind = WEBHOOK_PRECHECK,
                                  .path = judged->path,
                                  .app_key = judged->app_key,
                                  .from = judged->from };
    struct bot *best = NULL;
    for (size_t i = 0; i < worker_bot_count(worker); i++) {
        struct bot *bot = worker_bot(worker, i);
        if (webhooks_is_for(&call, bot) && bot_order(bot) > judged->order &&
            (!best || bot_order(bot) < bot_order(best)))
            best = bot;
    }
    return best;
}

static void ask_next(struct judged *judged)
{
    struct bot *bot = next_bot(judged);
    if (!bot) {
        conclude(judged, false, STR_NONE);
        return;
    }
    judged->order = bot_order(bot);
    struct script_inquiry *inquiry =
        script_intercept(bot_script(bot), &judged->read.message, on_verdict, judged);
    if (inquiry) /* else it may be over and gone already */
        judged->inquiry = inquiry;
}

static void on_deadline(void *arg)
{
    struct judged *judged = arg;
    judged->late = true;
    log_warn(LOG_APP, "message=%.*s was not judged in time",
             STR_ARG(judged->read.message.uid));
    script_intercept_end(judged->inquiry);
}

static void add_asker(struct judged *judged, struct server_request *request)
{
    struct asker *asker = MEM_NEW(struct asker);
    asker->request = request;
    asker->next = judged->askers;
    judged->askers = asker;
}

static struct judged *find_judged(const struct webhooks *webhooks, struct str key)
{
    struct judged *judged = webhooks->judged;
    while (judged && !str_eq(judged->key, key))
        judged = judged->next;
    return judged;
}

/* "APP KEY UID" */
static struct str key_of(struct webhooks_call *call, const struct message *message)
{
    struct str parts[] = { call->app_key, STR(" "), message->uid };
    size_t size = 0;
    struct arena *arena = &call->webhooks->arena;
    for (size_t i = 0; i < 3; i++)
        size += parts[i].len;
    char *text = arena_alloc(arena, size + 1);
    if (!text)
        return STR_NONE;
    int len = snprintf(text, size + 1, "%.*s %.*s", STR_ARG(call->app_key),
                       STR_ARG(message->uid));
    return str_of(text, (size_t)len);
}

static void begin(struct webhooks_call *call, struct str key)
{
    struct webhooks *webhooks = call->webhooks;
    struct judged *judged = MEM_NEW(struct judged);
    struct err err = { 0 };
    judged->webhooks = webhooks;
    judged->deny = call->row->webhooks.deny;
    arena_init(&judged->arena, WEBHOOK_ARENA_MAX + 8 * WEBHOOK_CONTENT_MAX);
    judged->app_key = arena_copy(&judged->arena, call->app_key);
    judged->path = arena_copy(&judged->arena, call->path);
    judged->key = arena_copy(&judged->arena, key);
    judged->from.peer = arena_copy(&judged->arena, call->from.peer);
    judged->from.forwarded = arena_copy(&judged->arena, call->from.forwarded);
    /* It was read before, into the arena of the request. */
    bool read = webhook_read_precheck(server_body(call->request), &judged->arena,
                                      &judged->read, &err);
    must(read);
    judged->link = &webhooks->judged;
    judged->next = webhooks->judged;
    if (judged->next)
        judged->next->link = &judged->next;
    webhooks->judged = judged;
    webhooks->judged_count++;
    add_asker(judged, call->request);
    loop_timer_start(webhooks->loop, &judged->deadline, call->row->webhooks.deadline_ms,
                     on_deadline, judged);
    ask_next(judged);
}

void judge(struct webhooks_call *call)
{
    struct webhooks *webhooks = call->webhooks;
    struct webhook_message read;
    struct err err = { 0 };
    bool deny = call->row->webhooks.deny;
    struct str unjudged = deny ? STR("{\"pass\":0}") : STR("{\"pass\":1}");
    bool readable =
        webhook_read_precheck(server_body(call->request), &webhooks->arena, &read, &err);
    if (!readable && err.code == ERR_PROTO) {
        webhooks_refuse(webhooks, call->request, WEBHOOKS_BODY, &err);
        return;
    }
    if (!readable) { /* of a conversation without bots */
        send_verdict(call->request, unjudged);
        return;
    }
    struct str key = key_of(call, &read.message);
    struct str given = recent_find(webhooks->verdicts, key, clock_mono_ms());
    struct judged *judged = find_judged(webhooks, key);
    call->doubled = given.at || judged;
    if (webhooks_is_own(call, read.message.sender))
        send_verdict(call->request, STR("{\"pass\":1}"));
    else if (given.at)
        send_verdict(call->request, given);
    else if (judged)
        add_asker(judged, call->request);
    else if (webhooks->holds || webhooks->judged_count >= JUDGED_MAX || !key.at)
        send_verdict(call->request, unjudged);
    else
        begin(call, key);
}

/* The verdict is still of use to whoever asks again. */
bool judge_gone(struct webhooks *webhooks, const struct server_request *request)
{
    for (struct judged *judged = webhooks->judged; judged; judged = judged->next) {
        for (struct asker **link = &judged->askers; *link; link = &(*link)->next) {
            if ((*link)->request != request)
                continue;
            struct asker *asker = *link;
            *link = asker->next;
            free(asker);
            return true;
        }
    }
    return false;
}

void judge_clear(struct webhooks *webhooks)
{
    while (webhooks->judged) {
        struct judged *judged = webhooks->judged;
        if (judged->inquiry)
            script_intercept_forget(judged->inquiry);
        free_judged(judged);
    }
}
