/* changes: see the header. */
#include "im/changes.h"

#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "im/follow.h"
#include "proto/content.h"
#include "proto/messages.h"
#include "store/meta.h"

#include <stdio.h>
#include <string.h>

#define ARENA_MAX ((size_t)8 << 20)
#define CURSOR STR("changes")
#define CHANGE_GROUP 11
#define CHANGE_PROFILE 12
#define CHANGE_APPLICATION 13
#define CHANGE_FRIEND 31
#define APPLY_SENT 1
#define APPLY_RECEIVED 2

/* Of an application: its status, and what it is to us (wire.md F.8). */
enum { MANAGER_WAITS, MANAGER_REFUSED, INVITEE_WAITS, INVITEE_REFUSED };
enum { WAS_INVITED = 2, RECEIVED = 3 };

/* sub_change_type of CHANGE_PROFILE. */
enum { PROFILE_OF_GROUP, PROFILE_OF_MEMBER };

/* sub_change_type of CHANGE_FRIEND. */
enum { FRIEND_REQUESTED, FRIEND_REFUSED, FRIEND_ADDED, FRIEND_DELETED };

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

/* Takes the content, of type RC:ContactNtf; `who` is the other one. */
static void hand_up(struct changes *changes, const struct event_change *change,
                    struct str who, struct json *content)
{
    char uid[192];
    buf_reset(&changes->text);
    bool fits = json_write(content, &changes->text);
    json_free(content);
    if (!fits)
        return;
    snprintf(uid, sizeof(uid), MESSAGE_MADE_HERE "%s/%.*s/%lld/%d",
             change->change_type == CHANGE_FRIEND ? "friend" : "apply", STR_ARG(who),
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
    if (who.len == 0 || who.len > 64)
        return;
    struct json *content = json_object();
    json_add_str(content, "operation", str_from(operation));
    json_add_str(content, "sourceUserId", who);
    json_add_str(content, "targetUserId", str_from(changes->user));
    json_add_str(content, "message", text);
    hand_up(changes, change, who, content);
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
        take_apply(changes, change, APPLY_RECEIVED, "Request");
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
    if (info->status == MANAGER_WAITS && info->direction_type == RECEIVED)
        return "Apply";
    if (info->status == INVITEE_WAITS && info->direction_type == WAS_INVITED)
        return "Invite";
    return info->status == MANAGER_REFUSED || info->status == INVITEE_REFUSED ? "Refuse"
                                                                              : NULL;
}

static void tell_application(struct changes *changes, const struct event_change *change,
                             const struct channels_invite_status_info *info)
{
    const char *operation = application_operation(info);
    const struct channels_user_info *user = info->join_user_info;
    if (operation && strcmp(operation, "Invite") == 0)
        user = info->inviter_info;
    if (!operation || !user || user->user_id.len == 0 || user->user_id.len > 64 ||
        info->target_id.len == 0 || info->target_id.len > 64)
        return;
    struct json *content = json_object();
    json_add_str(content, "operation", str_from(operation));
    json_add_str(content, "sourceUserId", user->user_id);
    json_add_str(content, "message", info->detail);
    json_add_str(content, "groupId", info->target_id);
    if (info->inviter_info)
        json_add_str(content, "inviterId", info->inviter_info->user_id);
    json_add_str(content, "operatorId", change->operator_id);
    hand_up(changes, change, user->user_id, content);
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

/* By sub_change_type; what App Servers call it (wire.md G.1). */
static const char *const operations[] = { "Create",        "Add",     "Kicked",
                                          "Quit",          "Dismiss", "SetManager",
                                          "RemoveManager", "Transfer" };

static struct str setting_of(const struct channels_joined_info *info, const char *key)
{
    for (size_t i = 0; info && i < info->setting_profile.count; i++)
        if (str_eq(info->setting_profile.at[i].key, str_from(key)))
            return info->setting_profile.at[i].value;
    return STR_NONE;
}

/* Takes the notice that changes->text holds; `name` tells it from others of that time. */
static void hand_up_notice(struct changes *changes, const struct event_change *change,
                           const char *name)
{
    char uid[192];
    snprintf(uid, sizeof(uid), MESSAGE_MADE_HERE "group/%.*s/%lld/%s",
             STR_ARG(change->business_id), (long long)change->time, name);
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
                        const struct channel_event_data *data, const char *operation)
{
    size_t count = data->user_infos.count;
    struct str *ids = arena_alloc(&changes->arena, (count + 1) * sizeof(*ids));
    struct str *names = arena_alloc(&changes->arena, (count + 1) * sizeof(*names));
    if (!ids || !names)
        return;
    for (size_t i = 0; i < count; i++) {
        ids[i] = data->user_infos.at[i].user_id;
        names[i] = data->user_infos.at[i].name;
    }
    struct content_notice notice = {
        .operator_id = change->operator_id,
        .operator_name = data->opt_user_info ? data->opt_user_info->name : STR_NONE,
        .operation = str_from(operation),
        .message = strcmp(operation, "Bulletin") == 0
                       ? setting_of(data->channel_info, "announcement")
                       : STR_NONE,
        .group_name = setting_of(data->channel_info, "name"),
        .timestamp = change->time,
        .targets = ids,
        .names = names,
        .target_count = count,
    };
    buf_reset(&changes->text);
    if (content_group_notice(&changes->text, &notice, NULL))
        hand_up_notice(changes, change, operation);
}

static void tell_card(struct changes *changes, const struct event_change *change,
                      const struct channels_user_info *user)
{
    struct json *content = json_object();
    json_add_str(content, "operatorUserId", change->operator_id);
    json_add_str(content, "operation", STR("SetMember"));
    struct json *data = json_add(content, "data", json_object());
    json_add_str(json_add(data, "targetUserIds", json_array()), NULL, user->user_id);
    if (user->ext) {
        json_add_str(data, "nickname", user->ext->channel_nick_name);
        json_add_str(data, "extra", user->ext->additional);
    }
    buf_reset(&changes->text);
    if (json_write(content, &changes->text))
        hand_up_notice(changes, change, "SetMember");
    json_free(content);
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
            tell_notice(changes, change, data, "Rename");
        if (setting_of(data->channel_info, "announcement").at)
            tell_notice(changes, change, data, "Bulletin");
    }
}

static void take_group(struct changes *changes, const struct event_change *change)
{
    struct channel_event_data data;
    size_t kind = (size_t)change->sub_change_type;
    if (change->business_id.len == 0 || change->business_id.len > 64 ||
        change->operator_id.len > 64 ||
        !pb_decode(&channel_event_data_type, &data, change->event_data, &changes->arena,
                   NULL))
        return;
    if (change->change_type == CHANGE_PROFILE)
        take_profile(changes, change, &data);
    else if (kind < sizeof(operations) / sizeof(*operations))
        tell_notice(changes, change, &data, operations[kind]);
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
        if (change->change_type == CHANGE_FRIEND)
            take_friend(changes, change);
        else if (change->change_type == CHANGE_GROUP ||
                 change->change_type == CHANGE_PROFILE)
            take_group(changes, change);
        else if (change->change_type == CHANGE_APPLICATION)
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
