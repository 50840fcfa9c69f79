/*
 * What becomes of plugins that fail: a new version that fails its trial goes back to the
 * one before, a state that was stopped hard is started again, and who is stopped too
 * often is switched off for a while.
 */
#include "base/clock.h"
#include "base/log.h"
#include "script/handover.h"
#include "script/inside.h"
#include "script/task.h"

#include <string.h>

#define STRIKE_WINDOW_MS (10 * 60 * 1000)
#define HARD_STOPS_MAX 3
#define SOFT_STOPS_MAX 20
#define OFF_MIN_MS (60 * 1000)
#define OFF_MAX_MS (60 * 60 * 1000)

/* --- a version that fails its trial --- */

/* The state of the failing version if it gives one, else the one it was given, else none:
 * a plugin that works again is worth more. */
static struct instance *stage_before(struct plugin *plugin, struct err *err)
{
    for (int attempt = 0; attempt < 3; attempt++) {
        struct instance *instance = plugin_stage(plugin, plugin->before, err);
        if (!instance)
            return NULL;
        if (attempt == 2)
            return instance;
        const char *from = plugin->state_from ? plugin->state_from : plugin->before->text;
        if (attempt == 0 ? plugin_hand_over(plugin, instance, err)
                         : handover_load(instance, buf_str(&plugin->state), from, err))
            return instance;
        instance_free(instance);
    }
    return NULL;
}

static void take_back(struct plugin *plugin)
{
    struct err err = { 0 };
    struct buf note;
    struct instance *instance = stage_before(plugin, &err);
    if (!instance) {
        log_error(LOG_SCRIPT, "bot=%s plugin=%s %s does not start any more: %s",
                  plugin->script->runtime.bot, plugin->name, plugin->before->text,
                  err.text);
        return;
    }
    buf_init(&note, 600);
    buf_add_format(&note, "went back from %s: %u of its first events failed; first: %s",
                   plugin->version->text, plugin->trial.failed, plugin->trial.first);
    plugin_take_over(plugin, instance);
    version_release(plugin->before);
    plugin->before = NULL;
    plugin->note = buf_take(&note, NULL);
    log_error(LOG_SCRIPT,
              "bot=%s plugin=%s version=%s generation=%u %s; mend it and "
              "reload",
              plugin->script->runtime.bot, plugin->name, plugin->version->text,
              plugin->generation, plugin->note);
}

void plugin_failed(struct plugin *plugin, struct str why)
{
    if (!plugin->before ||
        !trial_fail(&plugin->trial, clock_mono_ms(), plugin->live->ended, why))
        return;
    plugin->goes_back = true;
    script_settle_soon(plugin->script);
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
    if (!plugin->off_ms ||
        (plugin->last_off_ms && now - plugin->last_off_ms > 2 * OFF_MAX_MS))
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
    memset(&plugin->busy_minutes, 0, sizeof(plugin->busy_minutes));
}

bool script_resume(struct script *script, struct str name, struct err *err)
{
    struct plugin *plugin = script_find(script, name);
    if (!plugin || !loop_timer_runs(&plugin->back_on))
        return err_set(err, ERR_NOT_FOUND, "%.*s is not switched off", STR_ARG(name));
    loop_timer_stop(script->runtime.loop, &plugin->back_on);
    script_settle_soon(script);
    return true;
}

void plugin_lost(struct plugin *plugin, const char *why)
{
    unsigned dropped;
    plugin_failed(plugin, str_from(why));
    if (!rate_pass(&plugin->hard_stops, clock_mono_ms(), HARD_STOPS_MAX - 1,
                   STRIKE_WINDOW_MS, &dropped))
        switch_off(plugin, "stopped hard too often");
}

/* No single event took too long, but all of them together: a warning, then off. */
void plugin_ticked(struct plugin *plugin, uint64_t ticks)
{
    const struct runtime *runtime = &plugin->script->runtime;
    int64_t now = clock_mono_ms();
    unsigned dropped;
    usage_add(&plugin->usage, now, ticks);
    int64_t used = usage_minute_ms(&plugin->usage, now);
    if (used <= runtime->cpu_minute_ms || loop_timer_runs(&plugin->back_on))
        return;
    usage_forget(&plugin->usage);
    if (rate_pass(&plugin->busy_minutes, now, 1, STRIKE_WINDOW_MS, &dropped)) {
        log_warn(LOG_SCRIPT,
                 "bot=%s plugin=%s used %d ms of CPU in a minute, at most %d: it will be "
                 "switched off when that happens again; do less per event",
                 runtime->bot, plugin->name, (int)used, (int)runtime->cpu_minute_ms);
        return;
    }
    switch_off(plugin, "too much CPU time in a minute, again");
    script_settle_soon(plugin->script);
}

void plugin_strained(struct plugin *plugin)
{
    unsigned dropped;
    if (!rate_pass(&plugin->soft_stops, clock_mono_ms(), SOFT_STOPS_MAX - 1,
                   STRIKE_WINDOW_MS, &dropped))
        switch_off(plugin, "stopped too often");
}

/* The same version again, in a new state, with what was saved last. */
static void restart(struct plugin *plugin)
{
    struct err err = { 0 };
    struct instance *instance = plugin_stage_again(plugin, plugin->version, &err);
    if (!instance) {
        switch_off(plugin, err.text);
        return;
    }
    plugin_go_live(plugin, instance);
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
            plugin_free_old(plugin, link);
        else
            link = &(*link)->next;
    }
    if (plugin->goes_back) {
        plugin->goes_back = false;
        take_back(plugin);
    }
    bool off = loop_timer_runs(&plugin->back_on);
    if (plugin->live && off)
        instance_end(plugin->live);
    if (plugin->live && plugin->live->state == INSTANCE_GONE) {
        plugin_bury(plugin, plugin->live);
        plugin->live = NULL;
    }
    if (!plugin->live && !off)
        restart(plugin);
}
