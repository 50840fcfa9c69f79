#include "script/limits_text.h"

#include "script/limits_metatable.h"

#include <lauxlib.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define SERIALS "moondock.serials" /* value -> serial, weak; [1]: the last one */

static bool has_address(int type)
{
    return type == LUA_TTABLE || type == LUA_TFUNCTION || type == LUA_TUSERDATA ||
           type == LUA_TTHREAD || type == LUA_TLIGHTUSERDATA;
}

/* The serial of the value at `index`, which has an address or is a text. */
static lua_Integer serial_of(lua_State *L, int index)
{
    index = lua_absindex(L, index);
    limits_push_weak_table(L, SERIALS);
    lua_pushvalue(L, index);
    lua_rawget(L, -2); /* serials, serial */
    lua_Integer serial = lua_tointeger(L, -1);
    if (serial == 0) {
        lua_rawgeti(L, -2, 1);
        serial = lua_tointeger(L, -1) + 1;
        lua_pop(L, 1);
        lua_pushinteger(L, serial);
        lua_rawseti(L, -3, 1);
        lua_pushvalue(L, index);
        lua_pushinteger(L, serial);
        lua_rawset(L, -4);
    }
    lua_pop(L, 2);
    return serial;
}

static void push_serial(lua_State *L, int index)
{
    char text[24];
    snprintf(text, sizeof(text), "0x%08llx", (unsigned long long)serial_of(L, index));
    lua_pushstring(L, text);
}

void limits_push_text(lua_State *L, int index)
{
    index = lua_absindex(L, index);
    if (!has_address(lua_type(L, index)) ||
        luaL_getmetafield(L, index, "__tostring") != LUA_TNIL) {
        luaL_tolstring(L, index, NULL);
        return; /* above the metamethod, if there was one */
    }
    const char *kind = luaL_typename(L, index);
    push_serial(L, index);
    int serial = lua_gettop(L);
    if (luaL_getmetafield(L, index, "__name") == LUA_TSTRING)
        kind = lua_tostring(L, -1);
    lua_pushfstring(L, "%s: %s", kind, lua_tostring(L, serial));
}

static int api_tostring(lua_State *L)
{
    luaL_checkany(L, 1);
    limits_push_text(L, 1);
    return 1;
}

void limits_push_tostring(lua_State *L)
{
    lua_pushcfunction(L, api_tostring);
}

/* --- format --- */

/* Puts a text in the place of the value at `index`, if stock would show an address. */
static void hide_address(lua_State *L, int index)
{
    if (!has_address(lua_type(L, index)))
        return;
    int top = lua_gettop(L);
    limits_push_text(L, index);
    lua_replace(L, index);
    lua_settop(L, top);
}

/* Behind the flags, width and precision at `at`. */
static size_t skip_spec(const char *format, size_t at)
{
    return at + strspn(format + at, "-+ #0123456789.");
}

static void hide_pointer(lua_State *L, int index)
{
    int type = lua_type(L, index);
    if (has_address(type) || type == LUA_TSTRING)
        push_serial(L, index);
    else
        lua_pushliteral(L, "(null)");
    lua_replace(L, index);
}

/* Each '%p' becomes a '%s' of a serial: stock pads both alike. The format stays the first
 * of the `count` arguments. */
static void hide_pointers(lua_State *L, int count)
{
    size_t len, end;
    const char *format = lua_tolstring(L, 1, &len);
    luaL_Buffer out;
    int arg = 1;
    luaL_buffinit(L, &out);
    for (size_t at = 0; at < len; at = end) {
        end = at + 1;
        if (format[at] != '%') {
            luaL_addchar(&out, format[at]);
            continue;
        }
        end = skip_spec(format, end);
        luaL_addlstring(&out, format + at, end - at);
        if (end == len)
            break;
        char kind = format[end++];
        luaL_addchar(&out, kind == 'p' ? 's' : kind);
        if (kind != '%' && ++arg <= count && kind == 'p')
            hide_pointer(L, arg);
    }
    luaL_pushresult(&out);
    lua_replace(L, 1);
}

/* The upvalue is the stock function. It has no upvalues, so it can run in our frame, and
 * what it complains about is about our arguments. */
static int api_format(lua_State *L)
{
    size_t len;
    const char *format = luaL_checklstring(L, 1, &len);
    int count = lua_gettop(L), arg = 1;
    bool pointers = false;
    for (size_t at = 0; at < len; at++) {
        if (format[at] != '%')
            continue;
        at = skip_spec(format, at + 1);
        if (format[at] == '%' || ++arg > count)
            continue;
        if (format[at] == 's')
            hide_address(L, arg);
        pointers = pointers || format[at] == 'p';
    }
    if (pointers)
        hide_pointers(L, count);
    return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

void limits_push_format(lua_State *L)
{
    lua_pushcclosure(L, api_format, 1);
}
