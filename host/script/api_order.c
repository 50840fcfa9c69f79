/* What can be asked of the cloud about groups and users (im/order.h): a row each. */
#include "base/clock.h"
#include "im/chatrooms.h"
#include "proto/content.h"
#include "script/api.h"
#include "script/api_call.h"
#include "script/caps.h"
#include "script/convert.h"
#include "script/record.h"

#include <lauxlib.h>
#include <string.h>

#define REASON_MAX 1024
#define NAME_MAX_BYTES 256
#define ANNOUNCEMENT_MAX 4096
#define EXTRA_MAX 512         /* 128 characters */
#define VALUE_MAX_BYTES 16384 /* 4096 characters */
#define KEY_LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+=-_"
#define WORDS_MAX 256
#define PROFILE_MAX 16384
#define MINUTE_MS 60000

struct row {
    struct record_call call;
    enum order_verb verb;
    const char *capability;
    /* A letter for each: g group, R chatroom, u user, d duration or nothing, D duration,
     * r reason or nothing, n name, t text, b boolean, c chat, m milliseconds,
     * l notification level, o whether it is our own, h how many old messages, k key of an
     * entry, v its value, e ORDER_ENTRY_*, q words or nothing, a alias or nothing,
     * p profile, i id of a message, x its content, N nickname or nothing, E extra or
     * nothing, - nothing. The first one is what it is about. */
    const char *arguments;
    order_done_fn *done;
};

/* ---- results ---- */

struct result {
    const struct json *json;
    const struct err *why;
};

static int push_table(lua_State *L, void *arg)
{
    const struct result *result = arg;
    if (result->why)
        return convert_push_failure(L, result->why);
    push_json(L, result->json);
    return 1;
}

static struct str text_of(const struct json *one, const char *name)
{
    return json_str(json_get(one, name));
}

static void push_users_of(lua_State *L, const struct json *list)
{
    static const char *const texts[] = { "role", "nickname", "extra", "remark" };
    static const char *const times[][2] = { { "until", "until" }, { "time", "joined" } };
    const struct json *one = NULL;
    lua_Integer index = 0;
    lua_createtable(L, (int)json_size(list), 0);
    while ((one = json_next(list, one))) {
        push_user(L, text_of(one, "id"), text_of(one, "name"));
        for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
            if (!json_get(one, texts[i]))
                continue;
            push_str(L, text_of(one, texts[i]));
            lua_setfield(L, -2, texts[i]);
        }
        for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++) {
            if (!json_get(one, times[i][0]))
                continue;
            lua_pushinteger(L, json_int(json_get(one, times[i][0]), 0));
            lua_setfield(L, -2, times[i][1]);
        }
        lua_rawseti(L, -2, ++index);
    }
}

static int push_users(lua_State *L, void *arg)
{
    const struct result *result = arg;
    if (result->why)
        return convert_push_failure(L, result->why);
    push_users_of(L, result->json);
    return 1;
}

static int push_groups(lua_State *L, void *arg)
{
    const struct result *result = arg;
    const struct json *one = NULL;
    lua_Integer index = 0;
    if (result->why)
        return convert_push_failure(L, result->why);
    lua_createtable(L, (int)json_size(result->json), 0);
    while ((one = json_next(result->json, one))) {
        push_group(L, text_of(one, "id"), text_of(one, "name"));
        lua_rawseti(L, -2, ++index);
    }
    return 1;
}

static void wake(struct task *task, task_push_fn *push, const struct json *json,
                 const struct err *why)
{
    struct result result = { json, why };
    caps_done(task, why);
    task_wake(task, push, &result);
}

/* Keeps the names that came with a list or a thing. */
static void note_names(struct task *task, enum name_of whose, const struct json *json)
{
    struct runtime *runtime = task->instance->runtime;
    const struct json *one = NULL;
    if (json_kind(json) == JSON_OBJECT)
        runtime_note_name(runtime, whose, text_of(json, "id"), text_of(json, "name"));
    while (json_kind(json) == JSON_ARRAY && (one = json_next(json, one)))
        runtime_note_name(runtime, whose, text_of(one, "id"), text_of(one, "name"));
}

static void on_done(void *arg, const struct json *json, const struct err *why)
{
    (void)json;
    api_call_on_done(arg, why);
}

static void on_users(void *arg, const struct json *json, const struct err *why)
{
    note_names(arg, NAME_OF_USER, json);
    wake(arg, push_users, json, why);
}

static void on_groups(void *arg, const struct json *json, const struct err *why)
{
    note_names(arg, NAME_OF_GROUP, json);
    wake(arg, push_groups, json, why);
}

static void on_user(void *arg, const struct json *json, const struct err *why)
{
    note_names(arg, NAME_OF_USER, json);
    wake(arg, push_table, json, why);
}

static int push_online(lua_State *L, void *arg)
{
    const struct result *result = arg;
    if (result->why)
        return convert_push_failure(L, result->why);
    lua_pushboolean(L, json_bool(json_get(result->json, "online"), false));
    return 1;
}

static void on_online(void *arg, const struct json *json, const struct err *why)
{
    wake(arg, push_online, json, why);
}

static void on_table(void *arg, const struct json *json, const struct err *why)
{
    wake(arg, push_table, json, why);
}

static void on_group(void *arg, const struct json *json, const struct err *why)
{
    note_names(arg, NAME_OF_GROUP, json);
    wake(arg, push_table, json, why);
}

/* ---- the calls ---- */

static int api_order(lua_State *L);

#define READS(name)                                                                      \
    {                                                                                    \
        name, api_order, 0                                                               \
    }
#define DOES(name)                                                                       \
    {                                                                                    \
        name, api_order, RECORD_ACTS                                                     \
    }

static const struct row rows[] = {
    { READS("members"), ORDER_MEMBERS, "group.read", "g", on_users },
    { READS("group_info"), ORDER_GROUP_INFO, "group.read", "g", on_group },
    { READS("groups"), ORDER_GROUPS, "group.read", "", on_groups },
    { DOES("invite"), ORDER_INVITE, "group.manage", "gu", on_done },
    { DOES("kick"), ORDER_KICK, "group.kick", "gur", on_done },
    { DOES("mute"), ORDER_MUTE, "group.mute", "gud", on_done },
    { DOES("unmute"), ORDER_UNMUTE, "group.mute", "gu", on_done },
    { DOES("mute_all"), ORDER_MUTE_ALL, "group.mute", "gb", on_done },
    { DOES("rename"), ORDER_RENAME, "group.manage", "gn", on_done },
    { DOES("announce"), ORDER_ANNOUNCE, "group.manage", "gt", on_done },
    { DOES("leave"), ORDER_LEAVE, "group.manage", "g", on_done },
    { DOES("create_group"), ORDER_CREATE, "group.manage", "gn", on_done },
    { DOES("join_group"), ORDER_JOIN, "group.manage", "g", on_done },
    { DOES("dismiss"), ORDER_DISMISS, "group.manage", "g", on_done },
    { DOES("transfer"), ORDER_TRANSFER, "group.manage", "gu", on_done },
    { DOES("promote"), ORDER_PROMOTE, "group.manage", "gu", on_done },
    { DOES("demote"), ORDER_DEMOTE, "group.manage", "gu", on_done },
    { READS("muted"), ORDER_MUTED, "group.read", "g", on_users },
    { DOES("allow"), ORDER_ALLOW, "group.mute", "gu", on_done },
    { DOES("disallow"), ORDER_DISALLOW, "group.mute", "gu", on_done },
    { READS("user_names"), ORDER_USER_NAMES, NULL, "-x", on_users },
    { READS("group_names"), ORDER_GROUP_NAMES, NULL, "-x", on_groups },
    { READS("member"), ORDER_MEMBER, "group.read", "gu", on_users },
    { DOES("set_member"), ORDER_SET_MEMBER, "group.manage", "guNE", on_done },
    { READS("allowed"), ORDER_ALLOWED, "group.read", "g", on_users },
    { READS("user_info"), ORDER_USER_INFO, "user.read", "u", on_user },
    { READS("friends"), ORDER_FRIENDS, "friends", "", on_users },
    { DOES("accept"), ORDER_ACCEPT, "friends", "u", on_done },
    { DOES("decline"), ORDER_DECLINE, "friends", "u", on_done },
    { READS("requests"), ORDER_REQUESTS, "group.read", "", on_table },
    { DOES("admit"), ORDER_ADMIT, "group.manage", "guE", on_done },
    { DOES("refuse"), ORDER_REFUSE, "group.manage", "guEr", on_done },
    { DOES("accept_invite"), ORDER_ACCEPT_INVITE, "group.manage", "gu", on_done },
    { DOES("refuse_invite"), ORDER_REFUSE_INVITE, "group.manage", "gur", on_done },
    { DOES("block"), ORDER_BLOCK, "user.block", "u", on_done },
    { DOES("unblock"), ORDER_UNBLOCK, "user.block", "u", on_done },
    { DOES("befriend"), ORDER_BEFRIEND, "friends", "uq", on_done },
    { DOES("unfriend"), ORDER_UNFRIEND, "friends", "u", on_done },
    { DOES("remark"), ORDER_REMARK, "friends", "ua", on_done },
    { READS("blocked"), ORDER_BLOCKED, "user.block", "", on_users },
    { READS("online"), ORDER_ONLINE, "user.read", "u", on_online },
    { READS("profile"), ORDER_PROFILE, "user.read", "", on_table },
    { DOES("set_profile"), ORDER_SET_PROFILE, "profile", "-p", on_done },
    { DOES("ban"), ORDER_BAN, "user.ban", "uD", on_done },
    { DOES("unban"), ORDER_UNBAN, "user.ban", "u", on_done },
    { DOES("clear_history"), ORDER_CLEAR_HISTORY, "history.clear", "cm", on_done },
    { READS("conversations"), ORDER_CONVERSATIONS, "conversations", "-m", on_table },
    { READS("marks"), ORDER_MARKS, "conversations", "", on_table },
    { DOES("pin"), ORDER_PIN, "conversations.change", "cb", on_done },
    { DOES("notify"), ORDER_NOTIFY, "conversations.change", "cl", on_done },
    { DOES("hide"), ORDER_HIDE, "conversations.change", "c", on_done },
    { DOES("forget"), ORDER_FORGET, "history.clear", "ctmo", on_done },
    { DOES("edit"), ORDER_EDIT, "send", "cix", on_done },
    { DOES("room_join"), ORDER_ROOM_JOIN, "room.join", "Rh", on_table },
    { DOES("room_leave"), ORDER_ROOM_LEAVE, "room.join", "R", on_done },
    { READS("room_info"), ORDER_ROOM_INFO, "room.read", "R", on_table },
    { READS("room_members"), ORDER_ROOM_MEMBERS, "room.read", "R", on_users },
    { READS("entries"), ORDER_ENTRIES, "room.read", "R", on_table },
    { DOES("set_entry"), ORDER_SET_ENTRY, "room.entries", "Rkve", on_done },
    { DOES("drop_entry"), ORDER_DROP_ENTRY, "room.entries", "Rke", on_done },
    { DOES("room_mute"), ORDER_ROOM_MUTE, "room.mute", "RuD", on_done },
    { DOES("room_unmute"), ORDER_ROOM_UNMUTE, "room.mute", "Ru", on_done },
    { READS("room_muted"), ORDER_ROOM_MUTED, "room.read", "R", on_users },
    { DOES("room_mute_all"), ORDER_ROOM_MUTE_ALL, "room.mute", "Rb", on_done },
    { DOES("room_block"), ORDER_ROOM_BLOCK, "room.block", "RuD", on_done },
    { DOES("room_unblock"), ORDER_ROOM_UNBLOCK, "room.block", "Ru", on_done },
    { READS("room_blocked"), ORDER_ROOM_BLOCKED, "room.read", "R", on_users },
    { { NULL, NULL, 0 }, ORDER_MEMBERS, NULL, NULL, NULL },
};

/* What the order is about, which the gate has to know; the other arguments are looked at
 * after it. */
static struct conversation check_first(lua_State *L, const struct row *row,
                                       struct task *task, struct order *order)
{
    const struct script_im *im = &task->instance->runtime->im;
    if (row->arguments[0] == 'g') {
        order->group = check_group(L, 1, "group");
        return (struct conversation){ CONVERSATION_GROUP, order->group };
    }
    if (row->arguments[0] == 'R') {
        order->room = check_room(L, 1, "room");
        return (struct conversation){ CONVERSATION_CHATROOM, order->room };
    }
    if (row->arguments[0] == 'u') {
        order->user = check_user(L, 1, "user");
        return (struct conversation){ CONVERSATION_PRIVATE, order->user };
    }
    if (row->arguments[0] == 'c') {
        struct conversation chat = check_conversation(L, 1, "chat");
        if (chat.type == CONVERSATION_GROUP)
            order->group = chat.target;
        else if (chat.type == CONVERSATION_PRIVATE)
            order->user = chat.target;
        else
            raise_error(L, "chat: want a group or a person");
        return chat;
    }
    return (struct conversation){ CONVERSATION_PRIVATE,
                                  im->user ? im->user(im->arg) : STR_NONE };
}

/* Whole minutes, rounded up. Beyond what the cloud can do it is refused here: a shorter
 * one would not be what was asked for. */
static bool read_minutes(lua_State *L, int index, struct order *order, struct err *err)
{
    int64_t minutes = (check_duration(L, index, "duration") + MINUTE_MS - 1) / MINUTE_MS;
    minutes = minutes < 1 ? 1 : minutes;
    order->number = minutes;
    return minutes <= ORDER_MINUTES_MAX ||
           err_set(err, ERR_LIMIT, "%s lasts at most 30 days",
                   order->verb == ORDER_BAN          ? "a ban"
                   : order->verb == ORDER_ROOM_BLOCK ? "a block"
                                                     : "a mute");
}

static bool read_text(lua_State *L, int index, const char *name, size_t most,
                      struct order *order, struct err *err)
{
    order->text = check_str(L, index);
    if (order->text.len == 0 || !str_is_utf8(order->text))
        raise_error(L, "%s: want a text", name);
    return order->text.len <= most ||
           err_set(err, ERR_LIMIT, "%s: %zu bytes, at most %zu", name, order->text.len,
                   most);
}

/* A text, or a table with the whole content, into the scratch buf. */
static bool read_content(lua_State *L, int index, struct order *order, struct err *err)
{
    struct buf *scratch = &instance_of(L)->scratch;
    bool is_text = lua_type(L, index) == LUA_TSTRING;
    if (!is_text)
        luaL_checktype(L, index, LUA_TTABLE);
    struct str text = is_text ? check_str(L, index) : STR_NONE;
    guard_hold();
    buf_reset(scratch);
    bool ok = is_text ? content_text(scratch, text, NULL, 0, false, err)
                      : convert_to_json(L, index, scratch, err);
    guard_release();
    order->text = buf_str(scratch);
    return ok;
}

/* Of an entry (wire.md F.7). */
static bool is_key(struct str key)
{
    bool good = key.len > 0 && key.len <= CHATROOM_KEY_MAX;
    for (size_t i = 0; good && i < key.len; i++)
        good = memchr(KEY_LETTERS, key.at[i], sizeof(KEY_LETTERS) - 1) != NULL;
    return good;
}

/* A short text or nothing. */
static bool read_words(lua_State *L, int index, const char *name, struct order *order,
                       struct err *err)
{
    if (lua_isnoneornil(L, index) || check_str(L, index).len == 0)
        return true;
    return read_text(L, index, name, WORDS_MAX, order, err);
}

/* A table as JSON, in the scratch room of the instance. */
static bool read_profile(lua_State *L, int index, struct order *order, struct err *err)
{
    struct buf *scratch = &instance_of(L)->scratch;
    luaL_checktype(L, index, LUA_TTABLE);
    guard_hold();
    buf_reset(scratch);
    bool ok = convert_to_json(L, index, scratch, err) &&
              order_check_profile(buf_str(scratch), err);
    guard_release();
    if (!ok && err->code == ERR_ARGUMENT)
        raise_error(L, "profile: %s", err->text);
    order->text = buf_str(scratch);
    return ok && (order->text.len <= PROFILE_MAX ||
                  err_set(err, ERR_LIMIT, "profile: %zu bytes, at most %d",
                          order->text.len, PROFILE_MAX));
}

/* Raises for wrong arguments, while nothing is held. */
static bool read_argument(lua_State *L, char letter, int index, struct order *order,
                          struct err *err)
{
    switch (letter) {
    case 'u':
        order->user = check_user(L, index, "user");
        break;
    case 'd':
        return lua_isnoneornil(L, index) || read_minutes(L, index, order, err);
    case 'D':
        return read_minutes(L, index, order, err);
    case 'r':
        if (!lua_isnoneornil(L, index))
            order->text = str_cut_utf8(check_str(L, index), REASON_MAX);
        break;
    case 'n':
        return read_text(L, index, "name", NAME_MAX_BYTES, order, err);
    case 't':
        return read_text(L, index, "text", ANNOUNCEMENT_MAX, order, err);
    case 'q':
        return read_words(L, index, "words", order, err);
    case 'a':
        return read_words(L, index, "remark", order, err);
    case 'p':
        return read_profile(L, index, order, err);
    case 'm':
        order->number = luaL_checkinteger(L, index);
        break;
    case 'o':
        order->own = lua_toboolean(L, index);
        break;
    case 'l':
        order->text = check_str(L, index);
        if (!order_level_is_known(order->text))
            raise_error(
                L, "level: want all, default, mentions, mentioned, everyone or none");
        break;
    case 'i':
        order->key = check_str(L, index);
        if (order->key.len == 0 || order->key.len > MESSAGE_UID_MAX)
            raise_error(L, "id: want that of a message");
        break;
    case 'x':
        return read_content(L, index, order, err);
    case 'N':
        return lua_isnoneornil(L, index) ||
               read_text(L, index, "nickname", NAME_MAX_BYTES, order, err);
    case 'E':
        order->key = lua_isnoneornil(L, index) ? STR_NONE : check_str(L, index);
        return order->key.len <= EXTRA_MAX ||
               err_set(err, ERR_LIMIT, "extra: %zu bytes, at most %d", order->key.len,
                       EXTRA_MAX);
    case 'h':
        order->number = luaL_checkinteger(L, index);
        if (order->number < 0 || order->number > ORDER_ROOM_OLD_MAX)
            raise_error(L, "old: want 0 to %d messages", ORDER_ROOM_OLD_MAX);
        break;
    case 'k':
        order->key = check_str(L, index);
        if (!is_key(order->key))
            raise_error(L, "key: want 1 to %d of A-Z, a-z, 0-9 and + = - _",
                        CHATROOM_KEY_MAX);
        break;
    case 'v':
        return read_text(L, index, "value", VALUE_MAX_BYTES, order, err);
    case 'e':
        order->number = luaL_checkinteger(L, index);
        break;
    case 'b':
        luaL_checktype(L, index, LUA_TBOOLEAN);
        order->number = lua_toboolean(L, index);
        break;
    }
    return true;
}

/* Held. Repeated after a crash it ends when it would have. False: that is over. */
static bool keep_end(struct task *task, struct order *order)
{
    bool again;
    int64_t now_ms = clock_wall_ms();
    int64_t end_ms = record_moment(task, now_ms + order->number * MINUTE_MS, &again);
    int64_t minutes = (end_ms - now_ms + MINUTE_MS - 1) / MINUTE_MS;
    if (again && minutes < order->number)
        order->number = minutes;
    return order->number > 0;
}

/* host.NAME(…) for each row, which begins with the call in the upvalue. */
static int api_order(lua_State *L)
{
    const struct row *row = lua_touserdata(L, lua_upvalueindex(1));
    struct err err = { 0 };
    struct order order = { .verb = row->verb };
    struct str subject = STR_NONE;
    struct task *task = task_check_wait(L);
    struct script_im *im = &task->instance->runtime->im;
    struct conversation about = check_first(L, row, task, &order);
    bool names_user =
        row->arguments[0] && strchr("gR", row->arguments[0]) && row->arguments[1] == 'u';
    if (names_user && caps_has(task->instance, row->capability))
        subject = check_user(L, 2, "user");
    guard_hold();
    bool ok = !row->capability /* nobody is told anything new by it */
              || (order.verb == ORDER_EDIT
                      ? caps_gate_here(task, row->capability, about, &err)
                      : caps_gate(task, row->capability, about, subject, &err));
    guard_release();
    if (!ok)
        return convert_push_failure(L, &err);
    for (int i = 1; ok && row->arguments[0] && row->arguments[i]; i++)
        ok = read_argument(L, row->arguments[i], i + 1, &order, &err);
    if (!ok)
        return api_call_fail(L, task, &err);
    void *call = NULL;
    guard_hold();
    if (order_lasts(order.verb) && order.number > 0 && !keep_end(task, &order)) {
        caps_done(task, NULL);
        guard_release();
        lua_pushboolean(L, 1);
        return 1;
    }
    if (api_call_online(task, &err))
        call = im->order(im->arg, &order, row->done, task, &err);
    api_call_pending(task, call);
    guard_release();
    return api_call_wait(L, task, &err);
}

const struct api_group host_orders = RECORD_CALLS(rows);
