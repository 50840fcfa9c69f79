#include "script/pack.h"

#include "base/map.h"
#include "script/api_message.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#define PATH_MAX_BYTES 160
#define HINT_MAX 4096 /* elements made room for before they were read */

enum tag {
    TAG_NIL = 'N',
    TAG_FALSE = 'F',
    TAG_TRUE = 'T',
    TAG_INTEGER = 'Z',
    TAG_FLOAT = 'D',
    TAG_TEXT = 'S',
    TAG_TABLE = 'A',
    TAG_AGAIN = 'R',
    TAG_OBJECT = 'O', /* a table whose metatable is the host's */
    TAG_MESSAGE = 'M',
};

/* What objects are called on disk is their place here. */
static const char *const objects[] = {
    "moondock.User",  "moondock.Group",   "moondock.Chat",
    "moondock.Event", "moondock.Request", "moondock.Sent",
    "moondock.Error", "moondock.List",    "moondock.Response",
};
enum { OBJECT_ERROR = 6, OBJECT_LIST = 7 };
#define OBJECTS (sizeof(objects) / sizeof(*objects))

/* --- writing --- */

struct writer {
    lua_State *L;
    struct buf *out;
    size_t start;   /* where ours begins in `out` */
    struct map ids; /* table's address to its number + 1 */
    uintptr_t tables;
    bool takes_objects;
    char path[PATH_MAX_BYTES]; /* of the value at hand, for errors */
    struct err *err;
};

static bool full(struct writer *writer)
{
    return err_set(writer->err, ERR_LIMIT, "%s: the whole is larger than %zu bytes",
                   writer->path, PACK_MAX);
}

static bool put(struct writer *writer, const void *at, size_t len)
{
    size_t used = writer->out->len - writer->start;
    return (len <= PACK_MAX - used && buf_add(writer->out, at, len)) || full(writer);
}

static bool put_tag(struct writer *writer, enum tag tag)
{
    char byte = (char)tag;
    return put(writer, &byte, 1);
}

static bool put_number(struct writer *writer, enum tag tag, uint64_t number)
{
    char bytes[11] = { (char)tag };
    size_t len = 1;
    for (; number >= 0x80; number >>= 7)
        bytes[len++] = (char)(number | 0x80);
    bytes[len++] = (char)number;
    return put(writer, bytes, len);
}

static bool put_float(struct writer *writer, double number)
{
    char bytes[9] = { TAG_FLOAT };
    memcpy(bytes + 1, &number, sizeof(number));
    return put(writer, bytes, sizeof(bytes));
}

/* Adds the key on top to the path; gives what to cut it back to. */
static size_t enter(struct writer *writer)
{
    size_t len = strlen(writer->path);
    char *at = writer->path + len;
    size_t room = sizeof(writer->path) - len;
    if (lua_type(writer->L, -1) == LUA_TSTRING)
        snprintf(at, room, ".%.40s", lua_tostring(writer->L, -1));
    else if (lua_isinteger(writer->L, -1))
        snprintf(at, room, "[%lld]", (long long)lua_tointeger(writer->L, -1));
    else
        snprintf(at, room, "[%s]", lua_typename(writer->L, lua_type(writer->L, -1)));
    return len;
}

static bool put_value(struct writer *writer, int depth);

static bool put_items(struct writer *writer, lua_Integer count, int depth)
{
    lua_State *L = writer->L;
    for (lua_Integer i = 1; i <= count; i++) {
        lua_pushinteger(L, i);
        size_t len = enter(writer);
        lua_pop(L, 1);
        lua_rawgeti(L, -1, i);
        if (!put_value(writer, depth))
            return false;
        writer->path[len] = '\0';
        lua_pop(L, 1);
    }
    return true;
}

/* The fields that are no items. */
static bool put_fields(struct writer *writer, lua_Integer count, int depth)
{
    lua_State *L = writer->L;
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        lua_pushvalue(L, -2); /* table, key, value, key */
        if (lua_isinteger(L, -1) && lua_tointeger(L, -1) >= 1 &&
            lua_tointeger(L, -1) <= count) {
            lua_pop(L, 2);
            continue;
        }
        size_t len = enter(writer);
        if (!put_value(writer, depth))
            return false;
        lua_pop(L, 1);
        if (!put_value(writer, depth))
            return false;
        writer->path[len] = '\0';
        lua_pop(L, 1);
    }
    return put_tag(writer, TAG_NIL);
}

/* The place in `objects` of the metatable on top, which is popped; OBJECTS: it is none.
 */
static size_t find_object(lua_State *L)
{
    size_t which = 0;
    for (bool found = false; which < OBJECTS; which++) {
        luaL_getmetatable(L, objects[which]);
        found = lua_rawequal(L, -1, -2);
        lua_pop(L, 1);
        if (found)
            break;
    }
    lua_pop(L, 1);
    return which;
}

static bool put_object(struct writer *writer, size_t which)
{
    char bytes[2] = { TAG_OBJECT, (char)which };
    return put(writer, bytes, sizeof(bytes));
}

static bool put_table(struct writer *writer, int depth)
{
    lua_State *L = writer->L;
    const void *address = lua_topointer(L, -1);
    struct str key = str_of((const char *)&address, sizeof(address));
    uintptr_t id = (uintptr_t)map_get(&writer->ids, key);
    if (id > 0)
        return put_number(writer, TAG_AGAIN, id - 1);
    if (depth == PACK_DEPTH)
        return err_set(writer->err, ERR_LIMIT, "%s: tables nested more than %d deep",
                       writer->path, PACK_DEPTH);
    if (!lua_checkstack(L, 8))
        return err_set(writer->err, ERR_LIMIT, "%s: no memory", writer->path);
    if (lua_getmetatable(L, -1)) {
        size_t which = find_object(L);
        if (!writer->takes_objects || which == OBJECTS)
            return err_set(writer->err, ERR_ARGUMENT, "%s has a metatable", writer->path);
        if (!put_object(writer, which))
            return false;
    }
    map_set(&writer->ids, key, (void *)++writer->tables);
    lua_Integer count = (lua_Integer)lua_rawlen(L, -1);
    return put_number(writer, TAG_TABLE, (uint64_t)count) &&
           put_items(writer, count, depth + 1) && put_fields(writer, count, depth + 1);
}

/* The value on top; it stays there. */
static bool put_value(struct writer *writer, int depth)
{
    lua_State *L = writer->L;
    lua_Integer integer;
    size_t len;
    const char *text;
    switch (lua_type(L, -1)) {
    case LUA_TNIL:
        return put_tag(writer, TAG_NIL);
    case LUA_TBOOLEAN:
        return put_tag(writer, lua_toboolean(L, -1) ? TAG_TRUE : TAG_FALSE);
    case LUA_TNUMBER:
        if (!lua_isinteger(L, -1))
            return put_float(writer, lua_tonumber(L, -1));
        integer = lua_tointeger(L, -1);
        return put_number(writer, TAG_INTEGER,
                          ((uint64_t)integer << 1) ^ (uint64_t)(integer < 0 ? -1 : 0));
    case LUA_TSTRING:
        text = lua_tolstring(L, -1, &len);
        return put_number(writer, TAG_TEXT, len) && put(writer, text, len);
    case LUA_TTABLE:
        return put_table(writer, depth);
    case LUA_TUSERDATA:
        if (writer->takes_objects && api_message_test(L, -1)) {
            struct str bytes = api_message_bytes(L, -1);
            return put_number(writer, TAG_MESSAGE, bytes.len) &&
                   put(writer, bytes.at, bytes.len);
        }
        /* fall through */
    default:
        return err_set(writer->err, ERR_ARGUMENT, "%s is a %s", writer->path,
                       lua_typename(L, lua_type(L, -1)));
    }
}

bool pack_write(lua_State *L, int index, const char *name, struct buf *out,
                struct err *err)
{
    struct writer writer = { .L = L, .out = out, .start = out->len, .err = err };
    int top = lua_gettop(L);
    snprintf(writer.path, sizeof(writer.path), "%s", name);
    if (!lua_checkstack(L, 8))
        return err_set(err, ERR_LIMIT, "%s: no memory", name);
    lua_pushvalue(L, index);
    bool ok = put(&writer, "P1", 2) && put_value(&writer, 0);
    if (!ok)
        buf_cut(out, writer.start);
    lua_settop(L, top);
    map_clear(&writer.ids);
    return ok;
}

bool pack_results(lua_State *L, int count, struct buf *out, struct err *err)
{
    struct writer writer = {
        .L = L, .out = out, .start = out->len, .takes_objects = true, .err = err
    };
    int top = lua_gettop(L);
    snprintf(writer.path, sizeof(writer.path), "result");
    if (!lua_checkstack(L, 8))
        return err_set(err, ERR_LIMIT, "result: no memory");
    char head[3] = { 'P', '2', (char)count };
    bool ok = count < 128 && put(&writer, head, sizeof(head));
    for (int i = 1; ok && i <= count; i++) {
        lua_pushvalue(L, top - count + i);
        ok = put_value(&writer, 0);
        lua_settop(L, top);
    }
    if (!ok)
        buf_cut(out, writer.start);
    lua_settop(L, top);
    map_clear(&writer.ids);
    return ok;
}

/* --- reading --- */

struct reader {
    lua_State *L;
    struct str rest;
    int tables; /* where on the stack the list of all tables is */
    lua_Integer count;
    bool takes_objects;
};

static bool take_number(struct reader *reader, uint64_t *out)
{
    *out = 0;
    for (unsigned shift = 0; shift < 64 && reader->rest.len > 0; shift += 7) {
        uint64_t byte = (unsigned char)*reader->rest.at;
        reader->rest = str_sub(reader->rest, 1, reader->rest.len - 1);
        if (shift == 63 && byte > 1)
            return false;
        *out |= (byte & 0x7f) << shift;
        if (byte < 0x80)
            return true;
    }
    return false;
}

static bool take_value(struct reader *reader, int depth);

static bool take_items(struct reader *reader, uint64_t count, int depth)
{
    for (uint64_t i = 1; i <= count; i++) {
        if (!take_value(reader, depth))
            return false;
        lua_rawseti(reader->L, -2, (lua_Integer)i);
    }
    return true;
}

static bool take_fields(struct reader *reader, int depth)
{
    lua_State *L = reader->L;
    for (;;) {
        if (!take_value(reader, depth))
            return false;
        if (lua_isnil(L, -1))
            break;
        if (lua_type(L, -1) == LUA_TNUMBER && lua_tonumber(L, -1) != lua_tonumber(L, -1))
            return false; /* no key of any table */
        if (!take_value(reader, depth))
            return false;
        lua_rawset(L, -3);
    }
    lua_pop(L, 1);
    return true;
}

static bool take_table(struct reader *reader, int depth)
{
    lua_State *L = reader->L;
    uint64_t count;
    if (!take_number(reader, &count) || count > reader->rest.len || depth == PACK_DEPTH ||
        !lua_checkstack(L, 8))
        return false;
    lua_createtable(L, count < HINT_MAX ? (int)count : HINT_MAX, 0);
    lua_pushvalue(L, -1);
    lua_rawseti(L, reader->tables, ++reader->count);
    return take_items(reader, count, depth + 1) && take_fields(reader, depth + 1);
}

static bool take_text(struct reader *reader)
{
    uint64_t len;
    if (!take_number(reader, &len) || len > reader->rest.len)
        return false;
    lua_pushlstring(reader->L, reader->rest.at, (size_t)len);
    reader->rest = str_sub(reader->rest, (size_t)len, reader->rest.len - (size_t)len);
    return true;
}

static bool take_float(struct reader *reader)
{
    double number;
    if (reader->rest.len < sizeof(number))
        return false;
    memcpy(&number, reader->rest.at, sizeof(number));
    reader->rest =
        str_sub(reader->rest, sizeof(number), reader->rest.len - sizeof(number));
    lua_pushnumber(reader->L, number);
    return true;
}

static bool take_integer(struct reader *reader)
{
    uint64_t number;
    if (!take_number(reader, &number))
        return false;
    lua_pushinteger(reader->L, (lua_Integer)((number >> 1) ^ (0 - (number & 1))));
    return true;
}

static bool take_again(struct reader *reader)
{
    uint64_t id;
    if (!take_number(reader, &id) || id >= (uint64_t)reader->count)
        return false;
    lua_rawgeti(reader->L, reader->tables, (lua_Integer)id + 1);
    return true;
}

static bool take_object(struct reader *reader, int depth)
{
    if (!reader->takes_objects || reader->rest.len < 2)
        return false;
    size_t which = (unsigned char)reader->rest.at[0];
    bool is_table = reader->rest.at[1] == TAG_TABLE;
    reader->rest = str_sub(reader->rest, 2, reader->rest.len - 2);
    if (which >= OBJECTS || !is_table || !take_table(reader, depth))
        return false;
    if (which == OBJECT_ERROR || which == OBJECT_LIST)
        luaL_setmetatable(reader->L, objects[which]);
    else
        objects_set(reader->L, objects[which]);
    return true;
}

static bool take_message(struct reader *reader)
{
    uint64_t len;
    if (!reader->takes_objects || !take_number(reader, &len) || len > reader->rest.len)
        return false;
    struct str bytes = str_sub(reader->rest, 0, (size_t)len);
    reader->rest = str_sub(reader->rest, (size_t)len, reader->rest.len - (size_t)len);
    return api_message_push_bytes(reader->L, bytes);
}

/* Leaves one value, or false with anything. */
static bool take_value(struct reader *reader, int depth)
{
    if (reader->rest.len == 0)
        return false;
    char tag = *reader->rest.at;
    reader->rest = str_sub(reader->rest, 1, reader->rest.len - 1);
    switch (tag) {
    case TAG_NIL:
        lua_pushnil(reader->L);
        return true;
    case TAG_FALSE:
    case TAG_TRUE:
        lua_pushboolean(reader->L, tag == TAG_TRUE);
        return true;
    case TAG_INTEGER:
        return take_integer(reader);
    case TAG_FLOAT:
        return take_float(reader);
    case TAG_TEXT:
        return take_text(reader);
    case TAG_TABLE:
        return take_table(reader, depth);
    case TAG_AGAIN:
        return take_again(reader);
    case TAG_OBJECT:
        return take_object(reader, depth);
    case TAG_MESSAGE:
        return take_message(reader);
    default:
        return false;
    }
}

int pack_read_results(lua_State *L, struct str bytes)
{
    int top = lua_gettop(L);
    struct reader reader = { .L = L, .tables = top + 1, .takes_objects = true };
    bool ok = bytes.len >= 3 && memcmp(bytes.at, "P2", 2) == 0 && bytes.at[2] >= 0;
    int count = ok ? bytes.at[2] : 0;
    ok = ok && lua_checkstack(L, count + 8);
    if (ok) {
        reader.rest = str_sub(bytes, 3, bytes.len - 3);
        lua_newtable(L);
        for (int i = 0; ok && i < count; i++)
            ok = take_value(&reader, 0);
        ok = ok && reader.rest.len == 0;
    }
    if (!ok) {
        lua_settop(L, top);
        return -1;
    }
    lua_remove(L, top + 1);
    return count;
}

bool pack_read(lua_State *L, struct str bytes, struct err *err)
{
    int top = lua_gettop(L);
    struct reader reader = { .L = L, .tables = top + 1 };
    bool ok = bytes.len >= 2 && memcmp(bytes.at, "P1", 2) == 0 && lua_checkstack(L, 8);
    if (ok) {
        reader.rest = str_sub(bytes, 2, bytes.len - 2);
        lua_newtable(L);
        ok = take_value(&reader, 0) && reader.rest.len == 0;
    }
    if (!ok) {
        lua_settop(L, top);
        return err_set(err, ERR_PROTO, "not a packed value");
    }
    lua_replace(L, top + 1);
    return true;
}
