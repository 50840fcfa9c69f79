/*
 * config: the operator's file (design.md 10), checked and taken apart.
 *
 * Every mistake is reported at once, one line each: "FILE:LINE: key: what is wrong".
 * Values of secrets are never printed.
 *
 * Layer: app.  Thread: loop thread only.
 */
#ifndef APP_CONFIG_H
#define APP_CONFIG_H

#include "app/app.h"
#include "base/buf.h"
#include "im/account.h"
#include "im/webhook.h"
#include "script/script.h"

struct str_list {
    struct str *at;
    size_t count;
};

/* What RongCloud posts to us; the keys of the paths are the words of enum webhook. */
struct config_webhooks {
    struct str paths[WEBHOOKS]; /* empty: none */
    struct str_list chats;      /* groups and chatrooms that are heard; none: all */
    struct str_list from;       /* addresses that may post; none: all */
    struct str_list proxies;    /* addresses that say for whom they post */
    int64_t window_ms;          /* how old a signature may be; 0: of any age */
    int64_t deadline_ms;        /* for a verdict */
    bool deny;                  /* what nobody could judge in time */
};

/* All strings are borrowed from the configuration. */
struct config_bot {
    struct str name;
    const struct json *node; /* all that was written about it */
    struct account_config account;
    struct config_webhooks webhooks;
    int worker;    /* that owns it, from 1 on */
    struct str ca; /* PEM file trusted besides the system's; empty: none */
    struct str_list navi, api, owners, moderators, notices_from;
    struct str_list argv, env; /* of token.from = "command" */
    enum store_durable durable;
    int64_t command_max_age_ms;
    int64_t cpu_minute_ms; /* of each plugin */
    struct str language;
    struct zone *zone; /* owned; of the machine when the file names none */
    struct config_plugin *plugins;
    size_t plugin_count;
};

struct config_plugin {
    struct str name;
    struct str_list grants;
    const struct json *config; /* NULL: none */
    const struct data *source; /* where it is written, for messages */
    struct str key;            /* "bots.b.plugins.p" */
};

struct config {
    int refs;
    char *path;
    struct buf text;             /* what the file said */
    char *folder;                /* of the file: paths are relative to it */
    char *state;                 /* absolute or relative to the working folder */
    struct str_list plugin_path; /* folders, the bundled one last; each resolved */
    struct str http;             /* listen.http, "HOST:PORT"; empty: nothing listens */
    int workers;
    bool eval; /* code may come over the control socket */
    struct config_bot *bots;
    size_t bot_count;
    struct data *data;
    struct config_text *texts; /* what was made up while reading */
};

/* NULL with the problems in `problems` (lines) when there is any. */
struct config *config_read(const struct app *app, const char *path, struct buf *problems);
/* The same for a text that was read already from the file `path`. */
struct config *config_parse(const struct app *app, const char *path, struct str text,
                            struct buf *problems);
struct config *config_ref(struct config *config); /* ... once more, for another owner */
void config_free(struct config *config);          /* NULL is fine */

const struct config_bot *config_bot(const struct config *config, struct str name);

/* The plugin's row in the configuration, or NULL. */
const struct config_plugin *config_plugin(const struct config_bot *bot, struct str name);

/* Finds the plugin's folder on the plugin path. Gives the path (free it), or NULL with
 * ERR_NOT_FOUND naming the folders that were searched. */
char *config_plugin_folder(const struct config *config, struct str name, struct err *err);

/* What can be seen of the account's means from here: that its program is there. */
bool config_check_account(const struct config *config, const struct config_bot *bot,
                          struct buf *problems);

/* The word for where the token comes from, as it is written: "server_api". */
const char *config_token_word(enum account_token_from from);

/* Manifest, options and needs against what the row says; problems as script_check. */
bool config_check_plugin(const struct config *config, const struct config_plugin *row,
                         struct buf *problems);

#endif
