#include "sandbox/profiles.h"

#include "base/mem.h"
#include "sandbox/topics.h"

#include <stdlib.h>

#define VALUE_MAX 1024
#define EXTRA_KEY_MAX 32
#define EXTRA_VALUE_MAX 256
#define EXTRAS_MAX 20

static const struct {
    const char *name;
    int most; /* -1: a text, else a number up to this */
} keys[] = {
    { "uniqueId", -1 }, { "name", -1 },     { "portraitUri", -1 },
    { "email", -1 },    { "birthday", -1 }, { "gender", 2 },
    { "location", -1 }, { "role", 100 },    { "level", 100 },
};

static int check_extra(const struct user *user, struct str key, struct str value)
{
    if (key.len == 0 || key.len > EXTRA_KEY_MAX)
        return STATUS_PROFILE_EXTRA;
    if (user->extras.len >= EXTRAS_MAX && !map_get(&user->extras, key))
        return STATUS_PROFILE_EXTRAS;
    return value.len > EXTRA_VALUE_MAX ? STATUS_PROFILE_LONG : STATUS_OK;
}

int profiles_check(const struct user *user, struct str key, struct str value, bool extra,
                   bool server)
{
    int64_t number;
    if (extra)
        return check_extra(user, key, value);
    if (!server && str_eq(key, STR("uniqueId")))
        return STATUS_PROFILE_FIXED;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (!str_eq(key, str_from(keys[i].name)))
            continue;
        if (value.len > VALUE_MAX)
            return STATUS_PROFILE_LONG;
        if (keys[i].most < 0)
            return STATUS_OK;
        if (!str_to_i64(value, &number))
            return STATUS_PROFILE_NUMBER;
        return number < 0 || number > keys[i].most ? STATUS_PROFILE_RANGE : STATUS_OK;
    }
    return STATUS_PROFILE_KEY;
}

void profiles_set(struct user *user, struct str key, struct str value, bool extra)
{
    user->profile_version++;
    if (extra)
        free(map_set(&user->extras, key, str_dup(value)));
    else if (str_eq(key, STR("name")))
        state_set(&user->name, value);
    else if (str_eq(key, STR("portraitUri")))
        state_set(&user->portrait, value);
    else
        free(map_set(&user->profile, key, str_dup(value)));
}

static void put_pair(struct profile_info *pair, struct str key, struct str value)
{
    *pair = (struct profile_info){ 0 };
    pb_put(*pair, profile_info, key, key);
    pb_put(*pair, profile_info, value, value.at ? value : STR(""));
}

static size_t put_pairs(struct profile_info *pairs, const struct map *map)
{
    size_t count = 0, at = 0;
    struct str key;
    void *value;
    while (map_next(map, &at, &key, &value))
        put_pair(&pairs[count++], key, str_from(value));
    return count;
}

struct user_profile *profiles_describe(struct sandbox *box, const struct user *user)
{
    struct user_profile *out = arena_alloc(&box->arena, sizeof *out);
    struct profile_info *pairs =
        arena_alloc(&box->arena, (user->profile.len + 2) * sizeof *pairs);
    struct profile_info *extras =
        arena_alloc(&box->arena, (user->extras.len + 1) * sizeof *extras);
    if (!out || !pairs || !extras)
        return NULL;
    *out = (struct user_profile){ 0 };
    put_pair(&pairs[0], STR("name"), user->name);
    put_pair(&pairs[1], STR("portraitUri"), user->portrait);
    size_t count = put_pairs(pairs + 2, &user->profile) + 2;
    size_t extra_count = put_pairs(extras, &user->extras);
    pb_put(*out, user_profile, version, user->profile_version + 1);
    pb_put(*out, user_profile, user_id, user->id);
    pb_put_list(*out, user_profile, user_profile, pairs, count);
    if (extra_count)
        pb_put_list(*out, user_profile, user_ext_profile, extras, extra_count);
    return out;
}
