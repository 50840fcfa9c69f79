/* session: see the header. */
#include "im/session.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"
#include "im/form.h"
#include "im/navi_cache.h"
#include "im/pace.h"
#include "im/refusal.h"
#include "store/meta.h"

#include <stdio.h>
#include <string.h>

#ifndef MOONDOCK_VERSION
#define MOONDOCK_VERSION "0.1.0"
#endif

#define BLOCKED_MS 600000
#define DEVICE_LEN 22
#define URL_MAX ((size_t)16384)

struct session {
    struct net *net;
    struct loop *loop;
    struct store *store;
    struct token *token;
    struct session_events events;
    void *arg;

    char *app_key, *version, *api_version;
    struct str *navi; /* each freed */
    size_t navi_count;
    bool reconnect_when_kicked;
    char device[DEVICE_LEN + 1];

    enum account_state state;
    char detail[512];
    char user[256];
    char last_failure[400]; /* what the latest address said */
    int64_t up_ms, offset_ms;
    bool pings_late;

    struct pace pace;
    bool token_was_refused; /* and not one was accepted since */
    struct buf token_text;
    struct navi_call *navi_call;
    struct navi_answer servers;
    size_t server;             /* the one being tried */
    char good_host[NAVI_HOST]; /* worked last; tried first */
    struct link *link;
    struct loop_timer timer;
};

static void begin(void *arg);
static void try_server(struct session *session);

/* ---- states ---- */

static void set_state(struct session *session, enum account_state state,
                      const char *detail)
{
    if (session->state == state && strcmp(session->detail, detail) == 0)
        return;
    session->state = state;
    snprintf(session->detail, sizeof(session->detail), "%s", detail);
    session->events.on_changed(session->arg);
}

static void drop_link(struct session *session)
{
    struct link *link = session->link;
    bool was_up = link && link_accepted(link);
    session->link = NULL;
    session->pings_late = false;
    link_close(link);
    if (was_up)
        session->events.on_down(session->arg);
}

static void stop_steps(struct session *session)
{
    loop_timer_stop(session->loop, &session->timer);
    token_stop(session->token);
    navi_cancel(session->navi_call);
    session->navi_call = NULL;
}

/* ---- failures and what follows ---- */

static void begin_after(struct session *session, enum account_state state,
                        int64_t delay_ms, const char *why)
{
    char detail[512];
    if (delay_ms == 0)
        snprintf(detail, sizeof(detail), "%s", why);
    else
        snprintf(detail, sizeof(detail), "%s; next try in %lld s", why,
                 (long long)((delay_ms + 999) / 1000));
    log_warn(LOG_IM, "user=%s not connected: %s", session->user, detail);
    loop_timer_start(session->loop, &session->timer, delay_ms, begin, session);
    set_state(session, state, detail);
}

static void need_person(struct session *session, enum account_state state,
                        const char *why)
{
    log_error(LOG_IM, "user=%s stopped: %s", session->user, why);
    set_state(session, state, why);
}

static void renew_token(struct session *session, const char *why)
{
    if (!token_refused(session->token, buf_str(&session->token_text))) {
        char text[512];
        snprintf(text, sizeof(text), "%s: put another token into the configuration", why);
        need_person(session, ACCOUNT_TOKEN_REFUSED, text);
        return;
    }
    /* One renewal per failure; a fresh one that is refused too waits like any failure. */
    int64_t delay_ms = session->token_was_refused ? pace_retry_later(&session->pace)
                                                  : pace_retry(&session->pace);
    session->token_was_refused = true;
    begin_after(session, ACCOUNT_OFFLINE, delay_ms, why);
}

static void act(struct session *session, enum refusal_class class, const char *why)
{
    switch (class) {
    case REFUSAL_NAVI:
        navi_cache_drop(session->store);
        session->good_host[0] = '\0';
        begin_after(session, ACCOUNT_OFFLINE, pace_redirect(&session->pace), why);
        break;
    case REFUSAL_TOKEN:
        renew_token(session, why);
        break;
    case REFUSAL_BLOCKED:
        begin_after(session, ACCOUNT_BLOCKED, BLOCKED_MS, why);
        break;
    case REFUSAL_KICKED:
        if (session->reconnect_when_kicked)
            begin_after(session, ACCOUNT_OFFLINE, pace_retry_later(&session->pace), why);
        else
            need_person(session, ACCOUNT_KICKED, why);
        break;
    case REFUSAL_PERSON:
        need_person(session, ACCOUNT_REFUSED, why);
        break;
    case REFUSAL_RETRY:
        begin_after(session, ACCOUNT_OFFLINE, pace_retry(&session->pace), why);
        break;
    }
}

/* ---- the link ---- */

static void on_accepted(void *arg, struct str user, int64_t server_ms)
{
    struct session *session = arg;
    session->up_ms = server_ms;
    session->offset_ms = server_ms - clock_mono_ms();
    session->token_was_refused = false;
    snprintf(session->user, sizeof(session->user), "%.*s", STR_ARG(user));
    const struct navi_address *address = &session->servers.list[session->server];
    snprintf(session->good_host, sizeof(session->good_host), "%s", address->host);
    log_info(LOG_IM, "user=%s connected server=%s", session->user, address->host);
    set_state(session, ACCOUNT_SYNCING, "");
    session->events.on_up(session->arg, session->link);
}

static void on_publish(void *arg, const struct frame *frame, struct str uid,
                       int64_t sent_ms)
{
    struct session *session = arg;
    session->events.on_publish(session->arg, frame, uid, sent_ms);
}

static void on_ping_late(void *arg, bool late)
{
    struct session *session = arg;
    session->pings_late = late;
    session->events.on_changed(session->arg);
}

/* No CONNACK from this address: the next one, if there is. */
static void server_failed(struct session *session, const struct err *why)
{
    const struct navi_address *address = &session->servers.list[session->server];
    snprintf(session->last_failure, sizeof(session->last_failure), "%s: %.250s",
             address->host, why->text);
    session->server++;
    try_server(session);
}

static void on_ended(void *arg, const struct link_end *end)
{
    struct session *session = arg;
    bool was_up = end->how == LINK_LOST || end->how == LINK_DISCONNECTED;
    char text[512];
    link_close(session->link);
    session->link = NULL;
    session->pings_late = false;
    if (was_up)
        session->events.on_down(session->arg);
    struct refusal refusal;
    switch (end->how) {
    case LINK_FAILED:
        server_failed(session, &end->why);
        break;
    case LINK_LOST:
        act(session, REFUSAL_RETRY, end->why.text);
        break;
    case LINK_REFUSED:
        refusal = refusal_of_connack(end->status);
        snprintf(text, sizeof(text), "%s (CONNACK %d)", refusal.text, end->status);
        act(session, refusal.class, text);
        break;
    case LINK_DISCONNECTED:
        refusal = refusal_of_disconnect(end->status);
        snprintf(text, sizeof(text), "%s (DISCONNECT %d)", refusal.text, end->status);
        act(session, refusal.class, text);
        break;
    }
}

static bool link_url(struct session *session, const struct navi_address *address,
                     struct buf *url)
{
    struct str token = buf_str(&session->token_text);
    struct str stem = token_stem(token);
    /* The '@' stays, what follows it goes (wire.md B). */
    struct str sent = str_sub(token, 0, stem.len + (stem.len < token.len));
    return buf_add_format(url, "%s://%s/websocket?", address->secure ? "wss" : "ws",
                          address->host) &&
           form_add(url, "appId", str_from(session->app_key)) &&
           form_add(url, "token", sent) &&
           form_add(url, "sdkVer", str_from(session->version)) &&
           form_add(url, "pid", STR("")) &&
           form_add(url, "deviceId", str_from(session->device)) &&
           form_add(url, "apiVer", str_from(session->api_version)) &&
           form_add_int(url, "protocolVer", session->servers.anti ? 4 : 3);
}

/* Tries addresses from the present one on; when none is left, that is a failure. */
static void try_server(struct session *session)
{
    static const struct link_events events = { on_accepted, on_publish, on_ping_late,
                                               on_ended };
    for (; session->server < session->servers.count; session->server++) {
        const struct navi_address *address = &session->servers.list[session->server];
        struct buf url;
        struct err err = { 0 };
        buf_init(&url, URL_MAX);
        if (link_url(session, address, &url)) {
            struct link_options options = { .url = buf_str(&url),
                                            .protocol = session->servers.anti ? 4 : 3 };
            session->link = link_open(session->net, &options, &events, session, &err);
        }
        buf_clear(&url);
        if (session->link)
            return;
        snprintf(session->last_failure, sizeof(session->last_failure), "%s: %.250s",
                 address->host, err.text);
    }
    /* What navi said some time ago may be wrong by now. */
    navi_cache_drop(session->store);
    char why[512];
    snprintf(why, sizeof(why), "no IM server can be reached: %s", session->last_failure);
    act(session, REFUSAL_RETRY, why);
}

/* ---- navi ---- */

static void connect_servers(struct session *session)
{
    struct navi_answer *servers = &session->servers;
    for (size_t i = 1; i < servers->count; i++) {
        if (strcmp(servers->list[i].host, session->good_host) != 0)
            continue;
        struct navi_address good = servers->list[i];
        memmove(&servers->list[1], &servers->list[0], i * sizeof(good));
        servers->list[0] = good;
        break;
    }
    session->server = 0;
    snprintf(session->last_failure, sizeof(session->last_failure), "no address");
    try_server(session);
}

/* Borrows from the session. */
static struct navi_request navi_request(const struct session *session)
{
    return (struct navi_request){ .urls = session->navi,
                                  .url_count = session->navi_count,
                                  .app_key = str_from(session->app_key),
                                  .token = buf_str(&session->token_text),
                                  .version = str_from(session->version) };
}

static void on_navi(void *arg, const struct navi_answer *answer, const struct err *why)
{
    struct session *session = arg;
    session->navi_call = NULL;
    if (answer) {
        session->servers = *answer;
        struct navi_request request = navi_request(session);
        navi_cache_write(session->store, &request, answer);
        connect_servers(session);
    } else if (why->code == ERR_TOKEN) {
        act(session, REFUSAL_TOKEN, why->text);
    } else if (why->code == ERR_REFUSED || why->code == ERR_CONFIG) {
        act(session, REFUSAL_PERSON, why->text);
    } else {
        act(session, REFUSAL_RETRY, why->text);
    }
}

static void ask_navi(struct session *session)
{
    struct navi_request request = navi_request(session);
    if (navi_cache_read(session->store, &request, &session->servers))
        connect_servers(session);
    else
        session->navi_call = navi_ask(session->net, &request, on_navi, session);
}

/* ---- token ---- */

static void on_token(void *arg, struct str text, const struct err *why)
{
    struct session *session = arg;
    if (why) {
        char detail[512];
        snprintf(detail, sizeof(detail), "no token: %s", why->text);
        if (why->code == ERR_CONFIG || why->code == ERR_TOKEN)
            need_person(session, ACCOUNT_TOKEN_REFUSED, detail);
        else
            act(session, REFUSAL_RETRY, detail);
        return;
    }
    buf_reset(&session->token_text);
    buf_add_str(&session->token_text, text);
    ask_navi(session);
}

static void begin(void *arg)
{
    struct session *session = arg;
    set_state(session, ACCOUNT_CONNECTING, "");
    token_ask(session->token, on_token, session);
}

/* ---- life ---- */

static void make_device(struct session *session)
{
    struct buf text;
    buf_init(&text, 64);
    if (meta_get(session->store, STR("device"), &text) && text.len == DEVICE_LEN) {
        memcpy(session->device, text.at, DEVICE_LEN + 1);
    } else {
        random_id(session->device, DEVICE_LEN);
        meta_set(session->store, STR("device"), str_from(session->device));
    }
    buf_clear(&text);
}

struct session *session_new(struct net *net, struct store *store, struct token *token,
                            const struct account_config *config,
                            const struct session_events *events, void *arg)
{
    struct session *session = MEM_NEW(struct session);
    session->net = net;
    session->loop = net_loop(net);
    session->store = store;
    session->token = token;
    session->events = *events;
    session->arg = arg;
    session->app_key = str_dup(config->app_key);
    session->offset_ms = clock_wall_ms() - clock_mono_ms();
    session->version =
        str_dup(config->sdk_version.len ? config->sdk_version : STR("5.38.0"));
    session->api_version =
        str_dup(config->api_version.len ? config->api_version
                                        : STR("browser|moondock|" MOONDOCK_VERSION));
    session->navi_count = config->navi_count;
    session->navi = mem_zero((config->navi_count + 1) * sizeof(struct str));
    for (size_t i = 0; i < config->navi_count; i++)
        session->navi[i] = str_from(str_dup(config->navi[i]));
    session->reconnect_when_kicked = config->reconnect_when_kicked;
    snprintf(session->user, sizeof(session->user), "%.*s", STR_ARG(config->user));
    session->state = ACCOUNT_CONNECTING;
    buf_init(&session->token_text, 4096);
    make_device(session);
    return session;
}

void session_free(struct session *session)
{
    if (!session)
        return;
    stop_steps(session);
    drop_link(session);
    for (size_t i = 0; i < session->navi_count; i++)
        free((char *)session->navi[i].at);
    free(session->navi);
    free(session->app_key);
    free(session->version);
    free(session->api_version);
    buf_clear(&session->token_text);
    free(session);
}

void session_start(struct session *session)
{
    loop_timer_start(session->loop, &session->timer, 0, begin, session);
}

void session_proved(struct session *session)
{
    pace_proved(&session->pace);
}

enum account_state session_state(const struct session *session)
{
    return session->state;
}

struct str session_detail(const struct session *session)
{
    return str_from(session->detail);
}

bool session_pings_late(const struct session *session)
{
    return session->pings_late;
}

struct str session_user(const struct session *session)
{
    return str_from(session->user);
}

int64_t session_up_ms(const struct session *session)
{
    return session->up_ms;
}

bool session_hosting(const struct session *session)
{
    return session->servers.hosting;
}

const struct oss_list *session_stores(const struct session *session)
{
    return &session->servers.stores;
}

int64_t session_server_ms(const struct session *session)
{
    return clock_mono_ms() + session->offset_ms;
}
