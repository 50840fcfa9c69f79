#include "script/tool_note.h"

#include "base/json.h"
#include "base/mem.h"
#include "script/tool_host.h"

#include <stdlib.h>
#include <string.h>

static struct str copy_str(char **at, struct str s)
{
    struct str copy = { *at, s.len };
    if (s.len > 0) {
        memcpy(*at, s.at, s.len);
    }
    *at += s.len;
    return copy;
}

void tool_note_add(struct note ***last, const struct message *message)
{
    size_t size = message->target.len + message->sender.len + message->object_name.len +
                  message->content.len + message->uid.len;
    struct note *note = mem_alloc(sizeof(*note) + size);
    char *at = note->bytes;
    note->next = NULL;
    note->message = *message;
    note->message.target = copy_str(&at, message->target);
    note->message.sender = copy_str(&at, message->sender);
    note->message.object_name = copy_str(&at, message->object_name);
    note->message.content = copy_str(&at, message->content);
    note->message.uid = copy_str(&at, message->uid);
    **last = note;
    *last = &note->next;
}

void tool_note_free_all(struct note **first)
{
    while (*first) {
        struct note *next = (*first)->next;
        free(*first);
        *first = next;
    }
}

static const struct {
    const char *name;
    enum conversation_type type;
} conversations[] = {
    { "private", CONVERSATION_PRIVATE },
    { "group", CONVERSATION_GROUP },
    { "chatroom", CONVERSATION_CHATROOM },
    { "system", CONVERSATION_SYSTEM },
};

const char *tool_note_conversation(enum conversation_type type)
{
    for (size_t i = 0; i < sizeof(conversations) / sizeof(*conversations); i++) {
        if (conversations[i].type == type) {
            return conversations[i].name;
        }
    }
    return "other";
}

static void set_str(lua_State *L, const char *name, struct str value)
{
    tool_push_str(L, value);
    lua_setfield(L, -2, name);
}

static void set_int(lua_State *L, const char *name, int64_t value)
{
    lua_pushinteger(L, value);
    lua_setfield(L, -2, name);
}

static void set_bool(lua_State *L, const char *name, bool value)
{
    lua_pushboolean(L, value);
    lua_setfield(L, -2, name);
}

/* `text` of the JSON content, when it has any. */
static void set_text(lua_State *L, struct str content)
{
    struct json *root = json_parse(content, NULL);
    const struct json *text = json_get(root, "content");
    if (json_kind(text) == JSON_STRING) {
        set_str(L, "text", json_str(text));
    }
    json_free(root);
}

void tool_note_push(lua_State *L, const struct message *message)
{
    lua_createtable(L, 0, 16);
    lua_pushstring(L, tool_note_conversation(message->type));
    lua_setfield(L, -2, "type");
    set_str(L, "target", message->target);
    if (message->type == CONVERSATION_GROUP || message->type == CONVERSATION_PRIVATE) {
        /* So that a received message can be given to recall, and its chat to send. */
        set_str(L, message->type == CONVERSATION_GROUP ? "group" : "user",
                message->target);
    }
    set_str(L, "sender", message->sender);
    set_str(L, "object_name", message->object_name);
    set_str(L, "content", message->content);
    set_str(L, "uid", message->uid);
    set_int(L, "sent_ms", message->sent_ms);
    set_int(L, "received_ms", message->received_ms);
    set_int(L, "status", message->status);
    set_int(L, "client_unique_id", message->client_unique_id);
    set_bool(L, "own", message->own);
    set_bool(L, "offline", message->offline);
    set_text(L, message->content);
}
