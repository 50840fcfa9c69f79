/* Profiles kept by the cloud, and who is online (wire.md F.9). */
#include "sandbox/profiles.h"
#include "sandbox/save.h"
#include "sandbox/topics.h"

#define PROFILES_MAX 100
#define ONLINE_MAX 200
#define FRIEND_STATUS 3
#define PLATFORM_WEB 3

static int topic_own(struct ask *ask)
{
    const struct user_profile *answer = profiles_describe(ask->box, ask->user);
    return answer ? ask_write(ask, &user_profile_type, answer) : STATUS_BAD;
}

static int topic_others(struct ask *ask)
{
    struct pull_user_profile_req in;
    struct user_profiles answer = { 0 };
    struct user_profile list[PROFILES_MAX];
    size_t count = 0;
    if (!ask->box->limits.hosting)
        return STATUS_NOT_ENABLED;
    if (!ask_read(ask, &pull_user_profile_req_type, &in) ||
        in.user_id.count > PROFILES_MAX)
        return STATUS_BAD;
    for (size_t i = 0; i < in.user_id.count; i++) {
        const struct user *user = state_find_user(&ask->box->state, in.user_id.at[i]);
        if (!user || !user->registered_ms)
            continue;
        const struct user_profile *one = profiles_describe(ask->box, user);
        if (!one)
            return STATUS_BAD;
        list[count++] = *one;
    }
    pb_put_list(answer, user_profiles, profiles, list, count);
    return ask_write(ask, &user_profiles_type, &answer);
}

/* All of it or nothing. */
static int check_all(const struct user *user, const struct user_profile *in)
{
    int status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < in->user_profile.count; i++)
        status = profiles_check(user, in->user_profile.at[i].key,
                                in->user_profile.at[i].value, false, false);
    for (size_t i = 0; status == STATUS_OK && i < in->user_ext_profile.count; i++)
        status = profiles_check(user, in->user_ext_profile.at[i].key,
                                in->user_ext_profile.at[i].value, true, false);
    return status;
}

static int topic_update(struct ask *ask)
{
    struct user_profile in;
    struct set_user_profile_resp answer = { 0 };
    struct user *user = ask->user;
    if (!ask->box->limits.hosting)
        return STATUS_NOT_ENABLED;
    if (!ask_read(ask, &user_profile_type, &in))
        return STATUS_BAD;
    int status = check_all(user, &in);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < in.user_profile.count; i++)
        profiles_set(user, in.user_profile.at[i].key, in.user_profile.at[i].value, false);
    for (size_t i = 0; i < in.user_ext_profile.count; i++)
        profiles_set(user, in.user_ext_profile.at[i].key, in.user_ext_profile.at[i].value,
                     true);
    save_user(ask->box, user);
    pb_put(answer, set_user_profile_resp, version, user->profile_version + 1);
    return ask_write(ask, &set_user_profile_resp_type, &answer);
}

/* Of friends. Subscriptions are not played, so nobody has any. */
static int topic_online(struct ask *ask)
{
    struct qry_sub_data_req in;
    struct pull_sub_data_resp answer = { 0 };
    struct sub_data_detail list[ONLINE_MAX] = { 0 };
    struct sub_data data[ONLINE_MAX] = { 0 };
    size_t count = 0;
    if (!ask->box->limits.hosting)
        return STATUS_NOT_ENABLED;
    if (!ask_read(ask, &qry_sub_data_req_type, &in) || in.sub_users.count > ONLINE_MAX)
        return STATUS_BAD;
    for (size_t i = 0; in.sub_type == FRIEND_STATUS && i < in.sub_users.count; i++) {
        struct str id = in.sub_users.at[i].sub_user_id;
        if (!map_get(&ask->user->friends, id))
            continue;
        const struct user *user = state_find_user(&ask->box->state, id);
        pb_put(data[count], sub_data, platform_info, PLATFORM_WEB);
        pb_put(data[count], sub_data, value, user->conns != NULL);
        pb_put(data[count], sub_data, version_time, ask->now);
        pb_put(list[count], sub_data_detail, sub_user_id, id);
        pb_put_list(list[count], sub_data_detail, data, &data[count], 1);
        pb_put(list[count], sub_data_detail, sub_type, FRIEND_STATUS);
        count++;
    }
    if (count)
        pb_put_list(answer, pull_sub_data_resp, list, list, count);
    pb_put(answer, pull_sub_data_resp, version_time, ask->now);
    return ask_write(ask, &pull_sub_data_resp_type, &answer);
}

const struct topic profile_topics[] = {
    { "pullOwnProfile", topic_own },
    { "pullUserProfile", topic_others },
    { "updUserProfile", topic_update },
    { "qrySubData", topic_online },
    { NULL, NULL },
};
