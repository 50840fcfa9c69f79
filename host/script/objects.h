/*
 * objects: the small tables plugins are handed: users, groups, chats. Their methods are
 * Lua (scripts/moondock/bot/); C makes them and reads them back.
 *
 * Private to this room.  Layer: script.
 */
#ifndef SCRIPT_OBJECTS_H
#define SCRIPT_OBJECTS_H

#include "base/str.h"
#include "im/message.h"

#include <lua.h>

/* Fields of host: the tables of methods, for bot/ to fill, host.User and so on; and
 * on_missing, on_method. */
extern const struct api_group host_types, host_objects;

/* `name` empty: the one last seen, else the id. */
void push_user(lua_State *L, struct str id, struct str name);
void push_group(lua_State *L, struct str id, struct str name);
void push_room(lua_State *L, struct str id);
void push_chat(lua_State *L, enum conversation_type type, struct str target);

/* Sets the metatable of what is on top. The first time it is made. */
void objects_set(lua_State *L, const char *type);

#define OBJECT_EVENT "moondock.Event"
#define OBJECT_REQUEST "moondock.Request" /* an event that can be answered */
#define OBJECT_SENT "moondock.Sent"
#define OBJECT_MESSAGE "moondock.Message"
#define OBJECT_RESPONSE "moondock.Response" /* of a server, over HTTP */

/* A User, or an id. */
struct str check_user(lua_State *L, int index, const char *name);
struct str check_group(lua_State *L, int index, const char *name);
struct str check_room(lua_State *L, int index, const char *name); /* a Room */

struct conversation {
    enum conversation_type type;
    struct str target; /* borrowed from the argument */
};

/* A message, an event, a chat, a group, a chatroom or a user. */
struct conversation check_conversation(lua_State *L, int index, const char *name);

const char *objects_chat_kind(enum conversation_type type); /* "group" */

#endif
