/* script/router_text and moondock.command: both find the same command in a line, and any
 * line gives arguments or says what is wrong. A usage, a zero, what somebody typed. */
#include "fuzz.h"

#include "script/router_text.h"

#include <lauxlib.h>
#include <lualib.h>
#include <string.h>

enum { INPUT_MAX = 1000 };

static const char code[] =
    "package.path = 'scripts/?.lua'\n"
    "local command, usages = require 'moondock.command', require 'moondock.usage'\n"
    "return function(text, usage)\n"
    "  local body = command.strip(text)\n"
    "  local good, compiled = pcall(usages.compile, usage)\n"
    "  if not body or not good then return body end\n"
    "  local words, rest = command.match(compiled, body)\n"
    "  if not words then return body end\n"
    "  local args, problem = command.parse(compiled, rest)\n"
    "  assert(args or problem.text)\n"
    "  return body, table.concat(compiled.words, ' '), rest\n"
    "end\n";

static lua_State *open_lua(void)
{
    lua_State *L = luaL_newstate();
    luaL_openlibs(L);
    if (luaL_loadstring(L, code) != LUA_OK || lua_pcall(L, 0, 1, 0) != LUA_OK) {
        fprintf(stderr, "%s\n", lua_tostring(L, -1));
        must(false);
    }
    return L;
}

static struct str string_at(lua_State *L, int index)
{
    size_t len = 0;
    const char *at = lua_tolstring(L, index, &len);
    return str_of(at, len);
}

static void compare(lua_State *L, struct str text)
{
    struct str body, rest;
    bool is_command = router_text_command(text, &body);
    must(is_command == lua_isstring(L, -3));
    if (!is_command)
        return;
    must(str_eq(body, string_at(L, -3)));
    if (lua_isstring(L, -2)) {
        must(router_text_begins(body, string_at(L, -2), &rest));
        must(str_eq(str_trim(rest), str_trim(string_at(L, -1))));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static lua_State *L;
    const uint8_t *zero = size > 0 ? memchr(data, 0, size) : NULL;
    if (!zero || size > INPUT_MAX)
        return 0;
    size_t len = (size_t)(zero - data);
    struct str text = str_of(zero + 1, size - len - 1);
    if (!L)
        L = open_lua();
    lua_pushvalue(L, -1);
    lua_pushlstring(L, text.len ? text.at : "", text.len);
    lua_pushlstring(L, (const char *)data, len);
    if (lua_pcall(L, 2, 3, 0) != LUA_OK) {
        fprintf(stderr, "%s\n", lua_tostring(L, -1));
        must(false);
    }
    compare(L, text);
    lua_settop(L, 1);
    lua_gc(L, LUA_GCCOLLECT); /* else libFuzzer takes it for leaks, and looks for them */
    return 0;
}
