/* Users: registration and tokens, who is online, blocks (server-api.md 9.1). */
#include "sandbox/rest.h"
#include "sandbox/save.h"
#include "sandbox/wire.h"

#include <stdlib.h>

#define NAME_MAX_BYTES 128
#define PORTRAIT_MAX 1024
#define IDS_MAX 20
#define MINUTES_MAX 43200
#define PAGE_MAX 1000000
#define TOKENS_MAX 1000 /* of one user; the oldest go */

enum { DISCONNECT_BLOCKED = 2 };

/* Keeps a user's list of tokens from growing without end. */
static void drop_old_tokens(struct sandbox *box, struct user *user)
{
    struct token **link = &user->tokens;
    for (size_t kept = 0; *link && kept < TOKENS_MAX; kept++)
        link = &(*link)->next;
    while (*link) {
        struct token *token = *link;
        *link = token->next;
        map_del(&box->state.tokens, token->text);
        free((char *)token->text.at);
        free(token);
    }
}

static bool get_token(struct call *call)
{
    struct str id, name, portrait;
    struct sandbox *box = call->box;
    if (!rest_id(call, "userId", &id) ||
        !rest_text(call, "name", NAME_MAX_BYTES, &name) ||
        !rest_text_maybe(call, "portraitUri", PORTRAIT_MAX, &portrait))
        return false;
    struct user *user = state_user(&box->state, id);
    int64_t lifetime = box->limits.token_ms;
    if (!user->registered_ms)
        user->registered_ms = call->now;
    state_set(&user->name, name);
    if (portrait.len)
        state_set(&user->portrait, portrait);
    struct token *token =
        state_add_token(&box->state, user, STR_NONE, call->now,
                        lifetime > 0 ? call->now + lifetime : STATE_FOREVER);
    drop_old_tokens(box, user);
    save_user(box, user);
    json_add_str(call->answer, "userId", id);
    json_add_str(call->answer, "token", token->text);
    return true;
}

static bool refresh(struct call *call)
{
    struct str id, name, portrait;
    if (!rest_id(call, "userId", &id) ||
        !rest_text_maybe(call, "name", NAME_MAX_BYTES, &name) ||
        !rest_text_maybe(call, "portraitUri", PORTRAIT_MAX, &portrait))
        return false;
    struct user *user = state_find_user(&call->box->state, id);
    if (!user)
        return true;
    if (name.len)
        state_set(&user->name, name);
    if (portrait.len)
        state_set(&user->portrait, portrait);
    save_user(call->box, user);
    return true;
}

static bool info(struct call *call)
{
    struct str id;
    if (!rest_id(call, "userId", &id))
        return false;
    const struct user *user = state_find_user(&call->box->state, id);
    if (!user || !user->registered_ms)
        return rest_fail(call, 400, "userId does not exist.");
    json_add_str(call->answer, "userName", user->name);
    json_add_str(call->answer, "userPortrait", user->portrait);
    rest_add_time(call->answer, "createTime", user->registered_ms);
    return true;
}

static bool expire_tokens(struct call *call)
{
    struct ids ids;
    int64_t before;
    if (!rest_ids(call, "userId", IDS_MAX, &ids) ||
        !rest_int(call, "time", 0, INT64_MAX, -1, &before))
        return false;
    for (size_t i = 0; i < ids.count; i++) {
        struct user *user = state_find_user(&call->box->state, ids.at[i]);
        struct token *token = user ? user->tokens : NULL;
        for (; token; token = token->next) {
            if (token->issued_ms < before && token->ends_ms > call->now)
                token->ends_ms = call->now;
        }
        if (user)
            save_user(call->box, user);
    }
    return true;
}

static bool check_online(struct call *call)
{
    struct str id;
    if (!rest_id(call, "userId", &id))
        return false;
    const struct user *user = state_find_user(&call->box->state, id);
    json_add_str(call->answer, "status", user && user->conns ? STR("1") : STR("0"));
    return true;
}

static bool block(struct call *call)
{
    struct ids ids;
    int64_t minutes;
    if (!rest_ids(call, "userId", IDS_MAX, &ids) ||
        !rest_int(call, "minute", 1, MINUTES_MAX, 0, &minutes))
        return false;
    for (size_t i = 0; i < ids.count; i++) {
        struct user *user = state_user(&call->box->state, ids.at[i]);
        user->blocked_until = call->now + minutes * 60000;
        while (user->conns)
            wire_disconnect(user->conns, DISCONNECT_BLOCKED);
        save_user(call->box, user);
    }
    return true;
}

static bool unblock(struct call *call)
{
    struct ids ids;
    if (!rest_ids(call, "userId", IDS_MAX, &ids))
        return false;
    for (size_t i = 0; i < ids.count; i++) {
        struct user *user = state_find_user(&call->box->state, ids.at[i]);
        if (user)
            user->blocked_until = 0;
        if (user)
            save_user(call->box, user);
    }
    return true;
}

static bool list_blocked(struct call *call)
{
    int64_t page, size;
    const struct state *state = &call->box->state;
    if (!rest_int(call, "page", 1, PAGE_MAX, 1, &page) ||
        !rest_int(call, "size", 1, 200, 50, &size))
        return false;
    struct json *list = json_add(call->answer, "users", json_array());
    int64_t at = 0;
    for (size_t i = 0; i < state->count; i++) {
        const struct user *user = state->order[i];
        if (user->blocked_until <= call->now)
            continue;
        if (at >= (page - 1) * size && at < page * size) {
            struct json *one = json_add(list, NULL, json_object());
            json_add_str(one, "userId", user->id);
            rest_add_time(one, "blockEndTime", user->blocked_until);
        }
        at++;
    }
    return true;
}

static bool list_users(struct call *call)
{
    int64_t page, size;
    bool descending;
    const struct state *state = &call->box->state;
    if (!rest_int(call, "page", 1, PAGE_MAX, 1, &page) ||
        !rest_int(call, "pageSize", 1, 100, 20, &size) ||
        !rest_flag(call, "order", false, &descending))
        return false;
    struct json *list = json_array();
    int64_t total = 0;
    for (size_t i = 0; i < state->count; i++) {
        const struct user *user = state->order[descending ? state->count - 1 - i : i];
        if (!user->registered_ms)
            continue;
        if (total >= (page - 1) * size && total < page * size) {
            struct json *one = json_add(list, NULL, json_object());
            json_add_str(one, "userId", user->id);
            json_add_str(one, "userName", user->name);
            json_add_str(one, "userPortrait", user->portrait);
            rest_add_time(one, "regTime", user->registered_ms);
        }
        total++;
    }
    json_add_int(call->answer, "total", total);
    json_add(call->answer, "users", list);
    return true;
}

static bool list_groups(struct call *call)
{
    struct str id, key;
    void *value;
    if (!rest_id(call, "userId", &id))
        return false;
    const struct user *user = state_find_user(&call->box->state, id);
    struct json *list = json_add(call->answer, "groups", json_array());
    for (size_t at = 0; user && map_next(&user->groups, &at, &key, &value);) {
        const struct group *group = value;
        struct json *one = json_add(list, NULL, json_object());
        json_add_str(one, "id", group->id);
        json_add_str(one, "name", group->name);
    }
    return true;
}

const struct endpoint user_endpoints[] = {
    { "/user/getToken.json", get_token },
    { "/user/refresh.json", refresh },
    { "/user/info.json", info },
    { "/user/token/expire.json", expire_tokens },
    { "/user/checkOnline.json", check_online },
    { "/user/block.json", block },
    { "/user/unblock.json", unblock },
    { "/user/block/query.json", list_blocked },
    { "/user/query.json", list_users },
    { "/user/group/query.json", list_groups },
    { NULL, NULL },
};
