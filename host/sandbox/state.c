#include "sandbox/state.h"

#include "base/json.h"
#include "base/mem.h"
#include "base/must.h"
#include "base/random.h"

#include <stdio.h>
#include <string.h>

bool state_id_ok(struct str id)
{
    if (id.len == 0 || id.len > STATE_ID_MAX)
        return false;
    for (size_t i = 0; i < id.len; i++) {
        unsigned char c = (unsigned char)id.at[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !(c >= '0' && c <= '9') && !strchr("+=-_@.:", c))
            return false;
        if (c == '\0')
            return false;
    }
    return true;
}

void state_set(struct str *owned, struct str value)
{
    char *copy = str_dup(value);
    free((char *)owned->at);
    *owned = (struct str){ copy, value.len };
}

void state_drop(struct str *owned)
{
    free((char *)owned->at);
    *owned = STR_NONE;
}

/* Users and tokens. */

struct user *state_find_user(const struct state *state, struct str id)
{
    return map_get(&state->users, id);
}

struct user *state_user(struct state *state, struct str id)
{
    struct user *user = map_get(&state->users, id);
    if (user)
        return user;
    user = MEM_NEW(struct user);
    state_set(&user->id, id);
    user->inbox.last_ms = user->outbox.last_ms = state->floor_ms;
    map_set(&state->users, id, user);
    if (state->count == state->room) {
        state->room = state->room ? state->room * 2 : 16;
        state->order = mem_realloc(state->order, state->room * sizeof *state->order);
    }
    state->order[state->count++] = user;
    return user;
}

struct token *state_add_token(struct state *state, struct user *user, struct str text,
                              int64_t now, int64_t ends_ms)
{
    char made[64];
    if (!text.at) {
        random_id(made, 48);
        text = str_from(made);
    }
    struct token *token = MEM_NEW(struct token);
    state_set(&token->text, text);
    token->user = user;
    token->issued_ms = now;
    token->ends_ms = ends_ms;
    token->next = user->tokens;
    user->tokens = token;
    map_set(&state->tokens, text, token);
    return token;
}

struct token *state_find_token(const struct state *state, struct str text)
{
    return map_get(&state->tokens, text);
}

static void free_pairs(struct user *user)
{
    size_t at = 0;
    struct str key;
    void *value;
    while (map_next(&user->pairs, &at, &key, &value)) {
        struct pair *pair = value;
        if (--pair->holders == 0) {
            log_clear(&pair->log);
            free(pair);
        }
    }
    map_clear(&user->pairs);
    for (at = 0; map_next(&user->system, &at, &key, &value);) {
        log_clear(&((struct pair *)value)->log);
        free(value);
    }
    map_clear(&user->system);
}

static void free_marks(struct user *user)
{
    size_t at = 0;
    struct str key;
    void *value;
    while (map_next(&user->marks, &at, &key, &value)) {
        struct mark *mark = value;
        state_drop(&mark->silent);
        state_drop(&mark->top);
        free(mark);
    }
    map_clear(&user->marks);
}

void state_free_texts(struct map *map)
{
    size_t at = 0;
    struct str key;
    void *value;
    while (map_next(map, &at, &key, &value))
        free(value);
    map_clear(map);
}

static void free_social(struct user *user)
{
    size_t at = 0;
    struct str key;
    void *value;
    while (map_next(&user->friends, &at, &key, &value)) {
        state_drop(&((struct friend *)value)->remark);
        free(value);
    }
    map_clear(&user->friends);
    for (at = 0; map_next(&user->requests, &at, &key, &value);) {
        state_drop(&((struct request *)value)->text);
        free(value);
    }
    map_clear(&user->requests);
    state_free_texts(&user->profile);
    state_free_texts(&user->extras);
    for (size_t i = 0; i < user->event_count; i++)
        state_drop(&user->events[i].bytes);
    free(user->events);
}

static void free_user(struct user *user)
{
    must(!user->conns);
    while (user->tokens) {
        struct token *token = user->tokens;
        user->tokens = token->next;
        state_drop(&token->text);
        free(token);
    }
    free_pairs(user);
    free_marks(user);
    free_social(user);
    map_clear(&user->black);
    map_clear(&user->white);
    map_clear(&user->groups);
    map_clear(&user->hidden);
    log_clear(&user->inbox);
    log_clear(&user->outbox);
    state_drop(&user->id);
    state_drop(&user->name);
    state_drop(&user->portrait);
    state_drop(&user->tags);
    json_free(user->bot);
    free(user);
}

/* Conversations. */

struct pair *state_find_pair(const struct user *user, struct str peer)
{
    return map_get(&user->pairs, peer);
}

struct pair *state_pair(struct user *a, struct user *b)
{
    struct pair *pair = map_get(&a->pairs, b->id);
    if (pair)
        return pair;
    pair = MEM_NEW(struct pair);
    map_set(&a->pairs, b->id, pair);
    pair->holders = 1;
    if (a != b) {
        map_set(&b->pairs, a->id, pair);
        pair->holders = 2;
    }
    return pair;
}

struct pair *state_system_pair(struct user *to, struct str from)
{
    struct pair *pair = map_get(&to->system, from);
    if (!pair) {
        pair = MEM_NEW(struct pair);
        map_set(&to->system, from, pair);
    }
    return pair;
}

static struct str mark_key(char key[STATE_ID_MAX + 8], int type, struct str target)
{
    int len = snprintf(key, STATE_ID_MAX + 8, "%d/%.*s", type, STR_ARG(target));
    return str_of(key, len < STATE_ID_MAX + 8 ? (size_t)len : STATE_ID_MAX + 7);
}

struct mark *state_find_mark(const struct user *user, int type, struct str target)
{
    char key[STATE_ID_MAX + 8];
    return user->marks.len ? map_get(&user->marks, mark_key(key, type, target)) : NULL;
}

struct mark *state_mark(struct user *user, int type, struct str target)
{
    struct mark *mark = state_find_mark(user, type, target);
    if (mark)
        return mark;
    char key[STATE_ID_MAX + 8];
    mark = MEM_NEW(struct mark);
    map_set(&user->marks, mark_key(key, type, target), mark);
    return mark;
}

/* What the App Server keeps. */

struct app_group *state_app_group(struct state *state, struct str id)
{
    struct app_group *group = map_get(&state->app_groups, id);
    if (!group) {
        group = MEM_NEW(struct app_group);
        map_set(&state->app_groups, id, group);
    }
    return group;
}

static void free_app_group(struct app_group *group)
{
    state_drop(&group->creator);
    state_drop(&group->bulletin);
    state_drop(&group->portrait);
    map_clear(&group->managers);
    free(group);
}

void state_del_app_group(struct state *state, struct str id)
{
    struct app_group *group = map_del(&state->app_groups, id);
    if (group)
        free_app_group(group);
}

struct app_account *state_add_account(struct state *state, struct str name,
                                      struct str user)
{
    struct app_account *account = MEM_NEW(struct app_account);
    state_set(&account->user, user);
    map_set(&state->accounts, name, account);
    return account;
}

void state_clear(struct state *state)
{
    size_t at = 0;
    struct str key;
    void *value;
    while (map_next(&state->groups, &at, &key, &value))
        state_del_group(state, value);
    map_clear(&state->groups);
    for (at = 0; map_next(&state->rooms, &at, &key, &value);)
        state_del_room(state, value);
    map_clear(&state->rooms);
    for (size_t i = 0; i < state->count; i++) {
        struct user *user = state->order[i];
        if (user->inbox.last_ms > state->floor_ms)
            state->floor_ms = user->inbox.last_ms;
        if (user->outbox.last_ms > state->floor_ms)
            state->floor_ms = user->outbox.last_ms;
        free_user(user);
    }
    free(state->order);
    state->order = NULL;
    state->count = state->room = state->bots = 0;
    for (at = 0; map_next(&state->accounts, &at, &key, &value);) {
        state_drop(&((struct app_account *)value)->user);
        state_drop(&((struct app_account *)value)->token);
        free(value);
    }
    map_clear(&state->accounts);
    map_clear(&state->unlogged);
    for (at = 0; map_next(&state->app_groups, &at, &key, &value);)
        free_app_group(value);
    map_clear(&state->app_groups);
    map_clear(&state->users);
    map_clear(&state->tokens);
}
