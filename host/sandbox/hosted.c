#include "sandbox/hosted.h"

#include "base/clock.h"
#include "base/mem.h"
#include "sandbox/hooks_tell.h"
#include "sandbox/save.h"

int hosted_role(const struct group *group, struct str user)
{
    if (!group_has(group, user))
        return ROLE_NONE;
    if (str_eq(group->hosting->owner, user))
        return ROLE_OWNER;
    return map_get(&group->hosting->managers, user) ? ROLE_MANAGER : ROLE_MEMBER;
}

bool hosted_may(const struct group *group, int role, const char *permission)
{
    /* "0" (or not set): the owner; "1": managers too; "2": everybody */
    struct str level = group_setting(group, permission);
    if (str_eq(level, STR("2")))
        return role >= ROLE_MEMBER;
    return role >= (str_eq(level, STR("1")) ? ROLE_MANAGER : ROLE_OWNER);
}

static struct channels_user_ext_info *
describe_ext(struct sandbox *box, const struct group *group, struct str user)
{
    struct channels_user_ext_info *ext = arena_alloc(&box->arena, sizeof *ext);
    if (!ext)
        return NULL;
    pb_put(*ext, channels_user_ext_info, role, hosted_role(group, user));
    const struct member *member = group_find(group, user);
    pb_put(*ext, channels_user_ext_info, join_time, member ? member->joined_ms : 0);
    if (member && member->nickname.len)
        pb_put(*ext, channels_user_ext_info, channel_nick_name, member->nickname);
    if (member && member->extra.len)
        pb_put(*ext, channels_user_ext_info, additional, member->extra);
    return ext;
}

struct channels_user_info *hosted_describe_member(struct sandbox *box,
                                                  const struct group *group,
                                                  const struct user *user)
{
    struct channels_user_info *info = arena_alloc(&box->arena, sizeof *info);
    struct channels_user_ext_info *ext = describe_ext(box, group, user->id);
    if (!info || !ext)
        return NULL;
    pb_put(*info, channels_user_info, user_id, user->id);
    pb_put(*info, channels_user_info, ext, ext);
    pb_put(*info, channels_user_info, name, user->name);
    pb_put(*info, channels_user_info, portrait_url, user->portrait);
    return info;
}

/* All settings, or those that were changed. */
static void add_settings(struct sandbox *box, const struct group *group, bool changed,
                         struct channels_joined_info *info)
{
    const struct map *profile = &group->hosting->profile;
    struct profile_info *list =
        arena_alloc(&box->arena, (profile->len + 1) * sizeof *list);
    size_t count = 0, at = 0;
    struct str key = STR("name");
    void *value;
    if (!list)
        return;
    do {
        if (changed && !map_get(&group->hosting->changed, key))
            continue;
        bool name = str_eq(key, STR("name"));
        pb_put(list[count], profile_info, key, name ? STR("name") : key);
        pb_put(list[count], profile_info, value, name ? group->name : str_from(value));
        count++;
    } while (map_next(profile, &at, &key, &value));
    pb_put_list(*info, channels_joined_info, setting_profile, list, count);
}

struct channels_joined_info *
hosted_describe(struct sandbox *box, const struct group *group, const struct user *as)
{
    struct channels_joined_info *info = arena_alloc(&box->arena, sizeof *info);
    struct channel_base_info *base = arena_alloc(&box->arena, sizeof *base);
    if (!info || !base)
        return NULL;
    pb_put(*base, channel_base_info, creator_id, group->hosting->owner);
    pb_put(*base, channel_base_info, owner_id, group->hosting->owner);
    pb_put(*base, channel_base_info, create_time, group->created_ms);
    pb_put(*base, channel_base_info, member_count, (int64_t)group->count);
    pb_put(*info, channels_joined_info, target_id, group->id);
    add_settings(box, group, false, info);
    pb_put(*info, channels_joined_info, base_info, base);
    struct channels_user_ext_info *ext = as ? describe_ext(box, group, as->id) : NULL;
    if (ext)
        pb_put(*info, channels_joined_info, user_info, ext);
    return info;
}

/* Of a change of the group: what is another than before, which is forgotten. */
static struct channels_joined_info *take_changed(struct sandbox *box, struct group *group)
{
    struct channels_joined_info *info = arena_alloc(&box->arena, sizeof *info);
    if (!info)
        return NULL;
    pb_put(*info, channels_joined_info, target_id, group->id);
    add_settings(box, group, true, info);
    map_clear(&group->hosting->changed);
    return info;
}

void hosted_tell(struct sandbox *box, struct group *group, const struct group_news *news)
{
    struct channel_event_data data = { 0 };
    struct channels_user_info *others =
        arena_alloc(&box->arena, (news->other_count + 1) * sizeof *others);
    struct channels_joined_info *info = hosted_describe(box, group, NULL);
    struct channels_user_info *operator=
        hosted_describe_member(box, group, news->operator);
    struct buf bytes;
    hooks_tell_group(box, group, news);
    if (!others || !info || !operator)
        return;
    for (size_t i = 0; i < news->other_count; i++) {
        const struct channels_user_info *one =
            hosted_describe_member(box, group, news->others[i]);
        if (one)
            others[i] = *one;
    }
    struct channels_joined_info *changed = take_changed(box, group);
    bool profile =
        news->type == EVENT_GROUP_PROFILE && news->sub_type == PROFILE_OF_GROUP;
    pb_put(data, channel_event_data, opt_user_info, operator);
    pb_put(data, channel_event_data, channel_info, profile && changed ? changed : info);
    if (profile)
        pb_put(data, channel_event_data, channel_full_info, info);
    if (news->other_count)
        pb_put_list(data, channel_event_data, user_infos, others, news->other_count);
    buf_init(&bytes, 1u << 20);
    if (pb_encode(&channel_event_data_type, &data, &bytes, NULL)) {
        struct happening what = { news->type, news->sub_type, group->id,
                                  news->operator->id, buf_str(&bytes) };
        for (size_t i = 0; i < group->count; i++)
            event_tell(box, group->members[i].user, &what);
        for (size_t i = 0; i < news->other_count; i++) {
            if (!group_has(group, news->others[i]->id))
                event_tell(box, news->others[i], &what);
        }
    }
    buf_clear(&bytes);
}

void hosted_set_card(struct sandbox *box, struct group *group, struct user *user,
                     const struct user *operator, struct str nickname, struct str extra)
{
    struct member *member = group_find(group, user->id);
    if (!member)
        return;
    if (nickname.len)
        state_set(&member->nickname, nickname);
    if (extra.len)
        state_set(&member->extra, extra);
    save_group(box, group);
    hosted_tell(box, group,
                &(struct group_news){ EVENT_GROUP_PROFILE,
                                      PROFILE_OF_MEMBER, operator, & user, 1 });
}

bool hosted_add(struct sandbox *box, struct group *group, struct user *user,
                const struct user *operator)
{
    if (!group_add(group, user, clock_wall_ms()))
        return false;
    save_group(box, group);
    hosted_tell(box, group,
                &(struct group_news){ EVENT_GROUP, GROUP_JOINED, operator, & user, 1 });
    return true;
}

bool hosted_remove(struct sandbox *box, struct group *group, struct user *user,
                   const struct user *operator, int sub_type)
{
    if (!group_remove(group, user))
        return false;
    map_del(&group->hosting->managers, user->id);
    save_group(box, group);
    hosted_tell(box, group,
                &(struct group_news){ EVENT_GROUP, sub_type, operator, & user, 1 });
    return true;
}

void hosted_dismiss(struct sandbox *box, struct group *group, const struct user *operator)
{
    hosted_tell(box, group,
                &(struct group_news){ EVENT_GROUP, GROUP_DISMISSED, operator, NULL, 0 });
    save_group_gone(box, group->id);
    state_del_group(&box->state, group);
}
