#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/must.h"
#include "script/descriptor.h"
#include "script/handover.h"
#include "script/inside.h"
#include "script/later.h"
#include "script/pack.h"
#include "script/router.h"
#include "script/snapshot.h"
#include "script/task.h"

#include <string.h>

/* --- records --- */

static void take_row(struct plugin_row *row, const struct script_plugin *given)
{
    row->folder = str_dup(given->folder);
    row->grants = mem_zero((given->grant_count + 1) * sizeof(char *));
    for (row->grant_count = 0; row->grant_count < given->grant_count; row->grant_count++)
        row->grants[row->grant_count] = str_dup(given->grants[row->grant_count]);
    row->config = given->config ? json_copy(given->config) : NULL;
    row->source = given->source;
    row->key = str_dup(given->key);
}

static void clear_row(struct plugin_row *row)
{
    for (size_t i = 0; i < row->grant_count; i++)
        free(row->grants[i]);
    free(row->grants);
    json_free(row->config);
    free(row->key);
    free(row->folder);
}

static bool same_row(const struct plugin_row *a, const struct plugin_row *b)
{
    bool same = a->grant_count == b->grant_count && strcmp(a->folder, b->folder) == 0 &&
                json_equal(a->config, b->config);
    for (size_t i = 0; same && i < a->grant_count; i++)
        same = strcmp(a->grants[i], b->grants[i]) == 0;
    return same;
}

static struct plugin *plugin_new(struct script *script, const struct script_plugin *given)
{
    struct plugin *plugin = MEM_NEW(struct plugin);
    plugin->script = script;
    plugin->order = ++script->last_order;
    plugin->name = str_dup(given->name);
    take_row(&plugin->row, given);
    buf_init(&plugin->state, PACK_MAX);
    return plugin;
}

void plugin_bury(struct plugin *plugin, struct instance *instance)
{
    plugin->errors += instance->errors;
    plugin->samples += instance->limits.samples;
    tally_add(&plugin->tally, &instance->tally);
    instance_free(instance);
}

void plugin_free_old(struct plugin *plugin, struct old **link)
{
    struct old *old = *link;
    *link = old->next;
    loop_timer_stop(plugin->script->runtime.loop, &old->deadline);
    plugin_bury(plugin, old->instance);
    free(old);
}

void plugin_free(struct plugin *plugin)
{
    loop_timer_stop(plugin->script->runtime.loop, &plugin->back_on);
    snapshot_clear(plugin);
    while (plugin->old)
        plugin_free_old(plugin, &plugin->old);
    instance_free(plugin->live);
    version_release(plugin->version);
    version_release(plugin->before);
    free(plugin->note);
    clear_row(&plugin->row);
    free(plugin->name);
    free(plugin);
}

static struct version *read_version(const struct plugin *plugin, struct err *err)
{
    const struct plugin_row *row = &plugin->row;
    struct str *grants = mem_zero((row->grant_count + 1) * sizeof(*grants));
    for (size_t i = 0; i < row->grant_count; i++)
        grants[i] = str_from(row->grants[i]);
    struct script_plugin given = {
        .name = str_from(plugin->name),
        .folder = str_from(row->folder),
        .grants = grants,
        .grant_count = row->grant_count,
        .config = row->config,
        .source = row->source,
        .key = str_from(row->key),
    };
    struct version *version = version_read(&given, err);
    free(grants);
    return version;
}

/* A staged instance whose main chunk has run, or NULL. */
struct instance *plugin_stage(struct plugin *plugin, struct version *version,
                              struct err *err)
{
    struct instance *instance = instance_new(&plugin->script->runtime, version);
    instance->order = plugin->order;
    if (instance_start(instance, err)) {
        descriptor_record(instance);
        return instance;
    }
    instance_free(instance);
    return NULL;
}

struct instance *plugin_stage_again(struct plugin *plugin, struct version *version,
                                    struct err *err)
{
    struct err why = { 0 };
    struct instance *instance = plugin_stage(plugin, version, err);
    if (!instance || plugin->state.len == 0 ||
        handover_load(instance, buf_str(&plugin->state), plugin->state_from, &why))
        return instance;
    log_warn(LOG_SCRIPT, "bot=%s plugin=%s starts without its state: %s",
             plugin->script->runtime.bot, plugin->name, why.text);
    instance_free(instance);
    return plugin_stage(plugin, version, err);
}

/* Asleep, when it is known what it registers; else staged. */
static struct instance *stage_first(struct plugin *plugin, struct version *version,
                                    struct err *err)
{
    struct instance *instance = instance_new(&plugin->script->runtime, version);
    instance->order = plugin->order;
    if (descriptor_apply(instance)) {
        instance->slept = plugin->state.len > 0;
        return instance;
    }
    instance_free(instance);
    return plugin_stage_again(plugin, version, err);
}

void plugin_go_live(struct plugin *plugin, struct instance *instance)
{
    version_ref(instance->version);
    version_release(plugin->version);
    plugin->version = instance->version;
    plugin->live = instance;
    plugin->generation++;
    plugin->snapshot_ended = plugin->rest_ended = 0;
    plugin->rest_since_ms = clock_mono_ms();
    instance_commit(instance);
    snapshot_plan(plugin);
}

/* --- load, unload, reload --- */

bool script_load(struct script *script, const struct script_plugin *given,
                 struct err *err)
{
    if (script_find(script, given->name))
        return err_set(err, ERR_EXISTS, "%.*s is loaded already", STR_ARG(given->name));
    struct plugin *plugin = plugin_new(script, given);
    struct version *version = read_version(plugin, err);
    snapshot_recall(plugin);
    struct instance *instance = version ? stage_first(plugin, version, err) : NULL;
    version_release(version);
    if (!instance) {
        plugin_free(plugin);
        return false;
    }
    struct plugin **link = &script->plugins;
    while (*link)
        link = &(*link)->next;
    *link = plugin;
    plugin_go_live(plugin, instance);
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
    snapshot_forget(plugin);
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

/* Its handlers and timers are gone; its tasks may finish, for as long as its own manifest
 * says. */
static void drain(struct plugin *plugin, struct instance *instance)
{
    struct old *old = MEM_NEW(struct old);
    old->instance = instance;
    old->next = plugin->old;
    plugin->old = old;
    instance_retire(instance);
    loop_timer_start(plugin->script->runtime.loop, &old->deadline,
                     instance->version->drain_ms, on_deadline, old);
    script_settle_soon(plugin->script);
}

/* Gives `instance` the state of the live one; without on_save there, and while the plugin
 * is off or asleep, what was saved last. */
bool plugin_hand_over(struct plugin *plugin, struct instance *instance, struct err *err)
{
    struct buf state;
    buf_init(&state, PACK_MAX);
    const struct instance *live = plugin->live;
    bool lives = live && live->state == INSTANCE_LIVE && live->L; /* not asleep */
    bool ok = !lives || handover_save(plugin->live, &state, err);
    bool fresh = ok && lives && plugin->live->saves;
    const char *from =
        fresh || !plugin->state_from ? plugin->version->text : plugin->state_from;
    ok = ok &&
         handover_load(instance, buf_str(fresh ? &state : &plugin->state), from, err);
    if (ok && fresh)
        snapshot_keep(plugin, &state);
    else
        buf_clear(&state);
    return ok;
}

/* Puts `instance`, which is ready, where the live one was. */
void plugin_take_over(struct plugin *plugin, struct instance *instance)
{
    loop_timer_stop(plugin->script->runtime.loop, &plugin->back_on);
    version_release(plugin->before);
    plugin->before = version_ref(plugin->version);
    free(plugin->note);
    plugin->note = NULL;
    plugin->goes_back = false; /* the one that failed is gone already */
    struct instance *live = plugin->live;
    if (live)
        drain(plugin, live);
    plugin_go_live(plugin, instance);
    if (live)
        later_move(live, instance);
}

/* Staging, hand-over and switch are one call on the loop thread, outside of all instances
 * (script_reload insists): no event can arrive in between, so there is no queue to freeze
 * and nothing to give back when it fails. What a task of the old one waits for comes
 * later, and finds it draining. */
static bool replace(struct plugin *plugin, struct version *version, struct err *err)
{
    /* One that was never woken has nothing to hand over. */
    bool fresh = plugin->live && !plugin->live->L && !plugin->live->slept;
    struct instance *instance =
        fresh ? stage_first(plugin, version, err) : plugin_stage(plugin, version, err);
    if (!instance)
        return false;
    if (instance->L && !plugin_hand_over(plugin, instance, err)) {
        instance_free(instance);
        return false;
    }
    plugin_take_over(plugin, instance);
    return true;
}

static void report_still(const struct plugin *plugin, struct buf *report)
{
    if (plugin->live)
        buf_add_format(report, "still running %s", plugin->version->text);
    else
        buf_add_format(report, "%s stays switched off", plugin->version->text);
}

static bool reload(struct plugin *plugin, struct version *version, struct buf *report,
                   struct err *err)
{
    if (!replace(plugin, version, err))
        return false;
    trial_start(&plugin->trial, clock_mono_ms());
    buf_add_format(report, "reloaded %s %s -> %s generation %u", plugin->name,
                   plugin->before->text, plugin->version->text, plugin->generation);
    return true;
}

bool script_reload(struct script *script, struct str name, bool force, struct buf *report,
                   struct err *err)
{
    struct plugin *plugin = script_find(script, name);
    must(!guard_inside());
    if (!plugin)
        return err_set(err, ERR_NOT_FOUND, "%.*s is not loaded", STR_ARG(name));
    struct version *version = read_version(plugin, err);
    bool same = version && plugin->live && !force &&
                strcmp(version->digest, plugin->version->digest) == 0;
    bool ok = same || (version && reload(plugin, version, report, err));
    version_release(version);
    if (same)
        buf_add_format(report, "%s %s has not changed", plugin->name,
                       plugin->version->text);
    else if (ok)
        log_info(LOG_SCRIPT, "bot=%s plugin=%s version=%s generation=%u reloaded",
                 script->runtime.bot, plugin->name, plugin->version->text,
                 plugin->generation);
    else
        report_still(plugin, report);
    return ok;
}

bool script_adjust(struct script *script, const struct script_plugin *given,
                   struct buf *report, struct err *err)
{
    struct plugin *plugin = script_find(script, given->name);
    if (!plugin)
        return err_set(err, ERR_NOT_FOUND, "%.*s is not loaded", STR_ARG(given->name));
    struct plugin_row before = plugin->row, now;
    take_row(&now, given);
    if (same_row(&before, &now)) {
        plugin->row = now;
        clear_row(&before);
        return true;
    }
    plugin->row = now;
    if (!script_reload(script, given->name, true, report, err)) {
        plugin->row = before;
        plugin->row.source = given->source; /* the other one may be gone soon */
        clear_row(&now);
        return false;
    }
    /* Nobody gets back what has been taken from it. */
    trial_end(&plugin->trial);
    version_release(plugin->before);
    plugin->before = NULL;
    clear_row(&before);
    return true;
}

bool script_rollback(struct script *script, struct str name, struct buf *report,
                     struct err *err)
{
    struct plugin *plugin = script_find(script, name);
    must(!guard_inside());
    if (!plugin)
        return err_set(err, ERR_NOT_FOUND, "%.*s is not loaded", STR_ARG(name));
    if (!plugin->before) {
        report_still(plugin, report);
        return err_set(err, ERR_NOT_FOUND, "there is no version before %s",
                       plugin->version->text);
    }
    if (!replace(plugin, plugin->before, err)) {
        report_still(plugin, report);
        return false;
    }
    trial_end(&plugin->trial);
    buf_add_format(report, "rolled back %s %s -> %s generation %u", plugin->name,
                   plugin->before->text, plugin->version->text, plugin->generation);
    log_info(LOG_SCRIPT, "bot=%s plugin=%s version=%s generation=%u rolled back",
             script->runtime.bot, plugin->name, plugin->version->text,
             plugin->generation);
    version_release(plugin->before); /* what one rolled back from is not kept */
    plugin->before = NULL;
    return true;
}
