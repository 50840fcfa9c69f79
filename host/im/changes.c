/* changes: see the header. */
#include "im/changes.h"

#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "im/follow.h"
#include "proto/content.h"
#include "proto/messages.h"
#include "proto/operation.h"
#include "store/meta.h"

#include <stdio.h>
#include <string.h>

#define ARENA_MAX ((size_t)8 << 20)
#define CURSOR STR("changes")
#define ID_MAX 64
#define UID_MAX 256

/* friend_apply_event.apply_type */
enum { APPLY_SENT = 1, APPLY_BY_OTHERS };

struct changes {
    struct store *store;
    void (*on_message)(void *arg, struct message *message);
    void *arg;
    char *user;
    bool hosting;
    struct follow follow;
    struct arena arena;
    struct buf text;
};

/* Takes the content, of type RC:ContactNtf; `who` is the other one, `group` the one an
 * application is for. */
static void hand_up(struct changes *changes, const struct event_change *change,
                    struct str who, struct str group, struct json *content)
{
    char uid[UID_MAX];
    buf_reset(&changes->text);
    bool fits = json_write(content, &changes->text);
    json_free(content);
    if (!fits)
        return;
    if (group.len > 0)
        snprintf(uid, sizeof(uid), MESSAGE_MADE_HERE "apply/%.*s/%lld/%.*s", STR_ARG(who),
                 (long long)change->time, STR_ARG(group));
    else
        snprintf(uid, sizeof(uid), MESSAGE_MADE_HERE "friend/%.*s/%lld/%d", STR_ARG(who),
                 (long long)change->time, (int)change->sub_change_type);
    struct message message = {
        .type = CONVERSATION_PRIVATE,
        .target = who,
        .sender = who,
        .object_name = STR("RC:ContactNtf"),
        .content = buf_str(&changes->text),
        .uid = str_from(uid),
        .sent_ms = change->time,
    };
    changes->on_message(changes->arg, &message);
}

static void tell_contact(struct changes *changes, const struct event_change *change,
                         const char *operation, struct str who, struct str text)
{
    if (who.len == 0 || who.len > ID_MAX)
        return;
    struct json *content = json_object();
    json_add_str(content, "operation", str_from(operation));
    json_add_str(content, "sourceUserId", who);
    json_add_str(content, "targetUserId", str_from(changes->user));
    json_add_str(content, "message", text);
    hand_up(changes, change, who, STR_NONE, content);
}

/* Of requests: those of others, and the refusals of ours. */
static void take_apply(struct changes *changes, const struct event_change *change,
                       int64_t type, const char *operation)
{
    struct friend_apply_event event;
    if (pb_decode(&friend_apply_event_type, &event, change->event_data, &changes->arena,
                  NULL) &&
        event.apply_type == type)
        tell_contact(changes, change, operation, change->business_id, event.info);
}

/* The data names whom it is over with. */
static void take_removed(struct changes *changes, const struct event_change *change)
{
    struct friends_input event;
    if (!pb_decode(&friends_input_type, &event, change->event_data, &changes->arena,
                   NULL))
        return;
    for (size_t i = 0; i < event.target_id.count; i++) {
        bool us = str_eq(event.target_id.at[i], str_from(changes->user));
        tell_contact(changes, change, "Delete",
                     us ? change->business_id : event.target_id.at[i], STR_NONE);
    }
}

static void take_friend(struct changes *changes, const struct event_change *change)
{
    switch (change->sub_change_type) {
    case FRIEND_REQUESTED:
        take_apply(changes, change, APPLY_BY_OTHERS, "Request");
        break;
    case FRIEND_REFUSED:
        take_apply(changes, change, APPLY_SENT, "RejectResponse");
        break;
    case FRIEND_ADDED:
        tell_contact(changes, change, "AcceptResponse", change->business_id, STR_NONE);
        break;
    case FRIEND_DELETED:
        take_removed(changes, change);
        break;
    }
}

/* "Apply": somebody wants into a group, and we may let them; "Invite": we are wanted in
 * one; "Refuse": somebody stays out. NULL: of no interest. */
static const char *application_operation(const struct channels_invite_status_info *info)
{
    if (info->status == APPLY_MANAGER_WAITS && info->direction_type == APPLY_RECEIVED)
        return "Apply";
    if (info->status == APPLY_INVITEE_WAITS && info->direction_type == APPLY_INVITED)
        return "Invite";
    return info->status == APPLY_MANAGER_REFUSED || info->status == APPLY_INVITEE_REFUSED
               ? "Refuse"
               : NULL;
}

static void tell_application(struct changes *changes, const struct event_change *change,
                             const struct channels_invite_status_info *info)
{
    const char *operation = application_operation(info);
    const struct channels_user_info *user = info->join_user_info;
    if (operation && strcmp(operation, "Invite") == 0)
        user = info->inviter_info;
    if (!operation || !user || user->user_id.len == 0 || user->user_id.len > ID_MAX ||
        info->target_id.len == 0 || info->target_id.len > ID_MAX)
        return;
    struct json *content = json_object();
    json_add_str(content, "operation", str_from(operation));
    json_add_str(content, "sourceUserId", user->user_id);
    json_add_str(content, "message", info->detail);
    json_add_str(content, "groupId", info->target_id);
    if (info->inviter_info)
        json_add_str(content, "inviterId", info->inviter_info->user_id);
    json_add_str(content, "operatorId", change->operator_id);
    hand_up(changes, change, user->user_id, info->target_id, content);
}

static void take_application(struct changes *changes, const struct event_change *change)
{
    struct channel_apply_info data;
    if (!pb_decode(&channel_apply_info_type, &data, change->event_data, &changes->arena,
                   NULL))
        return;
    for (size_t i = 0; i < data.status_info.count; i++)
        tell_application(changes, change, &data.status_info.at[i]);
}

static struct str setting_of(const struct channels_joined_info *info, const char *key)
{
    for (size_t i = 0; info && i < info->setting_profile.count; i++)
        if (str_eq(info->setting_profile.at[i].key, str_from(key)))
            return info->setting_profile.at[i].value;
    return STR_NONE;
}

/* Its UID names the first one it is about: at one time much can happen. */
static void hand_up_notice(struct changes *changes, const struct event_change *change,
                           const struct content_notice *notice)
{
    char uid[UID_MAX];
    struct str user = notice->target_count > 0 ? notice->targets[0] : STR_NONE;
    buf_reset(&changes->text);
    if (!content_group_notice(&changes->text, notice, NULL))
        return;
    snprintf(uid, sizeof(uid), MESSAGE_MADE_HERE "group/%.*s/%lld/%.*s/%.*s",
             STR_ARG(change->business_id), (long long)change->time,
             STR_ARG(notice->operation), STR_ARG(user));
    struct message message = {
        .type = CONVERSATION_GROUP,
        .target = change->business_id,
        .sender = change->operator_id,
        .object_name = STR("RC:GrpNtf"),
        .content = buf_str(&changes->text),
        .uid = str_from(uid),
        .sent_ms = change->time,
    };
    changes->on_message(changes->arg, &message);
}

static void tell_notice(struct changes *changes, const struct event_change *change,
                        const struct channel_event_data *data, int64_t number)
{
    const char *operation = operation_word(number);
    size_t count = data->user_infos.count;
    struct str *ids = arena_alloc(&changes->arena, (count + 1) * sizeof(*ids));
    struct str *names = arena_alloc(&changes->arena, (count + 1) * sizeof(*names));
    if (!operation || !ids || !names)
        return;
    for (size_t i = 0; i < count; i++) {
        ids[i] = data->user_infos.at[i].user_id;
        names[i] = data->user_infos.at[i].name;
    }
    struct content_notice notice = {
        .operator_id = change->operator_id,
        .operator_name = data->opt_user_info ? data->opt_user_info->name : STR_NONE,
        .operation = str_from(operation),
        .message = number == OPERATION_BULLETIN
                       ? setting_of(data->channel_info, "announcement")
                       : STR_NONE,
        .group_name = setting_of(data->channel_info, "name"),
        .timestamp = change->time,
        .targets = ids,
        .names = names,
        .target_count = count,
    };
    hand_up_notice(changes, change, &notice);
}

static void tell_card(struct changes *changes, const struct event_change *change,
                      const struct channels_user_info *user)
{
    if (user->user_id.len == 0 || user->user_id.len > ID_MAX)
        return;
    struct content_notice notice = {
        .operator_id = change->operator_id,
        .operation = STR("SetMember"),
        .nickname = user->ext ? user->ext->channel_nick_name : STR_NONE,
        .extra = user->ext ? user->ext->additional : STR_NONE,
        .timestamp = change->time,
        .targets = &user->user_id,
        .names = &user->name,
        .target_count = 1,
    };
    hand_up_notice(changes, change, &notice);
}

/* Of a group's settings only those are named that were changed. */
static void take_profile(struct changes *changes, const struct event_change *change,
                         const struct channel_event_data *data)
{
    if (change->sub_change_type == PROFILE_OF_MEMBER) {
        for (size_t i = 0; i < data->user_infos.count; i++)
            tell_card(changes, change, &data->user_infos.at[i]);
    } else if (change->sub_change_type == PROFILE_OF_GROUP) {
        if (setting_of(data->channel_info, "name").len > 0)
            tell_notice(changes, change, data, OPERATION_RENAMED);
        if (setting_of(data->channel_info, "announcement").at)
            tell_notice(changes, change, data, OPERATION_BULLETIN);
    }
}

static void take_group(struct changes *changes, const struct event_change *change)
{
    struct channel_event_data data;
    if (change->business_id.len == 0 || change->business_id.len > ID_MAX ||
        change->operator_id.len > ID_MAX ||
        !pb_decode(&channel_event_data_type, &data, change->event_data, &changes->arena,
                   NULL))
        return;
    if (change->change_type == EVENT_GROUP_PROFILE)
        take_profile(changes, change, &data);
    else if (change->sub_change_type >= GROUP_CREATED &&
             change->sub_change_type <= GROUP_OWNER_CHANGED)
        tell_notice(changes, change, &data, change->sub_change_type + 1);
}

static bool write_question(void *arg, struct buf *body)
{
    struct changes *changes = arg;
    struct query_msg_change question = { 0 };
    pb_put(question, query_msg_change, sync_time, meta_get_int(changes->store, CURSOR));
    return pb_encode(&query_msg_change_type, &question, body, NULL);
}

static bool take(void *arg, struct str payload, const struct err *why)
{
    struct changes *changes = arg;
    struct event_change_list list;
    struct err err = { 0 };
    arena_reset(&changes->arena);
    if (!why &&
        !pb_decode(&event_change_list_type, &list, payload, &changes->arena, &err))
        why = &err;
    if (why) {
        /* Nothing is lost: the next notice or connection asks from the same cursor. */
        log_warn(LOG_IM, "user=%s pullEventChange: %s", changes->user, why->text);
        return false;
    }
    /* Not taken in, not moved: asked again when the disk works. */
    if (store_failed(changes->store))
        return false;
    for (size_t i = 0; i < list.list.count; i++) {
        const struct event_change *change = &list.list.at[i];
        if (change->change_type == EVENT_FRIEND)
            take_friend(changes, change);
        else if (change->change_type == EVENT_GROUP ||
                 change->change_type == EVENT_GROUP_PROFILE)
            take_group(changes, change);
        else if (change->change_type == EVENT_APPLICATION)
            take_application(changes, change);
    }
    if (list.sync_time > meta_get_int(changes->store, CURSOR))
        meta_set_int(changes->store, CURSOR, list.sync_time);
    /* A list that says there is more but names nothing does not keep us busy. */
    return list.has_next && list.list.count > 0;
}

void changes_ask(struct changes *changes)
{
    if (changes->hosting)
        follow_ask(&changes->follow);
}

void changes_up(struct changes *changes, struct str user, bool hosting)
{
    free(changes->user);
    changes->user = str_dup(user);
    changes->hosting = hosting;
    changes_ask(changes);
}

struct changes *changes_new(struct store *store, struct requests *requests,
                            void (*on_message)(void *arg, struct message *message),
                            void *arg)
{
    static const struct follow_way way = { "pullEventChange", write_question, take };
    struct changes *changes = MEM_NEW(struct changes);
    changes->store = store;
    changes->follow =
        (struct follow){ .requests = requests, .way = &way, .arg = changes };
    changes->on_message = on_message;
    changes->arg = arg;
    arena_init(&changes->arena, ARENA_MAX);
    buf_init(&changes->text, CONTENT_MAX);
    return changes;
}

void changes_free(struct changes *changes)
{
    if (!changes)
        return;
    follow_stop(&changes->follow);
    arena_clear(&changes->arena);
    buf_clear(&changes->text);
    free(changes->user);
    free(changes);
}
