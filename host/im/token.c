/* token: see the header. */
#include "im/token.h"

#include "base/mem.h"
#include "im/form.h"
#include "store/meta.h"

#include <string.h>

#define TOKEN_MAX 4096

struct token {
    struct net *net;
    struct store *store;
    struct server_api *api;
    char *app_key, *user, *name;
    bool is_static;
    struct buf text; /* empty: none */
    struct server_api_call *call;
    token_fn *fn;
    void *arg;
};

/* The cached token is kept with the account it is for, as "app key\nuser\ntoken": a
 * changed configuration does not use what was another account's. */
static void load(struct token *token)
{
    struct buf bytes;
    buf_init(&bytes, TOKEN_MAX * 2);
    if (meta_get(token->store, STR("token"), &bytes)) {
        struct str rest = buf_str(&bytes), app_key, user;
        if (str_split(&rest, '\n', &app_key) && str_split(&rest, '\n', &user) &&
            str_eq(app_key, str_from(token->app_key)) &&
            str_eq(user, str_from(token->user)))
            buf_add_str(&token->text, rest);
    }
    buf_clear(&bytes);
}

static void save(struct token *token)
{
    struct buf bytes;
    buf_init(&bytes, TOKEN_MAX * 2);
    if (buf_add_format(&bytes, "%s\n%s\n", token->app_key, token->user) &&
        buf_add_str(&bytes, buf_str(&token->text)))
        meta_set(token->store, STR("token"), buf_str(&bytes));
    buf_clear(&bytes);
}

struct token *token_new(struct net *net, struct store *store,
                        const struct token_options *options)
{
    struct token *token = MEM_NEW(struct token);
    token->net = net;
    token->store = store;
    token->api = options->api;
    token->app_key = str_dup(options->app_key);
    token->user = str_dup(options->user);
    token->name = str_dup(options->name.len ? options->name : options->user);
    token->is_static = options->fixed.len > 0;
    buf_init(&token->text, TOKEN_MAX);
    if (token->is_static)
        buf_add_str(&token->text, options->fixed);
    else
        load(token);
    return token;
}

void token_free(struct token *token)
{
    if (!token)
        return;
    token_stop(token);
    buf_clear(&token->text);
    free(token->app_key);
    free(token->user);
    free(token->name);
    free(token);
}

static void give(void *arg)
{
    struct token *token = arg;
    token->fn(token->arg, buf_str(&token->text), NULL);
}

static void on_token(void *arg, const struct json *answer, const struct err *why)
{
    struct token *token = arg;
    token->call = NULL;
    struct str text = json_str(json_get(answer, "token"));
    struct err err = { 0 };
    if (!answer) {
        token->fn(token->arg, STR_NONE, why);
        return;
    }
    buf_reset(&token->text);
    if (text.len == 0 || !buf_add_str(&token->text, text)) {
        err_set(&err, ERR_PROTO, "user/getToken answered without a usable token");
        token->fn(token->arg, STR_NONE, &err);
        return;
    }
    save(token);
    give(token);
}

/* Starting failed at once; the answer still comes later, as promised. */
static void give_nothing(void *arg)
{
    struct token *token = arg;
    struct err err = { 0 };
    err_set(&err, ERR_CONFIG, "the address of the Server API cannot be used");
    token->fn(token->arg, STR_NONE, &err);
}

void token_ask(struct token *token, token_fn *fn, void *arg)
{
    token_stop(token);
    token->fn = fn;
    token->arg = arg;
    if (token->text.len > 0) {
        loop_defer(net_loop(token->net), give, token);
        return;
    }
    struct buf body;
    buf_init(&body, 16384);
    bool started = token->api && form_add(&body, "userId", str_from(token->user)) &&
                   form_add(&body, "name", str_from(token->name));
    if (started)
        token->call = server_api_start_once(token->api, "/user/getToken.json",
                                            buf_str(&body), on_token, token, NULL);
    if (!token->call)
        loop_defer(net_loop(token->net), give_nothing, token);
    buf_clear(&body);
}

void token_stop(struct token *token)
{
    server_api_cancel(token->call);
    token->call = NULL;
    loop_defer_cancel(net_loop(token->net), give, token);
    loop_defer_cancel(net_loop(token->net), give_nothing, token);
}

bool token_refused(struct token *token)
{
    if (token->is_static)
        return false;
    buf_reset(&token->text);
    meta_del(token->store, STR("token"));
    return token->api != NULL;
}

struct str token_stem(struct str text)
{
    ptrdiff_t at = str_index(text, '@');
    return at < 0 ? text : str_sub(text, 0, (size_t)at);
}
