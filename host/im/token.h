/*
 * token: what the account proves itself with: a static one, or one from the Server API,
 * kept on disk and used until it is refused (design.md 6).
 *
 * Layer: im.  Thread: loop thread only.
 */
#ifndef IM_TOKEN_H
#define IM_TOKEN_H

#include "im/server_api.h"
#include "store/db.h"

struct token;

struct token_options {
    struct str app_key, user, name;
    struct str fixed;       /* a static token; empty: from the Server API */
    struct server_api *api; /* borrowed */
};

/* Copies the options, borrows `store`. */
struct token *token_new(struct net *net, struct store *store,
                        const struct token_options *options);
void token_free(struct token *token);

/* Called with the token, or with `why`. Never before token_ask returns. */
typedef void token_fn(void *arg, struct str text, const struct err *why);

/* One ask at a time; token_stop forgets it. */
void token_ask(struct token *token, token_fn *fn, void *arg);
void token_stop(struct token *token);

/* The server refused the present token: it is forgotten. False: there is no other. */
bool token_refused(struct token *token);

/* The text before '@': what names a token in caches (wire.md H.10). */
struct str token_stem(struct str text);

#endif
