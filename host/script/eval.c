#include "script/api.h"
#include "script/caps.h"
#include "script/convert.h"
#include "script/inside.h"
#include "script/task.h"

#include <lauxlib.h>
#include <limits.h>

#define CODE_MAX ((size_t)64 << 10)

/* The instance for code that belongs to no plugin; made when first asked for. */
static struct instance *console_of(struct script *script, struct err *err)
{
    if (script->console && script->console->state == INSTANCE_LIVE)
        return script->console;
    if (script->console) {
        err_set(err, ERR_CLOSED, "the console is being started again");
        return NULL;
    }
    struct version *version = version_bare(STR("console"));
    struct instance *instance = instance_new(&script->runtime, version);
    version_release(version);
    instance->order = UINT_MAX;
    if (!instance_start(instance, err)) {
        instance_free(instance);
        return NULL;
    }
    instance_commit(instance);
    script->console = instance;
    return instance;
}

/* Protected: leaves the library's eval function. */
static int push_eval(lua_State *L)
{
    lua_getfield(L, LUA_REGISTRYINDEX, "moondock.bot");
    api_call_library(L, "moondock/console.lua", 1);
    luaL_checktype(L, -1, LUA_TFUNCTION);
    return 1;
}

static int prepare_body(void *arg)
{
    struct instance *instance = arg;
    lua_State *L = instance->L;
    lua_pushcfunction(L, push_eval);
    if (lua_pcall(L, 0, 1, 0) != LUA_OK) {
        lua_settop(L, 0);
        return 1;
    }
    instance->eval_ref = luaL_ref(L, LUA_REGISTRYINDEX);
    return 0;
}

struct piece {
    enum script_eval_how how;
    struct str code;
};

static int push_piece(lua_State *L, void *arg)
{
    static const char *const words[] = {
        [SCRIPT_EVAL_LINE] = "line",
        [SCRIPT_EVAL_PRETTY] = "pretty",
        [SCRIPT_COMPLETE] = "complete",
    };
    const struct piece *piece = arg;
    lua_pushstring(L, words[piece->how]);
    push_str(L, piece->code);
    return 2;
}

static struct instance *find_instance(struct script *script, struct str plugin,
                                      struct err *err)
{
    if (plugin.len == 0)
        return console_of(script, err);
    struct plugin *found = script_find(script, plugin);
    if (!found)
        err_set(err, ERR_NOT_FOUND, "%.*s is not loaded", STR_ARG(plugin));
    else if (!found->live)
        err_set(err, ERR_CLOSED, "%.*s is switched off", STR_ARG(plugin));
    return found ? found->live : NULL;
}

void script_eval(struct script *script, enum script_eval_how how, struct str plugin,
                 struct str code, script_eval_fn *done, void *arg)
{
    struct err err = { 0 };
    struct piece piece = { how, code };
    if (how != SCRIPT_COMPLETE)
        caps_audit(&script->runtime, STR("ctl"), "eval", code,
                   plugin.len ? plugin : STR("console"));
    struct instance *instance = NULL;
    if (code.len > CODE_MAX)
        err_set(&err, ERR_LIMIT, "more than %zu bytes of code", CODE_MAX);
    else
        instance = find_instance(script, plugin, &err);
    if (instance && instance->eval_ref == 0 &&
        instance_run(instance, prepare_body, instance) != 0) {
        err_set(&err, ERR_INTERNAL, "moondock/console.lua did not load");
        instance = NULL;
    }
    if (!instance) {
        done(arg, STR_NONE, &err);
        return;
    }
    struct task_start start = {
        .function_ref = instance->eval_ref,
        .push = push_piece,
        .arg = &piece,
        .beside = true,
        .blame = BLAME_CALLER,
        .ended = done,
        .ended_arg = arg,
    };
    task_start(instance, &start);
}
