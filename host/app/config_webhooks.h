/*
 * config_webhooks: the part of the configuration about what RongCloud posts to us.
 *
 * Private to app/config*.c.  Layer: app.  Thread: loop thread only.
 */
#ifndef APP_CONFIG_WEBHOOKS_H
#define APP_CONFIG_WEBHOOKS_H

#include "app/config.h"
#include "app/schema.h"

extern const struct schema_row config_webhook_rows[];

/* Of one bot's account. */
void config_read_webhooks(const struct config *config, struct config_bot *bot,
                          struct buf *problems);

void config_free_webhooks(struct config_bot *bot);

/* What bots have in common, after their workers are known. */
void config_check_webhooks(const struct config *config, struct buf *problems);

#endif
