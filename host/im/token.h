/*
 * token: what the account proves itself with: a static one, or one from a token_source,
 * kept on disk and used until it is refused (design.md 6).
 *
 * When a token's end is known, the next one is asked for ahead of it, by 5 minutes or a
 * tenth of its life, whichever is less. The connection stays; who asks next gets the new
 * one. A failure there is no failure of the account: it is tried again, at growing
 * distances, and when the token has ended whoever asks next hears why there is none.
 *
 * Layer: im.  Thread: loop thread only.
 */
#ifndef IM_TOKEN_H
#define IM_TOKEN_H

#include "im/token_source.h"
#include "store/db.h"

struct token;

struct token_options {
    struct str app_key, user;
    struct str fixed;            /* a static token; empty: from the source */
    struct token_source *source; /* taken; NULL with a static one */
};

/* Copies the texts, borrows `store`. */
struct token *token_new(struct net *net, struct store *store,
                        const struct token_options *options);
void token_free(struct token *token); /* NULL is fine */

/* Called with the token, or with `why`, in the codes of token_found_fn. Never before
 * token_ask returns. */
typedef void token_fn(void *arg, struct str text, const struct err *why);

/* One ask at a time; token_stop forgets it. */
void token_ask(struct token *token, token_fn *fn, void *arg);
void token_stop(struct token *token);

/* The server refused `text`: it is forgotten, unless there is a newer one already.
 * False: there is no other. */
bool token_refused(struct token *token, struct str text);

/* The text before '@': what names a token in caches (wire.md H.10). */
struct str token_stem(struct str text);

#endif
