#include "script/objects.h"

#include "script/api.h"
#include "script/api_message.h"
#include "script/convert.h"
#include "script/record.h"

#include <lauxlib.h>
#include <string.h>

#define OBJECT_USER "moondock.User"
#define OBJECT_GROUP "moondock.Group"
#define OBJECT_ROOM "moondock.Room"
#define OBJECT_CHAT "moondock.Chat"

#define ON_METHOD "moondock.on_method"
#define METHODS "methods" /* in the metatables, which nobody can look at */

static const struct type {
    const char *name;   /* of its methods in host */
    const char *object; /* of its metatable */
    bool is_named;      /* has an id and a name */
} types[] = {
    { "User", OBJECT_USER, true },          { "Group", OBJECT_GROUP, true },
    { "Room", OBJECT_ROOM, true },          { "Chat", OBJECT_CHAT, true },
    { "Event", OBJECT_EVENT, false },       { "Request", OBJECT_REQUEST, false },
    { "Sent", OBJECT_SENT, false },         { "Message", OBJECT_MESSAGE, false },
    { "Response", OBJECT_RESPONSE, false }, { NULL, NULL, false },
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

/* host.on_missing(table, index, pairs?): what is asked for and not there comes from
 * index(table, name). */
static int api_on_missing(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_settop(L, 3);
    lua_createtable(L, 0, 3);
    lua_insert(L, 2); /* table, meta, index, pairs */
    lua_setfield(L, 2, "__pairs");
    lua_setfield(L, 2, "__index");
    lua_pushboolean(L, 0);
    lua_setfield(L, 2, "__metatable");
    lua_setmetatable(L, 1);
    return 0;
}

/* host.on_method(fn): fn(class) is called when a method is asked for that the class, by
 * its name in host, has not got. Afterwards it has those that fn gave it, and no others.
 */
static int api_on_method(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_settop(L, 1);
    lua_setfield(L, LUA_REGISTRYINDEX, ON_METHOD);
    return 0;
}

static const luaL_Reg object_functions[] = {
    { "on_missing", api_on_missing },
    { "on_method", api_on_method },
    { NULL, NULL },
};

const struct api_group host_objects = API_FUNCTIONS(object_functions);

/* (methods, name); the name of the class is in the upvalue. */
static int find_method(lua_State *L)
{
    lua_settop(L, 2);
    lua_getfield(L, LUA_REGISTRYINDEX, ON_METHOD);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_call(L, 1, 0);
    lua_pushnil(L);
    lua_setmetatable(L, 1);
    lua_rawget(L, 1);
    return 1;
}

/* Leaves the table of methods of a new type. */
static void push_methods(lua_State *L, const struct type *type)
{
    lua_newtable(L);
    lua_createtable(L, 0, 1);
    lua_pushstring(L, type->name);
    lua_pushcclosure(L, find_method, 1);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
}

/* Leaves the metatable. */
static void make_type(lua_State *L, const struct type *type)
{
    lua_createtable(L, 0, 6);
    lua_pushstring(L, type->object);
    lua_setfield(L, -2, "__name");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    if (type->is_named) {
        lua_pushcfunction(L, same_id);
        lua_setfield(L, -2, "__eq");
        lua_pushcfunction(L, show_name);
        lua_setfield(L, -2, "__tostring");
    }
    push_methods(L, type);
    lua_pushvalue(L, -1);
    lua_setfield(L, -3, METHODS);
    if (strcmp(type->object, OBJECT_MESSAGE) == 0)
        api_message_complete_type(L);
    else
        lua_setfield(L, -2, "__index");
    lua_pushvalue(L, -1);
    lua_setfield(L, LUA_REGISTRYINDEX, type->object);
}

static const struct type *type_of(const char *object)
{
    const struct type *type = types;
    while (strcmp(type->object, object) != 0)
        type++;
    return type;
}

/* Leaves the metatable. */
static void push_metatable(lua_State *L, const char *object)
{
    if (luaL_getmetatable(L, object) == LUA_TTABLE)
        return;
    lua_pop(L, 1);
    make_type(L, type_of(object));
}

void objects_set(lua_State *L, const char *object)
{
    push_metatable(L, object);
    lua_setmetatable(L, -2);
}

/* host.User and so on */
static void push_type(lua_State *L, const void *row)
{
    push_metatable(L, ((const struct type *)row)->object);
    lua_getfield(L, -1, METHODS);
}

const struct api_group host_types = { types, sizeof(*types), push_type };

static void push_named(lua_State *L, enum name_of whose, struct str id, struct str name,
                       const char *type)
{
    if (name.len == 0)
        name = record_name(L, whose, id);
    lua_createtable(L, 0, 2);
    push_str(L, id);
    lua_setfield(L, -2, "id");
    push_str(L, name.len > 0 ? name : id);
    lua_setfield(L, -2, "name");
    objects_set(L, type);
}

void push_user(lua_State *L, struct str id, struct str name)
{
    push_named(L, NAME_OF_USER, id, name, OBJECT_USER);
}

void push_group(lua_State *L, struct str id, struct str name)
{
    push_named(L, NAME_OF_GROUP, id, name, OBJECT_GROUP);
}

void push_room(lua_State *L, struct str id)
{
    push_named(L, NAME_OF_GROUP, id, STR_NONE, OBJECT_ROOM);
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

struct str check_room(lua_State *L, int index, const char *name)
{
    return check_id(L, index, name, OBJECT_ROOM, "a chatroom or the id of one");
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
    else if (has_type(L, index, OBJECT_ROOM))
        to.type = CONVERSATION_CHATROOM;
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
