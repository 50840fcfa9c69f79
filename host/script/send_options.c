#include "script/send_options.h"

#include "base/json.h"
#include "script/convert.h"
#include "script/exec.h"
#include "script/limits_guard.h"
#include "script/objects.h"

#include <ctype.h>
#include <lauxlib.h>
#include <string.h>

/* wire.md F.2 */
#define NAME_MAX_CHARS 32
#define VALUE_MAX_CHARS 4096

#define PUSH_TEXT_MAX 4096
#define ONCE_MAX 64

/* --- expansions --- */

static bool is_name(struct str name)
{
    bool ok = name.len > 0 && name.len <= NAME_MAX_CHARS;
    for (size_t i = 0; ok && i < name.len; i++)
        ok = isalnum((unsigned char)name.at[i]) || strchr("_=+-", name.at[i]);
    return ok;
}

static bool is_value(struct str value)
{
    size_t chars = 0;
    for (size_t i = 0; i < value.len; i++)
        chars += ((unsigned char)value.at[i] & 0xc0) != 0x80;
    return chars <= VALUE_MAX_CHARS && str_is_utf8(value);
}

void check_expansion(lua_State *L, int index, const char *what, bool may_remove,
                     struct expansion *out)
{
    if (!lua_istable(L, index))
        raise_error(L, "%s: want a table, have a %s", what, luaL_typename(L, index));
    out->count = 0;
    lua_pushnil(L);
    while (lua_next(L, index)) {
        struct str name = STR_NONE, value = STR_NONE;
        if (lua_type(L, -2) == LUA_TSTRING)
            name.at = lua_tolstring(L, -2, &name.len);
        if (!is_name(name))
            raise_error(L, "%s: a name has 1 to %d of A-Z a-z 0-9 _ = + -", what,
                        NAME_MAX_CHARS);
        if (lua_type(L, -1) == LUA_TSTRING)
            value.at = lua_tolstring(L, -1, &value.len);
        else if (!may_remove || lua_type(L, -1) != LUA_TBOOLEAN || lua_toboolean(L, -1))
            raise_error(L, "%s.%s: want a text%s", what, name.at,
                        may_remove ? ", or false to remove it" : "");
        if (!is_value(value))
            raise_error(L, "%s.%s: at most %d characters of UTF-8", what, name.at,
                        VALUE_MAX_CHARS);
        if (out->count == EXPANSION_MAX)
            raise_error(L, "%s: at most %d entries", what, EXPANSION_MAX);
        out->names[out->count] = name;
        out->values[out->count++] = value;
        lua_pop(L, 1);
    }
}

/* {"name":{"v":"value"}}, as it goes with a message. */
static bool write_expansion(const struct expansion *expansion, struct buf *out)
{
    bool fits = buf_add_byte(out, '{');
    for (size_t i = 0; fits && i < expansion->count; i++)
        fits = buf_add_str(out, i > 0 ? STR(",") : STR("")) &&
               json_write_str(out, expansion->names[i]) &&
               buf_add_str(out, STR(":{\"v\":")) &&
               json_write_str(out, expansion->values[i]) && buf_add_byte(out, '}');
    return fits && buf_add_byte(out, '}');
}

bool expansion_write_change(const struct expansion *change, struct str uid,
                            struct buf *out)
{
    struct json *root = json_object();
    struct json *set = json_object(), *removed = json_array();
    for (size_t i = 0; i < change->count; i++) {
        char name[NAME_MAX_CHARS + 1];
        memcpy(name, change->names[i].at, change->names[i].len);
        name[change->names[i].len] = '\0';
        if (change->values[i].at)
            json_add_str(set, name, change->values[i]);
        else
            json_add_str(removed, NULL, change->names[i]);
    }
    if (json_size(set) > 0)
        json_add(root, "put", set);
    else
        json_free(set);
    if (json_size(removed) > 0)
        json_add(root, "del", removed);
    else
        json_free(removed);
    json_add_str(root, "mid", uid);
    bool fits = json_write(root, out);
    json_free(root);
    return fits;
}

/* --- options --- */

/* (…) -> (…, text): the expansion as it goes with a message. */
static struct str push_expansion(lua_State *L, int index)
{
    struct expansion expansion;
    struct buf out;
    check_expansion(L, index, "opts.expansion", false, &expansion);
    guard_hold();
    buf_init(&out, (size_t)1 << 20);
    write_expansion(&expansion, &out);
    push_str(L, buf_str(&out));
    buf_clear(&out);
    guard_release();
    return check_str(L, -1);
}

static size_t check_only(lua_State *L, int index, struct str only[SEND_ONLY_MAX])
{
    if (!lua_istable(L, index))
        raise_error(L, "opts.only: want a list of users");
    lua_Integer count = (lua_Integer)lua_rawlen(L, index);
    if (count == 0 || count > SEND_ONLY_MAX)
        raise_error(L, "opts.only: 1 to %d users", SEND_ONLY_MAX);
    for (lua_Integer i = 1; i <= count; i++) {
        lua_rawgeti(L, index, i);
        only[i - 1] = check_user(L, -1, "opts.only");
        lua_pop(L, 1); /* the list holds it */
    }
    return (size_t)count;
}

static struct str check_push(lua_State *L, const char *name)
{
    struct str text = STR_NONE;
    if (lua_isnil(L, -1))
        return text;
    if (lua_type(L, -1) != LUA_TSTRING)
        raise_error(L, "opts.%s: want a text, have a %s", name, luaL_typename(L, -1));
    text.at = lua_tolstring(L, -1, &text.len);
    if (text.len > PUSH_TEXT_MAX || !str_is_utf8(text))
        raise_error(L, "opts.%s: at most %d bytes of UTF-8", name, PUSH_TEXT_MAX);
    return text;
}

/* (…, name) -> (…, name, key): who sends it where under that name, a script only: what
 * handlers send has keys of its own. */
static struct str push_once(lua_State *L, const struct outgoing *message)
{
    const struct instance *instance = instance_of(L);
    if (!exec_of(instance))
        raise_error(L, "opts.once: this works in scripts only");
    struct str name = lua_type(L, -1) == LUA_TSTRING ? check_str(L, -1) : STR_NONE;
    if (name.len == 0 || name.len > ONCE_MAX)
        raise_error(L, "opts.once: want a text of 1 to %d bytes", ONCE_MAX);
    lua_pushfstring(L, "once/%s/%s/%d/", instance->version->name, lua_tostring(L, -1),
                    (int)message->type);
    push_str(L, message->target);
    lua_concat(L, 2);
    return check_str(L, -1);
}

void check_send_options(lua_State *L, int index, struct outgoing *message,
                        struct str only[SEND_ONLY_MAX])
{
    if (lua_isnoneornil(L, index))
        return;
    if (!lua_istable(L, index))
        raise_error(L, "opts: want a table, have a %s", luaL_typename(L, index));
    lua_getfield(L, index, "timeout");
    int64_t ms = lua_isnil(L, -1) ? 0 : check_duration(L, -1, "opts.timeout");
    message->wait_ms = !lua_isnil(L, -1) && ms == 0 ? 1 : ms;
    lua_getfield(L, index, "unsure");
    const char *unsure = lua_isnil(L, -1) ? "drop" : lua_tostring(L, -1);
    message->repeat = unsure && strcmp(unsure, "repeat") == 0;
    if (!message->repeat && (!unsure || strcmp(unsure, "drop") != 0))
        raise_error(L, "opts.unsure: want \"drop\" or \"repeat\"");
    lua_getfield(L, index, "silent");
    message->silent = lua_toboolean(L, -1);
    lua_getfield(L, index, "push_text");
    message->push_text = check_push(L, "push_text");
    lua_getfield(L, index, "push_data");
    message->push_data = check_push(L, "push_data");
    lua_pop(L, 5); /* the table holds them */
    if (lua_getfield(L, index, "only") != LUA_TNIL) {
        if (message->type != CONVERSATION_GROUP)
            raise_error(L, "opts.only: this works in groups only");
        message->to_users = only;
        message->to_user_count = check_only(L, lua_gettop(L), only);
    }
    if (lua_getfield(L, index, "once") != LUA_TNIL)
        message->key = push_once(L, message);
    message->retries = message->key.len > 0;
    if (lua_getfield(L, index, "expansion") != LUA_TNIL)
        message->expansion = push_expansion(L, lua_gettop(L));
}
