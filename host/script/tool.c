#include "script/tool.h"

#include "base/clock.h"
#include "base/mem.h"
#include "script/tool_host.h"

#include <lauxlib.h>
#include <lualib.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define ERROR_CLASS "moondock.Error"

struct tool *tool_of(lua_State *L)
{
    return lua_touserdata(L, lua_upvalueindex(1));
}

void tool_set_functions(lua_State *L, struct tool *tool, const struct luaL_Reg *functions)
{
    lua_pushlightuserdata(L, tool);
    luaL_setfuncs(L, functions, 1);
}

void tool_make_class(lua_State *L, struct tool *tool, const char *name,
                     const struct luaL_Reg *methods, lua_CFunction close)
{
    luaL_newmetatable(L, name);
    lua_newtable(L);
    tool_set_functions(L, tool, methods);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, close);
    lua_setfield(L, -2, "__gc");
    lua_pushcfunction(L, close);
    lua_setfield(L, -2, "__close");
    lua_pop(L, 1);
}

/* The status that shells give for an interrupted program. */
#define INTERRUPTED 130

/* Does not return. Nobody can catch a yield, so a test runner cannot take it for the
 * failure of one test. */
static void leave(lua_State *L, const struct tool *tool)
{
    if (tool->leaves && lua_isyieldable(L)) {
        lua_pushinteger(L, INTERRUPTED);
        lua_yield(L, 1);
    }
    luaL_error(L, "interrupted");
}

bool tool_wait(lua_State *L, struct tool *tool, tool_ready_fn *ready, void *arg,
               int64_t deadline_ms)
{
    /* The first turn waits for nothing: what was asked for between turns starts at the
     * end of one. */
    for (bool first = true;; first = false) {
        if (tool->interrupted) {
            tool->interrupted = false;
            leave(L, tool);
        }
        if (ready(arg))
            return true;
        int64_t left = deadline_ms - clock_real_ms();
        if (left <= 0)
            return false;
        loop_turn(tool->loop, first ? 0 : left);
    }
}

int64_t tool_deadline(lua_State *L, int index, double otherwise)
{
    double seconds = luaL_optnumber(L, index, otherwise);
    luaL_argcheck(L, seconds >= 0 && seconds <= 86400, index, "want seconds up to a day");
    return clock_real_ms() + (int64_t)(seconds * 1000);
}

void tool_push_str(lua_State *L, struct str s)
{
    lua_pushlstring(L, s.at ? s.at : "", s.len);
}

struct str tool_check_str(lua_State *L, int index)
{
    size_t len;
    const char *at = luaL_checklstring(L, index, &len);
    return str_of(at, len);
}

struct str tool_field_str(lua_State *L, int index, const char *name)
{
    struct str found = STR_NONE;
    int type = lua_getfield(L, index, name);
    if (type == LUA_TSTRING)
        found.at = lua_tolstring(L, -1, &found.len);
    else if (type != LUA_TNIL)
        luaL_error(L, "%s: want a string, have %s", name, lua_typename(L, type));
    lua_pop(L, 1);
    return found;
}

bool tool_field_bool(lua_State *L, int index, const char *name, bool otherwise)
{
    bool value =
        lua_getfield(L, index, name) == LUA_TNIL ? otherwise : lua_toboolean(L, -1);
    lua_pop(L, 1);
    return value;
}

double tool_field_number(lua_State *L, int index, const char *name, double otherwise)
{
    double value = otherwise;
    int type = lua_getfield(L, index, name);
    if (type == LUA_TNUMBER)
        value = lua_tonumber(L, -1);
    else if (type != LUA_TNIL)
        luaL_error(L, "%s: want a number, have %s", name, lua_typename(L, type));
    lua_pop(L, 1);
    return value;
}

void tool_push_err(lua_State *L, const struct err *err)
{
    lua_createtable(L, 0, 3);
    lua_pushstring(L, err_word(err->code));
    lua_setfield(L, -2, "code");
    lua_pushstring(L, err->text);
    lua_setfield(L, -2, "message");
    if (err->code == ERR_REFUSED) {
        lua_pushinteger(L, err->status);
        lua_setfield(L, -2, "status");
    }
    luaL_setmetatable(L, ERROR_CLASS);
}

int tool_fail(lua_State *L, const struct err *err)
{
    lua_pushnil(L);
    tool_push_err(L, err);
    return 2;
}

int tool_fail_with(lua_State *L, enum err_code code, const char *text)
{
    struct err err;
    err_set(&err, code, "%s", text);
    return tool_fail(L, &err);
}

static int error_text(lua_State *L)
{
    lua_getfield(L, 1, "message");
    return 1;
}

static void open_errors(lua_State *L)
{
    luaL_newmetatable(L, ERROR_CLASS);
    lua_pushcfunction(L, error_text);
    lua_setfield(L, -2, "__tostring");
    lua_pop(L, 1);
}

/* require "moondock.host" */
static int open_host(lua_State *L)
{
    struct tool *tool = tool_of(L);
    lua_newtable(L);
    tool_open_time(L, tool);
    tool_open_files(L, tool);
    tool_open_json(L, tool);
    tool_open_digest(L, tool);
    tool_open_process(L, tool);
    tool_open_http(L, tool);
    tool_open_client(L, tool);
    tool_open_ctl(L, tool);
    tool_open_instance(L, tool);
    tool_open_relay(L, tool);
    return 1;
}

/* The bundled library comes first, then whatever LUA_PATH and Debian's defaults say. */
static void set_paths(lua_State *L, struct tool *tool)
{
    lua_getglobal(L, "package");
    lua_getfield(L, -1, "path");
    lua_pushlstring(L, tool->library.at, tool->library.len);
    lua_pushfstring(L, "%s/?.lua;%s", lua_tostring(L, -1), lua_tostring(L, -2));
    lua_setfield(L, -4, "path");
    lua_pop(L, 2);
    lua_getfield(L, -1, "preload");
    lua_pushlightuserdata(L, tool);
    lua_pushcclosure(L, open_host, 1);
    lua_setfield(L, -2, "moondock.host");
    lua_pop(L, 2);
}

static void set_arguments(lua_State *L, int argc, char **argv)
{
    lua_createtable(L, argc, 0);
    for (int i = 0; i < argc; i++) {
        lua_pushstring(L, argv[i]);
        lua_rawseti(L, -2, i);
    }
    lua_setglobal(L, "arg");
}

static int add_trace(lua_State *L)
{
    const char *text = luaL_tolstring(L, 1, NULL);
    luaL_traceback(L, L, text, 1);
    return 1;
}

struct tool_call {
    struct tool *tool;
    int argc;
    char **argv;
};

/* Everything that may raise, inside one protected call. Leaves the exit status. */
static int run_file(lua_State *L)
{
    const struct tool_call *call = lua_touserdata(L, 1);
    luaL_openlibs(L);
    open_errors(L);
    set_paths(L, call->tool);
    set_arguments(L, call->argc, call->argv);
    if (luaL_loadfile(L, call->argv[0]) != LUA_OK)
        return lua_error(L);
    luaL_checkstack(L, call->argc, "too many arguments");
    for (int i = 1; i < call->argc; i++)
        lua_pushstring(L, call->argv[i]);
    lua_call(L, call->argc - 1, 1);
    if (!lua_isinteger(L, -1) && !lua_isboolean(L, -1))
        lua_pushinteger(L, 0);
    else if (lua_isboolean(L, -1))
        lua_pushinteger(L, lua_toboolean(L, -1) ? 0 : 1);
    return 1;
}

int tool_run(struct net *net, struct str library, int argc, char **argv)
{
    struct tool tool = { .net = net, .loop = net_loop(net), .library = library };
    struct tool_call call = { &tool, argc, argv };
    lua_State *L = luaL_newstate();
    if (!L) {
        fprintf(stderr, "moondock lua: no memory for a Lua state\n");
        return 1;
    }
    lua_pushcfunction(L, add_trace);
    lua_pushcfunction(L, run_file);
    lua_pushlightuserdata(L, &call);
    int status = 1;
    if (lua_pcall(L, 1, 1, 1) == LUA_OK)
        status = (int)lua_tointeger(L, -1) & 0xff;
    else
        fprintf(stderr, "moondock lua: %s\n", lua_tostring(L, -1));
    lua_close(L);
    return status;
}
