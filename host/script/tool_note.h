/*
 * tool_note: messages kept for a tool until it asks, and as Lua tables.
 *
 * Layer: script.  Thread: loop thread only.
 */
#ifndef SCRIPT_TOOL_NOTE_H
#define SCRIPT_TOOL_NOTE_H

#include "im/message.h"

#include <lua.h>

/* A received message; its strings live behind it. */
struct note {
    struct note *next;
    struct message message;
    char bytes[];
};

/* Appends a copy to the list that ends at `*last`. */
void tool_note_add(struct note ***last, const struct message *message);

/* Frees the list; it is empty then. */
void tool_note_free_all(struct note **first);

/* "group" for CONVERSATION_GROUP; "other" for types without a name here. */
const char *tool_note_conversation(enum conversation_type type);

/* Leaves the message as a table: type, target, group or user, sender, object_name,
 * content (JSON text), text (if it has one), uid, sent_ms, received_ms, status,
 * client_unique_id, own, offline. */
void tool_note_push(lua_State *L, const struct message *message);

#endif
