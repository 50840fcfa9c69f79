/*
 * account: one RongCloud account online. Puts together token, navi, session, inbox,
 * outbox and Server API; what bots, `moondock chat` and the specs' simulated members
 * open.
 *
 * Incoming: on_message is called once per message UID, after its journal row was added in
 * this turn; the owner calls account_done when it is handled. The turn-end hook commits
 * the store, then acknowledges to the server what was committed, then lets the outbox
 * leave. Nothing leaves before the commit of the turn it was made in.
 *
 * Every call with a `done` calls it exactly once, never before it returns, unless the
 * account is closed or the call cancelled: then `done` is called with ERR_CLOSED or not
 * at all, respectively.
 *
 * Layer: im.  Thread: loop thread only.
 */
#ifndef IM_ACCOUNT_H
#define IM_ACCOUNT_H

#include "im/governor.h"
#include "im/media.h"
#include "im/message.h"
#include "im/order.h"
#include "net/net.h"
#include "store/db.h"
#include "store/journal.h"

struct account;
struct account_call; /* a pending call, for account_cancel */

enum account_token_from {
    ACCOUNT_TOKEN_STATIC,
    ACCOUNT_TOKEN_SERVER_API,
    ACCOUNT_TOKEN_COMMAND,
    ACCOUNT_TOKEN_APP_SERVER,
};

/* A program that prints a token (im/token_command). */
struct account_command {
    const struct str *argv; /* the program, searched in PATH, and its arguments */
    size_t argv_count;
    const struct str *env; /* names of further variables that it gets to see */
    size_t env_count;
    struct str folder; /* it works in; empty: ours */
};

/* Where the bot has an account of its own (im/token_app). */
struct account_app_server {
    struct str url, account, password;
};

struct account_config {
    struct str app_key, user;
    struct str name;        /* shown name, for user/getToken; empty: the id */
    struct str secret;      /* empty: no Server API */
    const struct str *navi; /* base URLs in order of preference */
    size_t navi_count;
    const struct str *api;
    size_t api_count;
    enum account_token_from token_from;
    struct str token;                     /* with ACCOUNT_TOKEN_STATIC */
    struct account_command command;       /* with ACCOUNT_TOKEN_COMMAND */
    struct account_app_server app_server; /* with ACCOUNT_TOKEN_APP_SERVER */
    struct str sdk_version;               /* empty: "5.38.0" */
    struct str api_version;               /* empty: "browser|moondock|VERSION" */
    struct str notices_from;              /* reserved for the owner; copied */
    bool reconnect_when_kicked;           /* policy on_kicked */
    struct governor *governor; /* of the process, borrowed; NULL: one of its own */
    struct governor_quotas quotas;
    bool poll_members; /* plain groups: compares who is in them (im/roster) */
    bool webhook; /* no socket: account_receive brings messages, the Server API sends */
    int64_t send_max_age_ms; /* what could not be sent by then is given up; 0: never */
};

enum account_state {
    ACCOUNT_CONNECTING,
    ACCOUNT_SYNCING,
    ACCOUNT_ONLINE,
    ACCOUNT_DEGRADED,
    ACCOUNT_OFFLINE, /* retrying */
    ACCOUNT_BLOCKED, /* retrying every 10 min */
    /* the ones that need a person */
    ACCOUNT_KICKED,
    ACCOUNT_TOKEN_REFUSED,
    ACCOUNT_REFUSED,
};

const char *account_state_word(enum account_state state); /* "online" */
bool account_needs_person(enum account_state state);

struct account_events {
    void (*on_message)(void *arg, const struct message *message);
    /* `detail` says why, in a sentence; empty when all is well. */
    void (*on_state)(void *arg, enum account_state state, struct str detail);
};

/* Starts going online. Copies the config; borrows net and store. */
struct account *account_open(struct net *net, struct store *store,
                             const struct account_config *config,
                             const struct account_events *events, void *arg,
                             struct err *err);
/* Not from inside a callback of the account. */
void account_close(struct account *account);

enum account_state account_state(const struct account *account);
struct str account_detail(const struct account *account);
int64_t account_state_since_ms(const struct account *account);
struct str account_user(const struct account *account);

typedef void account_done_fn(void *arg, const struct err *why); /* NULL: done */

/* A message that came by another way than the socket. `done` is called when it is on
 * disk, also when it was there before; with ERR_STORAGE when that failed, with ERR_CLOSED
 * when the account was closed meanwhile. False: it cannot be taken now. */
bool account_receive(struct account *account, const struct message *message,
                     account_done_fn *done, void *arg, struct err *err);

/* Whether a message of that UID has been taken before. */
bool account_knows(const struct account *account, struct str uid);

/* Marks a journaled message as handled; `row` as in struct message. */
void account_done(struct account *account, int64_t row);

/* Stops handing up messages (pushes are kept in the journal); on: hands up the rest. */
void account_hold(struct account *account, bool hold);

typedef void account_sent_fn(void *arg, const struct sent *sent, const struct err *why);

/* Queues a message; rows are saved first. `done` runs when the server has accepted or
 * refused it (ERR_REFUSED with the number), or when it has waited too long (ERR_TIMEOUT:
 * it never leaves then), or with ERR_UNKNOWN. */
struct account_call *account_send(struct account *account, const struct outgoing *message,
                                  account_sent_fn *done, void *arg, struct err *err);

/* Recalls a message: one's own over the socket; somebody else's through the Server API
 * (needs the secret). `sender` is the author. */
struct account_call *account_recall(struct account *account, enum conversation_type type,
                                    struct str target, struct str sender, struct str uid,
                                    int64_t sent_ms, account_done_fn *done, void *arg,
                                    struct err *err);

/* One page of history (wire.md F.5). `messages` are borrowed for the callback. */
typedef void account_history_fn(void *arg, const struct message *messages, size_t count,
                                bool more, const struct err *why);
struct account_call *account_history(struct account *account,
                                     const struct history_query *query,
                                     account_history_fn *done, void *arg,
                                     struct err *err);

/* Groups and users: im/order.h. ERR_DENIED when this account may not: most of it takes
 * the app secret (Server API); in groups that RongCloud hosts the socket does much of it.
 */
struct account_call *account_order(struct account *account, const struct order *order,
                                   order_done_fn *done, void *arg, struct err *err);

/* Uploads a file to RongCloud's store: im/media.h. */
struct account_call *account_upload(struct account *account,
                                    const struct media_upload *what, media_done_fn *done,
                                    void *arg, struct err *err);

/* Whether the address is in the account's own store. */
bool account_is_ours(const struct account *account, struct str url);

/* `done` will not be called. What was queued may still leave. */
void account_cancel(struct account_call *call);

/* Messages that were set aside: handled again, or forgotten. ERR_NOT_FOUND. `bytes` as of
 * journal_find_aside. */
bool account_find_aside(struct account *account, int64_t row, struct journal_row *out,
                        struct buf *bytes, struct err *err);
bool account_retry(struct account *account, int64_t row, struct err *err);
bool account_drop(struct account *account, int64_t row, struct err *err);

/* A message at hand is set aside for the plugin, and handled. */
void account_keep(struct account *account, int64_t row, struct str plugin,
                  enum journal_why why);

/* For a plugin that is not there just now, and perhaps was when the message was handed up
 * before: if the process died in it, or the plugin had begun with it, it is set aside for
 * the plugin. The others go on. */
bool account_keep_absent(struct account *account, const struct message *message,
                         struct str plugin);

/* How many there are; and each (store/journal.h). */
size_t account_aside(const struct account *account, enum journal_why why);
void account_each_aside(struct account *account, journal_fn *fn, void *arg);

/* Hands up once more a row that is still open. */
bool account_again(struct account *account, int64_t row);

/* Reads one, before it returns; `message` is borrowed for the call. False: there is none.
 */
typedef void account_read_fn(void *arg, const struct message *message);
bool account_read(struct account *account, int64_t row, account_read_fn *fn, void *arg);

/* What has happened since it was opened. */
struct account_counts {
    int64_t handled; /* journaled messages: account_done */
    /* What became of sends: the server has them, refused them, or nobody could tell in
     * time. */
    int64_t acknowledged, refused, given_up;
};
struct account_counts account_counts(const struct account *account);

/* For ctl status: rows waiting in the outbox and the journal. */
size_t account_outbox_depth(const struct account *account);
size_t account_journal_depth(const struct account *account);

int64_t account_written(const struct account *account); /* store_written */

#endif
