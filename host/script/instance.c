#include "script/instance.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/must.h"
#include "script/api.h"
#include "script/calendar.h"
#include "script/convert.h"
#include "script/later.h"
#include "script/limits_fences.h"
#include "script/record.h"
#include "script/router.h"
#include "script/serve.h"
#include "script/task.h"

#include <lauxlib.h>
#include <stdio.h>

#define PAUSE_MIN 100
#define SCRATCH_MAX ((size_t)1 << 20)
#define REFERENCES 7 /* with those Lua has: an array of 16 */
#define ERRORS_MAX 5
#define ERRORS_WINDOW_MS 10000

struct instance *instance_new(struct runtime *runtime, struct version *version)
{
    struct instance *instance = MEM_NEW(struct instance);
    instance->runtime = runtime;
    instance->version = version_ref(version);
    limits_init(&instance->limits, &runtime->pool, runtime->memory_limit,
                runtime->cpu_limit_ms);
    instance->limits.owner = script_id(str_from(runtime->bot), str_from(version->name));
    buf_init(&instance->scratch, SCRATCH_MAX);
    return instance;
}

/* `randomseed` is at `index`. */
static void seed(lua_State *L, int index)
{
    lua_pushvalue(L, index);
    lua_pushinteger(L, 1);
    lua_pushinteger(L, 0);
    lua_call(L, 2, 0);
}

/* Random numbers begin at a known place, to see whether the main chunk draws any. Leaves
 * `randomseed`, `random` and the first number. */
static void seed_known(lua_State *L)
{
    lua_getglobal(L, "math");
    lua_getfield(L, -1, "randomseed");
    lua_getfield(L, -2, "random");
    lua_remove(L, -3);
    seed(L, -2);
    lua_pushvalue(L, -1);
    lua_pushinteger(L, 0);
    lua_call(L, 1, 1);
    seed(L, -3);
    instance_of(L)->seeded = false;
}

/* (randomseed, random, number) -> () */
static void seed_unknown(lua_State *L)
{
    lua_pushvalue(L, -2);
    lua_pushinteger(L, 0);
    lua_call(L, 1, 1);
    if (!lua_rawequal(L, -1, -2))
        instance_note_busy(L);
    lua_pushvalue(L, -4);
    lua_call(L, 0, 0);
    lua_pop(L, 4);
}

/* Every event looks up the references of its handler and its thread, three times as fast
 * in the array of a table. One for these is made while the registry is nearly empty:
 * later it would have no array but for them. */
static void reserve_references(lua_State *L)
{
    int refs[REFERENCES];
    for (int i = 0; i < REFERENCES; i++) {
        lua_pushboolean(L, 1);
        refs[i] = luaL_ref(L, LUA_REGISTRYINDEX);
    }
    for (int i = REFERENCES; i > 0; i--)
        luaL_unref(L, LUA_REGISTRYINDEX, refs[i - 1]);
}

/* Protected. Leaves nothing; bot.lua and the plugin keep what they need. */
static int open_all(lua_State *L)
{
    struct instance *instance = instance_of(L);
    reserve_references(L);
    limits_open_fences(L);
    convert_open(L);
    api_open_require(L);
    api_push_host(L);
    api_call_library(L, "moondock/bot.lua", 1); /* bot */
    lua_pushvalue(L, -1);
    lua_setfield(L, LUA_REGISTRYINDEX, "moondock.bot");
    if (!instance->version->folder)
        return 0;
    bool watched = !instance->waking && !instance->version->descriptor;
    if (watched) { /* below the bot */
        seed_known(L);
        lua_rotate(L, -4, 3);
    }
    lua_getfield(L, LUA_REGISTRYINDEX, "moondock.load_file");
    lua_pushliteral(L, "init.lua");
    lua_call(L, 1, 1); /* bot, chunk */
    lua_insert(L, -2);
    lua_call(L, 1, 0);
    if (watched)
        seed_unknown(L);
    return 0;
}

struct start {
    struct instance *instance;
    char text[sizeof(((struct err *)NULL)->text)];
};

static int start_body(void *arg)
{
    struct start *start = arg;
    lua_State *L = start->instance->L;
    lua_gc(L, LUA_GCSTOP); /* next to nothing of what is made now is garbage */
    lua_pushcfunction(L, open_all);
    int status = lua_pcall(L, 0, 0, 0);
    lua_gc(L, LUA_GCRESTART);
    if (status == LUA_OK)
        return 0;
    struct str text = convert_error_text(L, -1);
    snprintf(start->text, sizeof(start->text), "%.*s", STR_ARG(text));
    lua_settop(L, 0);
    return 1;
}

/* Makes the state and runs the main chunk. */
static bool open_state(struct instance *instance, struct err *err)
{
    struct start start = { .instance = instance };
    instance->L = lua_newstate(limits_alloc, &instance->limits);
    if (!instance->L)
        return err_set(err, ERR_INTERNAL, "no memory for a Lua state");
    *(struct instance **)lua_getextraspace(instance->L) = instance;
    lua_atpanic(instance->L, guard_panic);
    instance->pause = INSTANCE_PAUSE;
    instance->message_type_ref = 0; /* made with the first */
    limits_set_cpu(&instance->limits, INSTANCE_START_CPU_MS);
    int result = guard_run(&instance->limits, instance->L, start_body, &start);
    limits_set_cpu(&instance->limits, instance->runtime->cpu_limit_ms);
    if (result == 0)
        return true;
    if (result < 0)
        return err_set(err, ERR_PLUGIN, "%s: %s while it was loaded",
                       instance->version->name, guard_stop_text(result));
    return err_set(err, ERR_PLUGIN, "%s", start.text);
}

bool instance_start(struct instance *instance, struct err *err)
{
    must(!instance->L && instance->state == INSTANCE_STAGING);
    if (open_state(instance, err))
        return true;
    instance_end(instance);
    return false;
}

bool instance_wake(struct instance *instance)
{
    struct runtime *runtime = instance->runtime;
    struct err err = { 0 };
    must(instance->state == INSTANCE_LIVE);
    if (instance->L)
        return true;
    handler_waking(instance);
    instance->waking = true;
    bool ok = open_state(instance, &err);
    instance->waking = false;
    handler_woken(instance);
    if (ok && runtime->on_woken)
        ok = runtime->on_woken(runtime->owner, instance, &err);
    instance->slept = false;
    if (!ok)
        instance_give_up(instance, err.text);
    return ok;
}

void instance_sleep(struct instance *instance)
{
    must(instance->state == INSTANCE_LIVE && instance->task_count == 0);
    task_free_idle(instance);
    limits_clear(&instance->limits);
    instance->L = NULL;
    instance->error_ref = instance->eval_ref = 0;
    instance->slept = true;
    json_free(instance->decoded);
    instance->decoded = NULL;
    buf_clear(&instance->scratch);
    handler_asleep(instance);
}

void instance_commit(struct instance *instance)
{
    must(instance->state == INSTANCE_STAGING);
    instance->state = INSTANCE_LIVE;
    router_add(instance->runtime->router, instance);
    api_time_commit(instance);
    calendar_open(instance);
}

void instance_retire(struct instance *instance)
{
    if (instance->state == INSTANCE_LIVE)
        router_remove(instance->runtime->router, instance);
    if (instance->state != INSTANCE_GONE)
        instance->state = INSTANCE_DRAINING;
    api_time_stop(instance);
    calendar_close(instance);
}

void instance_end(struct instance *instance)
{
    if (instance->state == INSTANCE_GONE)
        return;
    instance_retire(instance);
    instance->state = INSTANCE_GONE;
    instance->L = NULL;
    later_clear(instance);
    task_end_all(instance, "the plugin was stopped");
    task_free_idle(instance);
    api_emit_stop(instance);
    limits_clear(&instance->limits);
}

void instance_free(struct instance *instance)
{
    if (!instance)
        return;
    instance_end(instance);
    while (instance->handlers) {
        struct handler *handler = instance->handlers;
        instance->handlers = handler->next;
        handler_free(handler);
    }
    buf_clear(&instance->scratch);
    json_free(instance->decoded);
    serve_clear(instance);
    version_release(instance->version);
    free(instance);
}

void instance_give_up(struct instance *instance, const char *why)
{
    struct runtime *runtime = instance->runtime;
    if (instance->state == INSTANCE_GONE)
        return;
    log_error(LOG_SCRIPT, "bot=%s plugin=%s stopped hard: %s", runtime->bot,
              instance->version->name, why);
    instance->errors++;
    instance->tally.hard_stops++;
    record_lost(instance);
    api_time_lost(instance);
    later_lost(instance);
    instance_end(instance);
    if (runtime->on_lost)
        runtime->on_lost(runtime->owner, instance, why);
}

/* Near the limit a cycle begins early enough to end before it: else each would end in a
 * full collection at the limit, which holds everybody up. */
static void tune_collector(struct instance *instance)
{
    const struct limits *limits = &instance->limits;
    size_t used = limits->arena.used;
    int pause = INSTANCE_PAUSE;
    if (used > limits->memory_soft / 2)
        pause = (int)(90 * limits->memory_soft / used / 10 * 10);
    pause = pause < PAUSE_MIN ? PAUSE_MIN : pause;
    if (pause == instance->pause)
        return;
    instance->pause = pause;
    lua_gc(instance->L, LUA_GCINC, pause, 0, 0);
}

void instance_ran(struct instance *instance, int result)
{
    uint64_t ticks = instance->limits.samples - instance->told_samples;
    if (ticks > 0) {
        instance->told_samples += ticks;
        if (instance->runtime->on_ticked)
            instance->runtime->on_ticked(instance->runtime->owner, instance, ticks);
    }
    if (result >= 0)
        tune_collector(instance);
    else
        instance_give_up(instance, guard_stop_text(result));
}

void instance_report(struct instance *instance, struct str event, struct str trace)
{
    unsigned dropped;
    if (!rate_pass(&instance->error_rate, clock_mono_ms(), ERRORS_MAX, ERRORS_WINDOW_MS,
                   &dropped))
        return;
    if (dropped > 0)
        log_error(LOG_SCRIPT, "bot=%s plugin=%s %u more errors", instance->runtime->bot,
                  instance->version->name, dropped);
    log_error(LOG_SCRIPT, "bot=%s%s%.*s plugin=%s %.*s", instance->runtime->bot,
              event.len > 0 ? " message=" : "", STR_ARG(event), instance->version->name,
              STR_ARG(trace));
}
