/*
 * api_message: messages as plugins see them: a userdata holding a copy, fields made on
 * first use.
 *
 * Private to this room.  Layer: script.
 */
#ifndef SCRIPT_API_MESSAGE_H
#define SCRIPT_API_MESSAGE_H

#include "proto/content.h"
#include "script/objects.h"

struct api_message {
    const struct message *message;
    bool backlog;
};

/* A task_push_fn: the message, and the word or the rest of the command if there is one.
 * The router_call's arg is a struct api_message. */
int api_push_message(lua_State *L, void *router_call);

/* Leaves the message; `text` as api_message_text gives it. */
void push_message(lua_State *L, const struct message *message, struct str text,
                  bool backlog);

/* Chat, and not a notice, a receipt or the like. `kind`: content_kind of its type. */
bool api_message_is_chat(const struct message *message, enum content_kind kind);

/* What was written, borrowed from the message or put in `scratch`; STR_NONE when it is of
 * a kind that has no text. */
struct str api_message_text(const struct message *message, enum content_kind kind,
                            struct buf *scratch);

/* Type and content of the message at `index`, borrowed from it; raises when it is none.
 */
void check_message_content(lua_State *L, int index, struct str *type,
                           struct str *content);

/* Where the message at `index` was sent; false when it is none. */
bool api_message_conversation(lua_State *L, int index, struct conversation *out);

/* Whether there is one at `index`; then its bytes, borrowed, and its id. */
bool api_message_test(lua_State *L, int index);
struct str api_message_bytes(lua_State *L, int index);
struct str api_message_id(lua_State *L, int index);

/* Leaves the message of which those were the bytes; false for others. */
bool api_message_push_bytes(lua_State *L, struct str bytes);

/* (metatable, methods) -> (metatable): makes the fields, keeps the metatable. */
void api_message_complete_type(lua_State *L);

#endif
