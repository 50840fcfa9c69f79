/*
 * app_names: what people and groups are called, as the App Server knows it (app-server.md
 * 3, profile 1): asked in batches of 100, known for ten minutes, also that somebody has
 * no name. Log-in as the bot when it is first needed, and once more when the session is
 * over. What fails is not asked again for a minute: names are a comfort, nobody waits for
 * them twice.
 *
 * Layer: im.  Thread: loop thread only.
 */
#ifndef IM_APP_NAMES_H
#define IM_APP_NAMES_H

#include "im/account.h"

struct app_names;

/* NULL: the configuration names no App Server. Borrows `net`, copies the rest. */
struct app_names *app_names_new(struct net *net, const struct account_config *config);
void app_names_free(struct app_names *names); /* NULL is fine; ends what waits */

/* Those of the ids that are not known yet -> [{"id", "name"}]; of the users when `users`,
 * else of the bot's groups. `done` is never called before this returns; with [] also when
 * there was nothing to ask, or nothing was told. */
struct account_call *app_names_ask(struct app_names *names, bool users,
                                   const struct json *ids, order_done_fn *done,
                                   void *arg);

#endif
