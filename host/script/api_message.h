/*
 * api_message: messages as plugins see them: a userdata holding a copy, fields made on
 * first use.
 *
 * Private to this room.  Layer: script.
 */
#ifndef SCRIPT_API_MESSAGE_H
#define SCRIPT_API_MESSAGE_H

#include "script/objects.h"

struct api_message {
    const struct message *message;
    bool backlog;
};

/* A task_push_fn: the message, and the word or the rest of the command if there is one.
 * The router_call's arg is a struct api_message. */
int api_push_message(lua_State *L, void *router_call);

/* Where the message at `index` was sent; false when it is none. */
bool api_message_conversation(lua_State *L, int index, struct conversation *out);

/* Sets the metatable's fields; its methods are those of host.Message. */
void api_message_open_type(lua_State *L);

#endif
