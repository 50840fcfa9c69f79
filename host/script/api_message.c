#include "script/api_message.h"

#include "base/mem.h"
#include "proto/kinds.h"
#include "script/api.h"
#include "script/convert.h"
#include "script/router.h"

#include <lauxlib.h>
#include <stddef.h>
#include <string.h>

enum part {
    PART_TARGET,
    PART_SENDER,
    PART_TYPE,
    PART_CONTENT,
    PART_UID,
    PART_TEXT,
    PARTS
};

/* The userdata; its bytes follow. One user value: the sender, once asked for. */
struct box {
    const void *mark; /* what no other userdata begins with: see test_message */
    int64_t sent_ms, received_ms;
    uint32_t from[PARTS], len[PARTS];
    uint8_t type; /* enum conversation_type */
    bool backlog, redelivered, has_text;
    char bytes[];
};

static const char mark;

static struct str part(const struct box *box, enum part which)
{
    return str_of(box->bytes + box->from[which], box->len[which]);
}

static void set_type(lua_State *L)
{
    int type_ref = instance_of(L)->message_type_ref;
    if (type_ref > 0) {
        lua_rawgeti(L, LUA_REGISTRYINDEX, type_ref);
        lua_setmetatable(L, -2);
    } else {
        objects_set(L, OBJECT_MESSAGE); /* the first */
    }
}

void push_message(lua_State *L, const struct message *message, struct str text,
                  bool backlog)
{
    const struct str parts[PARTS] = { message->target,      message->sender,
                                      message->object_name, message->content,
                                      message->uid,         text };
    const struct str content = message->content;
    uintptr_t offset = (uintptr_t)text.at - (uintptr_t)content.at;
    bool inside = offset <= content.len && text.len <= content.len - offset;
    int copied = inside ? PART_TEXT : PARTS;
    size_t bytes = 0;
    for (int i = 0; i < copied; i++)
        bytes += parts[i].len;
    struct box *box = lua_newuserdatauv(L, sizeof(*box) + bytes, 1);
    memset((char *)box + sizeof(*box) + bytes - 8, 0, 8); /* it may be written to disk */
    box->mark = &mark;
    box->type = (uint8_t)message->type;
    box->sent_ms = message->sent_ms;
    box->received_ms = message->received_ms;
    box->backlog = backlog;
    box->redelivered = message->redelivered;
    box->has_text = text.at != NULL;
    uint32_t at = 0;
    for (int i = 0; i < copied; i++) {
        box->from[i] = at;
        box->len[i] = (uint32_t)parts[i].len;
        if (parts[i].len > 0)
            memcpy(box->bytes + at, parts[i].at, parts[i].len);
        at += (uint32_t)parts[i].len;
    }
    if (inside) {
        box->from[PART_TEXT] = box->from[PART_CONTENT] + (uint32_t)offset;
        box->len[PART_TEXT] = (uint32_t)text.len;
    }
    set_type(L);
}

int api_push_message(lua_State *L, void *router_call)
{
    const struct router_call *call = router_call;
    const struct api_message *given = call->arg;
    push_message(L, given->message, call->text, given->backlog);
    if (call->handler->kind == HANDLER_EVENT)
        return 1;
    push_str(L, call->match);
    return 2;
}

/* Built-in types nobody is shown (receipts, synchronisation) are not counted as unread;
 * types of the app are all messages. */
static bool is_silent(struct str object_name)
{
    bool stored, counted;
    return str_starts(object_name, STR("RC:")) &&
           !(content_type_flags(object_name, &stored, &counted) && counted);
}

bool api_message_is_chat(const struct message *message, enum content_kind kind)
{
    switch (kind) {
    case CONTENT_TEXT:
    case CONTENT_IMAGE:
    case CONTENT_VOICE:
    case CONTENT_VIDEO:
    case CONTENT_FILE:
    case CONTENT_QUOTE:
        return true;
    case CONTENT_OTHER:
        return !is_silent(message->object_name);
    default:
        return false;
    }
}

struct str api_message_text(const struct message *message, enum content_kind kind,
                            struct buf *scratch)
{
    struct str text = STR_NONE;
    if (kind == CONTENT_TEXT) {
        if (!content_read_text(message->content, scratch, &text))
            text = STR("");
    } else if (kind == CONTENT_QUOTE) {
        struct content content;
        if (content_parse(&content, message->object_name, message->content, NULL)) {
            buf_reset(scratch);
            if (content.text.len > 0 && buf_add_str(scratch, content.text))
                text = buf_str(scratch);
            content_clear(&content);
        }
    }
    return text;
}

/* By a mark, since comparing metatables by their name takes a tenth of a message's time.
 * No script fills the bytes of a userdata; null, the only light one, has no length. */
static struct box *test_message(lua_State *L, int index)
{
    struct box *box = lua_touserdata(L, index);
    return box && lua_rawlen(L, index) >= sizeof(*box) && box->mark == &mark ? box : NULL;
}

static struct box *check_message(lua_State *L, int index)
{
    struct box *box = test_message(L, index);
    if (!box)
        luaL_typeerror(L, index, OBJECT_MESSAGE);
    return box;
}

void check_message_content(lua_State *L, int index, struct str *type, struct str *content)
{
    const struct box *box = check_message(L, index);
    *type = part(box, PART_TYPE);
    *content = part(box, PART_CONTENT);
}

bool api_message_conversation(lua_State *L, int index, struct conversation *out)
{
    const struct box *box = test_message(L, index);
    if (!box)
        return false;
    *out = (struct conversation){ box->type, part(box, PART_TARGET) };
    return true;
}

/* --- messages as bytes (pack.h) --- */

bool api_message_test(lua_State *L, int index)
{
    return test_message(L, index) != NULL;
}

struct str api_message_bytes(lua_State *L, int index)
{
    return str_of((const char *)lua_touserdata(L, index), lua_rawlen(L, index));
}

struct str api_message_id(lua_State *L, int index)
{
    return part(lua_touserdata(L, index), PART_UID);
}

static bool is_bool(struct str bytes, size_t at)
{
    return (unsigned char)bytes.at[at] <= 1;
}

bool api_message_push_bytes(lua_State *L, struct str bytes)
{
    if (bytes.len < sizeof(struct box) ||
        !is_bool(bytes, offsetof(struct box, backlog)) ||
        !is_bool(bytes, offsetof(struct box, redelivered)) ||
        !is_bool(bytes, offsetof(struct box, has_text)))
        return false;
    struct box *box = lua_newuserdatauv(L, bytes.len, 1);
    size_t room = bytes.len - sizeof(*box);
    memcpy(box, bytes.at, bytes.len);
    box->mark = &mark;
    for (int i = 0; i < PARTS; i++)
        if (box->from[i] > room || box->len[i] > room - box->from[i])
            return false;
    set_type(L);
    return true;
}

/* --- fields --- */

/* Pushes what `push` makes of the parsed content. Held: nothing in it may raise, and a
 * hard stop must not lose the tree. */
static void with_content(lua_State *L, const struct box *box,
                         void (*push)(lua_State *L, const struct box *box,
                                      const struct content *content))
{
    struct content content;
    luaL_checkstack(L, 300, NULL); /* a level of JSON takes at most four, 64 levels */
    guard_hold();
    if (content_parse(&content, part(box, PART_TYPE), part(box, PART_CONTENT), NULL)) {
        push(L, box, &content);
        content_clear(&content);
    } else {
        push(L, box, NULL);
    }
    guard_release();
}

static void push_sender(lua_State *L, const struct box *box,
                        const struct content *content)
{
    struct str id = part(box, PART_SENDER);
    struct str name = content ? str_cut_utf8(content->user.name, 256) : STR_NONE;
    if (content && str_eq(content->user.id, id))
        runtime_note_name(instance_of(L)->runtime, NAME_OF_USER, id, name);
    else if (content && content->user.id.len > 0)
        name = STR_NONE; /* it speaks of somebody else */
    push_user(L, id, name);
}

static void push_mentions(lua_State *L, const struct box *box,
                          const struct content *content)
{
    (void)box;
    lua_newtable(L);
    for (size_t i = 0; content && i < content->mentioned_count; i++) {
        push_user(L, content->mentioned[i], STR_NONE);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    if (content && content->mention == MENTION_ALL) {
        lua_pushboolean(L, 1);
        lua_setfield(L, -2, "all");
    }
}

static void push_content(lua_State *L, const struct box *box,
                         const struct content *content)
{
    (void)box;
    push_json(L, content ? content->root : NULL);
}

static void push_kind(lua_State *L, const struct box *box)
{
    struct str word = kinds_word(part(box, PART_TYPE));
    push_str(L, word.len > 0 ? word : part(box, PART_TYPE));
}

/* What it carries, as it would be sent. */
static void push_carried(lua_State *L, const struct box *box,
                         const struct content *content)
{
    struct json *carried =
        content ? kinds_read(part(box, PART_TYPE), content->root) : NULL;
    push_json(L, carried);
    json_free(carried);
}

/* Whether `name` is the kind of this message: msg.image of an image. */
static bool is_own_kind(const struct box *box, struct str name)
{
    struct str type = part(box, PART_TYPE);
    return !str_eq(type, STR("RC:TxtMsg")) && str_eq(kinds_word(type), name);
}

static void push_cached_sender(lua_State *L, const struct box *box)
{
    if (lua_getiuservalue(L, 1, 1) != LUA_TNIL)
        return;
    lua_pop(L, 1);
    with_content(L, box, push_sender);
    lua_pushvalue(L, -1);
    lua_setiuservalue(L, 1, 1);
}

enum field {
    FIELD_TEXT,
    FIELD_SENDER,
    FIELD_GROUP,
    FIELD_ROOM,
    FIELD_CHAT,
    FIELD_ID,
    FIELD_TIME,
    FIELD_KIND,
    FIELD_TYPE,
    FIELD_MENTIONS,
    FIELD_RAW,
    FIELD_CONTENT,
    FIELD_BACKLOG,
    FIELD_REDELIVERED,
    FIELD_AGE,
    FIELDS,
};

static const struct str field_names[FIELDS] = {
    STR("text"), STR("sender"),  STR("group"),   STR("room"),        STR("chat"),
    STR("id"),   STR("time"),    STR("kind"),    STR("type"),        STR("mentions"),
    STR("raw"),  STR("content"), STR("backlog"), STR("redelivered"), STR("age"),
};

/* Seconds, as durations are. The server's clock may be ahead of ours. */
static void push_age(lua_State *L, const struct box *box)
{
    int64_t ms = box->received_ms - box->sent_ms;
    lua_pushnumber(L, ms > 0 ? (lua_Number)ms / 1000 : 0);
}

static void push_field(lua_State *L, const struct box *box, enum field field)
{
    switch (field) {
    case FIELD_TEXT:
        if (box->has_text)
            push_str(L, part(box, PART_TEXT));
        else
            lua_pushnil(L);
        break;
    case FIELD_SENDER:
        push_cached_sender(L, box);
        break;
    case FIELD_GROUP:
        if (box->type == CONVERSATION_GROUP)
            push_group(L, part(box, PART_TARGET), STR_NONE);
        else
            lua_pushnil(L);
        break;
    case FIELD_ROOM:
        if (box->type == CONVERSATION_CHATROOM)
            push_room(L, part(box, PART_TARGET));
        else
            lua_pushnil(L);
        break;
    case FIELD_CHAT:
        push_chat(L, box->type, part(box, PART_TARGET));
        break;
    case FIELD_ID:
        push_str(L, part(box, PART_UID));
        break;
    case FIELD_TIME:
        lua_pushinteger(L, box->sent_ms);
        break;
    case FIELD_KIND:
        push_kind(L, box);
        break;
    case FIELD_TYPE:
        push_str(L, part(box, PART_TYPE));
        break;
    case FIELD_MENTIONS:
        with_content(L, box, push_mentions);
        break;
    case FIELD_RAW:
        push_str(L, part(box, PART_CONTENT));
        break;
    case FIELD_CONTENT:
        with_content(L, box, push_content);
        break;
    case FIELD_BACKLOG:
        lua_pushboolean(L, box->backlog);
        break;
    case FIELD_REDELIVERED:
        lua_pushboolean(L, box->redelivered);
        break;
    case FIELD_AGE:
        push_age(L, box);
        break;
    case FIELDS:
        break;
    }
}

/* FIELDS: none of them. Nearly all that are not meant differ in length. */
static enum field field_named(struct str name)
{
    int i = 0;
    while (i < FIELDS && (name.len != field_names[i].len ||
                          memcmp(name.at, field_names[i].at, name.len) != 0))
        i++;
    return (enum field)i;
}

/* The methods are in the upvalue. */
static int index_message(lua_State *L)
{
    const struct box *box = check_message(L, 1);
    if (lua_type(L, 2) != LUA_TSTRING) {
        lua_pushnil(L);
        return 1;
    }
    struct str name;
    name.at = lua_tolstring(L, 2, &name.len);
    enum field field = field_named(name);
    if (field != FIELDS)
        push_field(L, box, field);
    else if (is_own_kind(box, name))
        with_content(L, box, push_carried);
    else
        lua_gettable(L, lua_upvalueindex(1)); /* or it is not loaded yet (bot.lua) */
    return 1;
}

void api_message_complete_type(lua_State *L)
{
    lua_pushcclosure(L, index_message, 1);
    lua_setfield(L, -2, "__index");
    lua_pushvalue(L, -1);
    instance_of(L)->message_type_ref = luaL_ref(L, LUA_REGISTRYINDEX);
}
