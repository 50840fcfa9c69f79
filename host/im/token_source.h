/*
 * token_source: one way to get a token: the Server API, a program, the App Server. What
 * is kept and when it is asked for is im/token's affair.
 *
 * Layer: im.  Thread: loop thread only.
 */
#ifndef IM_TOKEN_SOURCE_H
#define IM_TOKEN_SOURCE_H

#include "im/account.h"
#include "im/server_api.h"

struct token_found {
    struct str text;    /* as it came */
    int64_t expires_ms; /* wall clock; 0: not told */
};

/* `found` NULL: there is none, `why` says so: ERR_TOKEN or ERR_CONFIG when a person has
 * to do something, anything else may pass. Both are borrowed for the call. */
typedef void token_found_fn(void *arg, const struct token_found *found,
                            const struct err *why);

/* The first member of each kind. */
struct token_source {
    /* Asks; `fn` is called exactly once, never before this returns. `stale` is a token
     * that will not do (any more), or empty. One at a time. False: cannot be started, and
     * `err` says so in the same codes; `fn` is not called. */
    bool (*ask)(struct token_source *source, struct str stale, token_found_fn *fn,
                void *arg, struct err *err);
    void (*stop)(struct token_source *source); /* `fn` will not be called */
    void (*free)(struct token_source *source); /* stopped before */
};

/* Borrows `api`. */
struct token_source *token_from_api(struct server_api *api, struct str user,
                                    struct str name);

/* Copies the config: command, app_key, user. */
struct token_source *token_from_command(struct loop *loop,
                                        const struct account_config *config);

/* Copies the config: app_server, user. */
struct token_source *token_from_app(struct net *net, const struct account_config *config);

/* What the program printed: one line, the token; or a JSON object with "token" and maybe
 * "expires". `found` borrows from `text` or from `*root` (json_free it). ERR_PROTO. Pure.
 */
bool token_output_read(struct str text, struct token_found *found, struct json **root,
                       struct err *err);

/* Makes of "Set-Cookie: NAME=VALUE; …" among header lines the one line that gives them
 * back: "Cookie: NAME=VALUE; NAME=VALUE"; empty when there is none. What does not fit is
 * left out. Pure. */
void token_cookies_read(struct str headers, struct buf *out);

/* When a token ends: a number of seconds or milliseconds since 1970; 0 for what is no
 * such number. */
int64_t token_expires_read(const struct json *node);

#endif
