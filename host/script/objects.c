#include "script/objects.h"

#include "script/api_message.h"
#include "script/convert.h"
#include "script/instance.h"

#include <lauxlib.h>
#include <string.h>

#define OBJECT_USER "moondock.User"
#define OBJECT_GROUP "moondock.Group"
#define OBJECT_CHAT "moondock.Chat"

static const char *const types[] = {
    OBJECT_USER,    OBJECT_GROUP, OBJECT_CHAT,    OBJECT_EVENT,
    OBJECT_REQUEST, OBJECT_SENT,  OBJECT_MESSAGE,
};

/* Two handles of the same thing are equal. */
static int same_id(lua_State *L)
{
    lua_pushliteral(L, "id");
    lua_rawget(L, 1);
    lua_pushliteral(L, "id");
    lua_rawget(L, 2);
    lua_pushboolean(L, lua_rawequal(L, -1, -2));
    return 1;
}

static int show_name(lua_State *L)
{
    lua_pushliteral(L, "name");
    if (lua_rawget(L, 1) != LUA_TSTRING) {
        lua_pushliteral(L, "id");
        lua_rawget(L, 1);
    }
    luaL_tolstring(L, -1, NULL);
    return 1;
}

/* host.on_missing(table, index?, pairs?): what is asked for and not there comes from
 * index(table, name); without one, from nowhere any more. */
static int api_on_missing(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 3);
    if (lua_isnil(L, 2)) {
        lua_pushnil(L);
    } else {
        lua_createtable(L, 0, 3);
        lua_pushvalue(L, 2);
        lua_setfield(L, -2, "__index");
        lua_pushvalue(L, 3);
        lua_setfield(L, -2, "__pairs");
        lua_pushboolean(L, 0);
        lua_setfield(L, -2, "__metatable");
    }
    lua_setmetatable(L, 1);
    return 0;
}

void objects_open(lua_State *L)
{
    lua_pushcfunction(L, api_on_missing);
    lua_setfield(L, -2, "on_missing");
    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
        luaL_newmetatable(L, types[i]);
        lua_newtable(L); /* host, meta, methods */
        lua_pushvalue(L, -1);
        lua_setfield(L, -4, strchr(types[i], '.') + 1);
        lua_setfield(L, -2, "__index");
        lua_pushboolean(L, 0);
        lua_setfield(L, -2, "__metatable");
        if (i < 3) {
            lua_pushcfunction(L, same_id);
            lua_setfield(L, -2, "__eq");
            lua_pushcfunction(L, show_name);
            lua_setfield(L, -2, "__tostring");
        }
        lua_pop(L, 1);
    }
}

void objects_set(lua_State *L, const char *type)
{
    luaL_setmetatable(L, type);
}

static void push_named(lua_State *L, enum name_of whose, struct str id, struct str name,
                       const char *type)
{
    if (name.len == 0)
        name = runtime_name(instance_of(L)->runtime, whose, id);
    lua_createtable(L, 0, 2);
    push_str(L, id);
    lua_setfield(L, -2, "id");
    push_str(L, name.len > 0 ? name : id);
    lua_setfield(L, -2, "name");
    luaL_setmetatable(L, type);
}

void push_user(lua_State *L, struct str id, struct str name)
{
    push_named(L, NAME_OF_USER, id, name, OBJECT_USER);
}

void push_group(lua_State *L, struct str id, struct str name)
{
    push_named(L, NAME_OF_GROUP, id, name, OBJECT_GROUP);
}

const char *objects_chat_kind(enum conversation_type type)
{
    switch (type) {
    case CONVERSATION_PRIVATE:
        return "private";
    case CONVERSATION_GROUP:
        return "group";
    case CONVERSATION_CHATROOM:
        return "chatroom";
    case CONVERSATION_SYSTEM:
        return "system";
    }
    return "other";
}

void push_chat(lua_State *L, enum conversation_type type, struct str target)
{
    push_named(L, type == CONVERSATION_PRIVATE ? NAME_OF_USER : NAME_OF_GROUP, target,
               STR_NONE, OBJECT_CHAT);
    lua_pushstring(L, objects_chat_kind(type));
    lua_setfield(L, -2, "kind");
}

static bool has_type(lua_State *L, int index, const char *type)
{
    if (!lua_istable(L, index) || !lua_getmetatable(L, index))
        return false;
    luaL_getmetatable(L, type);
    bool same = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    return same;
}

/* The text in a field of the table; borrowed, since the table holds it. */
static struct str field(lua_State *L, int index, const char *name)
{
    struct str value = STR_NONE;
    index = lua_absindex(L, index);
    lua_pushstring(L, name);
    if (lua_rawget(L, index) == LUA_TSTRING)
        value.at = lua_tolstring(L, -1, &value.len);
    lua_pop(L, 1);
    return value;
}

static struct str check_id(lua_State *L, int index, const char *name, const char *type,
                           const char *want)
{
    struct str id = STR_NONE;
    if (lua_type(L, index) == LUA_TSTRING)
        id.at = lua_tolstring(L, index, &id.len);
    else if (has_type(L, index, type))
        id = field(L, index, "id");
    if (id.len == 0 || id.len > 64 || !str_is_utf8(id))
        raise_error(L, "%s: want %s, have %s", name, want, luaL_typename(L, index));
    return id;
}

struct str check_user(lua_State *L, int index, const char *name)
{
    return check_id(L, index, name, OBJECT_USER, "a user or the id of one");
}

struct str check_group(lua_State *L, int index, const char *name)
{
    return check_id(L, index, name, OBJECT_GROUP, "a group or the id of one");
}

static bool find_type(struct str kind, enum conversation_type *type)
{
    static const enum conversation_type all[] = {
        CONVERSATION_PRIVATE,
        CONVERSATION_GROUP,
        CONVERSATION_CHATROOM,
        CONVERSATION_SYSTEM,
    };
    for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
        if (!str_eq(kind, str_from(objects_chat_kind(all[i]))))
            continue;
        *type = all[i];
        return true;
    }
    return false;
}

struct conversation check_conversation(lua_State *L, int index, const char *name)
{
    struct conversation to = { CONVERSATION_PRIVATE, STR_NONE };
    index = lua_absindex(L, index);
    if (api_message_conversation(L, index, &to))
        return to;
    if (has_type(L, index, OBJECT_EVENT) ||
        has_type(L, index, OBJECT_REQUEST)) { /* it holds its chat */
        lua_pushliteral(L, "chat");
        lua_rawget(L, index);
        lua_replace(L, index);
        if (!has_type(L, index, OBJECT_CHAT))
            raise_error(L, "%s: this event belongs to no chat", name);
    }
    if (has_type(L, index, OBJECT_GROUP))
        to.type = CONVERSATION_GROUP;
    else if (has_type(L, index, OBJECT_CHAT)) {
        if (!find_type(field(L, index, "kind"), &to.type))
            raise_error(L, "%s: this chat has no kind", name);
    } else if (!has_type(L, index, OBJECT_USER)) {
        raise_error(L, "%s: want a chat, a group or a user, have %s", name,
                    luaL_typename(L, index));
    }
    to.target = field(L, index, "id");
    if (to.target.len == 0 || to.target.len > 64 || !str_is_utf8(to.target))
        raise_error(L, "%s: it has no id", name);
    return to;
}
