#include "app/webhooks.h"

#include "app/webhooks_inside.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "script/online.h"

#include <stdio.h>

#define WARN_MS 60000

struct webhooks *webhooks_new(struct worker *worker)
{
    struct webhooks *webhooks = MEM_NEW(struct webhooks);
    webhooks->worker = worker;
    webhooks->loop = worker_loop(worker);
    webhooks->verdicts = recent_new();
    webhooks->changes = recent_new();
    arena_init(&webhooks->arena, WEBHOOK_ARENA_MAX);
    return webhooks;
}

void webhooks_free(struct webhooks *webhooks)
{
    if (!webhooks)
        return;
    judge_clear(webhooks);
    route_clear(webhooks);
    recent_free(webhooks->verdicts);
    recent_free(webhooks->changes);
    arena_clear(&webhooks->arena);
    free(webhooks);
}

/* ---- whose it is ---- */

static struct str path_of(const struct config_bot *row, enum webhook kind)
{
    return row->webhooks.paths[kind];
}

bool webhooks_is_for(const struct webhooks_call *call, const struct bot *bot)
{
    const struct config_bot *row = bot_row(bot);
    return str_eq(path_of(row, call->kind), call->path) &&
           str_eq(row->account.app_key, call->app_key) &&
           webhooks_is_from(&call->from, row);
}

static bool find_kind(const struct webhooks *webhooks, struct str path,
                      enum webhook *kind)
{
    for (size_t i = 0; i < worker_bot_count(webhooks->worker); i++) {
        const struct config_bot *row = bot_row(worker_bot(webhooks->worker, i));
        for (int k = 0; k < WEBHOOKS; k++) {
            if (path.len > 0 && str_eq(path_of(row, (enum webhook)k), path)) {
                *kind = (enum webhook)k;
                return true;
            }
        }
    }
    return false;
}

bool webhooks_is_own(const struct webhooks_call *call, struct str user)
{
    const struct config *config = worker_config(call->webhooks->worker);
    for (size_t i = 0; i < config->bot_count; i++) {
        const struct account_config *account = &config->bots[i].account;
        if (str_eq(account->user, user) && str_eq(account->app_key, call->app_key))
            return true;
    }
    return false;
}

static struct str header(const struct server_request *request, const char *rc,
                         const char *plain)
{
    struct str value = server_header(request, rc);
    value = value.at ? value : server_header(request, plain);
    return value.len <= WEBHOOK_TEXT_MAX ? value : STR_NONE;
}

static struct webhook_proof read_proof(struct webhooks_call *call)
{
    struct webhook_proof proof = { 0 }, form = { 0 };
    struct arena *arena = &call->webhooks->arena;
    struct server_request *request = call->request;
    webhook_read_proof(server_query(request), arena, &proof);
    if (!proof.signature.at) {
        struct str app_key = header(request, "RC-App-Key", "App-Key");
        proof.app_key = app_key.at ? app_key : proof.app_key;
        proof.nonce = header(request, "RC-Nonce", "Nonce");
        proof.timestamp = header(request, "RC-Timestamp", "Timestamp");
        proof.signature = header(request, "RC-Signature", "Signature");
    }
    if (!proof.app_key.at &&
        (call->kind == WEBHOOK_ROUTE || call->kind == WEBHOOK_PRECHECK)) {
        webhook_read_proof(server_body(request), arena, &form);
        proof.app_key = form.app_key;
    }
    return proof;
}

/* The first bot of the path whose app the caller proves to be; it says for which app the
 * call is. */
static const struct config_bot *prove(struct webhooks_call *call,
                                      enum webhooks_refusal *refusal, struct err *err)
{
    struct webhook_proof proof = read_proof(call);
    struct worker *worker = call->webhooks->worker;
    *refusal = WEBHOOKS_SIGNATURE;
    err_set(err, ERR_DENIED, "no bot of this app key has this path");
    for (size_t i = 0; i < worker_bot_count(worker); i++) {
        const struct config_bot *row = bot_row(worker_bot(worker, i));
        if (!str_eq(path_of(row, call->kind), call->path) ||
            (proof.app_key.at && !str_eq(proof.app_key, row->account.app_key)))
            continue;
        if (!webhooks_is_from(&call->from, row)) {
            *refusal = WEBHOOKS_ADDRESS;
            err_set(err, ERR_DENIED, "not from an address of account.webhooks.from");
            continue;
        }
        if (webhook_check(&proof, row->account.secret, clock_wall_ms(),
                          row->webhooks.window_ms, err))
            return row;
        *refusal = err->code == ERR_TIMEOUT ? WEBHOOKS_AGE : WEBHOOKS_SIGNATURE;
    }
    return NULL;
}

/* ---- answers ---- */

void webhooks_answer(struct server_request *request, int status, struct str text)
{
    server_reply(request, status, "text/plain", NULL, text);
}

/* One line a minute: anybody can make us write them. */
static void warn(struct webhooks *webhooks, struct str path, const struct err *why)
{
    int64_t now_ms = clock_mono_ms();
    if (webhooks->warned && now_ms - webhooks->warned_ms < WARN_MS) {
        webhooks->unwarned++;
        return;
    }
    log_warn(LOG_APP, "webhook %.*s refused: %s (and %lld others)",
             STR_ARG(str_sub(path, 0, 100)), why->text, (long long)webhooks->unwarned);
    webhooks->warned = true;
    webhooks->warned_ms = now_ms;
    webhooks->unwarned = 0;
}

static const struct {
    const char *word;
    int status;
    const char *text;
} refusals[WEBHOOKS_REFUSALS] = {
    [WEBHOOKS_ADDRESS] = { "address", 403, "refused\n" },
    [WEBHOOKS_SIGNATURE] = { "signature", 403, "refused\n" },
    [WEBHOOKS_AGE] = { "age", 403, "refused\n" },
    [WEBHOOKS_METHOD] = { "method", 405, "only POST\n" },
    [WEBHOOKS_BODY] = { "body", 400, "refused\n" },
    [WEBHOOKS_UNREADY] = { "unready", 503, "try again\n" },
};

void webhooks_refuse(struct webhooks *webhooks, struct server_request *request,
                     enum webhooks_refusal refusal, const struct err *why)
{
    webhooks->counts.refused[refusal]++;
    if (why)
        warn(webhooks, server_path(request), why);
    webhooks_answer(request, refusals[refusal].status, str_from(refusals[refusal].text));
}

const struct webhooks_counts *webhooks_counts(const struct webhooks *webhooks)
{
    return &webhooks->counts;
}

const char *webhooks_refusal_word(enum webhooks_refusal refusal)
{
    return refusals[refusal].word;
}

/* ---- who is online ---- */

bool webhooks_is_news(struct webhooks_call *call, struct str name)
{
    struct recent *told = call->webhooks->changes;
    if (recent_find(told, name, clock_mono_ms()).at)
        return false;
    recent_add(told, name, STR("seen"), clock_mono_ms());
    return true;
}

/* A change that was told in the last minute is told again by a retry. */
static bool is_news(struct webhooks_call *call, const struct webhook_online *change)
{
    char key[4 * WEBHOOK_TEXT_MAX];
    int len =
        snprintf(key, sizeof(key), "%.*s %.*s %.*s %d %lld",
                 STR_ARG(str_sub(call->app_key, 0, 200)), STR_ARG(change->user),
                 STR_ARG(change->session), change->online, (long long)change->time_ms);
    struct str name = str_of(key, (size_t)len < sizeof(key) ? (size_t)len : 0);
    return webhooks_is_news(call, name);
}

static void on_change(void *arg, const struct webhook_online *change)
{
    struct webhooks_call *call = arg;
    struct worker *worker = call->webhooks->worker;
    if (webhooks_is_own(call, change->user))
        return;
    if (!is_news(call, change)) {
        call->doubled = true;
        return;
    }
    for (size_t i = 0; i < worker_bot_count(worker); i++) {
        struct bot *bot = worker_bot(worker, i);
        if (webhooks_is_for(call, bot))
            script_online(bot_script(bot), change);
    }
}

static void take_online(struct webhooks_call *call)
{
    struct err err = { 0 };
    if (webhook_read_online(server_body(call->request), on_change, call, &err))
        webhooks_answer(call->request, 200, STR("OK"));
    else
        webhooks_refuse(call->webhooks, call->request, WEBHOOKS_BODY, &err);
}

/* ---- all of them ---- */

void webhooks_hold(struct webhooks *webhooks)
{
    webhooks->holds = true;
}

bool webhooks_serve(struct webhooks *webhooks, struct server_request *request)
{
    struct webhooks_call call = { .webhooks = webhooks,
                                  .request = request,
                                  .path = server_path(request) };
    enum webhooks_refusal refusal;
    struct err err = { 0 };
    if (!find_kind(webhooks, call.path, &call.kind))
        return false;
    arena_reset(&webhooks->arena);
    if (!str_eq(server_method(request), STR("POST"))) {
        webhooks_refuse(webhooks, request, WEBHOOKS_METHOD, NULL);
        return true;
    }
    webhooks_read_from(&call);
    call.row = prove(&call, &refusal, &err);
    if (!call.row) {
        webhooks_refuse(webhooks, request, refusal, &err);
        return true;
    }
    call.app_key = call.row->account.app_key;
    if (call.kind == WEBHOOK_PRECHECK)
        judge(&call);
    else if (webhooks->holds)
        webhooks_refuse(webhooks, request, WEBHOOKS_UNREADY, NULL);
    else if (call.kind == WEBHOOK_ROUTE)
        route(&call);
    else if (call.kind == WEBHOOK_ONLINE)
        take_online(&call);
    else if (call.kind == WEBHOOK_FEED)
        take_feed(&call);
    else
        take_events(&call);
    webhooks->counts.doubled[call.kind] += call.doubled;
    return true;
}

bool webhooks_gone(struct webhooks *webhooks, struct server_request *request)
{
    return judge_gone(webhooks, request) || route_gone(webhooks, request);
}
