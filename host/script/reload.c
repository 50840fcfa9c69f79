#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/must.h"
#include "script/handover.h"
#include "script/inside.h"
#include "script/router.h"
#include "script/task.h"

#include <string.h>

#define DRAIN_MS (60 * 1000)
#define STRIKE_WINDOW_MS (10 * 60 * 1000)
#define HARD_STOPS_MAX 3
#define SOFT_STOPS_MAX 20
#define OFF_MIN_MS (60 * 1000)
#define OFF_MAX_MS (60 * 60 * 1000)

/* --- records --- */

static struct plugin *plugin_new(struct script *script, const struct script_plugin *given)
{
    struct plugin *plugin = MEM_NEW(struct plugin);
    plugin->script = script;
    plugin->order = ++script->last_order;
    plugin->name = str_dup(given->name);
    plugin->folder = str_dup(given->folder);
    plugin->grants = mem_zero((given->grant_count + 1) * sizeof(char *));
    for (; plugin->grant_count < given->grant_count; plugin->grant_count++)
        plugin->grants[plugin->grant_count] = str_dup(given->grants[plugin->grant_count]);
    plugin->config = given->config ? json_copy(given->config) : NULL;
    plugin->source = given->source;
    plugin->key = str_dup(given->key);
    plugin->off_ms = OFF_MIN_MS;
    return plugin;
}

static void free_old(struct plugin *plugin, struct old **link)
{
    struct old *old = *link;
    *link = old->next;
    loop_timer_stop(plugin->script->runtime.loop, &old->deadline);
    plugin->errors += old->instance->errors;
    plugin->samples += old->instance->limits.samples;
    instance_free(old->instance);
    free(old);
}

void plugin_free(struct plugin *plugin)
{
    loop_timer_stop(plugin->script->runtime.loop, &plugin->back_on);
    while (plugin->old)
        free_old(plugin, &plugin->old);
    instance_free(plugin->live);
    version_release(plugin->version);
    for (size_t i = 0; i < plugin->grant_count; i++)
        free(plugin->grants[i]);
    free(plugin->grants);
    json_free(plugin->config);
    free(plugin->key);
    free(plugin->folder);
    free(plugin->name);
    free(plugin);
}

static struct version *read_version(const struct plugin *plugin, struct err *err)
{
    struct str *grants = mem_zero((plugin->grant_count + 1) * sizeof(*grants));
    for (size_t i = 0; i < plugin->grant_count; i++)
        grants[i] = str_from(plugin->grants[i]);
    struct script_plugin given = {
        .name = str_from(plugin->name),
        .folder = str_from(plugin->folder),
        .grants = grants,
        .grant_count = plugin->grant_count,
        .config = plugin->config,
        .source = plugin->source,
        .key = str_from(plugin->key),
    };
    struct version *version = version_read(&given, err);
    free(grants);
    return version;
}

/* A staged instance whose main chunk has run, or NULL. */
static struct instance *stage(struct plugin *plugin, struct version *version,
                              struct err *err)
{
    struct instance *instance = instance_new(&plugin->script->runtime, version);
    instance->order = plugin->order;
    if (instance_start(instance, err))
        return instance;
    instance_free(instance);
    return NULL;
}

static void go_live(struct plugin *plugin, struct instance *instance)
{
    version_ref(instance->version);
    version_release(plugin->version);
    plugin->version = instance->version;
    plugin->live = instance;
    plugin->generation++;
    instance_commit(instance);
}

/* --- load, unload, reload --- */

bool script_load(struct script *script, const struct script_plugin *given,
                 struct err *err)
{
    if (script_find(script, given->name))
        return err_set(err, ERR_EXISTS, "%.*s is loaded already", STR_ARG(given->name));
    struct plugin *plugin = plugin_new(script, given);
    struct version *version = read_version(plugin, err);
    struct instance *instance = version ? stage(plugin, version, err) : NULL;
    version_release(version);
    if (!instance) {
        plugin_free(plugin);
        return false;
    }
    struct plugin **link = &script->plugins;
    while (*link)
        link = &(*link)->next;
    *link = plugin;
    go_live(plugin, instance);
    log_info(LOG_SCRIPT, "bot=%s plugin=%s loaded version=%s", script->runtime.bot,
             plugin->name, plugin->version->text);
    return true;
}

bool script_unload(struct script *script, struct str name, struct err *err)
{
    struct plugin **link = &script->plugins;
    must(!guard_inside());
    while (*link && !str_eq(str_from((*link)->name), name))
        link = &(*link)->next;
    struct plugin *plugin = *link;
    if (!plugin)
        return err_set(err, ERR_NOT_FOUND, "%.*s is not loaded", STR_ARG(name));
    if (plugin->live) {
        instance_retire(plugin->live);
        task_cancel_all(plugin->live, ERR_CANCELLED, "the plugin was unloaded");
    }
    *link = plugin->next;
    log_info(LOG_SCRIPT, "bot=%s plugin=%s unloaded", script->runtime.bot, plugin->name);
    plugin_free(plugin);
    return true;
}

static void on_deadline(void *arg)
{
    struct old *old = arg;
    old->late = true;
    old->instance->runtime->on_drained(old->instance->runtime->owner, old->instance);
}

/* Its handlers and timers are gone; its tasks may finish. */
static void drain(struct plugin *plugin, struct instance *instance)
{
    struct old *old = MEM_NEW(struct old);
    old->instance = instance;
    old->next = plugin->old;
    plugin->old = old;
    instance_retire(instance);
    loop_timer_start(plugin->script->runtime.loop, &old->deadline, DRAIN_MS, on_deadline,
                     old);
    script_settle_soon(plugin->script);
}

static bool reload(struct plugin *plugin, struct buf *report, struct err *err)
{
    struct version *version = read_version(plugin, err);
    struct instance *instance = version ? stage(plugin, version, err) : NULL;
    version_release(version);
    if (!instance)
        return false;
    if (plugin->live && !handover(plugin->live, instance, err)) {
        instance_free(instance);
        return false;
    }
    struct version *before = version_ref(plugin->version);
    loop_timer_stop(plugin->script->runtime.loop, &plugin->back_on);
    if (plugin->live)
        drain(plugin, plugin->live);
    go_live(plugin, instance);
    buf_add_format(report, "reloaded %s %s -> %s generation %u", plugin->name,
                   before->text, plugin->version->text, plugin->generation);
    version_release(before);
    return true;
}

bool script_reload(struct script *script, struct str name, struct buf *report,
                   struct err *err)
{
    struct plugin *plugin = script_find(script, name);
    must(!guard_inside());
    if (!plugin)
        return err_set(err, ERR_NOT_FOUND, "%.*s is not loaded", STR_ARG(name));
    if (reload(plugin, report, err)) {
        log_info(LOG_SCRIPT, "bot=%s plugin=%s version=%s generation=%u reloaded",
                 script->runtime.bot, plugin->name, plugin->version->text,
                 plugin->generation);
        return true;
    }
    if (plugin->live)
        buf_add_format(report, "still running %s", plugin->version->text);
    else
        buf_add_format(report, "%s stays switched off", plugin->version->text);
    return false;
}

/* --- after hard and soft stops --- */

static void back_on(void *arg)
{
    struct plugin *plugin = arg;
    script_settle_soon(plugin->script);
}

static void switch_off(struct plugin *plugin, const char *why)
{
    int64_t now = clock_mono_ms();
    if (plugin->last_off_ms && now - plugin->last_off_ms > 2 * OFF_MAX_MS)
        plugin->off_ms = OFF_MIN_MS; /* it has behaved for long */
    plugin->last_off_ms = now;
    log_error(LOG_SCRIPT, "bot=%s plugin=%s switched off for %d min: %s",
              plugin->script->runtime.bot, plugin->name, (int)(plugin->off_ms / 60000),
              why);
    loop_timer_start(plugin->script->runtime.loop, &plugin->back_on, plugin->off_ms,
                     back_on, plugin);
    plugin->off_ms = plugin->off_ms * 2 > OFF_MAX_MS ? OFF_MAX_MS : plugin->off_ms * 2;
    memset(&plugin->hard_stops, 0, sizeof(plugin->hard_stops));
    memset(&plugin->soft_stops, 0, sizeof(plugin->soft_stops));
}

void plugin_lost(struct plugin *plugin)
{
    unsigned dropped;
    if (!rate_pass(&plugin->hard_stops, clock_mono_ms(), HARD_STOPS_MAX - 1,
                   STRIKE_WINDOW_MS, &dropped))
        switch_off(plugin, "stopped hard too often");
}

void plugin_strained(struct plugin *plugin)
{
    unsigned dropped;
    if (!rate_pass(&plugin->soft_stops, clock_mono_ms(), SOFT_STOPS_MAX - 1,
                   STRIKE_WINDOW_MS, &dropped))
        switch_off(plugin, "stopped too often");
}

/* The same version again, in a new state. */
static void restart(struct plugin *plugin)
{
    struct err err = { 0 };
    struct version *version = version_ref(plugin->version);
    struct instance *instance = stage(plugin, version, &err);
    version_release(version);
    if (!instance) {
        switch_off(plugin, err.text);
        return;
    }
    go_live(plugin, instance);
    log_warn(LOG_SCRIPT, "bot=%s plugin=%s started again", plugin->script->runtime.bot,
             plugin->name);
}

void plugin_settle(struct plugin *plugin)
{
    for (struct old **link = &plugin->old; *link;) {
        struct instance *instance = (*link)->instance;
        if ((*link)->late)
            task_cancel_all(instance, ERR_RELOADED,
                            "reloaded: a new version of the plugin runs");
        if ((*link)->late || instance->task_count == 0 ||
            instance->state == INSTANCE_GONE)
            free_old(plugin, link);
        else
            link = &(*link)->next;
    }
    bool off = loop_timer_runs(&plugin->back_on);
    if (plugin->live && off)
        instance_end(plugin->live);
    if (plugin->live && plugin->live->state == INSTANCE_GONE) {
        plugin->errors += plugin->live->errors;
        plugin->samples += plugin->live->limits.samples;
        instance_free(plugin->live);
        plugin->live = NULL;
    }
    if (!plugin->live && !off)
        restart(plugin);
}
