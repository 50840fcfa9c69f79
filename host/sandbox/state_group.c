/* Groups, and what is kept of hosted ones. */
#include "base/mem.h"
#include "base/random.h"
#include "sandbox/state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct group *state_find_group(const struct state *state, struct str id)
{
    return map_get(&state->groups, id);
}

struct group *state_group(struct state *state, struct str id, int64_t now)
{
    struct group *group = map_get(&state->groups, id);
    if (group)
        return group;
    group = MEM_NEW(struct group);
    state_set(&group->id, id);
    group->created_ms = now;
    group->roster = random_u64() >> 12;
    map_set(&state->groups, id, group);
    return group;
}

static void free_application(struct application *application)
{
    if (!application)
        return;
    state_drop(&application->user);
    state_drop(&application->inviter);
    state_drop(&application->detail);
    state_drop(&application->operator);
    free(application);
}

static void free_hosting(struct hosting *hosting)
{
    struct str key;
    void *value;
    if (!hosting)
        return;
    for (size_t at = 0; map_next(&hosting->applications, &at, &key, &value);)
        free_application(value);
    map_clear(&hosting->applications);
    map_clear(&hosting->changed);
    state_free_texts(&hosting->profile);
    map_clear(&hosting->managers);
    state_drop(&hosting->owner);
    free(hosting);
}

void group_host(struct group *group, struct str owner)
{
    if (!group->hosting)
        group->hosting = MEM_NEW(struct hosting);
    state_set(&group->hosting->owner, owner);
}

void group_unhost(struct group *group)
{
    free_hosting(group->hosting);
    group->hosting = NULL;
}

struct str group_setting(const struct group *group, const char *key)
{
    if (!group->hosting || strcmp(key, "name") == 0)
        return group->name;
    return str_from(map_get(&group->hosting->profile, str_from(key)));
}

void group_set(struct group *group, struct str key, struct str value)
{
    char *name = str_dup(key);
    bool same = str_eq(group_setting(group, name), value);
    free(name);
    if (group->hosting && !same)
        map_set(&group->hosting->changed, key, group);
    if (str_eq(key, STR("name")))
        state_set(&group->name, value);
    else if (group->hosting)
        free(map_set(&group->hosting->profile, key, str_dup(value)));
}

/* Ids have no slash. */
static struct str application_key(char text[2 * STATE_ID_MAX + 2], struct str user,
                                  struct str inviter)
{
    int len = snprintf(text, 2 * STATE_ID_MAX + 2, "%.*s/%.*s", STR_ARG(user),
                       STR_ARG(inviter));
    return str_of(text, (size_t)len);
}

struct application *group_find_application(const struct group *group, struct str user,
                                           struct str inviter)
{
    char text[2 * STATE_ID_MAX + 2];
    if (!state_id_ok(user) || (inviter.len && !state_id_ok(inviter)))
        return NULL;
    return map_get(&group->hosting->applications, application_key(text, user, inviter));
}

static void drop_oldest_application(struct map *applications)
{
    char text[2 * STATE_ID_MAX + 2];
    struct application *oldest = NULL;
    struct str key;
    void *value;
    for (size_t at = 0; map_next(applications, &at, &key, &value);) {
        struct application *one = value;
        if (!oldest || one->time_ms < oldest->time_ms)
            oldest = one;
    }
    map_del(applications, application_key(text, oldest->user, oldest->inviter));
    free_application(oldest);
}

struct application *group_application(struct group *group, struct str user,
                                      struct str inviter)
{
    char text[2 * STATE_ID_MAX + 2];
    struct map *applications = &group->hosting->applications;
    struct application *one = group_find_application(group, user, inviter);
    if (one)
        return one;
    if (applications->len == APPLICATIONS_MAX)
        drop_oldest_application(applications);
    one = MEM_NEW(struct application);
    state_set(&one->user, user);
    state_set(&one->inviter, inviter);
    map_set(applications, application_key(text, user, inviter), one);
    return one;
}

static void free_group(struct group *group)
{
    free_hosting(group->hosting);
    map_clear(&group->index);
    map_clear(&group->white);
    gag_clear(&group->gags);
    for (size_t i = 0; i < group->count; i++) {
        state_drop(&group->members[i].nickname);
        state_drop(&group->members[i].extra);
    }
    free(group->members);
    log_clear(&group->log);
    state_drop(&group->id);
    state_drop(&group->name);
    free(group);
}

void state_del_group(struct state *state, struct group *group)
{
    for (size_t i = 0; i < group->count; i++)
        map_del(&group->members[i].user->groups, group->id);
    map_del(&state->groups, group->id);
    state_del_app_group(state, group->id);
    free_group(group);
}

bool group_has(const struct group *group, struct str user)
{
    return map_get(&group->index, user) != NULL;
}

struct member *group_find(const struct group *group, struct str user)
{
    void *place = map_get(&group->index, user);
    return place ? &group->members[(uintptr_t)place - 1] : NULL;
}

static void changed(struct group *group)
{
    group->roster++;
    group->roster_saved = false;
}

bool group_add(struct group *group, struct user *user, int64_t now)
{
    if (group_has(group, user->id))
        return false;
    if (group->count == group->room) {
        group->room = group->room ? group->room * 2 : 8;
        group->members =
            mem_realloc(group->members, group->room * sizeof *group->members);
    }
    group->members[group->count++] = (struct member){ .user = user, .joined_ms = now };
    map_set(&group->index, user->id, (void *)(uintptr_t)group->count);
    map_set(&user->groups, group->id, group);
    changed(group);
    return true;
}

bool group_remove(struct group *group, struct user *user)
{
    void *place = map_del(&group->index, user->id);
    if (!place)
        return false;
    size_t at = (size_t)(uintptr_t)place - 1;
    state_drop(&group->members[at].nickname);
    state_drop(&group->members[at].extra);
    group->count--;
    memmove(&group->members[at], &group->members[at + 1],
            (group->count - at) * sizeof *group->members);
    for (size_t i = at; i < group->count; i++)
        map_set(&group->index, group->members[i].user->id, (void *)(uintptr_t)(i + 1));
    map_del(&user->groups, group->id);
    changed(group);
    return true;
}
