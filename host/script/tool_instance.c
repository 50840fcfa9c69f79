/*
 * host.instance: one plugin in its limited instance, as in the daemon, with a fake cloud
 * (tool_cloud). moondock.test makes a comfortable world of it.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "script/script.h"
#include "script/tool_cloud.h"
#include "script/tool_host.h"
#include "script/tool_judge.h"
#include "script/tool_web.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#define CLASS "moondock.Instance"
#define LIST_MAX 100
#define PROBLEMS_MAX ((size_t)64 << 10)

struct instance {
    struct tool *tool;
    struct script *script; /* NULL once closed */
    struct store *store;
    struct zone *zone;
    struct loop_hook commit;
    struct tool_cloud cloud;
    struct tool_web web;
    struct tool_judge judge;
    struct eval *eval; /* the one that is waited for */
};

static void commit(void *arg)
{
    struct instance *instance = arg;
    store_commit(instance->store, NULL);
}

static struct instance *check_instance(lua_State *L)
{
    struct instance *instance = luaL_checkudata(L, 1, CLASS);
    luaL_argcheck(L, instance->script, 1, "the instance is closed");
    return instance;
}

static int instance_close(lua_State *L)
{
    struct instance *instance = luaL_checkudata(L, 1, CLASS);
    tool_judge_clear(&instance->judge);
    if (instance->script) {
        script_free(instance->script);
    }
    instance->script = NULL;
    tool_web_close(&instance->web);
    tool_web_clear(&instance->web);
    tool_cloud_clear(&instance->cloud);
    loop_hook_remove(&instance->commit);
    if (instance->store) {
        store_close(instance->store);
    }
    instance->store = NULL;
    zone_free(instance->zone);
    instance->zone = NULL;
    return 0;
}

/* Reads a list of strings from the field; they stay in the table. */
static size_t field_list(lua_State *L, const char *name, struct str *list)
{
    size_t count = 0;
    if (lua_getfield(L, 1, name) != LUA_TNIL) {
        luaL_checktype(L, -1, LUA_TTABLE);
        size_t len = (size_t)lua_rawlen(L, -1);
        luaL_argcheck(L, len <= LIST_MAX, 1, "the list is too long");
        for (; count < len; count++) {
            lua_rawgeti(L, -1, (lua_Integer)count + 1);
            list[count] = tool_check_str(L, -1);
            lua_pop(L, 1);
        }
    }
    lua_pop(L, 1);
    return count;
}

static bool start_script(lua_State *L, struct instance *instance, struct err *err)
{
    struct str owners[LIST_MAX], moderators[LIST_MAX], notices[LIST_MAX];
    struct script_im im = tool_cloud_im(&instance->cloud);
    struct script_web web = tool_web_script(&instance->web);
    struct script_options options = {
        .loop = instance->tool->loop,
        .store = instance->store,
        .im = &im,
        .web = &web,
        .serves = true,
        .bot = tool_field_str(L, 1, "bot"),
        .language = tool_field_str(L, 1, "language"),
        .library = instance->tool->library,
        .owners = owners,
        .owner_count = field_list(L, "owners", owners),
        .moderators = moderators,
        .moderator_count = field_list(L, "moderators", moderators),
        .notices_from = notices,
        .notices_from_count = field_list(L, "notices_from", notices),
        .command_max_age_ms =
            (int64_t)tool_field_number(L, 1, "command_max_age_ms", 600000),
        .memory_limit = (size_t)tool_field_number(L, 1, "memory_limit", 0),
        .cpu_limit_ms = (int64_t)tool_field_number(L, 1, "cpu_limit_ms", 0),
    };
    if (!options.bot.at) {
        options.bot = STR("bot");
    }
    if (!options.language.at) {
        options.language = STR("en");
    }
    struct str zone = tool_field_str(L, 1, "time_zone");
    if (zone.at) {
        instance->zone = zone_open(zone, err);
        if (!instance->zone) {
            return false;
        }
    }
    options.zone = instance->zone;
    instance->script = script_new(&options, err);
    return instance->script != NULL;
}

/* instance:load{ name =, folder =, grants = {}, config = {} } -> true or nil, err */
static int instance_load(lua_State *L)
{
    struct instance *instance = check_instance(L);
    lua_remove(L, 1);
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    struct str grants[LIST_MAX];
    struct script_plugin plugin = {
        .name = tool_field_str(L, 1, "name"),
        .folder = tool_field_str(L, 1, "folder"),
        .grants = grants,
        .grant_count = field_list(L, "grants", grants),
    };
    struct json *config = NULL;
    if (lua_getfield(L, 1, "config") != LUA_TNIL) {
        config = tool_check_json(L, -1);
    }
    plugin.config = config;
    struct err err;
    bool loaded = script_load(instance->script, &plugin, &err);
    json_free(config);
    if (!loaded) {
        return tool_fail(L, &err);
    }
    lua_pushboolean(L, true);
    return 1;
}

/* instance:unload(name) */
static int instance_unload(lua_State *L)
{
    struct instance *instance = check_instance(L);
    struct err err;
    if (!script_unload(instance->script, tool_check_str(L, 2), &err)) {
        return tool_fail(L, &err);
    }
    lua_pushboolean(L, true);
    return 1;
}

/* instance:reload(name) -> report, or nil, err, report */
static int instance_reload(lua_State *L)
{
    struct instance *instance = check_instance(L);
    struct buf report;
    struct err err;
    buf_init(&report, PROBLEMS_MAX);
    bool fine =
        script_reload(instance->script, tool_check_str(L, 2), true, &report, &err);
    int count = fine ? 0 : tool_fail(L, &err);
    tool_push_str(L, buf_str(&report));
    buf_clear(&report);
    return count + 1;
}

/* instance:message(table): see tool_judge_read */
static int instance_message(lua_State *L)
{
    struct instance *instance = check_instance(L);
    struct message message;
    struct buf content;
    tool_judge_read(L, 2, &message, &content);
    tool_cloud_said(&instance->cloud, &message);
    script_message(instance->script, &message);
    buf_clear(&content);
    return 0;
}

/* instance:intercept(table): asks whether such a message may be delivered */
static int instance_intercept(lua_State *L)
{
    struct instance *instance = check_instance(L);
    struct message message;
    struct buf content;
    tool_judge_read(L, 2, &message, &content);
    tool_judge_ask(&instance->judge, instance->script, &message);
    buf_clear(&content);
    return 0;
}

/* instance:verdict(late?) -> table or nil: see tool_judge_push */
static int instance_verdict(lua_State *L)
{
    tool_judge_push(L, &check_instance(L)->judge, lua_toboolean(L, 2));
    return 1;
}

/* instance:event(name, data?) */
static int instance_event(lua_State *L)
{
    struct instance *instance = check_instance(L);
    const char *name = luaL_checkstring(L, 2);
    struct json *data = lua_isnoneornil(L, 3) ? NULL : tool_check_json(L, 3);
    script_event(instance->script, name, data);
    json_free(data);
    return 0;
}

/* instance:knows("group" | "user" | "friend", id, table?): what the cloud will say of it.
 */
static int instance_knows(lua_State *L)
{
    struct instance *instance = check_instance(L);
    static const char *const kinds[] = { "group", "user", "friend", NULL };
    struct tool_world *world = &instance->cloud.world;
    struct json **const things[] = { &world->groups, &world->users, &world->friends };
    int kind = luaL_checkoption(L, 2, NULL, kinds);
    struct str id = tool_check_str(L, 3);
    struct json *value = NULL;
    if (!lua_isnoneornil(L, 4)) {
        luaL_checktype(L, 4, LUA_TTABLE);
        value = tool_check_json(L, 4);
    }
    tool_world_put(things[kind], id, value);
    return 0;
}

static enum err_code check_code(lua_State *L, int index)
{
    const char *word = luaL_checkstring(L, index);
    for (int code = 0; code < ERR_COUNT; code++) {
        if (strcmp(err_word((enum err_code)code), word) == 0) {
            return (enum err_code)code;
        }
    }
    luaL_argerror(L, index, "no error has this name");
    return ERR_NONE;
}

/* instance:fail(kind, code, message?, times?, status?): the next calls of the kind
 * ("send", "recall", "mute" ...) fail so. */
static int instance_fail(lua_State *L)
{
    struct instance *instance = check_instance(L);
    const char *kind = luaL_checkstring(L, 2);
    enum err_code code = check_code(L, 3);
    const char *message = luaL_optstring(L, 4, "the spec said so");
    int times = (int)luaL_optinteger(L, 5, 1);
    int status = (int)luaL_optinteger(L, 6, 0);
    struct err err;
    err_set(&err, code, "%s", message);
    err.status = status;
    tool_cloud_fail(&instance->cloud, kind, &err, times);
    return 0;
}

/* instance:page(method, url, { status =, headers = {}, body = }): what is found there */
static int instance_page(lua_State *L)
{
    struct instance *instance = check_instance(L);
    struct str method = tool_check_str(L, 2), url = tool_check_str(L, 3);
    luaL_checktype(L, 4, LUA_TTABLE);
    tool_web_put(&instance->web, method, url, tool_check_json(L, 4));
    return 0;
}

/* instance:port() -> where the plugins are asked for what they serve */
static int instance_port(lua_State *L)
{
    struct instance *instance = check_instance(L);
    struct err err;
    int port = tool_web_port(&instance->web, instance->tool->net, instance->script, &err);
    if (port == 0) {
        return tool_fail(L, &err);
    }
    lua_pushinteger(L, port);
    return 1;
}

/* instance:calls() -> what the plugin asked the cloud for since the last look */
static int instance_calls(lua_State *L)
{
    struct instance *instance = check_instance(L);
    struct tool_cloud *cloud = &instance->cloud;
    tool_push_json(L, cloud->calls);
    json_free(cloud->calls);
    cloud->calls = json_array();
    return 1;
}

/* instance:settle(): runs turns until nothing more happens without time passing. */
static int instance_settle(lua_State *L)
{
    struct instance *instance = check_instance(L);
    const struct tool_cloud *cloud = &instance->cloud;
    size_t quiet = 0, calls = cloud->call_count, done = cloud->done_count;
    while (quiet < 3) {
        loop_turn(instance->tool->loop, 0);
        bool same = calls == cloud->call_count && done == cloud->done_count &&
                    !cloud->pending && !instance->web.pending;
        quiet = same ? quiet + 1 : 0;
        calls = cloud->call_count;
        done = cloud->done_count;
    }
    return 0;
}

/* instance:next_ms() -> how long until a timer is due, or nil */
static int instance_next_ms(lua_State *L)
{
    int64_t ms = loop_next_timer_ms(check_instance(L)->tool->loop);
    if (ms < 0)
        lua_pushnil(L);
    else
        lua_pushinteger(L, ms);
    return 1;
}

/* instance:done() -> how many messages were handled to their end */
static int instance_done(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)check_instance(L)->cloud.done_count);
    return 1;
}

/* instance:tasks() -> how many have not ended */
static int instance_tasks(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)script_task_count(check_instance(L)->script));
    return 1;
}

/* instance:left() -> what has not ended: { plugin, kind, where } each */
static int instance_left(lua_State *L)
{
    struct json *array = json_array();
    script_left(check_instance(L)->script, array);
    tool_push_json(L, array);
    json_free(array);
    return 1;
}

/* instance:status() -> one table per plugin */
static int instance_status(lua_State *L)
{
    struct instance *instance = check_instance(L);
    struct json *array = json_array();
    script_status(instance->script, array);
    tool_push_json(L, array);
    json_free(array);
    return 1;
}

struct eval {
    bool done, failed;
    struct err err;
    struct buf result;
};

static void on_evaluated(void *arg, struct str result, const struct err *why)
{
    struct instance *instance = arg;
    struct eval *eval = instance->eval;
    if (!eval) {
        return; /* nobody waits any more */
    }
    eval->done = true;
    eval->failed = why != NULL;
    if (why) {
        eval->err = *why;
    }
    buf_add_str(&eval->result, result);
}

/* instance:eval(plugin, code) -> text; an empty plugin is the console */
static int instance_eval(lua_State *L)
{
    struct instance *instance = check_instance(L);
    struct str plugin = tool_check_str(L, 2), code = tool_check_str(L, 3);
    struct eval eval = { 0 };
    buf_init(&eval.result, 1 << 20);
    instance->eval = &eval;
    script_eval(instance->script, SCRIPT_EVAL_LINE, plugin, code, on_evaluated, instance);
    for (int turn = 0; turn < 1000 && !eval.done; turn++) {
        loop_turn(instance->tool->loop, 0);
    }
    instance->eval = NULL;
    if (!eval.done || eval.failed) {
        buf_clear(&eval.result);
        return eval.done ? tool_fail(L, &eval.err)
                         : tool_fail_with(L, ERR_TIMEOUT, "the code still waits");
    }
    tool_push_str(L, buf_str(&eval.result));
    buf_clear(&eval.result);
    return 1;
}

/* host.instance{ user =, bot =, language =, owners =, moderators =, notices_from = } */
static int api_instance(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    struct instance *instance = lua_newuserdatauv(L, sizeof(*instance), 0);
    memset(instance, 0, sizeof(*instance));
    instance->tool = tool_of(L);
    luaL_setmetatable(L, CLASS);
    tool_cloud_init(&instance->cloud, instance->tool->loop, tool_field_str(L, 1, "user"));
    tool_web_init(&instance->web, &instance->cloud);
    struct err err;
    instance->store = store_open(":memory:", STORE_NORMAL, &err);
    if (!instance->store || !start_script(L, instance, &err)) {
        return tool_fail(L, &err);
    }
    loop_hook_add(instance->tool->loop, &instance->commit, commit, instance);
    return 1;
}

/* host.check_plugin{ name =, folder =, grants = } -> true, or nil and the problems */
static int api_check_plugin(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    struct str grants[LIST_MAX];
    struct script_plugin plugin = {
        .name = tool_field_str(L, 1, "name"),
        .folder = tool_field_str(L, 1, "folder"),
    };
    plugin.grant_count = field_list(L, "grants", grants);
    plugin.grants = plugin.grant_count ? grants : NULL;
    struct buf problems;
    buf_init(&problems, PROBLEMS_MAX);
    if (script_check(&plugin, &problems)) {
        buf_clear(&problems);
        lua_pushboolean(L, true);
        return 1;
    }
    lua_pushnil(L);
    tool_push_str(L, buf_str(&problems));
    buf_clear(&problems);
    return 2;
}

static const luaL_Reg instance_methods[] = {
    { "load", instance_load },
    { "unload", instance_unload },
    { "reload", instance_reload },
    { "message", instance_message },
    { "intercept", instance_intercept },
    { "verdict", instance_verdict },
    { "event", instance_event },
    { "knows", instance_knows },
    { "fail", instance_fail },
    { "calls", instance_calls },
    { "settle", instance_settle },
    { "next_ms", instance_next_ms },
    { "done", instance_done },
    { "tasks", instance_tasks },
    { "status", instance_status },
    { "eval", instance_eval },
    { "page", instance_page },
    { "port", instance_port },
    { "left", instance_left },
    { "close", instance_close },
    { NULL, NULL },
};

static const luaL_Reg instance_api[] = {
    { "instance", api_instance },
    { "check_plugin", api_check_plugin },
    { NULL, NULL },
};

void tool_open_instance(lua_State *L, struct tool *tool)
{
    tool_make_class(L, tool, CLASS, instance_methods, instance_close);
    tool_set_functions(L, tool, instance_api);
}
