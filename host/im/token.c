/* token: see the header. */
#include "im/token.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "im/pace.h"
#include "store/meta.h"

#include <stdlib.h>
#include <string.h>

#define TOKEN_MAX 4096
#define AHEAD_MS 300000
#define SOON_MS 10000 /* a renewal due earlier has to wait as if it had failed */

struct token {
    struct net *net;
    struct store *store;
    struct token_source *source; /* NULL: static */
    char *app_key, *user;
    struct buf text;              /* empty: none */
    int64_t renew_ms, expires_ms; /* wall clock; 0: not known */
    struct buf refused;           /* the last one that was */
    bool asking;                  /* the source is at work */
    struct err why;               /* it could not be started */
    token_fn *fn;                 /* who waits; NULL: nobody */
    void *arg;
    struct loop_timer timer; /* the next renewal */
    struct pace pace;        /* of renewals that do not help */
};

static struct loop *loop_of(const struct token *token)
{
    return net_loop(token->net);
}

/* ---- on disk ---- */

/* The cached token is kept with the account it is for, as "app key\nuser\ntoken": a
 * changed configuration does not use what was another account's. When its end is known,
 * two more lines say when to renew it and when it ends. */
static void load(struct token *token)
{
    struct buf bytes;
    buf_init(&bytes, TOKEN_MAX * 2);
    if (meta_get(token->store, STR("token"), &bytes)) {
        struct str rest = buf_str(&bytes), app_key, user, text, renew;
        if (str_split(&rest, '\n', &app_key) && str_split(&rest, '\n', &user) &&
            str_eq(app_key, str_from(token->app_key)) &&
            str_eq(user, str_from(token->user)) && str_split(&rest, '\n', &text)) {
            buf_add_str(&token->text, text);
            if (!str_split(&rest, '\n', &renew) || !str_to_i64(renew, &token->renew_ms) ||
                !str_to_i64(rest, &token->expires_ms))
                token->renew_ms = token->expires_ms = 0;
        }
    }
    buf_clear(&bytes);
}

static void save(struct token *token)
{
    struct buf bytes;
    buf_init(&bytes, TOKEN_MAX * 2);
    bool fits = buf_add_format(&bytes, "%s\n%s\n", token->app_key, token->user) &&
                buf_add_str(&bytes, buf_str(&token->text));
    if (token->expires_ms)
        fits = fits && buf_add_format(&bytes, "\n%lld\n%lld", (long long)token->renew_ms,
                                      (long long)token->expires_ms);
    if (fits)
        meta_set(token->store, STR("token"), buf_str(&bytes));
    buf_clear(&bytes);
}

/* ---- renewal ---- */

static void start_asking(struct token *token);

static void on_due(void *arg)
{
    start_asking(arg);
}

static void renew_after(struct token *token, int64_t delay_ms)
{
    loop_timer_start(loop_of(token), &token->timer, delay_ms, on_due, token);
}

static void plan(struct token *token)
{
    loop_timer_stop(loop_of(token), &token->timer);
    if (!token->renew_ms)
        return;
    int64_t delay_ms = token->renew_ms - clock_wall_ms();
    if (delay_ms >= SOON_MS) {
        pace_proved(&token->pace);
        renew_after(token, delay_ms);
        return;
    }
    int64_t paced_ms = pace_retry_later(&token->pace);
    renew_after(token, paced_ms > delay_ms ? paced_ms : delay_ms);
}

/* Whose clock is right is not known: a token that seems to have ended when it comes is
 * used, until it is refused. */
static void set_end(struct token *token, int64_t expires_ms)
{
    int64_t now_ms = clock_wall_ms(), life_ms = expires_ms - now_ms;
    token->renew_ms = token->expires_ms = 0;
    if (expires_ms && life_ms <= 0)
        log_warn(LOG_IM, "user=%s the new token has ended already, by this clock",
                 token->user);
    if (!expires_ms || life_ms <= 0)
        return;
    int64_t ahead_ms = life_ms / 10 < AHEAD_MS ? life_ms / 10 : AHEAD_MS;
    token->renew_ms = expires_ms - ahead_ms;
    token->expires_ms = expires_ms;
}

static bool has_ended(const struct token *token)
{
    return token->expires_ms && clock_wall_ms() >= token->expires_ms;
}

/* ---- asking the source ---- */

/* It goes into addresses and into lines of the cache. */
static bool is_usable(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] <= ' ' || text.at[i] > '~')
            return false;
    return text.len > 0 && text.len <= TOKEN_MAX;
}

static void answer(struct token *token, const struct err *why)
{
    token_fn *fn = token->fn;
    token->fn = NULL;
    if (fn)
        fn(token->arg, why ? STR_NONE : buf_str(&token->text), why);
}

/* Nobody waits, so nobody is told; who asks next is. */
static void renewal_failed(struct token *token, const struct err *why)
{
    if (why->code == ERR_TOKEN || why->code == ERR_CONFIG) {
        log_error(LOG_IM, "user=%s token not renewed: %s", token->user, why->text);
        return;
    }
    int64_t delay_ms = pace_retry_later(&token->pace);
    log_warn(LOG_IM, "user=%s token not renewed: %s; next try in %lld s", token->user,
             why->text, (long long)((delay_ms + 999) / 1000));
    renew_after(token, delay_ms);
}

static void failed(struct token *token, const struct err *why)
{
    if (token->fn)
        answer(token, why);
    else
        renewal_failed(token, why);
}

static void on_found(void *arg, const struct token_found *found, const struct err *why)
{
    struct token *token = arg;
    struct err err = { 0 };
    token->asking = false;
    if (!found) {
        failed(token, why);
        return;
    }
    if (!is_usable(found->text)) {
        err_set(&err, ERR_PROTO,
                "what came as a token is none: %zu bytes, want 1 to %d letters without "
                "blanks",
                found->text.len, TOKEN_MAX);
        failed(token, &err);
        return;
    }
    if (str_eq(found->text, buf_str(&token->text)) &&
        found->expires_ms <= token->expires_ms && !token->fn) {
        err_set(&err, ERR_PROTO, "the same token came again");
        failed(token, &err);
        return;
    }
    bool ahead = !token->fn;
    buf_reset(&token->text);
    buf_add_str(&token->text, found->text);
    set_end(token, found->expires_ms);
    save(token);
    plan(token);
    if (ahead)
        log_info(LOG_IM, "user=%s token renewed", token->user);
    answer(token, NULL);
}

/* Starting failed at once; the answer still comes later, as promised. */
static void on_start_failed(void *arg)
{
    struct token *token = arg;
    struct err why = token->why;
    token->asking = false;
    failed(token, &why);
}

static void start_asking(struct token *token)
{
    struct str stale = buf_str(token->text.len ? &token->text : &token->refused);
    loop_timer_stop(loop_of(token), &token->timer);
    token->asking = true;
    token->why = (struct err){ 0 };
    if (!token->source->ask(token->source, stale, on_found, token, &token->why))
        loop_defer(loop_of(token), on_start_failed, token);
}

static void give(void *arg)
{
    answer(arg, NULL);
}

void token_ask(struct token *token, token_fn *fn, void *arg)
{
    token_stop(token);
    token->fn = fn;
    token->arg = arg;
    if (token->text.len > 0 && !has_ended(token))
        loop_defer(loop_of(token), give, token);
    else if (!token->asking)
        start_asking(token);
}

void token_stop(struct token *token)
{
    token->fn = NULL;
    loop_defer_cancel(loop_of(token), give, token);
}

bool token_refused(struct token *token, struct str text)
{
    if (!token->source)
        return false;
    if (token->text.len > 0 && !str_eq(text, buf_str(&token->text)))
        return true;
    buf_reset(&token->refused);
    buf_add_str(&token->refused, text);
    buf_reset(&token->text);
    token->renew_ms = token->expires_ms = 0;
    loop_timer_stop(loop_of(token), &token->timer);
    meta_del(token->store, STR("token"));
    return true;
}

/* ---- life ---- */

struct token *token_new(struct net *net, struct store *store,
                        const struct token_options *options)
{
    struct token *token = MEM_NEW(struct token);
    token->net = net;
    token->store = store;
    token->source = options->source;
    token->app_key = str_dup(options->app_key);
    token->user = str_dup(options->user);
    buf_init(&token->text, TOKEN_MAX);
    buf_init(&token->refused, TOKEN_MAX);
    if (!token->source) {
        buf_add_str(&token->text, options->fixed);
        return token;
    }
    load(token);
    plan(token);
    return token;
}

void token_free(struct token *token)
{
    if (!token)
        return;
    token_stop(token);
    loop_timer_stop(loop_of(token), &token->timer);
    loop_defer_cancel(loop_of(token), on_start_failed, token);
    if (token->source) {
        token->source->stop(token->source);
        token->source->free(token->source);
    }
    buf_clear(&token->text);
    buf_clear(&token->refused);
    free(token->app_key);
    free(token->user);
    free(token);
}

struct str token_stem(struct str text)
{
    ptrdiff_t at = str_index(text, '@');
    return at < 0 ? text : str_sub(text, 0, (size_t)at);
}
