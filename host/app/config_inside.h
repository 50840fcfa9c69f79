/*
 * config_inside: what config.c and config_account.c share.
 *
 * Layer: app.
 */
#ifndef APP_CONFIG_INSIDE_H
#define APP_CONFIG_INSIDE_H

#include "app/config.h"
#include "app/schema.h"

extern const struct schema_row config_account_rows[];

/* Takes the account's table apart; it has the kinds that the rows ask for. */
void config_account_read(struct config *config, struct config_bot *bot,
                         const struct json *node, struct buf *problems);
void config_account_clear(struct config_bot *bot);

/* A copy that lives as long as the configuration; a relative path is put below `folder`.
 */
char *config_keep(struct config *config, const char *folder, struct str path);

/* The strings of a list; free() `at`, which has room for one more. */
struct str_list config_list(const struct json *node);
/* The same; of an empty one `first` and, if there is one, `second`. */
struct str_list config_list_or(const struct json *node, const char *first,
                               const char *second);

struct str config_str_or(struct str s, struct str otherwise);

#endif
