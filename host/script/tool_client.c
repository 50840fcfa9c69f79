/*
 * host.client: an account online, as a member of a play: the same im room as a bot's,
 * with a store that is forgotten.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "im/account.h"
#include "proto/content.h"
#include "script/tool_host.h"
#include "script/tool_note.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

#define CLASS "moondock.Client"
#define ANSWER_CLASS "moondock.ClientAnswer"
#define MENTIONS_MAX 100
/* Longer than the 30 s in which the cloud must answer. */
#define WAIT_S 35

struct client {
    struct account *account; /* NULL once closed */
    struct store *store;
    struct note *first, **last;
};

/* What a waiting call gets; a userdata, so that it outlives an interrupted wait. */
struct answer {
    struct account_call *call; /* NULL once done */
    bool done, failed;
    struct err err;
    char uid[128];
    int64_t sent_ms;
    struct note *first, **last; /* a page of history */
};

static void on_message(void *arg, const struct message *message)
{
    struct client *client = arg;
    tool_note_add(&client->last, message);
    if (message->row) {
        account_done(client->account, message->row);
    }
}

static void on_state(void *arg, enum account_state state, struct str detail)
{
    (void)arg, (void)state, (void)detail; /* asked for when wanted */
}

static struct client *check_client(lua_State *L)
{
    struct client *client = luaL_checkudata(L, 1, CLASS);
    luaL_argcheck(L, client->account, 1, "the client is closed");
    return client;
}

static int client_close(lua_State *L)
{
    struct client *client = luaL_checkudata(L, 1, CLASS);
    if (client->account) {
        account_close(client->account);
    }
    store_close(client->store);
    client->account = NULL;
    client->store = NULL;
    tool_note_free_all(&client->first);
    client->last = &client->first;
    return 0;
}

static int answer_close(lua_State *L)
{
    struct answer *answer = luaL_checkudata(L, 1, ANSWER_CLASS);
    if (answer->call) {
        account_cancel(answer->call);
    }
    tool_note_free_all(&answer->first);
    answer->call = NULL;
    return 0;
}

static struct answer *push_answer(lua_State *L)
{
    struct answer *answer = lua_newuserdatauv(L, sizeof(*answer), 0);
    memset(answer, 0, sizeof(*answer));
    answer->last = &answer->first;
    luaL_setmetatable(L, ANSWER_CLASS);
    return answer;
}

/* What starting gave; NULL: it failed at once, and answer->err says why. */
static void answer_start(struct answer *answer, struct account_call *call)
{
    answer->call = call;
    answer->done = answer->failed = call == NULL;
}

static void answer_done(struct answer *answer, const struct err *why)
{
    answer->call = NULL;
    answer->done = true;
    if (why) {
        answer->failed = true;
        answer->err = *why;
    }
}

static void on_sent(void *arg, const struct sent *sent, const struct err *why)
{
    struct answer *answer = arg;
    answer_done(answer, why);
    if (!why) {
        struct str uid = str_sub(sent->uid, 0, sizeof(answer->uid) - 1);
        memcpy(answer->uid, uid.at ? uid.at : "", uid.len);
        answer->sent_ms = sent->sent_ms;
    }
}

static void on_done(void *arg, const struct err *why)
{
    answer_done(arg, why);
}

static void on_history(void *arg, const struct message *messages, size_t count, bool more,
                       const struct err *why)
{
    struct answer *answer = arg;
    (void)more;
    answer_done(answer, why);
    for (size_t i = 0; i < count; i++) {
        tool_note_add(&answer->last, &messages[i]);
    }
}

static bool is_answered(void *arg)
{
    const struct answer *answer = arg;
    return answer->done;
}

/* Waits for the answer; false leaves nil and the error. */
static bool await(lua_State *L, struct answer *answer, int64_t deadline)
{
    bool came = tool_wait(L, tool_of(L), is_answered, answer, deadline);
    if (!came) {
        tool_fail_with(L, ERR_TIMEOUT, "no answer in time");
    } else if (answer->failed) {
        tool_fail(L, &answer->err);
    }
    return came && !answer->failed;
}

/* { group = "g" } or { user = "bob" } at `index`. */
static struct str check_target(lua_State *L, int index, enum conversation_type *type)
{
    luaL_checktype(L, index, LUA_TTABLE);
    struct str target = tool_field_str(L, index, "group");
    *type = CONVERSATION_GROUP;
    if (!target.at) {
        target = tool_field_str(L, index, "user");
        *type = CONVERSATION_PRIVATE;
    }
    luaL_argcheck(L, target.len > 0, index, "want { group = id } or { user = id }");
    return target;
}

/* 1 or 0; -1, what is usual for the type, when absent from the options. */
static int field_flag(lua_State *L, const char *name)
{
    int flag = lua_getfield(L, 4, name) == LUA_TNIL ? -1 : lua_toboolean(L, -1);
    lua_pop(L, 1);
    return flag;
}

/* The ids in the option `mentions`; they stay in its table. */
static size_t read_mentions(lua_State *L, struct str *mentions)
{
    size_t count = 0;
    if (lua_getfield(L, 4, "mentions") != LUA_TNIL) {
        luaL_checktype(L, -1, LUA_TTABLE);
        size_t len = (size_t)lua_rawlen(L, -1);
        luaL_argcheck(L, len <= MENTIONS_MAX, 4, "too many mentions");
        for (; count < len; count++) {
            lua_rawgeti(L, -1, (lua_Integer)count + 1);
            mentions[count] = tool_check_str(L, -1);
            lua_pop(L, 1);
        }
    }
    lua_pop(L, 1);
    return count;
}

/* The content at index 3 as JSON. Raises before anything is held. */
static bool build_content(lua_State *L, struct outgoing *message, struct buf *out,
                          const struct str *mentions, size_t mention_count,
                          struct err *err)
{
    message->object_name = STR("RC:TxtMsg");
    if (lua_type(L, 3) == LUA_TSTRING) {
        return content_text(out, tool_check_str(L, 3), mentions, mention_count, false,
                            err);
    }
    luaL_checktype(L, 3, LUA_TTABLE);
    struct str name = tool_field_str(L, 3, "object_name");
    message->object_name = name.at ? name : message->object_name;
    lua_getfield(L, 3, "content");
    struct json *root = tool_check_json(L, -1);
    lua_pop(L, 1);
    bool fits = json_write(root, out);
    json_free(root);
    return fits || err_set(err, ERR_LIMIT, "the content is too long");
}

/* What send and post begin with; leaves the answer, gives the deadline. */
static int64_t start_send(lua_State *L)
{
    struct client *client = check_client(L);
    struct str mentions[MENTIONS_MAX];
    struct outgoing message = { .stored = -1, .counted = -1 };
    size_t mention_count = 0;
    double timeout = WAIT_S;
    message.target = check_target(L, 2, &message.type);
    lua_settop(L, 4);
    if (!lua_isnil(L, 4)) {
        luaL_checktype(L, 4, LUA_TTABLE);
        timeout = tool_field_number(L, 4, "timeout", timeout);
        message.status_only = tool_field_bool(L, 4, "status_only", false);
        message.stored = field_flag(L, "stored");
        message.counted = field_flag(L, "counted");
        message.push_text = tool_field_str(L, 4, "push_text");
        message.push_data = tool_field_str(L, 4, "push_data");
        mention_count = read_mentions(L, mentions);
        message.mention = mention_count > 0;
    }
    message.timeout_ms = (int64_t)(timeout * 1000);
    struct answer *answer = push_answer(L);
    struct buf content;
    buf_init(&content, CONTENT_MAX);
    bool fits =
        build_content(L, &message, &content, mentions, mention_count, &answer->err);
    message.content = buf_str(&content);
    answer_start(answer, fits ? account_send(client->account, &message, on_sent, answer,
                                             &answer->err)
                              : NULL);
    buf_clear(&content);
    return clock_real_ms() + message.timeout_ms;
}

static int push_sent(lua_State *L, const struct answer *answer)
{
    lua_createtable(L, 0, 2);
    lua_pushstring(L, answer->uid);
    lua_setfield(L, -2, "uid");
    lua_pushinteger(L, answer->sent_ms);
    lua_setfield(L, -2, "sent_ms");
    return 1;
}

/* client:send({ group = "g" }, content, opts?) -> { uid, sent_ms }. `content` is a text,
 * or a table with `object_name` and `content`, sent as JSON. opts: timeout, mentions =
 * { ids }, stored, counted, status_only, push_text, push_data. */
static int client_send(lua_State *L)
{
    int64_t deadline = start_send(L);
    struct answer *answer = lua_touserdata(L, -1);
    return await(L, answer, deadline) ? push_sent(L, answer) : 2;
}

/* client:post(...) -> answer, without waiting; answer:take() is what client:send gives,
 * or nil when it has not come. */
static int client_post(lua_State *L)
{
    start_send(L);
    return 1;
}

static int answer_take(lua_State *L)
{
    const struct answer *answer = luaL_checkudata(L, 1, ANSWER_CLASS);
    return !answer->done    ? 0
           : answer->failed ? tool_fail(L, &answer->err)
                            : push_sent(L, answer);
}

/* client:recall(message, timeout?): a received one, or { group =, uid =, sent_ms = } */
static int client_recall(lua_State *L)
{
    struct client *client = check_client(L);
    enum conversation_type type;
    struct str target = check_target(L, 2, &type);
    struct str uid = tool_field_str(L, 2, "uid");
    struct str sender = tool_field_str(L, 2, "sender");
    int64_t sent_ms = (int64_t)tool_field_number(L, 2, "sent_ms", 0);
    if (!sender.at) {
        sender = account_user(client->account);
    }
    int64_t deadline =
        tool_deadline(L, 3, WAIT_S); /* before a value of ours lies there */
    struct answer *answer = push_answer(L);
    answer_start(answer, account_recall(client->account, type, target, sender, uid,
                                        sent_ms, on_done, answer, &answer->err));
    if (!await(L, answer, deadline)) {
        return 2;
    }
    lua_pushboolean(L, true);
    return 1;
}

/* client:history({ group = "g" }, count?, before_ms?) -> messages, newest first */
static int client_history(lua_State *L)
{
    struct client *client = check_client(L);
    enum conversation_type type;
    struct history_query query = { .target = check_target(L, 2, &type) };
    query.type = type;
    query.count = (int)luaL_optinteger(L, 3, 20);
    query.from_ms = luaL_optinteger(L, 4, 0);
    struct answer *answer = push_answer(L);
    answer_start(answer, account_history(client->account, &query, on_history, answer,
                                         &answer->err));
    if (!await(L, answer, clock_real_ms() + WAIT_S * 1000)) {
        return 2;
    }
    lua_newtable(L);
    lua_Integer index = 0;
    for (const struct note *note = answer->first; note; note = note->next) {
        tool_note_push(L, &note->message);
        lua_rawseti(L, -2, ++index);
    }
    return 1;
}

struct search {
    lua_State *L;
    struct client *client;
    struct note **from; /* everything before it was looked at */
    int filter;
};

/* Leaves the first message that the filter accepts, taken out of the inbox. */
static bool find_message(void *arg)
{
    struct search *search = arg;
    lua_State *L = search->L;
    if (!search->client->account) {
        return luaL_error(L, "the client was closed while waiting");
    }
    for (; *search->from; search->from = &(*search->from)->next) {
        tool_note_push(L, &(*search->from)->message);
        bool wanted = true;
        if (search->filter) {
            lua_pushvalue(L, search->filter);
            lua_pushvalue(L, -2);
            lua_call(L, 1, 1);
            wanted = lua_toboolean(L, -1);
            lua_pop(L, 1);
        }
        if (wanted) {
            struct note *note = *search->from;
            *search->from = note->next;
            if (!note->next) {
                search->client->last = search->from;
            }
            free(note);
            return true;
        }
        lua_pop(L, 1);
    }
    return false;
}

/* client:next(timeout?, filter?) -> message. The first one not taken yet for which
 * filter(message) is true; the others stay. The filter may not wait. */
static int client_next(lua_State *L)
{
    struct client *client = check_client(L);
    int64_t deadline = tool_deadline(L, 2, 10);
    struct search search = { L, client, &client->first, 0 };
    if (!lua_isnoneornil(L, 3)) {
        luaL_checktype(L, 3, LUA_TFUNCTION);
        search.filter = 3;
    }
    if (tool_wait(L, tool_of(L), find_message, &search, deadline)) {
        return 1;
    }
    return tool_fail_with(L, ERR_TIMEOUT, "no such message came in time");
}

/* client:state() -> word, detail */
static int client_state(lua_State *L)
{
    struct client *client = check_client(L);
    lua_pushstring(L, account_state_word(account_state(client->account)));
    tool_push_str(L, account_detail(client->account));
    return 2;
}

struct wanted_state {
    const struct client *client;
    const char *word;
};

static bool has_state(void *arg)
{
    const struct wanted_state *wanted = arg;
    const struct account *account = wanted->client->account;
    return account &&
           strcmp(account_state_word(account_state(account)), wanted->word) == 0;
}

/* client:wait_state("online", timeout?) */
static int client_wait_state(lua_State *L)
{
    struct wanted_state wanted = { check_client(L), luaL_checkstring(L, 2) };
    if (tool_wait(L, tool_of(L), has_state, &wanted, tool_deadline(L, 3, 10))) {
        lua_pushboolean(L, true);
        return 1;
    }
    struct err err;
    const struct account *is = wanted.client->account;
    err_set(&err, ERR_TIMEOUT, "want %s, is %s: %.*s", wanted.word,
            account_state_word(account_state(is)), STR_ARG(account_detail(is)));
    return tool_fail(L, &err);
}

/* client:user() */
static int client_user(lua_State *L)
{
    tool_push_str(L, account_user(check_client(L)->account));
    return 1;
}

/* host.client{ server =, app_key =, user =, secret = | token =, name = } -> client, on
 * its way online */
static int api_client(lua_State *L)
{
    static const struct account_events events = { on_message, on_state };
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    struct str server = tool_field_str(L, 1, "server");
    struct str api = tool_field_str(L, 1, "api");
    api = api.at ? api : server;
    struct account_config config = {
        .app_key = tool_field_str(L, 1, "app_key"),
        .user = tool_field_str(L, 1, "user"),
        .name = tool_field_str(L, 1, "name"),
        .secret = tool_field_str(L, 1, "secret"),
        .token = tool_field_str(L, 1, "token"),
        .sdk_version = tool_field_str(L, 1, "sdk_version"),
        .api_version = tool_field_str(L, 1, "api_version"),
        .navi = &server,
        .navi_count = 1,
        .api = &api,
        .api_count = 1,
        .reconnect_when_kicked = tool_field_bool(L, 1, "reconnect_when_kicked", false),
    };
    luaL_argcheck(L, server.len && config.user.len, 1, "server and user are needed");
    config.token_from =
        config.token.len ? ACCOUNT_TOKEN_STATIC : ACCOUNT_TOKEN_SERVER_API;
    struct client *client = lua_newuserdatauv(L, sizeof(*client), 0);
    memset(client, 0, sizeof(*client));
    client->last = &client->first;
    luaL_setmetatable(L, CLASS);
    struct err err;
    client->store = store_open(":memory:", STORE_NORMAL, &err);
    if (client->store) {
        client->account =
            account_open(tool_of(L)->net, client->store, &config, &events, client, &err);
    }
    return client->account ? 1 : tool_fail(L, &err);
}

static const luaL_Reg client_methods[] = {
    { "send", client_send },
    { "post", client_post },
    { "recall", client_recall },
    { "history", client_history },
    { "next", client_next },
    { "state", client_state },
    { "wait_state", client_wait_state },
    { "user", client_user },
    { "close", client_close },
    { NULL, NULL },
};

static const luaL_Reg answer_methods[] = { { "take", answer_take }, { NULL, NULL } };

static const luaL_Reg client_api[] = {
    { "client", api_client },
    { NULL, NULL },
};

void tool_open_client(lua_State *L, struct tool *tool)
{
    tool_make_class(L, tool, CLASS, client_methods, client_close);
    tool_make_class(L, tool, ANSWER_CLASS, answer_methods, answer_close);
    tool_set_functions(L, tool, client_api);
}
