#include "app/bot.h"

#include "app/aside.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"

#include <stdio.h>
#include <string.h>

/* Answers that the server has not accepted yet, at which no more messages are taken, and
 * at which they are again: every one of them is a task that waits, and a plugin may have
 * 1,000 of those. */
enum { OUTBOX_FULL = 800, OUTBOX_CALM = 400 };

struct bot {
    const struct app *app;
    struct config *opened; /* a reference: the script borrows its time zone */
    struct config *config; /* likewise, to the one in force */
    const struct config_bot *row;
    uint64_t order;
    struct net *net;
    struct net *own_net; /* when the account trusts a CA of its own */
    struct store *store;
    struct account *account;
    struct script *script;
    struct map failed; /* plugin name -> why it did not load (a C string) */
    struct map held;   /* plugin name -> struct held */
    const struct quarantine *quarantine;
    struct loop_hook relief;
    int64_t received, redelivered, came_online;
    bool full;   /* messages stay in the journal until the outbox is calm */
    bool drains; /* ... or for good */
    void (*on_state)(void *arg);
    void (*on_released)(void *arg, uint64_t who);
    void *arg;
};

/* A plugin in quarantine. */
struct held {
    struct bot *bot;
    char *name;
    struct loop_timer end;
    char why[sizeof(((struct quarantined *)NULL)->why)];
};

static void on_relief(void *arg)
{
    struct bot *bot = arg;
    if (!bot->full || account_outbox_depth(bot->account) > OUTBOX_CALM)
        return;
    bot->full = false;
    if (!bot->drains)
        account_hold(bot->account, false);
}

/* Plugins in quarantine were in it, perhaps. */
static void keep_for_held(struct bot *bot, const struct message *message)
{
    struct str name;
    void *held;
    for (size_t at = 0; map_next(&bot->held, &at, &name, &held);)
        aside_absent(bot->account, message, name, ((struct held *)held)->why);
}

static void on_message(void *arg, const struct message *message)
{
    struct bot *bot = arg;
    if (aside_again(bot->account, bot->script, message))
        return;
    if (message->redelivered)
        keep_for_held(bot, message);
    bot->received++;
    bot->redelivered += message->redelivered;
    script_message(bot->script, message);
    if (!bot->full && account_outbox_depth(bot->account) >= OUTBOX_FULL) {
        bot->full = true;
        account_hold(bot->account, true);
    }
}

static void on_state(void *arg, enum account_state state, struct str detail)
{
    struct bot *bot = arg;
    log_line(account_needs_person(state) ? LOG_ERROR : LOG_INFO, LOG_APP,
             "bot=%.*s state=%s%s%.*s", STR_ARG(bot->row->name),
             account_state_word(state), detail.len ? " " : "", STR_ARG(detail));
    if (state == ACCOUNT_ONLINE) {
        bot->came_online++;
        script_event(bot->script, "connected", NULL);
    } else if (state == ACCOUNT_OFFLINE || account_needs_person(state)) {
        struct json *data = json_object();
        json_add_str(data, "state", str_from(account_state_word(state)));
        json_add_str(data, "detail", detail);
        script_event(bot->script, "disconnected", data);
        json_free(data);
    }
    bot->on_state(bot->arg);
}

static void forget_failure(struct bot *bot, struct str plugin)
{
    free(map_del(&bot->failed, plugin));
}

static void keep_failure(struct bot *bot, struct str plugin, const struct err *why)
{
    free(map_set(&bot->failed, plugin, str_dup(str_from(why->text))));
}

static struct loop *loop_of(const struct bot *bot)
{
    return net_loop(bot->net);
}

static void free_held(struct held *held)
{
    if (!held)
        return;
    loop_timer_stop(loop_of(held->bot), &held->end);
    free(held->name);
    free(held);
}

/* What the configuration says of it, which may be nothing. */
static struct script_plugin describe(const struct bot *bot, struct str plugin,
                                     const char *folder)
{
    const struct config_plugin *row = config_plugin(bot->row, plugin);
    return (struct script_plugin){
        .name = plugin,
        .folder = folder ? str_from(folder) : STR_NONE,
        .grants = row ? row->grants.at : NULL,
        .grant_count = row ? row->grants.count : 0,
        .config = row ? row->config : NULL,
        .source = row ? row->source : NULL,
        .key = row ? row->key : STR_NONE,
    };
}

static bool load(struct bot *bot, struct str plugin, struct err *err)
{
    struct err why = { 0 };
    char *folder = config_plugin_folder(bot->config, plugin, &why);
    struct script_plugin wanted = describe(bot, plugin, folder);
    bool loaded = folder && script_load(bot->script, &wanted, &why);
    if (loaded)
        forget_failure(bot, plugin);
    else if (why.code != ERR_EXISTS && (wanted.source || folder))
        keep_failure(bot, plugin, &why);
    free(folder);
    if (!loaded)
        return err_set(err, why.code, "%s", why.text);
    return true;
}

static void load_or_log(struct bot *bot, struct str plugin)
{
    struct err err = { 0 };
    if (!load(bot, plugin, &err)) {
        log_error(LOG_APP, "bot=%.*s plugin=%.*s not loaded: %s", STR_ARG(bot->row->name),
                  STR_ARG(plugin), err.text);
    }
}

static void on_quarantine_over(void *arg)
{
    struct held *held = arg;
    map_del(&held->bot->held, str_from(held->name));
    log_warn(LOG_APP, "bot=%.*s plugin=%s quarantine over", STR_ARG(held->bot->row->name),
             held->name);
    load_or_log(held->bot, str_from(held->name));
    free_held(held);
}

static void hold(struct bot *bot, struct str plugin, const struct quarantined *entry)
{
    struct held *held = MEM_NEW(struct held);
    int64_t left_ms = entry->until_ms - clock_mono_ms();
    held->bot = bot;
    held->name = str_dup(plugin);
    memcpy(held->why, entry->why, sizeof(held->why));
    loop_timer_start(loop_of(bot), &held->end, left_ms, on_quarantine_over, held);
    free_held(map_set(&bot->held, plugin, held));
    log_error(LOG_APP, "bot=%.*s plugin=%.*s in quarantine for %llds: %s",
              STR_ARG(bot->row->name), STR_ARG(plugin), (long long)left_ms / 1000,
              held->why);
}

/* True when it was in quarantine. */
static bool release(struct bot *bot, struct str plugin)
{
    struct held *held = map_del(&bot->held, plugin);
    if (!held)
        return false;
    free_held(held);
    bot->on_released(bot->arg, script_id(bot->row->name, plugin));
    return true;
}

bool bot_load(struct bot *bot, struct str plugin, struct err *err)
{
    release(bot, plugin);
    return load(bot, plugin, err);
}

static void load_all(struct bot *bot)
{
    for (size_t i = 0; i < bot->row->plugin_count; i++) {
        struct str name = bot->row->plugins[i].name;
        const struct quarantined *entry =
            bot->quarantine
                ? quarantine_find(bot->quarantine, script_id(bot->row->name, name))
                : NULL;
        if (entry)
            hold(bot, name, entry);
        else
            load_or_log(bot, name);
    }
}

static bool open_parts(struct bot *bot, struct net *shared, struct governor *governor,
                       struct err *err)
{
    const struct config_bot *row = bot->row;
    struct net *net = shared; /* the account's; plugins trust no CA but the system's */
    if (row->ca.len > 0) {
        bot->own_net = net_new(net_loop(net), row->ca.at, err);
        if (!bot->own_net)
            return false;
        net = bot->own_net;
    }
    char path[4096];
    int len = snprintf(path, sizeof(path), "%s/%.*s.db", bot->config->state,
                       STR_ARG(row->name));
    if (len < 0 || (size_t)len >= sizeof(path))
        return err_set(err, ERR_CONFIG, "state: the path is too long");
    bot->store = store_open(path, row->durable, err);
    if (!bot->store)
        return false;
    static const struct account_events events = {
        .on_message = on_message,
        .on_state = on_state,
    };
    struct account_config account = row->account;
    account.governor = governor;
    bot->account = account_open(net, bot->store, &account, &events, bot, err);
    if (!bot->account)
        return false;
    struct script_im im = script_im_account(bot->account);
    struct script_web web = script_web_net(shared);
    struct script_options options = {
        .loop = net_loop(net),
        .store = bot->store,
        .im = &im,
        .web = &web,
        .bot = row->name,
        .language = row->language,
        .zone = row->zone,
        .library = str_from(bot->app->library),
        .owners = row->owners.at,
        .owner_count = row->owners.count,
        .moderators = row->moderators.at,
        .moderator_count = row->moderators.count,
        .notices_from = row->notices_from.at,
        .notices_from_count = row->notices_from.count,
        .command_max_age_ms = row->command_max_age_ms,
        .cpu_minute_ms = row->cpu_minute_ms,
        .serves = bot->config->http.len > 0,
    };
    bot->script = script_new(&options, err);
    return bot->script != NULL;
}

struct bot *bot_open(const struct bot_options *options, struct err *err)
{
    struct bot *bot = MEM_NEW(struct bot);
    bot->app = options->app;
    bot->opened = config_ref(options->config);
    bot->config = config_ref(options->config);
    bot->order = options->order;
    bot->row = options->row;
    bot->net = options->net;
    bot->quarantine = options->quarantine;
    bot->on_released = options->on_released;
    bot->on_state = options->on_state;
    bot->arg = options->arg;
    if (!open_parts(bot, options->net, options->governor, err)) {
        err_wrap(err, "bot %.*s", STR_ARG(bot->row->name));
        bot_close(bot);
        return NULL;
    }
    loop_hook_add(net_loop(options->net), &bot->relief, on_relief, bot);
    if (options->bare)
        bot_hold(bot);
    else
        load_all(bot);
    return bot;
}

void bot_close(struct bot *bot)
{
    loop_hook_remove(&bot->relief);
    if (bot->script)
        script_free(bot->script);
    if (bot->account)
        account_close(bot->account);
    if (bot->store)
        store_close(bot->store);
    if (bot->own_net)
        net_free(bot->own_net);
    struct str name;
    void *text;
    for (size_t at = 0; map_next(&bot->failed, &at, &name, &text);)
        free(text);
    map_clear(&bot->failed);
    for (size_t at = 0; map_next(&bot->held, &at, &name, &text);)
        free_held(text);
    map_clear(&bot->held);
    config_free(bot->config);
    config_free(bot->opened);
    free(bot);
}

struct str bot_name(const struct bot *bot)
{
    return bot->row->name;
}

const struct config_bot *bot_row(const struct bot *bot)
{
    return bot->row;
}

bool bot_settled(const struct bot *bot)
{
    enum account_state state = account_state(bot->account);
    return state == ACCOUNT_ONLINE || account_needs_person(state);
}

bool bot_needs_person(const struct bot *bot, struct err *err)
{
    enum account_state state = account_state(bot->account);
    if (!account_needs_person(state))
        return false;
    err_set(err, ERR_CLOSED, "bot %.*s is %s: %.*s", STR_ARG(bot->row->name),
            account_state_word(state), STR_ARG(account_detail(bot->account)));
    return true;
}

void bot_hold(struct bot *bot)
{
    bot->drains = true;
    account_hold(bot->account, true);
}

bool bot_idle(const struct bot *bot)
{
    return script_task_count(bot->script) == 0 && account_outbox_depth(bot->account) == 0;
}

bool bot_unload(struct bot *bot, struct str plugin, struct err *err)
{
    struct held *held = map_del(&bot->held, plugin);
    if (held) {
        free_held(held);
        return true;
    }
    if (map_get(&bot->failed, plugin)) {
        forget_failure(bot, plugin);
        return true;
    }
    return script_unload(bot->script, plugin, err);
}

bool bot_has(const struct bot *bot, struct str plugin)
{
    return map_get(&bot->failed, plugin) || map_get(&bot->held, plugin) ||
           script_has(bot->script, plugin);
}

bool bot_rollback(struct bot *bot, struct str plugin, struct buf *report, struct err *err)
{
    return script_rollback(bot->script, plugin, report, err);
}

bool bot_reload(struct bot *bot, struct str plugin, bool force, struct buf *report,
                struct err *err)
{
    if (map_get(&bot->failed, plugin) || map_get(&bot->held, plugin)) {
        if (!bot_load(bot, plugin, err))
            return false;
        return buf_add_format(report, "loaded %.*s", STR_ARG(plugin));
    }
    return script_reload(bot->script, plugin, force, report, err);
}

bool bot_resume(struct bot *bot, struct str plugin, struct err *err)
{
    if (release(bot, plugin))
        return load(bot, plugin, err);
    return script_resume(bot->script, plugin, err);
}

struct script *bot_script(struct bot *bot)
{
    return bot->script;
}

struct account *bot_account(struct bot *bot)
{
    return bot->account;
}

uint64_t bot_order(const struct bot *bot)
{
    return bot->order;
}

void bot_use(struct bot *bot, struct config *config, const struct config_bot *row)
{
    config_free(bot->config);
    bot->config = config_ref(config);
    bot->row = row;
}

bool bot_adjust(struct bot *bot, struct str plugin, bool changed, struct buf *report,
                struct err *err)
{
    if (map_get(&bot->held, plugin))
        return true;
    if (!script_has(bot->script, plugin)) {
        if (!changed)
            return true;
        if (!load(bot, plugin, err))
            return false;
        return buf_add_format(report, "loaded %.*s", STR_ARG(plugin));
    }
    char *folder = config_plugin_folder(bot->config, plugin, err);
    struct script_plugin wanted = describe(bot, plugin, folder);
    bool ok = folder && script_adjust(bot->script, &wanted, report, err);
    free(folder);
    return ok;
}

#ifdef MOONDOCK_TESTING
bool bot_crash(struct bot *bot, struct str plugin, int signal)
{
    return script_crash(bot->script, plugin, signal);
}
#endif

/* A plugin without an instance. */
static void add_idle(struct json *plugins, struct str name, const char *state,
                     const char *why)
{
    struct json *row = json_add(plugins, NULL, json_object());
    json_add_str(row, "name", name);
    json_add_str(row, "version", STR(""));
    json_add_int(row, "generation", 0);
    json_add_str(row, "state", str_from(state));
    json_add_int(row, "memory", 0);
    json_add_int(row, "cpu_ms", 0);
    json_add_int(row, "errors", 1);
    json_add_str(row, "error", str_from(why));
}

void bot_status(const struct bot *bot, struct json *array)
{
    struct json *object = json_add(array, NULL, json_object());
    json_add_str(object, "name", bot->row->name);
    json_add_str(object, "user", account_user(bot->account));
    json_add_str(object, "state",
                 str_from(account_state_word(account_state(bot->account))));
    json_add_int(object, "since_ms",
                 clock_wall_ms() - account_state_since_ms(bot->account));
    json_add_str(object, "detail", account_detail(bot->account));
    json_add_int(object, "came_online", bot->came_online);
    json_add_int(object, "received", bot->received);
    json_add_int(object, "redelivered", bot->redelivered);
    struct account_counts counts = account_counts(bot->account);
    json_add_int(object, "handled", counts.handled);
    json_add_int(object, "acknowledged", counts.acknowledged);
    json_add_int(object, "refused", counts.refused);
    json_add_int(object, "given_up", counts.given_up);
    script_count_ends(bot->script, json_add(object, "ended", json_object()));
    json_add_int(object, "outbox", (int64_t)account_outbox_depth(bot->account));
    json_add_int(object, "journal", (int64_t)account_journal_depth(bot->account));
    json_add_int(object, "written", account_written(bot->account));
    aside_show(bot->account, object);
    struct json *plugins = json_add(object, "plugins", json_array());
    script_status(bot->script, plugins);
    struct str name;
    void *text, *held;
    for (size_t at = 0; map_next(&bot->failed, &at, &name, &text);)
        add_idle(plugins, name, "failed", text);
    for (size_t at = 0; map_next(&bot->held, &at, &name, &held);)
        add_idle(plugins, name, "quarantined", ((struct held *)held)->why);
}
