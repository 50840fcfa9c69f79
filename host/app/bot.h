/*
 * bot: one account with its plugins: store, account and script put together.
 *
 * Layer: app.  Thread: loop thread only.
 */
#ifndef APP_BOT_H
#define APP_BOT_H

#include "app/config.h"
#include "app/quarantine.h"
#include "net/net.h"

struct bot;

struct bot_options {
    const struct app *app; /* borrowed */
    struct config *config; /* a reference is taken */
    const struct config_bot *row;
    uint64_t order; /* bot_order */
    struct net *net;
    struct governor *governor;
    const struct quarantine *quarantine; /* may be NULL: nobody is */
    bool bare; /* no plugins; messages stay in the journal for the next one that opens it
                */
    void (*on_state)(void *arg); /* the account's state changed */
    /* A plugin in quarantine was started by an operator. */
    void (*on_released)(void *arg, uint64_t who);
    void *arg;
};

/* Opens <state>/<name>.db, goes online and loads the plugins. A plugin that does not load
 * is logged and shown by bot_status; the others go on. */
struct bot *bot_open(const struct bot_options *options, struct err *err);
void bot_close(struct bot *bot);

struct str bot_name(const struct bot *bot);
/* What the configuration in force says of it. */
const struct config_bot *bot_row(const struct bot *bot);

/* Online, or waiting for a person. */
bool bot_settled(const struct bot *bot);
/* It waits for a person; `err` (ERR_CLOSED) says why. */
bool bot_needs_person(const struct bot *bot, struct err *err);

/* Takes no more messages; bot_idle tells when the tasks have ended and the outbox is
 * empty. */
void bot_hold(struct bot *bot);
bool bot_idle(const struct bot *bot);

/* One plugin, by name; configuration and grants as the configuration says. Loading and
 * reloading it end its quarantine, too. */
bool bot_load(struct bot *bot, struct str plugin, struct err *err);
bool bot_unload(struct bot *bot, struct str plugin, struct err *err);
bool bot_has(const struct bot *bot, struct str plugin); /* loaded, or meant to be */
bool bot_reload(struct bot *bot, struct str plugin, bool force, struct buf *report,
                struct err *err);
bool bot_rollback(struct bot *bot, struct str plugin, struct buf *report,
                  struct err *err);
/* Ends the pause of one that is switched off or in quarantine. */
bool bot_resume(struct bot *bot, struct str plugin, struct err *err);

/* For what only asks its scripts: eval, exec, requests to "/BOT/PLUGIN/…". Borrowed. */
struct script *bot_script(struct bot *bot);
struct account *bot_account(struct bot *bot);

/* In what order they were opened: of two bots the later one has the higher number. */
uint64_t bot_order(const struct bot *bot);

/* From now on plugins are loaded as another configuration says, in which the rest of the
 * bot's row is the same; `row` belongs to it. Plugins that run are not touched. */
void bot_use(struct bot *bot, struct config *config, const struct config_bot *row);

/* Reloads a plugin that runs if its part of the configuration has changed, and loads one
 * that does not if it was `changed`; one in quarantine is left there. `report` says what
 * was done, or is empty. */
bool bot_adjust(struct bot *bot, struct str plugin, bool changed, struct buf *report,
                struct err *err);

#ifdef MOONDOCK_TESTING
bool bot_crash(struct bot *bot, struct str plugin, int signal);
#endif

/* Appends {"name","user","state","since_ms","detail","came_online","received",
 * "redelivered","handled","acknowledged","refused","given_up" (account_counts),"ended",
 * "outbox","journal","poison","stopped","interrupted","set_aside" (aside.h),"plugins":
 * […]}. */
void bot_status(const struct bot *bot, struct json *array);

#endif
