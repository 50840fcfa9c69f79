#include "script/handover.h"

#include "script/convert.h"
#include "script/pack.h"

#include <lauxlib.h>
#include <stdio.h>

struct step {
    struct instance *instance;
    struct buf *out;  /* of save */
    struct str state; /* of load */
    const char *version;
    struct err err;
};

static void set_error(lua_State *L, struct step *step, const char *what)
{
    struct str text = convert_error_text(L, -1);
    err_set(&step->err, ERR_PLUGIN, "%s: %.*s", what, STR_ARG(text));
    lua_settop(L, 0);
}

static int save_body(void *arg)
{
    struct step *step = arg;
    lua_State *L = step->instance->L;
    if (lua_getfield(L, LUA_REGISTRYINDEX, HANDOVER_SAVE) != LUA_TFUNCTION) {
        lua_settop(L, 0);
        return 0;
    }
    if (lua_pcall(L, 0, 1, 0) != LUA_OK) {
        set_error(L, step, "on_save");
        return 1;
    }
    guard_hold();
    bool ok = lua_isnil(L, -1) || pack_write(L, -1, "state", step->out, &step->err);
    guard_release();
    if (!ok)
        err_wrap(&step->err, "on_save");
    lua_settop(L, 0);
    return ok ? 0 : 1;
}

/* Protected: (step) */
static int load_state(lua_State *L)
{
    struct step *step = lua_touserdata(L, 1);
    lua_getfield(L, LUA_REGISTRYINDEX, HANDOVER_LOAD);
    if (step->state.len == 0)
        lua_pushnil(L);
    else if (!pack_read(L, step->state, &step->err))
        return raise_error(L, "%s", step->err.text);
    lua_pushstring(L, step->version);
    lua_call(L, 2, 0);
    return 0;
}

static int load_body(void *arg)
{
    struct step *step = arg;
    lua_State *L = step->instance->L;
    int type = lua_getfield(L, LUA_REGISTRYINDEX, HANDOVER_LOAD);
    lua_settop(L, 0);
    if (type != LUA_TFUNCTION)
        return 0;
    lua_pushcfunction(L, load_state);
    lua_pushlightuserdata(L, step);
    if (lua_pcall(L, 1, 0, 0) == LUA_OK)
        return 0;
    set_error(L, step, "on_load");
    return 1;
}

static bool run(struct instance *instance, guard_fn *fn, struct step *step,
                struct err *err)
{
    limits_set_cpu(&instance->limits, INSTANCE_START_CPU_MS);
    int result = instance_run(instance, fn, step);
    limits_set_cpu(&instance->limits, instance->runtime->cpu_limit_ms);
    if (result == 0)
        return true;
    if (result < 0)
        return err_set(err, ERR_PLUGIN, "%s while its state was handed over",
                       guard_stop_text(result));
    return err_set(err, step->err.code, "%s", step->err.text);
}

bool handover_save(struct instance *from, struct buf *out, struct err *err)
{
    struct step step = { .instance = from, .out = out };
    buf_reset(out);
    return run(from, save_body, &step, err);
}

bool handover_load(struct instance *to, struct str state, const char *version,
                   struct err *err)
{
    struct step step = { .instance = to, .state = state, .version = version };
    return run(to, load_body, &step, err);
}
