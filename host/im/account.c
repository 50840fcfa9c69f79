/* account: the composition, its state and the end of a turn. */
#include "im/account.h"

#include "base/clock.h"
#include "base/die.h"
#include "base/log.h"
#include "base/mem.h"
#include "im/account_inside.h"
#include "im/call.h"
#include "store/attempts.h"
#include "store/journal.h"
#include "store/kv.h"
#include "store/outbox_rows.h"

#include <stdio.h>
#include <string.h>

#define STORAGE_RETRY_MS 5000
#define PRUNE_MS 600000
#define NOTICE_MEMORY ((size_t)4096)
#define PRUNE_NEXT_MS 100 /* the next slice */
#define UID_WINDOW_MS (7 * INT64_C(86400000))
/* In memory: as long as a reconnection may bring the same message again, and more. */
#define UID_WINDOW_OFF_MS 600000

/* ---- state ---- */

static const char *const words[] = {
    [ACCOUNT_CONNECTING] = "connecting", [ACCOUNT_SYNCING] = "syncing",
    [ACCOUNT_ONLINE] = "online",         [ACCOUNT_DEGRADED] = "degraded",
    [ACCOUNT_OFFLINE] = "offline",       [ACCOUNT_BLOCKED] = "blocked",
    [ACCOUNT_KICKED] = "kicked",         [ACCOUNT_TOKEN_REFUSED] = "token_refused",
    [ACCOUNT_REFUSED] = "refused",
};

const char *account_state_word(enum account_state state)
{
    return words[state];
}

bool account_needs_person(enum account_state state)
{
    return state == ACCOUNT_KICKED || state == ACCOUNT_TOKEN_REFUSED ||
           state == ACCOUNT_REFUSED;
}

/* What is wrong while connected, or an empty text. */
static struct str trouble(const struct account *account)
{
    if (account->storage[0] != '\0')
        return str_from(account->storage);
    if (session_pings_late(account->session))
        return STR("a ping was not answered");
    return inbox_failing(account->inbox);
}

static void on_changed(void *arg)
{
    struct account *account = arg;
    enum account_state state =
        account->webhook ? ACCOUNT_SYNCING : session_state(account->session);
    struct str detail = session_detail(account->session);
    if (state == ACCOUNT_SYNCING) {
        detail = trouble(account);
        if (detail.len > 0)
            state = ACCOUNT_DEGRADED;
        else if (account->webhook || inbox_synced(account->inbox))
            state = ACCOUNT_ONLINE;
    }
    if (state == ACCOUNT_ONLINE && !account->webhook)
        session_proved(account->session);
    if (state == account->state && str_eq(detail, str_from(account->detail)))
        return;
    if (state != account->state)
        account->since_ms = clock_wall_ms();
    account->state = state;
    snprintf(account->detail, sizeof(account->detail), "%.*s", STR_ARG(detail));
    account->events.on_state(account->arg, state, str_from(account->detail));
}

enum account_state account_state(const struct account *account)
{
    return account->state;
}

struct str account_detail(const struct account *account)
{
    return str_from(account->detail);
}

int64_t account_state_since_ms(const struct account *account)
{
    return account->since_ms;
}

struct str account_user(const struct account *account)
{
    return str_from(account->user);
}

size_t account_outbox_depth(const struct account *account)
{
    return outbox_depth(account->outbox);
}

int64_t account_written(const struct account *account)
{
    return store_written(account->store);
}

size_t account_journal_depth(const struct account *account)
{
    return journal_depth(account->store);
}

/* ---- the end of a turn ---- */

static void tell_receipts(struct account *account, const struct err *why)
{
    struct receipt *receipt = account->receipts;
    account->receipts = NULL;
    while (receipt) {
        struct receipt *next = receipt->next;
        receipt->done(receipt->arg, why);
        free(receipt);
        receipt = next;
    }
}

static void commit(struct account *account);

static void on_storage_retry(void *arg)
{
    commit(arg);
}

static void commit(struct account *account)
{
    struct err why = { 0 };
    bool had_failed = account->storage[0] != '\0', wrote = store_dirty(account->store);
    if (wrote)
        die_at("commit");
    if (!store_commit(account->store, &why)) {
        snprintf(account->storage, sizeof(account->storage), "%s", why.text);
        loop_timer_start(account->loop, &account->storage_timer, STORAGE_RETRY_MS,
                         on_storage_retry, account);
        tell_receipts(account, &why);
        on_changed(account);
        return;
    }
    if (wrote)
        die_at("committed");
    tell_receipts(account, NULL);
    inbox_committed(account->inbox);
    orders_committed(account->orders); /* may ask over the socket */
    requests_committed(account->requests);
    outbox_committed(account->outbox); /* recalls go before messages */
    if (had_failed) {
        account->storage[0] = '\0';
        inbox_pull(account->inbox);
        changes_ask(account->changes);
        edits_pull(account->edits);
        marks_pull(account->marks);
        on_changed(account);
    }
}

static void on_turn_ended(void *arg)
{
    struct account *account = arg;
    die_turn();
    /* A failed store is tried every 5 s, not every turn. */
    if (!loop_timer_runs(&account->storage_timer))
        commit(account);
}

static int64_t server_ms(void *arg)
{
    struct account *account = arg;
    return account->webhook ? clock_wall_ms() : session_server_ms(account->session);
}

static void prune(void *arg)
{
    struct account *account = arg;
    int64_t now_ms = server_ms(account);
    bool off = store_durable(account->store) == STORE_OFF;
    int64_t before_ms = now_ms - (off ? UID_WINDOW_OFF_MS : UID_WINDOW_MS);
    bool more = journal_prune(account->store, before_ms);
    more |= outbox_rows_prune(account->store, before_ms);
    kv_prune(account->store, clock_wall_ms(), NULL);
    loop_timer_start(account->loop, &account->prune_timer,
                     more ? PRUNE_NEXT_MS : PRUNE_MS, prune, account);
}

/* ---- the parts, connected ---- */

static void on_up(void *arg, struct link *link)
{
    struct account *account = arg;
    struct str user = session_user(account->session);
    if (!str_eq(user, str_from(account->user)))
        log_warn(LOG_IM, "the token belongs to user=%.*s, configured is user=%s",
                 STR_ARG(user), account->user);
    outbox_up(account->outbox, link, user);
    requests_up(account->requests, link, user);
    orders_set_hosting(account->orders, session_hosting(account->session));
    inbox_up(account->inbox, link, user, session_up_ms(account->session));
    changes_up(account->changes, user, session_hosting(account->session));
    chatrooms_up(account->chatrooms, user);
    edits_up(account->edits, user);
    marks_up(account->marks, user);
}

static void on_down(void *arg)
{
    struct account *account = arg;
    inbox_down(account->inbox);
    outbox_down(account->outbox);
    requests_down(account->requests);
}

/* What there is to pull (wire.md F.3). */
static void on_notice(struct account *account, bool command,
                      const struct notify_msg *notice)
{
    int type = (int)notice->type;
    if (!command && type == NOTIFY_PULL)
        inbox_notice(account->inbox, notice->time);
    else if (!command && type == NOTIFY_PULL_CHATROOM)
        chatrooms_notice(account->chatrooms, notice->chrm_id, CHATROOM_MESSAGES);
    else if (command && type == COMMAND_CHATROOM_KV)
        chatrooms_notice(account->chatrooms, notice->chrm_id, CHATROOM_ENTRIES);
    else if (command && type == COMMAND_CHATROOM_GONE)
        chatrooms_notice(account->chatrooms, notice->chrm_id, CHATROOM_GONE);
    else if (command && type == COMMAND_EVENTS)
        changes_ask(account->changes);
    else if (command && type == COMMAND_EDITED)
        edits_pull(account->edits);
    else if (command && type == COMMAND_CONVERSATION_SETTINGS)
        marks_pull(account->marks);
}

static void on_publish(void *arg, const struct frame *frame, struct str uid,
                       int64_t sent_ms)
{
    struct account *account = arg;
    bool command = str_eq(frame->topic, STR("s_cmd"));
    inbox_publish(account->inbox, frame, uid, sent_ms);
    if (frame->dup || (!command && !str_eq(frame->topic, STR("s_ntf"))))
        return;
    struct notify_msg notice = { 0 };
    struct arena arena;
    arena_init(&arena, NOTICE_MEMORY);
    if (pb_decode(&notify_msg_type, &notice, frame->payload, &arena, NULL))
        on_notice(account, command, &notice);
    arena_clear(&arena);
}

static void on_message(void *arg, const struct message *message)
{
    struct account *account = arg;
    if (account->roster && message->type == CONVERSATION_GROUP &&
        !message_is_made_here(message))
        roster_heard(account->roster, message->target);
    if (attempts_count(account->store, message_event(message)) < ATTEMPTS_MAX) {
        account->events.on_message(account->arg, message);
        return;
    }
    log_error(LOG_IM, "user=%s message=%.*s id=%lld is set aside: it killed %d workers",
              account->user, STR_ARG(message->uid), (long long)message->row,
              ATTEMPTS_MAX);
    journal_set_aside(account->store, message->row, JOURNAL_POISON);
}

static void on_changed_elsewhere(void *arg, struct message *message)
{
    struct account *account = arg;
    inbox_take(account->inbox, message);
}

static void on_own(void *arg, struct str target, int64_t client_unique_id, struct str uid,
                   int64_t sent_ms)
{
    struct account *account = arg;
    outbox_own(account->outbox, target, client_unique_id, uid, sent_ms);
}

static int64_t search_from(void *arg)
{
    struct account *account = arg;
    return outbox_search_from(account->outbox);
}

static void on_pulled(void *arg, int64_t outbox_ms)
{
    struct account *account = arg;
    outbox_pulled(account->outbox, outbox_ms);
}

static void on_search(void *arg)
{
    struct account *account = arg;
    inbox_pull(account->inbox);
}

static void on_room(void *arg)
{
    struct account *account = arg;
    outbox_room(account->outbox);
}

/* ---- life ---- */

static bool check(const struct account_config *config, struct err *err)
{
    if (config->app_key.len == 0 || config->app_key.len > 200)
        return err_set(err, ERR_CONFIG, "account: app_key is missing or too long");
    if (config->user.len == 0 || config->user.len > 64)
        return err_set(err, ERR_CONFIG, "account: user has %zu bytes, want 1 to 64",
                       config->user.len);
    if (config->webhook && (config->secret.len == 0 || config->api_count == 0))
        return err_set(err, ERR_CONFIG,
                       "account: without a socket it needs the Server API");
    if (config->webhook)
        return true;
    bool is_static = config->token_from == ACCOUNT_TOKEN_STATIC;
    if (is_static && (config->token.len == 0 || config->token.len > 4096))
        return err_set(err, ERR_CONFIG, "account: the token is missing or too long");
    if (config->token_from == ACCOUNT_TOKEN_COMMAND && config->command.argv_count == 0)
        return err_set(err, ERR_CONFIG,
                       "account: the program that prints the token is "
                       "missing");
    const struct account_app_server *app = &config->app_server;
    if (config->token_from == ACCOUNT_TOKEN_APP_SERVER &&
        (app->url.len == 0 || app->account.len == 0 || app->password.len == 0))
        return err_set(err, ERR_CONFIG,
                       "account: the App Server needs url, account and "
                       "password");
    if (config->token_from == ACCOUNT_TOKEN_SERVER_API && config->secret.len == 0)
        return err_set(err, ERR_CONFIG,
                       "account: a token from the Server API needs the app secret");
    if (config->secret.len > 0 && config->api_count == 0)
        return err_set(err, ERR_CONFIG,
                       "account: the address of the Server API is missing");
    if (config->navi_count == 0 && str_index(config->token, '@') < 0 && is_static)
        return err_set(err, ERR_CONFIG, "account: the navi address is missing");
    return true;
}

/* NULL: the token is static. */
static struct token_source *make_source(struct account *account,
                                        const struct account_config *config)
{
    switch (config->token_from) {
    case ACCOUNT_TOKEN_SERVER_API:
        return token_from_api(account->api, config->user, config->name);
    case ACCOUNT_TOKEN_COMMAND:
        return token_from_command(account->loop, config);
    case ACCOUNT_TOKEN_APP_SERVER:
        return token_from_app(account->net, config);
    case ACCOUNT_TOKEN_STATIC:
        break;
    }
    return NULL;
}

struct account *account_open(struct net *net, struct store *store,
                             const struct account_config *config,
                             const struct account_events *events, void *arg,
                             struct err *err)
{
    static const struct session_events session_events = { on_up, on_down, on_publish,
                                                          on_changed };
    static const struct inbox_events inbox_events = { on_own, server_ms, search_from,
                                                      on_pulled, on_changed };
    static const struct outbox_events outbox_events = { on_search, server_ms };
    if (!check(config, err))
        return NULL;
    struct account *account = MEM_NEW(struct account);
    account->net = net;
    account->loop = net_loop(net);
    account->store = store;
    account->events = *events;
    account->arg = arg;
    account->user = str_dup(config->user);
    account->webhook = config->webhook;
    account->state = ACCOUNT_CONNECTING;
    account->since_ms = clock_wall_ms();
    if (!config->governor)
        account->own_governor = governor_new(account->loop, NULL, NULL);
    account->line =
        governor_join(config->governor ? config->governor : account->own_governor,
                      config->app_key, &config->quotas, on_room, account);
    if (config->secret.len > 0)
        account->api = server_api_new(net, account->line, config->app_key, config->secret,
                                      config->api, config->api_count);
    struct token_options token = { .app_key = config->app_key,
                                   .user = config->user,
                                   .fixed = config->token,
                                   .source = make_source(account, config) };
    account->token = token_new(net, store, &token);
    account->session =
        session_new(net, store, account->token, config, &session_events, account);
    account->feed = feed_new(account->loop, store, on_message, account);
    account->inbox = inbox_new(account->loop, store, account->feed, config->user,
                               &inbox_events, account);
    account->requests = requests_new(account->loop, account->line);
    account->chatrooms = chatrooms_new(account->loop, store, account->requests,
                                       on_changed_elsewhere, account);
    account->orders =
        orders_new(account->api, account->webhook ? NULL : account->requests,
                   account->chatrooms, config->user);
    account->changes =
        changes_new(store, account->requests, on_changed_elsewhere, account);
    account->edits = edits_new(store, account->requests, on_changed_elsewhere, account);
    account->marks = marks_new(store, account->requests, on_changed_elsewhere, account);
    if (config->poll_members)
        account->roster = roster_new(account->loop, store, account->orders, config->user,
                                     on_changed_elsewhere, account);
    account->names = app_names_new(net, config);
    account->media = media_new(net, account->requests, account->session);
    const struct outbox_options outbox = { account->loop,
                                           store,
                                           account->line,
                                           config->send_max_age_ms,
                                           config->webhook ? account->api : NULL,
                                           config->user };
    account->outbox = outbox_new(&outbox, &outbox_events, account, err);
    if (!account->outbox) {
        account_close(account);
        return NULL;
    }
    loop_hook_add(account->loop, &account->hook, on_turn_ended, account);
    loop_timer_start(account->loop, &account->prune_timer, PRUNE_NEXT_MS, prune, account);
    if (account->webhook)
        loop_defer(account->loop, on_changed, account);
    else
        session_start(account->session);
    return account;
}

void account_close(struct account *account)
{
    if (!account)
        return;
    struct err closed = { 0 };
    err_set(&closed, ERR_CLOSED, "the account was closed");
    tell_receipts(account, &closed);
    loop_hook_remove(&account->hook);
    loop_defer_cancel(account->loop, on_changed, account);
    loop_timer_stop(account->loop, &account->storage_timer);
    loop_timer_stop(account->loop, &account->prune_timer);
    /* The link first: it gives back what waits for its answers. */
    media_free(account->media);
    session_free(account->session);
    roster_free(account->roster);
    orders_free(account->orders);
    changes_free(account->changes);
    chatrooms_free(account->chatrooms);
    edits_free(account->edits);
    marks_free(account->marks);
    app_names_free(account->names);
    requests_free(account->requests);
    outbox_free(account->outbox);
    inbox_free(account->inbox);
    feed_free(account->feed);
    token_free(account->token);
    server_api_free(account->api);
    governor_leave(account->line);
    governor_free(account->own_governor);
    store_commit(account->store, NULL);
    free(account->user);
    free(account);
}
