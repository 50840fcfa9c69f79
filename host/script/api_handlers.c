#include "base/mem.h"
#include "script/api.h"
#include "script/caps.h"
#include "script/convert.h"
#include "script/quota.h"
#include "script/router.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#define WORD_BYTES_MAX 256
#define SET_BYTES_MAX ((size_t)16 << 10)
#define EVENT_NAME_MAX 64

/* Arguments are checked; what follows cannot raise. */
static struct instance *check_instance(lua_State *L, int function)
{
    struct instance *instance = instance_of(L);
    luaL_checktype(L, function, LUA_TFUNCTION);
    if (instance->state == INSTANCE_DRAINING)
        raise_error(L, "this version of the plugin has been replaced");
    quota_check_or_raise(L, QUOTA_HANDLERS, instance->handler_count);
    quota_check_or_raise(L, QUOTA_HANDLER_RECORDS, instance->handler_records);
    return instance;
}

static int check_priority(lua_State *L, int index)
{
    lua_Integer priority = luaL_optinteger(L, index, 0);
    luaL_argcheck(L, priority >= -1000000 && priority <= 1000000, index, "out of range");
    return (int)priority;
}

static int keep_function(lua_State *L, int index)
{
    lua_pushvalue(L, index);
    return luaL_ref(L, LUA_REGISTRYINDEX);
}

struct str api_event_name(const struct instance *instance, struct str event, char *room)
{
    if (!memchr(event.at, ':', event.len))
        return event;
    int len =
        snprintf(room, EVENT_OWN_MAX, "%s/%.*s", instance->version->name, STR_ARG(event));
    return str_of(room, len < EVENT_OWN_MAX ? (size_t)len : EVENT_OWN_MAX - 1);
}

/* Who judges the messages of others needs a grant, noted when it is not given. */
static bool may_hear(const struct instance *instance, struct str event, struct err *err)
{
    if (!str_eq(event, STR("message.intercept")) || caps_has(instance, "intercept"))
        return true;
    caps_audit(instance->runtime, str_from(instance->version->name), "intercept", event,
               str_from(err_word(ERR_DENIED)));
    return err_set(err, ERR_DENIED,
                   "the plugin %s is not granted \"intercept\" (grants in the "
                   "configuration)",
                   instance->version->name);
}

/* host.on(event, fn, priority?, pattern?): a number for off, or nil and an error; with a
 * pattern: only texts that may match it */
static int api_on(lua_State *L)
{
    struct str event = check_str(L, 1);
    struct err err = { 0 };
    guard_hold();
    bool may = may_hear(instance_of(L), event, &err);
    guard_release();
    if (!may)
        return convert_push_failure(L, &err);
    struct instance *instance = check_instance(L, 2);
    int priority = check_priority(L, 3);
    struct str pattern = lua_isnoneornil(L, 4) ? STR_NONE : check_str(L, 4);
    if (event.len == 0 || event.len > EVENT_NAME_MAX)
        return raise_error(L, "event: want a name like \"member.joined\"");
    char own[EVENT_OWN_MAX];
    int function_ref = keep_function(L, 2);
    guard_hold();
    struct handler *handler =
        handler_new(instance, HANDLER_EVENT, function_ref, priority);
    handler->event = str_dup(api_event_name(instance, event, own));
    handler->needs_text = pattern.at != NULL;
    handler->needle = needle_of(pattern);
    unsigned number = handler_ready(handler);
    guard_release();
    lua_pushinteger(L, number);
    return 1;
}

/* The texts of the list at `index`, checked: non-empty UTF-8. Gives their number. */
static lua_Integer check_list(lua_State *L, int index, const char *name)
{
    size_t bytes = 0;
    luaL_checktype(L, index, LUA_TTABLE);
    lua_Integer count = (lua_Integer)lua_rawlen(L, index);
    if (count < 1 || count > QUOTA_WORDS_MAX)
        raise_error(L, "%s: want a list of 1 to %d texts", name, QUOTA_WORDS_MAX);
    for (lua_Integer i = 1; i <= count; i++) {
        struct str text = STR_NONE;
        if (lua_rawgeti(L, index, i) == LUA_TSTRING)
            text.at = lua_tolstring(L, -1, &text.len);
        if (text.len == 0 || text.len > WORD_BYTES_MAX || !str_is_utf8(text) ||
            memchr(text.at, 0, text.len))
            raise_error(L, "%s[%d]: want a text of 1 to %d bytes", name, (int)i,
                        WORD_BYTES_MAX);
        bytes += text.len;
        lua_pop(L, 1);
    }
    if (bytes > SET_BYTES_MAX)
        raise_error(L, "%s: more than %d bytes together", name, (int)SET_BYTES_MAX);
    return count;
}

static void add_phrases(lua_State *L, int index, lua_Integer count,
                        struct handler *handler)
{
    for (lua_Integer i = 1; i <= count; i++) {
        struct str text;
        lua_rawgeti(L, index, i);
        text.at = lua_tolstring(L, -1, &text.len);
        handler_add_phrase(handler, text);
        lua_pop(L, 1);
    }
}

/* What this and the other sets of words come to. */
static void check_words(lua_State *L, const struct instance *instance, lua_Integer count)
{
    size_t sets = 0, words = (size_t)count - 1;
    for (const struct handler *at = instance->handlers; at; at = at->next) {
        if (at->kind != HANDLER_WORDS || at->off || at->function_ref == LUA_NOREF)
            continue;
        sets++;
        words += at->phrase_count;
    }
    quota_check_or_raise(L, QUOTA_WORD_SETS, sets);
    quota_check_or_raise(L, QUOTA_WORDS, words);
}

/* host.words(list, fn, priority?) */
static int api_words(lua_State *L)
{
    lua_Integer count = check_list(L, 1, "words");
    struct instance *instance = check_instance(L, 2);
    check_words(L, instance, count);
    int priority = check_priority(L, 3);
    int function_ref = keep_function(L, 2);
    guard_hold();
    struct handler *handler =
        handler_new(instance, HANDLER_WORDS, function_ref, priority);
    add_phrases(L, 1, count, handler);
    unsigned number = handler_ready(handler);
    guard_release();
    lua_pushinteger(L, number);
    return 1;
}

/* What bot.commands shows of it, from argument `index` on; borrowed. */
static void check_about(lua_State *L, int index, struct str texts[ABOUTS])
{
    size_t bytes = 0;
    for (int i = 0; i < ABOUTS; i++) {
        texts[i] = lua_isnoneornil(L, index + i) ? STR_NONE : check_str(L, index + i);
        if (!str_is_utf8(texts[i]))
            raise_error(L, "command: a text is not UTF-8");
        bytes += texts[i].len;
    }
    if (bytes > ABOUT_BYTES_MAX)
        raise_error(L, "command: its texts are larger than 1 MiB");
}

/* host.command(phrases, fn, priority, usage, shown, help?, scope?, role?, since_ms?):
 * phrases lower-case, one space between words; then what bot.commands shows, and how old
 * a message may be */
static int api_command(lua_State *L)
{
    struct str texts[ABOUTS];
    lua_Integer count = check_list(L, 1, "aliases");
    struct instance *instance = check_instance(L, 2);
    int priority = check_priority(L, 3);
    check_about(L, 4, texts);
    int64_t since_ms = luaL_optinteger(L, 4 + ABOUTS, 0);
    int function_ref = keep_function(L, 2);
    guard_hold();
    struct handler *handler =
        handler_new(instance, HANDLER_COMMAND, function_ref, priority);
    add_phrases(L, 1, count, handler);
    handler_set_about(handler, texts);
    handler->since_ms = since_ms;
    unsigned number = handler_ready(handler);
    guard_release();
    lua_pushinteger(L, number);
    return 1;
}

/* host.off(number); one that is gone is fine */
static int api_off(lua_State *L)
{
    struct instance *instance = instance_of(L);
    lua_Integer number = luaL_checkinteger(L, 1);
    for (struct handler *at = instance->handlers; at; at = at->next) {
        if (at->number != number || at->off)
            continue;
        int function_ref = at->function_ref;
        handler_off(at);
        luaL_unref(L, LUA_REGISTRYINDEX, function_ref);
        break;
    }
    return 0;
}

static void push_command(void *arg, const struct handler *handler)
{
    static const char *const names[ABOUTS] = { "usage", "shown", "help", "scope",
                                               "role" };
    lua_State *L = arg;
    lua_createtable(L, 0, ABOUTS + 2);
    for (int i = 0; i < ABOUTS; i++) {
        struct str text = handler_about(handler, (enum about)i);
        if (!text.at)
            continue;
        push_str(L, text);
        lua_setfield(L, -2, names[i]);
    }
    lua_createtable(L, (int)handler->phrase_count, 0);
    for (size_t i = 0; i < handler->phrase_count; i++) {
        lua_pushstring(L, handler->phrases[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setfield(L, -2, "words");
    push_str(L, str_from(handler->instance->version->name));
    lua_setfield(L, -2, "plugin");
    lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
}

/* host.commands(): all commands of all plugins */
static int api_commands(lua_State *L)
{
    instance_note_busy(L);
    lua_newtable(L);
    router_each_command(instance_of(L)->runtime->router, push_command, L);
    return 1;
}

static const luaL_Reg handler_api[] = {
    { "on", api_on },   { "command", api_command },   { "words", api_words },
    { "off", api_off }, { "commands", api_commands }, { NULL, NULL },
};

const struct api_group host_handlers = API_FUNCTIONS(handler_api);
