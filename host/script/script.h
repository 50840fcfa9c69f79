/*
 * script: the plugins of one bot.
 *
 * Each loaded plugin is an instance: its own lua_State with a hard memory limit and a CPU
 * budget. Messages are matched against the router's index in C; only handlers that asked
 * for one are entered, each as a task.
 *
 * Layer: script.  Thread: loop thread only.
 */
#ifndef SCRIPT_SCRIPT_H
#define SCRIPT_SCRIPT_H

#include "base/json.h"
#include "base/zone.h"
#include "im/account.h"
#include "net/http.h"
#include "store/db.h"

struct data;
struct script;
struct server_request;

/*
 * What a script can do in the cloud. script_im_account fills it from an account; specs
 * fill it with a fake. The calls behave as those of im/account.h: `done` exactly once,
 * never before the call returned, not at all after `cancel`. NULL with `err` when the
 * call cannot even start.
 */
struct script_im {
    void *arg;
    void *(*send)(void *arg, const struct outgoing *message, account_sent_fn *done,
                  void *done_arg, struct err *err);
    void *(*recall)(void *arg, enum conversation_type type, struct str target,
                    struct str sender, struct str uid, int64_t sent_ms,
                    account_done_fn *done, void *done_arg, struct err *err);
    void *(*history)(void *arg, const struct history_query *query,
                     account_history_fn *done, void *done_arg, struct err *err);
    void *(*order)(void *arg, const struct order *order, order_done_fn *done,
                   void *done_arg, struct err *err);
    void *(*upload)(void *arg, const struct media_upload *what, media_done_fn *done,
                    void *done_arg, struct err *err);
    bool (*is_ours)(void *arg, struct str url); /* account_is_ours */
    void (*cancel)(void *arg, void *call);
    size_t (*outbox)(void *arg);          /* messages queued or unanswered */
    void (*done)(void *arg, int64_t row); /* a journaled message is handled */
    /* One that is not comes once more, redelivered; may be NULL. */
    void (*again)(void *arg, int64_t row);
    /* Reads one once more that is not done, before it returns. False when it cannot be
     * read; may be NULL. */
    bool (*read)(void *arg, int64_t row, account_read_fn *fn, void *fn_arg);
    struct str (*user)(void *arg); /* the bot's own id */
};

/* In `notices_from`; no user has such an id. What RongCloud tells of groups that it
 * hosts, what the App Server posts, what comparing the members of a group shows. */
#define SCRIPT_NOTICES_CLOUD "@cloud"
#define SCRIPT_NOTICES_FEED "@feed"
#define SCRIPT_NOTICES_POLL "@poll"

struct script_im script_im_account(struct account *account);

/* How a script's requests reach the web: net/http, or what a spec plays for it. As
 * http_start and http_cancel. */
struct script_web {
    void *arg;
    void *(*start)(void *arg, const struct http_request *request, http_done_fn *done,
                   void *done_arg, struct err *err);
    void (*cancel)(void *arg, void *call);
};

struct script_web script_web_net(struct net *net);

struct script_options {
    struct loop *loop; /* borrowed, as is the store; both outlive the script */
    struct store *store;
    const struct script_im *im;   /* copied; may be NULL at birth: script_set_im */
    const struct script_web *web; /* copied; may be NULL: no way to the web */
    struct str bot;               /* its name in the configuration, for logs and audit */
    struct str language;          /* "en", "zh-CN" */
    const struct zone *zone;      /* borrowed; NULL: UTC */
    struct str library;           /* folder of the bundled Lua library: <data>/scripts */
    const struct str *owners;
    size_t owner_count;
    const struct str *moderators;
    size_t moderator_count;
    const struct str
        *notices_from; /* who may announce group changes; default __system__ */
    size_t notices_from_count;
    int64_t command_max_age_ms; /* older commands are backlog: not answered */
    bool serves;                /* requests will come: script_serve */
    size_t memory_limit;        /* per instance; 0: 8 MiB */
    int64_t cpu_limit_ms;       /* per event; 0: 100 */
    int64_t cpu_minute_ms;      /* per plugin and minute; 0: 30 s */
    int64_t rest_ms; /* plugins with on_save sleep after that; 0: 30 min, < 0: never */
};

/* Runs a known trigger of a defect of Lua in a child process, the first time, and keeps
 * to the stricter rules if it fails. For the start of a program, before there are other
 * threads; else script_new does it. */
void script_self_test(void);

struct script *script_new(const struct script_options *options, struct err *err);

/* Keeps what plugins want to save, cancels all tasks and frees everything. */
void script_free(struct script *script);

/* Connects it to the cloud, or (NULL) cuts it off: pending calls are cancelled by then,
 * further ones fail with ERR_CLOSED. */
void script_set_im(struct script *script, const struct script_im *im);

/* A plugin as the configuration names it. */
struct script_plugin {
    struct str name;
    struct str folder;        /* holds plugin.lua and init.lua */
    const struct str *grants; /* capabilities the operator grants */
    size_t grant_count;
    const struct json *config; /* values for the manifest's options; may be NULL */
    /* Where the operator wrote it, for messages: the file, which stays until the plugin
     * is unloaded (NULL: nowhere), and the key, "bots.b.plugins.p". */
    const struct data *source;
    struct str key;
};

/* Reads, checks and starts a plugin, with what its on_save gave last when the host ran
 * before. ERR_PLUGIN or ERR_CONFIG names file and line. ERR_EXISTS when it is loaded
 * already. */
bool script_load(struct script *script, const struct script_plugin *plugin,
                 struct err *err);

/* Ends it and forgets what it saved: loaded again it begins anew. */
bool script_unload(struct script *script, struct str name, struct err *err);

bool script_has(const struct script *script, struct str name);

/* Whether it is there for events: neither switched off nor given up. */
bool script_runs(const struct script *script, struct str name);

/* Loads the files again, unless they are what runs already (and not `force`). The new
 * version replaces the running one only when it started and took over its state without
 * an error; otherwise the old one goes on untouched. All of it happens between two
 * events. When of its first events too many fail, the old one comes back by itself
 * (trial.h). On success `report` holds "reloaded NAME 1.0.0 -> 1.0.1 generation 2", or
 * "NAME 1.0.0 has not changed"; on failure err says why and report holds "still running
 * 1.0.0". */
bool script_reload(struct script *script, struct str name, bool force, struct buf *report,
                   struct err *err);

/* What the configuration says of a loaded plugin from now on. If that is something else,
 * in more than the lines it is written in, the plugin is reloaded with it; on failure
 * what it said before stands. `report` as of script_reload, empty when nothing was to be
 * done. */
bool script_adjust(struct script *script, const struct script_plugin *plugin,
                   struct buf *report, struct err *err);

/* Brings the version before the last reload back, with the state of the one that runs:
 * "rolled back NAME 1.0.1 -> 1.0.0 generation 3". ERR_NOT_FOUND when there is none. */
bool script_rollback(struct script *script, struct str name, struct buf *report,
                     struct err *err);

/* Manifest, options and needs of a folder, without running init.lua. Every problem is one
 * line in `problems` ("FILE:LINE: what"). True when there was none. `grants` NULL skips
 * the comparison of needs and grants. */
bool script_check(const struct script_plugin *plugin, struct buf *problems);

/* The same for a folder that no configuration names: options, grants and the folder's own
 * name are not compared with anything. */
bool script_check_alone(struct str folder, struct buf *problems);

/* Gives the message to whoever wants it. Calls `done` of script_im when every task of it
 * has ended, at once if nobody wants it. */
void script_message(struct script *script, const struct message *message);

/* Other events: "connected", "disconnected" ... `data` (may be NULL) becomes a table. */
void script_event(struct script *script, const char *name, const struct json *data);

/* Runs `code` in the limited instance `console`, or in `plugin`. `done` gets what it
 * returned, as text, or an error; exactly once, perhaps before this returns. Audited, but
 * for SCRIPT_COMPLETE, which runs nothing: there `code` is a path of names, and the
 * result what it may become, a candidate a line. */
enum script_eval_how {
    SCRIPT_EVAL_LINE,   /* tables in one line */
    SCRIPT_EVAL_PRETTY, /* tables as people like to read them */
    SCRIPT_COMPLETE,
};
typedef void script_eval_fn(void *arg, struct str result, const struct err *why);
void script_eval(struct script *script, enum script_eval_how how, struct str plugin,
                 struct str code, script_eval_fn *done, void *arg);

/* Runs a script, {"name","code","args":[…],"dry"?}, or goes on with one that runs,
 * {"run":ID,"answers"?:[…],"stop"?}. `done` gets {"run":ID,"news":[…]}, or an error;
 * exactly once, perhaps before this returns. It waits some seconds for news:
 *
 *   {"print":TEXT}   {"progress":{"done":N,"total":N,"text":T}}
 *   {"read":{"path":P,"from":BYTE},"number":N}       answered by {"number":N,"text":T}
 *   {"append":{"path":P,"text":T},"number":N}        answered by {"number":N}
 *        either by {"number":N,"error":TEXT,"missing"?:true} as well
 *   {"end":{"status":N,"error"?:TEXT}}               the last one
 *
 * Nobody asks for half a minute: the script is ended. */
typedef void script_exec_fn(void *arg, const struct json *body, const struct err *why);
void script_exec(struct script *script, const struct json *body, script_exec_fn *done,
                 void *arg);

/* Appends one object per plugin: name, version, generation, state, memory, cpu_ms,
 * cpu_minute_ms (of the last minute), errors, tasks, what it handled and sent, and how
 * often it was stopped (tally.h). */
void script_status(const struct script *script, struct json *array);

/* Adds how many tasks have ended so far, by how: "returned", "raised", or the word of an
 * error ("timeout", "cancelled", "closed" ...). Only what has happened, and "returned".
 */
void script_count_ends(const struct script *script, struct json *object);

/* Hands a request to "/BOT/PLUGIN/…" to the plugin that serves it (script/serve.h); it is
 * answered now or later. */
void script_serve(struct script *script, struct server_request *request);

/* The peer went away before it was answered. */
void script_serve_gone(struct server_request *request);

/* Of what is set aside (store/journal.h): runs what a time brought and a person has
 * opened again; forgets, before it is dropped, what plugins keep of it. */
void script_retry(struct script *script);
void script_drop(struct script *script, int64_t row);

/* What handlers began and has not ended, tasks and timers: one object each, with plugin,
 * kind and (where it is known) the line of the plugin it waits in. */
void script_left(const struct script *script, struct json *array);

/* A number for a plugin of a bot, the same in every process; never 0. */
uint64_t script_id(struct str bot, struct str plugin);

/* From now on *at (NULL: nothing) is the script_id of the plugin that runs just now, 0
 * while none does. */
void script_show(volatile uint64_t *at);

/* Ends the pause of a plugin that was switched off. ERR_NOT_FOUND when it was not. */
bool script_resume(struct script *script, struct str name, struct err *err);

#ifdef MOONDOCK_TESTING
/* Raises a signal inside the plugin, as a fault of Lua would. False: it does not run. */
bool script_crash(struct script *script, struct str name, int signal);
#endif

/* Tasks that have not ended, for a drain. */
size_t script_task_count(const struct script *script);

#endif
