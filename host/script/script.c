#include "script/script.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "script/calendar.h"
#include "script/exec.h"
#include "script/inside.h"
#include "script/limits_probe.h"
#include "script/record.h"
#include "script/role.h"
#include "script/router.h"
#include "script/snapshot.h"
#include "script/task.h"
#include "script/waiters.h"

#include <signal.h>
#include <string.h>

#define SCRATCH_MAX ((size_t)1 << 20)
#define REST_MS (30 * 60 * 1000)

struct plugin *script_find(const struct script *script, struct str name)
{
    for (struct plugin *at = script->plugins; at; at = at->next)
        if (str_eq(str_from(at->name), name))
            return at;
    return NULL;
}

bool script_has(const struct script *script, struct str name)
{
    return script_find(script, name) != NULL;
}

bool script_runs(const struct script *script, struct str name)
{
    const struct plugin *plugin = script_find(script, name);
    return plugin && plugin->live && plugin->live->state == INSTANCE_LIVE;
}

static void settle(void *arg)
{
    struct script *script = arg;
    script->settling = false;
    for (struct plugin *at = script->plugins; at; at = at->next)
        plugin_settle(at);
    if (script->console && script->console->state == INSTANCE_GONE) {
        instance_free(script->console);
        script->console = NULL;
    }
    exec_settle(script);
}

void script_settle_soon(struct script *script)
{
    if (script->settling || script->runtime.closing)
        return;
    script->settling = true;
    loop_defer(script->runtime.loop, settle, script);
}

static struct plugin *plugin_of(struct script *script, const struct instance *live)
{
    for (struct plugin *at = script->plugins; at; at = at->next)
        if (at->live == live)
            return at;
    return NULL;
}

static void on_failed(void *arg, struct instance *instance, struct str why)
{
    struct plugin *plugin = plugin_of(arg, instance);
    if (plugin)
        plugin_failed(plugin, why);
}

static bool on_woken(void *arg, struct instance *instance, struct err *err)
{
    struct plugin *plugin = plugin_of(arg, instance);
    return !plugin || plugin_woken(plugin, err);
}

static void on_lost(void *arg, struct instance *instance, const char *why)
{
    struct script *script = arg;
    struct plugin *plugin = plugin_of(script, instance);
    if (plugin)
        plugin_lost(plugin, why);
    else
        exec_lost(script, instance, why);
    script_settle_soon(script);
}

static void on_ticked(void *arg, struct instance *instance, uint64_t ticks)
{
    struct plugin *plugin = plugin_of(arg, instance);
    if (plugin)
        plugin_ticked(plugin, ticks);
}

static void on_strained(void *arg, struct instance *instance)
{
    struct script *script = arg;
    struct plugin *plugin = plugin_of(script, instance);
    if (plugin)
        plugin_strained(plugin);
    script_settle_soon(script);
}

static void on_drained(void *arg, struct instance *instance)
{
    (void)instance;
    script_settle_soon(arg);
}

void script_self_test(void)
{
    limits_lua_is_defective();
}

struct script *script_new(const struct script_options *options, struct err *err)
{
    limits_tell_defect();
    if (!guard_open(err))
        return NULL;
    struct script *script = MEM_NEW(struct script);
    struct runtime *runtime = &script->runtime;
    runtime_init(runtime, options);
    runtime->router = router_new();
    runtime->waiters = waiters_new(runtime->loop, deliver_message, script);
    runtime->calendar = calendar_new(runtime);
    role_load(runtime);
    store_on_saving(runtime->store, record_save, runtime);
    runtime->on_failed = on_failed;
    runtime->on_woken = on_woken;
    runtime->on_lost = on_lost;
    runtime->on_ticked = on_ticked;
    runtime->on_strained = on_strained;
    runtime->on_drained = on_drained;
    runtime->owner = script;
    script->rest_ms = options->rest_ms ? options->rest_ms : REST_MS;
    buf_init(&script->scratch, SCRATCH_MAX);
    return script;
}

void script_free(struct script *script)
{
    if (!script)
        return;
    for (struct plugin *at = script->plugins; at; at = at->next)
        snapshot_take(at);
    script->runtime.closing = true;
    loop_defer_cancel(script->runtime.loop, settle, script);
    while (script->plugins) {
        struct plugin *plugin = script->plugins;
        script->plugins = plugin->next;
        plugin_free(plugin);
    }
    instance_free(script->console);
    exec_close(script);
    record_close(&script->runtime);
    waiters_free(script->runtime.waiters);
    calendar_free(script->runtime.calendar);
    router_free(script->runtime.router);
    runtime_clear(&script->runtime);
    buf_clear(&script->scratch);
    free(script);
    guard_close();
}

void script_set_im(struct script *script, const struct script_im *im)
{
    if (im)
        script->runtime.im = *im;
    else
        memset(&script->runtime.im, 0, sizeof(script->runtime.im));
}

uint64_t script_id(struct str bot, struct str plugin)
{
    const struct str parts[] = { bot, STR("/"), plugin };
    uint64_t id = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        for (size_t j = 0; j < parts[i].len; j++)
            id = (id ^ (unsigned char)parts[i].at[j]) * UINT64_C(0x100000001b3);
    return id ? id : 1;
}

void script_show(volatile uint64_t *at)
{
    guard_show(at);
}

#ifdef MOONDOCK_TESTING
static int crash_body(void *arg)
{
    raise(*(int *)arg);
    return 0;
}

bool script_crash(struct script *script, struct str name, int signal)
{
    struct plugin *plugin = script_find(script, name);
    return plugin && plugin->live && instance_run(plugin->live, crash_body, &signal) == 0;
}
#endif

static size_t count_tasks(const struct plugin *plugin)
{
    size_t count = plugin->live ? plugin->live->task_count : 0;
    for (const struct old *old = plugin->old; old; old = old->next)
        count += old->instance->task_count;
    return count;
}

size_t script_task_count(const struct script *script)
{
    size_t count = script->console ? script->console->task_count : 0;
    count += exec_task_count(script);
    for (const struct plugin *at = script->plugins; at; at = at->next)
        count += count_tasks(at);
    return count;
}

void script_count_ends(const struct script *script, struct json *object)
{
    const uint64_t *ends = script->runtime.ends;
    for (int i = 0; i < ERR_COUNT; i++) {
        const char *word = i == ERR_NONE     ? "returned"
                           : i == ERR_PLUGIN ? "raised"
                                             : err_word((enum err_code)i);
        if (ends[i] > 0 || i == ERR_NONE)
            json_add_int(object, word, (int64_t)ends[i]);
    }
}

/* What its instances did, those that are gone, too: the numbers never fall. */
static void show_past(const struct plugin *plugin, struct json *row)
{
    const struct instance *live = plugin->live;
    uint64_t errors = plugin->errors, samples = plugin->samples;
    struct tally tally = plugin->tally;
    if (live) {
        errors += live->errors;
        samples += live->limits.samples;
        tally_add(&tally, &live->tally);
    }
    for (const struct old *old = plugin->old; old; old = old->next) {
        errors += old->instance->errors;
        samples += old->instance->limits.samples;
        tally_add(&tally, &old->instance->tally);
    }
    json_add_int(row, "cpu_ms", (int64_t)samples * GUARD_TICK_MS);
    json_add_int(row, "cpu_minute_ms", usage_minute_ms(&plugin->usage, clock_mono_ms()));
    json_add_int(row, "errors", (int64_t)errors);
    tally_show(&tally, row);
}

void script_status(const struct script *script, struct json *array)
{
    for (const struct plugin *at = script->plugins; at; at = at->next) {
        struct json *row = json_add(array, NULL, json_object());
        const struct instance *live = at->live;
        json_add_str(row, "name", str_from(at->name));
        json_add_str(row, "version", str_from(at->version->text));
        json_add_int(row, "generation", at->generation);
        json_add_str(row, "state",
                     !live     ? STR("off")
                     : live->L ? STR("running")
                               : STR("asleep"));
        json_add_int(row, "memory", live ? (int64_t)live->limits.arena.used : 0);
        show_past(at, row);
        json_add_int(row, "tasks", (int64_t)count_tasks(at));
        if (at->note)
            json_add_str(row, "note", str_from(at->note));
    }
}

void script_retry(struct script *script)
{
    calendar_retry(&script->runtime);
}

void script_drop(struct script *script, int64_t row)
{
    calendar_drop(&script->runtime, row);
}
