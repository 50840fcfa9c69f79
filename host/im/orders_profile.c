/* The steps about the account's own profile: by the Server API (server-api.md 9.1), where
 * apps without the hosting service have a name and a portrait, and over the socket
 * (wire.md F.9). */
#include "im/form.h"
#include "im/orders_inside.h"
#include "proto/messages.h"

#include <stdio.h>
#include <stdlib.h>

#define PROFILE_MAX ((size_t)32768)
#define EXTRAS_MAX 64
#define NUMBER_MAX INT64_C(1000000000)

/* What we call a key, and what RongCloud does. */
static const struct key {
    const char *ours, *theirs;
    bool is_number, is_fixed; /* fixed: cannot be set here */
} keys[] = {
    { "name", "name", false, false },         { "portrait", "portraitUri", false, false },
    { "email", "email", false, false },       { "birthday", "birthday", false, false },
    { "gender", "gender", true, false },      { "location", "location", false, false },
    { "role", "role", true, false },          { "level", "level", true, false },
    { "unique_id", "uniqueId", false, true },
};

enum { KEYS = sizeof(keys) / sizeof(keys[0]) };

/* ---- what may be set ---- */

static bool check_extra(const struct json *extra, struct err *err)
{
    const struct json *one = NULL;
    if (json_kind(extra) != JSON_OBJECT || json_size(extra) > EXTRAS_MAX)
        return err_set(err, ERR_ARGUMENT, "extra: want a table of at most %d texts",
                       EXTRAS_MAX);
    while ((one = json_next(extra, one))) {
        if (json_kind(one) != JSON_STRING)
            return err_set(err, ERR_ARGUMENT, "extra.%.*s: want a text",
                           STR_ARG(json_name(one)));
    }
    return true;
}

static bool check_key(const struct json *one, struct err *err)
{
    struct str name = json_name(one);
    if (str_eq(name, STR("extra")))
        return check_extra(one, err);
    for (size_t i = 0; i < KEYS; i++) {
        if (keys[i].is_fixed || !str_eq(name, str_from(keys[i].ours)))
            continue;
        int64_t number = json_int(one, -1);
        bool good = !keys[i].is_number ? json_kind(one) == JSON_STRING
                                       : json_kind(one) == JSON_NUMBER && number >= 0 &&
                                             number <= NUMBER_MAX;
        return good || err_set(err, ERR_ARGUMENT, "%s: want a %s", keys[i].ours,
                               keys[i].is_number ? "whole number" : "text");
    }
    return err_set(err, ERR_ARGUMENT, "%.*s: cannot be set", STR_ARG(name));
}

bool order_check_profile(struct str text, struct err *err)
{
    struct json *root = json_parse(text, err);
    const struct json *one = NULL;
    bool good = root && (json_kind(root) == JSON_OBJECT && json_size(root) > 0
                             ? true
                             : err_set(err, ERR_ARGUMENT, "nothing is to be set"));
    while (good && (one = json_next(root, one)))
        good = check_key(one, err);
    json_free(root);
    return good;
}

/* ---- setting ---- */

/* Where the app hosts nothing. */
static bool fill_refresh(struct order_run *run, struct buf *body)
{
    struct json *asked = json_parse(run->order.text, NULL);
    struct str name = json_str(json_get(asked, "name"));
    struct str portrait = json_str(json_get(asked, "portrait"));
    bool fits = form_add(body, "userId", orders_user(run->orders)) &&
                (name.len == 0 || form_add(body, "name", name)) &&
                (portrait.len == 0 || form_add(body, "portraitUri", portrait));
    json_free(asked);
    return fits;
}

static bool add_json(struct buf *body, const char *name, const struct json *value)
{
    struct buf text;
    if (json_size(value) == 0)
        return true;
    buf_init(&text, PROFILE_MAX);
    bool fits = json_write(value, &text) && form_add(body, name, buf_str(&text));
    buf_clear(&text);
    return fits;
}

static bool fill_set(struct order_run *run, struct buf *body)
{
    struct json *asked = json_parse(run->order.text, NULL), *profile = json_object();
    for (size_t i = 0; i < KEYS; i++) {
        const struct json *value = json_get(asked, keys[i].ours);
        if (value && keys[i].is_number)
            json_add_int(profile, keys[i].theirs, json_int(value, 0));
        else if (value)
            json_add_str(profile, keys[i].theirs, json_str(value));
    }
    bool fits = form_add(body, "userId", orders_user(run->orders)) &&
                add_json(body, "userProfile", profile) &&
                add_json(body, "userExtProfile", json_get(asked, "extra"));
    json_free(profile);
    json_free(asked);
    return fits;
}

static bool ask_set(struct order_run *run, struct buf *body)
{
    struct json *asked = json_parse(run->order.text, NULL);
    const struct json *one = NULL, *extra = json_get(asked, "extra");
    struct profile_info pairs[KEYS] = { 0 }, extras[EXTRAS_MAX] = { 0 };
    char numbers[KEYS][24];
    size_t count = 0, extra_count = 0;
    struct user_profile ask = { 0 };
    for (size_t i = 0; i < KEYS; i++) {
        const struct json *value = json_get(asked, keys[i].ours);
        if (!value)
            continue;
        snprintf(numbers[i], sizeof(numbers[i]), "%lld", (long long)json_int(value, 0));
        pb_put(pairs[count], profile_info, key, str_from(keys[i].theirs));
        pb_put(pairs[count], profile_info, value,
               keys[i].is_number ? str_from(numbers[i]) : json_str(value));
        count++;
    }
    while ((one = json_next(extra, one)) && extra_count < EXTRAS_MAX) {
        pb_put(extras[extra_count], profile_info, key, json_name(one));
        pb_put(extras[extra_count], profile_info, value, json_str(one));
        extra_count++;
    }
    if (count > 0)
        pb_put_list(ask, user_profile, user_profile, pairs, count);
    if (extra_count > 0)
        pb_put_list(ask, user_profile, user_ext_profile, extras, extra_count);
    bool fits = pb_encode(&user_profile_type, &ask, body, NULL);
    json_free(asked);
    return fits;
}

/* ---- reading ---- */

static bool fill_self(struct order_run *run, struct buf *body)
{
    return form_add(body, "userId", orders_user(run->orders));
}

static void begin(struct order_run *run)
{
    run->result = json_object();
    json_add_str(run->result, "id", orders_user(run->orders));
}

static void add_text(struct order_run *run, const char *name, struct str value)
{
    if (value.len > 0)
        json_add_str(run->result, name, value);
}

static void add_key(struct order_run *run, const struct key *key, struct str value)
{
    int64_t number;
    if (!key->is_number)
        add_text(run, key->ours, value);
    else if (str_to_i64(value, &number))
        json_add_int(run->result, key->ours, number);
}

/* A name from outside, which is not one of ours. */
static void add_extra(struct json *extra, struct str name, struct str value)
{
    char *copy = str_dup(name);
    if (name.len > 0 && json_size(extra) < EXTRAS_MAX)
        json_add_str(extra, copy, value);
    free(copy);
}

static void take_info(struct order_run *run, const struct json *answer)
{
    begin(run);
    add_text(run, "name", json_str(json_get(answer, "userName")));
    add_text(run, "portrait", json_str(json_get(answer, "userPortrait")));
}

static void take_profile(struct order_run *run, const struct json *answer)
{
    const struct json *user = json_next(json_get(answer, "userList"), NULL), *one = NULL;
    struct json *profile = json_parse(json_str(json_get(user, "userProfile")), NULL);
    struct json *extras = json_parse(json_str(json_get(user, "userExtProfile")), NULL);
    begin(run);
    for (size_t i = 0; i < KEYS; i++) {
        const struct json *value = json_get(profile, keys[i].theirs);
        int64_t number = json_int(value, -1);
        if (!keys[i].is_number)
            add_text(run, keys[i].ours, json_str(value));
        else if (number >= 0 && number <= NUMBER_MAX)
            json_add_int(run->result, keys[i].ours, number);
    }
    struct json *extra = json_add(run->result, "extra", json_object());
    while (json_kind(extras) == JSON_OBJECT && (one = json_next(extras, one)))
        add_extra(extra, json_name(one), json_str(one));
    json_free(extras);
    json_free(profile);
}

static bool ask_profile(struct order_run *run, struct buf *body)
{
    struct user_profile_input ask = { 0 };
    (void)run;
    pb_put(ask, user_profile_input, nothing, 1);
    return pb_encode(&user_profile_input_type, &ask, body, NULL);
}

static bool hear_profile(struct order_run *run, struct str payload, struct lists *lists,
                         struct err *err)
{
    struct user_profile out;
    if (!pb_decode(&user_profile_type, &out, payload, &lists->arena, err))
        return false;
    begin(run);
    for (size_t i = 0; i < KEYS; i++) {
        for (size_t k = 0; k < out.user_profile.count; k++) {
            const struct profile_info *one = &out.user_profile.at[k];
            if (str_eq(one->key, str_from(keys[i].theirs)))
                add_key(run, &keys[i], one->value);
        }
    }
    struct json *extra = json_add(run->result, "extra", json_object());
    for (size_t k = 0; k < out.user_ext_profile.count; k++)
        add_extra(extra, out.user_ext_profile.at[k].key,
                  out.user_ext_profile.at[k].value);
    return true;
}

/* ---- the steps ---- */

/* Whether it can be set where the app hosts nothing. */
static bool is_plain(struct str text)
{
    struct json *root = json_parse(text, NULL);
    size_t known =
        (json_get(root, "name") != NULL) + (json_get(root, "portrait") != NULL);
    bool plain = json_size(root) == known;
    json_free(root);
    return plain;
}

const struct order_step *orders_profile_steps(const struct order *order, bool api,
                                              bool hosting)
{
    static const struct order_step
        own = { .topic = "pullOwnProfile",
                .to = ORDER_TO_ME,
                .fill = ask_profile,
                .take_wire = hear_profile },
        set = { .topic = "updUserProfile", .to = ORDER_TO_ME, .fill = ask_set },
        info = { .path = "/user/info.json", .fill = fill_self, .take = take_info },
        refresh = { .path = "/user/refresh.json", .fill = fill_refresh },
        api_own = { .path = "/user/profile/batch/query.json",
                    .fill = fill_self,
                    .take = take_profile },
        api_set = { .path = "/user/profile/set.json", .fill = fill_set };
    if (order->verb == ORDER_PROFILE)
        return hosting ? api ? &api_own : &own : api ? &info : NULL;
    if (hosting)
        return api ? &api_set : &set;
    return api && is_plain(order->text) ? &refresh : NULL;
}
