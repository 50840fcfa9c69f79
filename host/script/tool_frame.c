/* host.frame: decode and encode signalling frames; host.pb: decode and encode payloads by
 * their topic, to and from tables with the field names of the .proto. */
#include "base/arena.h"
#include "base/mem.h"
#include "proto/frame.h"
#include "proto/messages.h"
#include "script/tool_host.h"

#include <lauxlib.h>
#include <string.h>

#define FRAME_MAX ((size_t)16 << 20)
#define ARENA_MAX ((size_t)64 << 20)

static enum frame_from check_from(lua_State *L, int index)
{
    static const char *const names[] = { "client", "server", NULL };
    return luaL_checkoption(L, index, NULL, names) == 0 ? FRAME_FROM_CLIENT
                                                        : FRAME_FROM_SERVER;
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

/* host.frame.decode(bytes, "client" | "server", protocol?) -> table */
static int frame_decode_verb(lua_State *L)
{
    struct str bytes = tool_check_str(L, 1);
    enum frame_from from = check_from(L, 2);
    struct frame frame;
    struct err err;
    if (!frame_decode(&frame, bytes, from, (int)luaL_optinteger(L, 3, 3), &err)) {
        return tool_fail(L, &err);
    }
    lua_createtable(L, 0, 18);
    lua_pushstring(L, frame_name(frame.type));
    lua_setfield(L, -2, "type");
    set_int(L, "qos", frame.qos);
    set_bool(L, "dup", frame.dup);
    set_bool(L, "retain", frame.retain);
    set_str(L, "topic", frame.topic);
    set_str(L, "target", frame.target);
    set_int(L, "id", frame.id);
    set_int(L, "seconds", frame.seconds);
    set_int(L, "millis", frame.millis);
    set_int(L, "status", frame.status);
    set_str(L, "uid", frame.uid);
    set_str(L, "payload", frame.payload);
    set_int(L, "has", frame.has);
    set_str(L, "user", frame.user);
    set_str(L, "session", frame.session);
    set_int(L, "time_ms", (int64_t)frame.time_ms);
    set_int(L, "first_id", frame.first_id);
    set_int(L, "lead", frame.lead);
    return 1;
}

static enum frame_type check_type(lua_State *L, struct str name)
{
    for (int type = FRAME_CONNACK; type <= FRAME_DISCONNECT; type++) {
        if (str_eq(name, str_from(frame_name((enum frame_type)type)))) {
            return (enum frame_type)type;
        }
    }
    luaL_argerror(L, 1, "type: there is no such frame");
    return FRAME_CONNACK;
}

/* host.frame.encode(table, "client" | "server", protocol?) -> bytes; the fields decode
 * gives, absent ones are 0 or empty. */
static int frame_encode_verb(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    enum frame_from from = check_from(L, 2);
    int protocol = (int)luaL_optinteger(L, 3, 3);
    struct frame frame = {
        .type = check_type(L, tool_field_str(L, 1, "type")),
        .qos = (uint8_t)tool_field_number(L, 1, "qos", 0),
        .dup = tool_field_bool(L, 1, "dup", false),
        .retain = tool_field_bool(L, 1, "retain", false),
        .topic = tool_field_str(L, 1, "topic"),
        .target = tool_field_str(L, 1, "target"),
        .id = (uint16_t)tool_field_number(L, 1, "id", 0),
        .seconds = (uint32_t)tool_field_number(L, 1, "seconds", 0),
        .millis = (uint16_t)tool_field_number(L, 1, "millis", 0),
        .status = (uint16_t)tool_field_number(L, 1, "status", 0),
        .uid = tool_field_str(L, 1, "uid"),
        .payload = tool_field_str(L, 1, "payload"),
        .has = (uint8_t)tool_field_number(L, 1, "has", 0),
        .user = tool_field_str(L, 1, "user"),
        .session = tool_field_str(L, 1, "session"),
        .time_ms = (uint64_t)tool_field_number(L, 1, "time_ms", 0),
        .first_id = (uint16_t)tool_field_number(L, 1, "first_id", 0),
        .lead = (uint8_t)tool_field_number(L, 1, "lead", 0),
    };
    struct buf out;
    struct err err;
    buf_init(&out, FRAME_MAX);
    if (!frame_encode(&out, &frame, from, protocol, &err)) {
        buf_clear(&out);
        return tool_fail(L, &err);
    }
    tool_push_str(L, buf_str(&out));
    buf_clear(&out);
    return 1;
}

/* --- payloads --- */

/* The arena of one call, freed with the userdata that holds it. */
#define ARENA_CLASS "moondock.Arena"

static struct arena *push_arena(lua_State *L)
{
    struct arena *arena = lua_newuserdatauv(L, sizeof(*arena), 0);
    arena_init(arena, ARENA_MAX);
    luaL_setmetatable(L, ARENA_CLASS);
    return arena;
}

static int arena_close(lua_State *L)
{
    arena_clear(luaL_checkudata(L, 1, ARENA_CLASS));
    return 0;
}

static void push_struct(lua_State *L, const struct pb_type *type, const void *message);

static void push_one(lua_State *L, const struct pb_field *field, const void *at)
{
    switch ((enum pb_kind)field->kind) {
    case PB_INT:
        lua_pushinteger(L, *(const int64_t *)at);
        break;
    case PB_BOOL:
        lua_pushboolean(L, *(const bool *)at);
        break;
    case PB_STR:
    case PB_BYTES:
        tool_push_str(L, *(const struct str *)at);
        break;
    case PB_MSG:
        push_struct(L, field->type, at);
        break;
    }
}

static size_t size_of(const struct pb_field *field)
{
    switch ((enum pb_kind)field->kind) {
    case PB_INT:
        return sizeof(int64_t);
    case PB_BOOL:
        return sizeof(bool);
    case PB_STR:
    case PB_BYTES:
        return sizeof(struct str);
    case PB_MSG:
        break;
    }
    return field->type->size;
}

/* What every repeated field looks like, whatever its type. */
struct repeated {
    void *at;
    size_t count;
};

static void push_field(lua_State *L, const struct pb_field *field, const char *at)
{
    if (field->label != PB_REPEATED) {
        push_one(L, field, field->kind == PB_MSG ? *(void *const *)at : at);
        return;
    }
    struct repeated list;
    memcpy(&list, at, sizeof(list));
    lua_newtable(L);
    for (size_t i = 0; i < list.count; i++) {
        push_one(L, field, (const char *)list.at + i * size_of(field));
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

static void push_struct(lua_State *L, const struct pb_type *type, const void *message)
{
    uint32_t has;
    memcpy(&has, message, sizeof(has));
    luaL_checkstack(L, 4, "payload is too deep");
    lua_newtable(L);
    for (size_t i = 0; i < type->count; i++) {
        if (has >> i & 1u) {
            push_field(L, &type->fields[i],
                       (const char *)message + type->fields[i].offset);
            lua_setfield(L, -2, type->fields[i].name);
        }
    }
}

/* Fills the struct at `message` from the table on top of the stack. Strings stay borrowed
 * from the table. */
static void read_struct(lua_State *L, const struct pb_type *type, char *message,
                        struct arena *arena);

static void *take(lua_State *L, struct arena *arena, size_t size)
{
    void *at = arena_alloc(arena, size);
    if (!at) {
        luaL_error(L, "payload is too large");
    }
    return at;
}

static void read_one(lua_State *L, const struct pb_field *field, void *at,
                     struct arena *arena)
{
    struct str text;
    switch ((enum pb_kind)field->kind) {
    case PB_INT:
        *(int64_t *)at = luaL_checkinteger(L, -1);
        break;
    case PB_BOOL:
        *(bool *)at = lua_toboolean(L, -1);
        break;
    case PB_STR:
    case PB_BYTES:
        text = tool_check_str(L, -1);
        memcpy(at, &text, sizeof(text));
        break;
    case PB_MSG:
        read_struct(L, field->type, at, arena);
        break;
    }
}

static void read_field(lua_State *L, const struct pb_field *field, char *at,
                       struct arena *arena)
{
    if (field->label == PB_REPEATED) {
        luaL_checktype(L, -1, LUA_TTABLE);
        struct repeated list = { NULL, (size_t)lua_rawlen(L, -1) };
        list.at = take(L, arena, (list.count + 1) * size_of(field));
        for (size_t i = 0; i < list.count; i++) {
            lua_rawgeti(L, -1, (lua_Integer)i + 1);
            read_one(L, field, (char *)list.at + i * size_of(field), arena);
            lua_pop(L, 1);
        }
        memcpy(at, &list, sizeof(list));
    } else if (field->kind == PB_MSG) {
        void *nested = take(L, arena, field->type->size);
        read_struct(L, field->type, nested, arena);
        memcpy(at, &nested, sizeof(nested));
    } else {
        read_one(L, field, at, arena);
    }
}

static void read_struct(lua_State *L, const struct pb_type *type, char *message,
                        struct arena *arena)
{
    uint32_t has = 0;
    luaL_checktype(L, -1, LUA_TTABLE);
    luaL_checkstack(L, 4, "payload is too deep");
    for (size_t i = 0; i < type->count; i++) {
        if (lua_getfield(L, -1, type->fields[i].name) != LUA_TNIL) {
            read_field(L, &type->fields[i], message + type->fields[i].offset, arena);
            has |= 1u << i;
        }
        lua_pop(L, 1);
    }
    memcpy(message, &has, sizeof(has));
}

/* The payload's type at `index`: a topic and which of its two payloads at index + 1, or
 * the .proto's name of a message ("UpStreamMessage"). */
static const struct pb_type *check_payload(lua_State *L, int index)
{
    static const char *const sides[] = { "request", "answer", NULL };
    struct str name = tool_check_str(L, index);
    const struct pb_type *request, *answer;
    if (messages_for_topic(name, &request, &answer)) {
        const struct pb_type *type =
            luaL_checkoption(L, index + 1, "request", sides) == 0 ? request : answer;
        luaL_argcheck(L, type, index, "that payload is empty");
        return type;
    }
    size_t count;
    const struct pb_type *const *types = messages_types(&count);
    for (size_t i = 0; i < count; i++) {
        if (str_eq(name, str_from(types[i]->name))) {
            return types[i];
        }
    }
    luaL_argerror(L, index, "no topic and no message has this name");
    return NULL;
}

/* host.pb.decode(bytes, topic, "request" | "answer") or (bytes, "UpStreamMessage") */
static int pb_decode_verb(lua_State *L)
{
    struct str bytes = tool_check_str(L, 1);
    const struct pb_type *type = check_payload(L, 2);
    struct arena *arena = push_arena(L);
    void *message = take(L, arena, type->size);
    struct err err;
    if (!pb_decode(type, message, bytes, arena, &err)) {
        return tool_fail(L, &err);
    }
    push_struct(L, type, message);
    return 1;
}

/* host.pb.encode(table, topic, "request" | "answer") -> bytes */
static int pb_encode_verb(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    const struct pb_type *type = check_payload(L, 2);
    struct arena *arena = push_arena(L);
    void *message = take(L, arena, type->size);
    lua_pushvalue(L, 1);
    read_struct(L, type, message, arena);
    struct buf out;
    struct err err;
    buf_init(&out, FRAME_MAX);
    if (!pb_encode(type, message, &out, &err)) {
        buf_clear(&out);
        return tool_fail(L, &err);
    }
    tool_push_str(L, buf_str(&out));
    buf_clear(&out);
    return 1;
}

/* host.pb.reencode(bytes, ...) -> bytes: decoded and encoded again in C. Test builds keep
 * unknown fields as a tail, so what the tables do not know shows. */
static int pb_reencode_verb(lua_State *L)
{
    struct str bytes = tool_check_str(L, 1);
    const struct pb_type *type = check_payload(L, 2);
    struct arena *arena = push_arena(L);
    void *message = take(L, arena, type->size);
    struct buf out;
    struct err err;
    buf_init(&out, FRAME_MAX);
    if (!pb_decode(type, message, bytes, arena, &err) ||
        !pb_encode(type, message, &out, &err)) {
        buf_clear(&out);
        return tool_fail(L, &err);
    }
    tool_push_str(L, buf_str(&out));
    buf_clear(&out);
    return 1;
}

/* host.pb.topics() -> { topic = { request = name?, answer = name? } } */
static int pb_topics_verb(lua_State *L)
{
    size_t count;
    const struct message_topic *topics = messages_topics(&count);
    lua_newtable(L);
    for (size_t i = 0; i < count; i++) {
        lua_newtable(L);
        if (topics[i].request) {
            set_str(L, "request", str_from(topics[i].request->name));
        }
        if (topics[i].answer) {
            set_str(L, "answer", str_from(topics[i].answer->name));
        }
        lua_setfield(L, -2, topics[i].topic);
    }
    return 1;
}

static const luaL_Reg frame_api[] = {
    { "decode", frame_decode_verb },
    { "encode", frame_encode_verb },
    { NULL, NULL },
};

static const luaL_Reg pb_api[] = {
    { "decode", pb_decode_verb },
    { "encode", pb_encode_verb },
    { "reencode", pb_reencode_verb },
    { "topics", pb_topics_verb },
    { NULL, NULL },
};

static const luaL_Reg arena_methods[] = { { NULL, NULL } };

void tool_open_frame(lua_State *L, struct tool *tool)
{
    tool_make_class(L, tool, ARENA_CLASS, arena_methods, arena_close);
    lua_newtable(L);
    tool_set_functions(L, tool, frame_api);
    lua_setfield(L, -2, "frame");
    lua_newtable(L);
    tool_set_functions(L, tool, pb_api);
    lua_setfield(L, -2, "pb");
}
