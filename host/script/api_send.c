#include "proto/content.h"
#include "proto/kinds.h"
#include "script/api.h"
#include "script/api_call.h"
#include "script/api_message.h"
#include "script/caps.h"
#include "script/convert.h"
#include "script/quota.h"
#include "script/record.h"
#include "script/send_options.h"

#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MENTIONS_MAX 100
#define TYPE_NAME_MAX 32

/* Names this call of the task for ever; each call gives another name. Nothing when the
 * event has none. */
static struct str make_key(struct task *task, char *room, size_t size)
{
    const struct origin *origin = task->origin;
    if (!origin || !origin->keyed)
        return STR_NONE;
    char path[TASK_PATH_MAX];
    int len = snprintf(room, size, "%.*s/%s/%.*s/%u", STR_ARG(origin->id),
                       task->instance->version->name, STR_ARG(task_path(task, path)),
                       ++task->sent);
    return len > 0 && (size_t)len < size ? str_of(room, (size_t)len) : STR_NONE;
}

/* --- send --- */

struct sent_result {
    const struct sent *sent;
    const struct err *why;
};

/* stack: … -> sent, or nil and an error */
static int push_sent(lua_State *L, void *arg)
{
    const struct sent_result *result = arg;
    if (result->why)
        return convert_push_failure(L, result->why);
    lua_createtable(L, 0, 3); /* bot.lua adds `to` */
    push_str(L, result->sent->uid);
    lua_setfield(L, -2, "id");
    lua_pushinteger(L, result->sent->sent_ms);
    lua_setfield(L, -2, "time");
    objects_set(L, OBJECT_SENT);
    return 1;
}

static void on_sent(void *arg, const struct sent *sent, const struct err *why)
{
    struct task *task = arg;
    struct sent_result result = { sent, why };
    caps_done(task, why);
    tally_sent(&task->instance->tally, why);
    task_wake(task, push_sent, &result);
}

/* The ids of the mentioned in the list at `index`, as views of what Lua holds. */
static size_t check_mentions(lua_State *L, int index, struct str ids[MENTIONS_MAX])
{
    if (lua_isnoneornil(L, index))
        return 0;
    luaL_checktype(L, index, LUA_TTABLE);
    lua_Integer count = (lua_Integer)lua_rawlen(L, index);
    if (count > MENTIONS_MAX)
        raise_error(L, "mentions: at most %d", MENTIONS_MAX);
    for (lua_Integer i = 1; i <= count; i++) {
        lua_rawgeti(L, index, i);
        ids[i - 1] = check_user(L, -1, "mentions");
        lua_pop(L, 1); /* the list holds it */
    }
    return (size_t)count;
}

static struct str check_type_name(lua_State *L, int index)
{
    struct str name = check_str(L, index);
    bool ok = name.len > 0 && name.len <= TYPE_NAME_MAX && str_index(name, ':') > 0;
    for (size_t i = 0; ok && i < name.len; i++)
        ok = name.at[i] > ' ' && name.at[i] < 0x7f;
    if (!ok)
        raise_error(L, "content.type: want an object name like \"MY:Type\"");
    return name;
}

/* Where `to`, the first argument, says; false with `err` when it may not be sent there.
 */
static bool begin_send(lua_State *L, struct task *task, struct outgoing *message,
                       struct err *err)
{
    struct conversation to = check_conversation(L, 1, "to");
    *message = (struct outgoing){ .type = to.type, .target = to.target };
    guard_hold();
    bool ok = caps_gate_here(task, "send", to, err);
    guard_release();
    return ok;
}

/* Starts the send whose content lies in the scratch buf. */
static int start_send(lua_State *L, struct task *task, struct outgoing *message)
{
    struct runtime *runtime = task->instance->runtime;
    struct err err = { 0 };
    char room[256];
    void *call = NULL;
    guard_hold();
    message->stored = message->counted = -1;
    if (!quota_send(task, task->audit_verb == NULL, &err)) {
        task->audit_verb = NULL; /* a flood leaves no flood of rows */
        guard_release();
        return convert_push_failure(L, &err);
    }
    if (message->key.len == 0)
        message->key = make_key(task, room, sizeof(room));
    message->broadcast = task->audit_verb != NULL;
    message->record = record_for_send(task);
    if (api_call_online(task, &err))
        call = runtime->im.send(runtime->im.arg, message, on_sent, task, &err);
    if (call)
        record_sent(task);
    task_set_limit(task, 0); /* the outbox answers in time, and knows what it says */
    api_call_pending(task, call);
    guard_release();
    return api_call_wait(L, task, &err);
}

/* host.send_text(to, text, mentions?, all?, opts?) */
static int api_send_text(lua_State *L)
{
    struct str ids[MENTIONS_MAX], only[SEND_ONLY_MAX];
    struct err err = { 0 };
    struct task *task = task_check_wait(L);
    struct buf *scratch = &task->instance->scratch;
    struct outgoing message;
    if (!begin_send(L, task, &message, &err))
        return convert_push_failure(L, &err);
    struct str text = check_str(L, 2);
    size_t count = check_mentions(L, 3, ids);
    bool all = lua_toboolean(L, 4);
    check_send_options(L, 5, &message, only);
    guard_hold();
    buf_reset(scratch);
    bool ok = content_text(scratch, text, ids, count, all, &err);
    guard_release();
    if (!ok)
        return api_call_fail(L, task, &err);
    message.object_name = STR("RC:TxtMsg");
    message.content = buf_str(scratch);
    message.mention = all || count > 0;
    return start_send(L, task, &message);
}

/* host.send_custom(to, object_name, content, opts?) */
static int api_send_custom(lua_State *L)
{
    struct str only[SEND_ONLY_MAX];
    struct err err = { 0 };
    struct task *task = task_check_wait(L);
    struct buf *scratch = &task->instance->scratch;
    struct outgoing message;
    if (!begin_send(L, task, &message, &err))
        return convert_push_failure(L, &err);
    struct str type = check_type_name(L, 2);
    luaL_checktype(L, 3, LUA_TTABLE);
    check_send_options(L, 4, &message, only);
    guard_hold();
    buf_reset(scratch);
    bool ok = convert_to_json(L, 3, scratch, &err);
    if (ok && scratch->at[0] != '{')
        ok = err_set(&err, ERR_ARGUMENT, "content: want a table with names");
    if (ok && scratch->len > CONTENT_MAX)
        ok = err_set(&err, ERR_LIMIT, "content: %zu bytes, at most %d", scratch->len,
                     CONTENT_MAX);
    guard_release();
    if (!ok)
        return api_call_fail(L, task, &err);
    message.object_name = type;
    message.content = buf_str(scratch);
    return start_send(L, task, &message);
}

/* The content of a kind, in the scratch buf; the value at `index` says what is in it. */
static bool write_kind(lua_State *L, int index, struct kinds_message *message,
                       struct buf *scratch, struct str *type, struct err *err)
{
    buf_reset(scratch);
    if (!convert_to_json(L, index, scratch, err))
        return false;
    struct json *given = json_parse(buf_str(scratch), err);
    if (!given)
        return false;
    message->given = given;
    buf_reset(scratch);
    bool ok = kinds_write(message, scratch, type, err);
    json_free(given);
    return ok;
}

/* host.send_kind(to, kind, given, mentions?, all?, opts?) */
static int api_send_kind(lua_State *L)
{
    struct str ids[MENTIONS_MAX], only[SEND_ONLY_MAX], type;
    struct err err = { 0 };
    struct task *task = task_check_wait(L);
    struct buf *scratch = &task->instance->scratch;
    struct outgoing message;
    if (!begin_send(L, task, &message, &err))
        return convert_push_failure(L, &err);
    struct kinds_message given = { .word = check_str(L, 2), .mentions = ids };
    if (!kinds_has(given.word))
        raise_error(L, "content: there is no kind \"%s\"", lua_tostring(L, 2));
    given.mention_count = check_mentions(L, 4, ids);
    given.mention_all = lua_toboolean(L, 5);
    check_send_options(L, 6, &message, only);
    guard_hold();
    bool ok = write_kind(L, 3, &given, scratch, &type, &err);
    if (!ok)
        caps_done(task, &err);
    guard_release();
    if (!ok && err.code == ERR_ARGUMENT)
        return raise_error(L, "%s", err.text);
    if (!ok)
        return convert_push_failure(L, &err);
    message.object_name = type;
    message.content = buf_str(scratch);
    message.mention = given.mention_all || given.mention_count > 0;
    return start_send(L, task, &message);
}

/* The content without the card of who wrote it and without whom it mentioned: both would
 * be said of the bot. What is no JSON object is copied as it is. */
static bool copy_content(struct str content, struct buf *out, struct err *err)
{
    struct json *root = json_parse(content, NULL);
    bool fits;
    if (json_kind(root) == JSON_OBJECT) {
        struct json *copy = json_object();
        for (const struct json *at = json_next(root, NULL); at;
             at = json_next(root, at)) {
            if (str_eq(json_name(at), STR("user")) ||
                str_eq(json_name(at), STR("mentionedInfo")))
                continue;
            char *name = str_dup(json_name(at));
            json_add(copy, name, json_copy(at));
            free(name);
        }
        fits = json_write(copy, out);
        json_free(copy);
    } else {
        fits = buf_add_str(out, content);
    }
    json_free(root);
    return (fits && out->len <= CONTENT_MAX) ||
           err_set(err, ERR_LIMIT, "content: at most %d bytes", CONTENT_MAX);
}

/* host.forward(to, message, opts?) */
static int api_forward(lua_State *L)
{
    struct err err = { 0 };
    struct str only[SEND_ONLY_MAX], type, content;
    struct task *task = task_check_wait(L);
    struct buf *scratch = &task->instance->scratch;
    struct outgoing message;
    if (!begin_send(L, task, &message, &err))
        return convert_push_failure(L, &err);
    check_message_content(L, 2, &type, &content);
    check_send_options(L, 3, &message, only);
    guard_hold();
    buf_reset(scratch);
    bool ok = copy_content(content, scratch, &err);
    guard_release();
    if (!ok)
        return api_call_fail(L, task, &err);
    message.object_name = type;
    message.content = buf_str(scratch);
    return start_send(L, task, &message);
}

/* host.expand(to, id, changes): RC:MsgExMsg. */
static int api_expand(lua_State *L)
{
    struct err err = { 0 };
    struct expansion change;
    struct task *task = task_check_wait(L);
    struct buf *scratch = &task->instance->scratch;
    struct outgoing message;
    if (!begin_send(L, task, &message, &err))
        return convert_push_failure(L, &err);
    struct str uid = check_str(L, 2);
    check_expansion(L, 3, "changes", true, &change);
    guard_hold();
    buf_reset(scratch);
    bool ok =
        (expansion_write_change(&change, uid, scratch) && scratch->len <= CONTENT_MAX) ||
        err_set(&err, ERR_LIMIT, "changes: at most %d bytes", CONTENT_MAX);
    guard_release();
    if (!ok)
        return api_call_fail(L, task, &err);
    message.object_name = STR("RC:MsgExMsg");
    message.content = buf_str(scratch);
    return start_send(L, task, &message);
}

static void on_status_sent(void *arg, const struct sent *sent, const struct err *why)
{
    (void)sent;
    api_call_on_done(arg, why);
}

/* host.typing(to): a status message, which is worth nothing later: no row, no key. */
static int api_typing(lua_State *L)
{
    struct err err = { 0 };
    void *call = NULL;
    struct task *task = task_check_wait(L);
    const struct script_im *im = &task->instance->runtime->im;
    struct conversation to = check_conversation(L, 1, "to");
    struct outgoing message = {
        .type = to.type,
        .target = to.target,
        .object_name = STR("RC:TypSts"),
        .content = STR("{\"typingContentType\":\"RC:TxtMsg\"}"),
        .stored = -1,
        .counted = -1,
        .status_only = true,
    };
    guard_hold();
    bool ok = caps_gate_here(task, "send", to, &err);
    if (ok && !quota_send(task, task->audit_verb == NULL, &err)) {
        task->audit_verb = NULL; /* as in start_send */
        ok = false;
    }
    if (ok && api_call_online(task, &err))
        call = im->send(im->arg, &message, on_status_sent, task, &err);
    api_call_pending(task, call);
    guard_release();
    return ok ? api_call_wait(L, task, &err) : convert_push_failure(L, &err);
}

/* host.recall(chat, sender, id, time): one's own is free. */
static int api_recall(lua_State *L)
{
    struct err err = { 0 };
    struct task *task = task_check_wait(L);
    struct runtime *runtime = task->instance->runtime;
    struct script_im *im = &runtime->im;
    struct conversation chat = check_conversation(L, 1, "message");
    struct str own = im->user ? im->user(im->arg) : STR_NONE;
    struct str sender = lua_isnil(L, 2) ? own : check_user(L, 2, "sender");
    struct str uid = check_str(L, 3);
    int64_t sent_ms = luaL_checkinteger(L, 4);
    void *call = NULL;
    guard_hold();
    task->audit_verb = NULL;
    if (uid.len == 0)
        err_set(&err, ERR_ARGUMENT, "this message has no id: it cannot be recalled");
    else if ((str_eq(sender, own) || caps_gate(task, "recall", chat, sender, &err)) &&
             api_call_online(task, &err))
        call = im->recall(im->arg, chat.type, chat.target, sender, uid, sent_ms,
                          api_call_on_done, task, &err);
    api_call_pending(task, call);
    guard_release();
    return api_call_wait(L, task, &err);
}

/* host.outbox() */
static int api_outbox(lua_State *L)
{
    const struct script_im *im = &instance_of(L)->runtime->im;
    instance_note_busy(L);
    lua_pushinteger(L, im->outbox ? (lua_Integer)im->outbox(im->arg) : 0);
    return 1;
}

/* host.chat_kind(to): "group", "private" … */
static int api_chat_kind(lua_State *L)
{
    lua_pushstring(L, objects_chat_kind(check_conversation(L, 1, "to").type));
    return 1;
}

static const struct record_call message_calls[] = {
    { "chat_kind", api_chat_kind, RECORD_NOT },
    { "send_text", api_send_text, RECORD_SENDS },
    { "send_custom", api_send_custom, RECORD_SENDS },
    { "send_kind", api_send_kind, RECORD_SENDS },
    { "forward", api_forward, RECORD_SENDS },
    { "expand", api_expand, RECORD_SENDS },
    { "typing", api_typing, RECORD_SHOWS },
    { "recall", api_recall, RECORD_ACTS },
    { "outbox", api_outbox, 0 },
    { NULL, NULL, 0 },
};

const struct api_group host_messages = RECORD_CALLS(message_calls);
