#include "sandbox/hooks.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"
#include "net/http.h"
#include "net/url.h"
#include "sandbox/faults.h"
#include "sandbox/save.h"

#include <inttypes.h>
#include <stdio.h>

#define TRIES 3
#define TRY_MS 5000
#define PAUSE_TIMEOUTS 10
#define PAUSE_WITHIN_MS 10000
#define PAUSE_MS 60000
#define URL_MAX 4096

/* In one of three places: it waits in line, its request is under way, or it rests. */
struct parcel {
    struct parcel *next, **link; /* all of them */
    struct parcel *behind;       /* in line */
    struct hooks *hooks;
    enum hook hook;
    struct str body; /* owned */
    struct str url;  /* owned: where; at NULL: where the hook leads */
    int tries;
    bool forge;
    int64_t begun_ms;
    struct http_call *call;
    struct loop_timer timer;
};

struct hooks {
    struct sandbox *box;
    struct str urls[HOOKS], opened[HOOKS]; /* owned */
    bool route_server, opened_server;
    struct parcel *parcels, *first, *last;
    size_t waiting, under_way;
    int64_t timeouts[PAUSE_TIMEOUTS]; /* a ring */
    size_t timeout_at;
    int64_t pause_until;
    struct loop_timer pause;
    int64_t sent, retried, lost;
};

static const char *const hook_names[HOOKS] = {
    [HOOK_ROUTE] = "route",   [HOOK_PRECHECK] = "precheck",
    [HOOK_ONLINE] = "online", [HOOK_OPERATIONS] = "operations",
    [HOOK_AUDITS] = "audits", [HOOK_GROUPS] = "groups",
    [HOOK_ROOMS] = "rooms",   [HOOK_USERS] = "users",
    [HOOK_BOTS] = "bots",     [HOOK_FEED] = "feed",
};

static void pump(struct hooks *hooks);

struct hooks *hooks_new(struct sandbox *box, const char *const urls[HOOKS],
                        bool route_server)
{
    struct hooks *hooks = MEM_NEW(struct hooks);
    hooks->box = box;
    hooks->route_server = hooks->opened_server = route_server;
    for (int i = 0; i < HOOKS; i++) {
        state_set(&hooks->opened[i], urls[i] ? str_from(urls[i]) : STR_NONE);
        state_set(&hooks->urls[i], hooks->opened[i]);
    }
    return hooks;
}

static void free_parcel(struct parcel *parcel)
{
    if (parcel->call) {
        http_cancel(parcel->call);
        parcel->hooks->under_way--;
    }
    loop_timer_stop(parcel->hooks->box->loop, &parcel->timer);
    *parcel->link = parcel->next;
    if (parcel->next)
        parcel->next->link = parcel->link;
    free((char *)parcel->body.at);
    free((char *)parcel->url.at);
    free(parcel);
}

static void forget(struct hooks *hooks)
{
    while (hooks->parcels)
        free_parcel(hooks->parcels);
    hooks->first = hooks->last = NULL;
    hooks->waiting = 0;
    hooks->pause_until = 0;
    for (size_t i = 0; i < PAUSE_TIMEOUTS; i++)
        hooks->timeouts[i] = 0;
    loop_timer_stop(hooks->box->loop, &hooks->pause);
}

void hooks_reset(struct hooks *hooks)
{
    forget(hooks);
    for (int i = 0; i < HOOKS; i++)
        state_set(&hooks->urls[i], hooks->opened[i]);
    hooks->route_server = hooks->opened_server;
    hooks->sent = hooks->retried = hooks->lost = 0;
}

void hooks_free(struct hooks *hooks)
{
    if (!hooks)
        return;
    forget(hooks);
    for (int i = 0; i < HOOKS; i++) {
        free((char *)hooks->urls[i].at);
        free((char *)hooks->opened[i].at);
    }
    free(hooks);
}

/* Settings. */

bool hooks_check_url(enum hook hook, struct str text, struct err *err)
{
    struct url url;
    struct err why;
    if (text.len > URL_MAX / 2 || !url_parse(text, &url, &why) ||
        !str_starts(url.scheme, STR("http")))
        return err_set(err, ERR_ARGUMENT, "\"%s\" must be an http:// address",
                       hook_names[hook]);
    return true;
}

static bool check_node(enum hook hook, const struct json *node, struct err *err)
{
    if (node && json_kind(node) != JSON_STRING)
        return err_set(err, ERR_ARGUMENT, "\"%s\" must be text", hook_names[hook]);
    return json_str(node).len == 0 || hooks_check_url(hook, json_str(node), err);
}

bool hooks_set(struct hooks *hooks, const struct json *order, bool loading,
               struct err *err)
{
    const struct json *server = json_get(order, "route_server");
    for (int i = 0; i < HOOKS; i++) {
        if (!check_node((enum hook)i, json_get(order, hook_names[i]), err))
            return false;
    }
    if (server && json_kind(server) != JSON_BOOL)
        return err_set(err, ERR_ARGUMENT, "\"route_server\" must be true or false");
    for (int i = 0; i < HOOKS; i++) {
        const struct json *node = json_get(order, hook_names[i]);
        if (node && !(loading && hooks->opened[i].len))
            state_set(&hooks->urls[i], json_str(node));
    }
    if (server && !(loading && hooks->opened_server))
        hooks->route_server = json_bool(server, false);
    return true;
}

void hooks_describe(const struct hooks *hooks, struct json *out, bool counts)
{
    for (int i = 0; i < HOOKS; i++)
        json_add_str(out, hook_names[i], hooks->urls[i]);
    json_add_bool(out, "route_server", hooks->route_server);
    if (!counts)
        return;
    json_add_int(out, "waiting", (int64_t)(hooks->waiting + hooks->under_way));
    json_add_int(out, "sent", hooks->sent);
    json_add_int(out, "retried", hooks->retried);
    json_add_int(out, "lost", hooks->lost);
    json_add_bool(out, "paused", hooks->pause_until > clock_mono_ms());
}

bool hooks_checks(const struct hooks *hooks)
{
    return hooks->urls[HOOK_PRECHECK].len > 0;
}

bool hooks_find(struct str name, enum hook *hook)
{
    for (int i = 0; i < HOOKS; i++) {
        *hook = (enum hook)i;
        if (str_eq(name, str_from(hook_names[i])))
            return true;
    }
    return false;
}

/* Forms and addresses. */

bool hooks_field(struct buf *form, const char *name, struct str value)
{
    return (form->len == 0 || buf_add_byte(form, '&')) &&
           buf_add_str(form, str_from(name)) && buf_add_byte(form, '=') &&
           url_escape(form, value);
}

bool hooks_field_int(struct buf *form, const char *name, int64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, value);
    return hooks_field(form, name, str_from(text));
}

const char *hooks_channel(int type)
{
    switch (type) {
    case CHAT_GROUP:
        return "GROUP";
    case CHAT_ROOM:
        return "TEMPGROUP";
    case CHAT_SYSTEM:
        return "NOTIFY";
    default:
        return "PERSON";
    }
}

struct proof {
    char time[24], nonce[13], hex[DIGEST_SHA1_HEX];
};

static void prove(const struct sandbox *box, bool forge, struct proof *proof)
{
    snprintf(proof->time, sizeof proof->time, "%" PRId64, clock_wall_ms());
    random_id(proof->nonce, 12);
    struct str parts[] = { box->app_secret, str_from(proof->nonce),
                           str_from(proof->time) };
    digest_sha1_hex(parts, 3, proof->hex);
    if (forge)
        proof->hex[0] = proof->hex[0] == 'f' ? '0' : 'f';
}

static bool sign(const struct sandbox *box, struct str url, bool forge, struct buf *out)
{
    struct proof proof;
    prove(box, forge, &proof);
    buf_reset(out);
    return buf_add_str(out, url) &&
           buf_add_byte(out, str_index(url, '?') < 0 ? '?' : '&') &&
           buf_add_str(out, STR("appKey=")) && url_escape(out, box->app_key) &&
           buf_add_format(out, "&timestamp=%s&nonce=%s&signature=%s", proof.time,
                          proof.nonce, proof.hex);
}

bool hooks_sign(const struct hooks *hooks, enum hook hook, bool forge, struct buf *out)
{
    return sign(hooks->box, hooks->urls[hook], forge, out);
}

/* What proves a result of moderation is in the headers: fills `lines`. */
static bool sign_headers(const struct hooks *hooks, bool forge, struct buf *out,
                         struct str lines[4])
{
    const struct sandbox *box = hooks->box;
    struct proof proof;
    prove(box, forge, &proof);
    buf_reset(out);
    if (!buf_add_format(out,
                        "RC-App-Key: %.*s\nRC-Nonce: %s\nRC-Timestamp: %s\n"
                        "RC-Signature: %s",
                        STR_ARG(box->app_key), proof.nonce, proof.time, proof.hex))
        return false;
    struct str rest = buf_str(out);
    for (int i = 0; i < 4; i++)
        str_split(&rest, '\n', &lines[i]);
    return true;
}

/* Sending. */

static void stand_in_line(struct parcel *parcel)
{
    struct hooks *hooks = parcel->hooks;
    parcel->behind = NULL;
    if (hooks->last)
        hooks->last->behind = parcel;
    else
        hooks->first = parcel;
    hooks->last = parcel;
    hooks->waiting++;
}

static void on_rested(void *arg)
{
    struct parcel *parcel = arg;
    struct hooks *hooks = parcel->hooks;
    stand_in_line(parcel);
    pump(hooks);
}

static void on_pause_over(void *arg)
{
    pump(arg);
}

static void note_timeout(struct hooks *hooks)
{
    int64_t now = clock_mono_ms();
    hooks->timeouts[hooks->timeout_at] = now;
    hooks->timeout_at = (hooks->timeout_at + 1) % PAUSE_TIMEOUTS;
    int64_t oldest = hooks->timeouts[hooks->timeout_at]; /* of the last ten */
    if (oldest == 0 || now - oldest > PAUSE_WITHIN_MS || hooks->pause_until > now)
        return;
    hooks->pause_until = now + PAUSE_MS;
    loop_timer_start(hooks->box->loop, &hooks->pause, PAUSE_MS, on_pause_over, hooks);
    log_warn(LOG_SANDBOX, "hooks: %d timeouts, nothing is posted for a minute",
             PAUSE_TIMEOUTS);
}

static void on_answer(void *arg, const struct http_answer *answer, const struct err *why)
{
    struct parcel *parcel = arg;
    struct hooks *hooks = parcel->hooks;
    parcel->call = NULL;
    hooks->under_way--;
    if (answer && answer->status == 200) {
        hooks->sent++;
        free_parcel(parcel);
    } else {
        int64_t rest = parcel->begun_ms + TRY_MS - clock_mono_ms();
        if (!answer && why->code == ERR_TIMEOUT)
            note_timeout(hooks);
        if (parcel->tries == TRIES) {
            hooks->lost++;
            log_warn(LOG_SANDBOX, "hook=%s lost after %d tries", hook_names[parcel->hook],
                     TRIES);
            free_parcel(parcel);
        } else {
            hooks->retried++;
            loop_timer_start(hooks->box->loop, &parcel->timer, rest > 0 ? rest : 0,
                             on_rested, parcel);
        }
    }
    pump(hooks);
}

static bool begin(struct parcel *parcel)
{
    struct hooks *hooks = parcel->hooks;
    struct buf url, proof;
    struct err err;
    bool json =
        parcel->body.len > 0 && (parcel->body.at[0] == '{' || parcel->body.at[0] == '[');
    bool audit = parcel->hook == HOOK_AUDITS;
    struct str place = parcel->url.at ? parcel->url : hooks->urls[parcel->hook];
    struct str headers[5];
    buf_init(&url, URL_MAX);
    buf_init(&proof, URL_MAX);
    headers[0] = json ? STR("Content-Type: application/json")
                      : STR("Content-Type: application/x-www-form-urlencoded");
    if (audit ? sign_headers(hooks, parcel->forge, &proof, headers + 1)
              : sign(hooks->box, place, parcel->forge, &url)) {
        struct http_request request = {
            .method = "POST",
            .url = audit ? hooks->urls[parcel->hook] : buf_str(&url),
            .headers = headers,
            .header_count = audit ? 5 : 1,
            .body = parcel->body,
            .timeout_ms = TRY_MS,
        };
        parcel->call = http_start(hooks->box->net, &request, on_answer, parcel, &err);
    }
    buf_clear(&url);
    buf_clear(&proof);
    parcel->tries++;
    parcel->begun_ms = clock_mono_ms();
    return parcel->call != NULL;
}

static void pump(struct hooks *hooks)
{
    while (hooks->first && hooks->under_way < HOOKS_PARALLEL &&
           hooks->pause_until <= clock_mono_ms()) {
        struct parcel *parcel = hooks->first;
        hooks->first = parcel->behind;
        if (!hooks->first)
            hooks->last = NULL;
        hooks->waiting--;
        if (begin(parcel)) {
            hooks->under_way++;
        } else {
            hooks->lost++;
            free_parcel(parcel);
        }
    }
}

static void add_parcel(struct hooks *hooks, enum hook hook, struct str url,
                       struct str body, bool forge, int64_t delay_ms)
{
    struct parcel *parcel = MEM_NEW(struct parcel);
    parcel->hooks = hooks;
    parcel->hook = hook;
    parcel->forge = forge;
    parcel->body = (struct str){ str_dup(body), body.len };
    parcel->url = url.at ? (struct str){ str_dup(url), url.len } : STR_NONE;
    parcel->link = &hooks->parcels;
    parcel->next = hooks->parcels;
    if (parcel->next)
        parcel->next->link = &parcel->next;
    hooks->parcels = parcel;
    if (delay_ms > 0)
        loop_timer_start(hooks->box->loop, &parcel->timer, delay_ms, on_rested, parcel);
    else
        stand_in_line(parcel);
}

bool hooks_wants(const struct hooks *hooks, enum hook hook)
{
    return hooks->urls[hook].len > 0 && !hooks->box->closing;
}

bool hooks_wants_servers(const struct hooks *hooks)
{
    return hooks->route_server;
}

void hooks_post_at(struct hooks *hooks, enum hook hook, struct str url, struct str user,
                   struct str body)
{
    struct fault_site site = { .when = FAULT_HOOK,
                               .user = user,
                               .path = str_from(hook_names[hook]) };
    struct fault fault = { .action = FAULT_DOS };
    if (hooks->waiting >= HOOKS_WAITING) {
        hooks->lost++;
        return;
    }
    faults_take(hooks->box->faults, &site, &fault);
    if (fault.action == FAULT_DROP)
        return;
    add_parcel(hooks, hook, url, body, fault.action == FAULT_FORGE,
               fault.action == FAULT_DELAY_MS ? fault.value : 0);
    for (int64_t i = 0; fault.action == FAULT_DUPLICATE && i < fault.value; i++)
        add_parcel(hooks, hook, url, body, false, 0);
    pump(hooks);
}

void hooks_post(struct hooks *hooks, enum hook hook, struct str user, struct str body)
{
    hooks_post_at(hooks, hook, STR_NONE, user, body);
}
