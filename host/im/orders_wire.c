/* The steps that are queries over the socket: the group and friend services (wire.md F.8,
 * F.9) and the older SDK's black list. */
#include "im/orders_inside.h"
#include "proto/messages.h"

#include <stdio.h>

#define PAGE_SIZE 100
#define LIST_MAX 10000
#define CHANNEL_GROUP 3
#define ADD_MANAGER 1
#define REMOVE_MANAGER 2
#define ACCEPT 1
#define REFUSE 2
#define BOTH 2 /* friends of each other */
#define FRIENDS 11
/* process_code: not a failure of the protocol, but not what was asked for either. */
#define NEEDS_MANAGER 25424
#define NEEDS_INVITEE 25427

/* ---- what is asked ---- */

static bool encode(const struct pb_type *type, const void *message, struct buf *body)
{
    return pb_encode(type, message, body, NULL);
}

static bool fill_info(struct order_run *run, struct buf *body)
{
    struct channels_input one = { 0 };
    struct multi_channels ask = { 0 };
    pb_put(one, channels_input, target_id, run->order.group);
    pb_put(ask, multi_channels, type, CHANNEL_GROUP);
    pb_put_list(ask, multi_channels, list, &one, 1);
    return encode(&multi_channels_type, &ask, body);
}

bool orders_fill_list(struct order_run *run, struct buf *body)
{
    struct channels_page_param page = { 0 };
    struct channels_query_input ask = { 0 };
    pb_put(page, channels_page_param, size, PAGE_SIZE);
    pb_put(page, channels_page_param, page_token, str_from(run->page));
    pb_put(page, channels_page_param, order, 0);
    if (run->order.group.len > 0)
        pb_put(ask, channels_query_input, target_id, run->order.group);
    pb_put(ask, channels_query_input, type, CHANNEL_GROUP);
    pb_put(ask, channels_query_input, page, &page);
    pb_put(ask, channels_query_input, role_type, 0);
    pb_put(ask, channels_query_input, bot_type, 0);
    return encode(&channels_query_input_type, &ask, body);
}

static bool fill_invite(struct order_run *run, struct buf *body)
{
    struct channels_members_input ask = { 0 };
    pb_put(ask, channels_members_input, target_id, run->order.group);
    pb_put(ask, channels_members_input, type, CHANNEL_GROUP);
    pb_put_list(ask, channels_members_input, user_ids, &run->order.user, 1);
    return encode(&channels_members_input_type, &ask, body);
}

/* Kick and quit also drop the leaver's mutes and exemptions, as the official SDK does. */
static bool fill_leaving(struct order_run *run, struct buf *body)
{
    struct quit_channels_setting setting = { 0 };
    struct modify_channels_input ask = { 0 };
    if (run->order.verb == ORDER_KICK)
        pb_put(setting, quit_channels_setting, is_quit, true);
    pb_put(setting, quit_channels_setting, is_del_ban, true);
    pb_put(setting, quit_channels_setting, is_del_white, true);
    pb_put(setting, quit_channels_setting, is_del_attention, true);
    pb_put(ask, modify_channels_input, target_id, run->order.group);
    pb_put(ask, modify_channels_input, type, CHANNEL_GROUP);
    pb_put(ask, modify_channels_input, setting_info, &setting);
    if (run->order.verb == ORDER_KICK)
        pb_put_list(ask, modify_channels_input, users, &run->order.user, 1);
    return encode(&modify_channels_input_type, &ask, body);
}

static bool fill_create(struct order_run *run, struct buf *body)
{
    struct profile_info name = { 0 };
    struct channels_input ask = { 0 };
    pb_put(name, profile_info, key, STR("name"));
    pb_put(name, profile_info, value, run->order.text);
    pb_put(ask, channels_input, target_id, run->order.group);
    pb_put(ask, channels_input, type, CHANNEL_GROUP);
    pb_put_list(ask, channels_input, setting_profile, &name, 1);
    if (run->order.user.len > 0)
        pb_put_list(ask, channels_input, users, &run->order.user, 1);
    return encode(&channels_input_type, &ask, body);
}

static bool fill_join(struct order_run *run, struct buf *body)
{
    struct channels_members_input ask = { 0 };
    pb_put(ask, channels_members_input, target_id, run->order.group);
    pb_put(ask, channels_members_input, type, CHANNEL_GROUP);
    return encode(&channels_members_input_type, &ask, body);
}

/* Dismiss, and what is done to a member. */
static bool fill_change(struct order_run *run, struct buf *body)
{
    enum order_verb verb = run->order.verb;
    struct modify_channels_input ask = { 0 };
    pb_put(ask, modify_channels_input, target_id, run->order.group);
    pb_put(ask, modify_channels_input, type, CHANNEL_GROUP);
    if (verb != ORDER_DISMISS)
        pb_put_list(ask, modify_channels_input, users, &run->order.user, 1);
    if (verb == ORDER_PROMOTE || verb == ORDER_DEMOTE)
        pb_put(ask, modify_channels_input, operate_type,
               verb == ORDER_PROMOTE ? ADD_MANAGER : REMOVE_MANAGER);
    return encode(&modify_channels_input_type, &ask, body);
}

static bool fill_setting(struct order_run *run, struct buf *body)
{
    struct profile_info setting = { 0 };
    struct channels_input ask = { 0 };
    bool renames = run->order.verb == ORDER_RENAME;
    pb_put(setting, profile_info, key, renames ? STR("name") : STR("announcement"));
    pb_put(setting, profile_info, value, run->order.text);
    pb_put(ask, channels_input, target_id, run->order.group);
    pb_put(ask, channels_input, type, CHANNEL_GROUP);
    pb_put_list(ask, channels_input, setting_profile, &setting, 1);
    return encode(&channels_input_type, &ask, body);
}

static bool fill_user(struct order_run *run, struct buf *body)
{
    struct pull_user_profile_req ask = { 0 };
    pb_put_list(ask, pull_user_profile_req, user_id, &run->order.user, 1);
    return encode(&pull_user_profile_req_type, &ask, body);
}

static bool fill_friends(struct order_run *run, struct buf *body)
{
    struct channels_page_param page = { 0 };
    struct friend_query_input ask = { 0 };
    pb_put(page, channels_page_param, size, PAGE_SIZE);
    pb_put(page, channels_page_param, page_token, str_from(run->page));
    pb_put(page, channels_page_param, order, 0);
    pb_put(ask, friend_query_input, query_type, FRIENDS);
    pb_put(ask, friend_query_input, page, &page);
    pb_put(ask, friend_query_input, friend_type, BOTH);
    return encode(&friend_query_input_type, &ask, body);
}

static bool fill_answer(struct order_run *run, struct buf *body)
{
    struct friend_input ask = { 0 };
    pb_put(ask, friend_input, target_id, run->order.user);
    pb_put(ask, friend_input, type, run->order.verb == ORDER_ACCEPT ? ACCEPT : REFUSE);
    return encode(&friend_input_type, &ask, body);
}

static bool fill_black(struct order_run *run, struct buf *body)
{
    struct add2_black_list_input ask = { 0 };
    pb_put(ask, add2_black_list_input, user_id, run->order.user);
    return encode(&add2_black_list_input_type, &ask, body);
}

static bool fill_clean(struct order_run *run, struct buf *body)
{
    bool group = run->order.group.len > 0;
    struct clean_his_msg_input ask = { 0 };
    pb_put(ask, clean_his_msg_input, target_id,
           group ? run->order.group : run->order.user);
    pb_put(ask, clean_his_msg_input, sent_time_ms, run->order.number);
    pb_put(ask, clean_his_msg_input, bus_channel, STR(""));
    return encode(&clean_his_msg_input_type, &ask, body);
}

/* ---- what is answered ---- */

static void add_some(struct json *to, const char *name, struct str value)
{
    if (value.len > 0)
        json_add_str(to, name, value);
}

bool orders_take_change(struct order_run *run, struct str payload, struct lists *lists,
                        struct err *err)
{
    struct channels_output out;
    (void)run;
    if (!pb_decode(&channels_output_type, &out, payload, &lists->arena, err))
        return false;
    if (out.process_code == NEEDS_MANAGER)
        return err_refused(err, NEEDS_MANAGER, "a manager of the group has to consent");
    if (out.process_code == NEEDS_INVITEE)
        return err_refused(err, NEEDS_INVITEE, "who was invited has to consent");
    return true;
}

static void add_settings(struct json *to, const struct channels_joined_info *info)
{
    static const char *const keys[][2] = { { "name", "name" },
                                           { "portraitUrl", "portrait" },
                                           { "introduction", "introduction" },
                                           { "announcement", "announcement" } };
    for (size_t i = 0; i < info->setting_profile.count; i++) {
        const struct profile_info *setting = &info->setting_profile.at[i];
        for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
            if (str_eq(setting->key, str_from(keys[k][0])))
                add_some(to, keys[k][1], setting->value);
        }
    }
}

static struct json *describe_group(const struct channels_joined_info *info)
{
    struct json *one = json_object();
    json_add_str(one, "id", info->target_id);
    add_settings(one, info);
    if (info->base_info) {
        json_add_int(one, "count", info->base_info->member_count);
        add_some(one, "owner", info->base_info->owner_id);
        json_add_int(one, "created", info->base_info->create_time);
    }
    return one;
}

bool orders_take_list(struct order_run *run, struct str payload, struct lists *lists,
                      struct str *result, struct err *err)
{
    struct channels_list_result out;
    if (!pb_decode(&channels_list_result_type, &out, payload, &lists->arena, err))
        return false;
    *result = out.result;
    const struct channels_page_param *page = out.page;
    run->again = page && page->has_next && page->page_token.len > 0 &&
                 page->page_token.len < sizeof(run->page) &&
                 !str_eq(page->page_token, str_from(run->page)) &&
                 json_size(run->result) < LIST_MAX;
    if (run->again)
        snprintf(run->page, sizeof(run->page), "%.*s", STR_ARG(page->page_token));
    return true;
}

static bool take_info(struct order_run *run, struct str payload, struct lists *lists,
                      struct err *err)
{
    struct str result;
    struct channels_joined_infos infos;
    if (!orders_take_list(run, payload, lists, &result, err) ||
        !pb_decode(&channels_joined_infos_type, &infos, result, &lists->arena, err))
        return false;
    run->again = false;
    if (infos.list.count == 0)
        return err_set(err, ERR_NOT_FOUND, "RongCloud hosts no group of this id");
    run->result = describe_group(&infos.list.at[0]);
    return true;
}

static bool take_groups(struct order_run *run, struct str payload, struct lists *lists,
                        struct err *err)
{
    struct str result;
    struct channels_joined_infos infos;
    if (!run->result)
        run->result = json_array();
    if (!orders_take_list(run, payload, lists, &result, err) ||
        !pb_decode(&channels_joined_infos_type, &infos, result, &lists->arena, err))
        return false;
    for (size_t i = 0; i < infos.list.count; i++)
        json_add(run->result, NULL, describe_group(&infos.list.at[i]));
    return true;
}

static bool take_members(struct order_run *run, struct str payload, struct lists *lists,
                         struct err *err)
{
    struct str result;
    struct channels_user_infos infos;
    if (!run->result)
        run->result = json_array();
    if (!orders_take_list(run, payload, lists, &result, err) ||
        !pb_decode(&channels_user_infos_type, &infos, result, &lists->arena, err))
        return false;
    for (size_t i = 0; i < infos.list.count; i++) {
        const struct channels_user_info *info = &infos.list.at[i];
        struct json *one = json_add(run->result, NULL, json_object());
        json_add_str(one, "id", info->user_id);
        add_some(one, "name", info->name);
        add_some(one, "role", orders_role(info->ext ? info->ext->role : 0));
    }
    return true;
}

static bool take_user(struct order_run *run, struct str payload, struct lists *lists,
                      struct err *err)
{
    struct user_profiles out;
    if (!pb_decode(&user_profiles_type, &out, payload, &lists->arena, err))
        return false;
    if (out.profiles.count == 0)
        return err_set(err, ERR_NOT_FOUND, "there is no such user");
    const struct user_profile *profile = &out.profiles.at[0];
    run->result = json_object();
    json_add_str(run->result, "id", run->order.user);
    for (size_t i = 0; i < profile->user_profile.count; i++) {
        const struct profile_info *one = &profile->user_profile.at[i];
        if (str_eq(one->key, STR("name")))
            add_some(run->result, "name", one->value);
        else if (str_eq(one->key, STR("portraitUri")))
            add_some(run->result, "portrait", one->value);
    }
    return true;
}

static bool take_friends(struct order_run *run, struct str payload, struct lists *lists,
                         struct err *err)
{
    struct str result;
    struct friend_user_infos infos;
    if (!run->result)
        run->result = json_array();
    if (!orders_take_list(run, payload, lists, &result, err) ||
        !pb_decode(&friend_user_infos_type, &infos, result, &lists->arena, err))
        return false;
    for (size_t i = 0; i < infos.list.count; i++) {
        struct json *one = json_add(run->result, NULL, json_object());
        json_add_str(one, "id", infos.list.at[i].user_id);
        add_some(one, "name", infos.list.at[i].name);
        add_some(one, "remark", infos.list.at[i].remark_name);
    }
    return true;
}

/* ---- the chains ---- */

/* clang-format off */
static const struct order_step
    info = { .topic = "qChannelInfo", .fill = fill_info, .take_wire = take_info },
    members = { .topic = "qChannelMem", .fill = orders_fill_list, .take_wire = take_members },
    groups = { .topic = "qChannelMemJoin", .to = ORDER_TO_ME, .fill = orders_fill_list,
               .take_wire = take_groups },
    invite = { .topic = "channelMemInvite", .fill = fill_invite, .take_wire = orders_take_change },
    kick = { .topic = "channelMemKick", .fill = fill_leaving, .take_wire = orders_take_change },
    leave = { .topic = "channelMemQuit", .fill = fill_leaving, .take_wire = orders_take_change },
    create = { .topic = "channelCreate", .fill = fill_create, .take_wire = orders_take_change },
    join = { .topic = "channelMemJoin", .fill = fill_join, .take_wire = orders_take_change },
    dismiss = { .topic = "channelDismiss", .fill = fill_change, .take_wire = orders_take_change },
    transfer = { .topic = "channelTransfer", .fill = fill_change,
                 .take_wire = orders_take_change },
    managers = { .topic = "upChannelManager", .fill = fill_change,
                 .take_wire = orders_take_change },
    setting = { .topic = "upChannelInfo", .fill = fill_setting, .take_wire = orders_take_change },
    user = { .topic = "pullUserProfile", .to = ORDER_TO_ME, .fill = fill_user,
             .take_wire = take_user },
    friends = { .topic = "friendsQuery", .to = ORDER_TO_ME, .fill = fill_friends,
                .take_wire = take_friends },
    answer = { .topic = "friendHandle", .to = ORDER_TO_ME, .fill = fill_answer },
    block = { .topic = "addBlack", .to = ORDER_TO_USER, .fill = fill_black },
    unblock = { .topic = "rmBlack", .to = ORDER_TO_USER, .fill = fill_black },
    clean_private = { .topic = "cleanPMsg", .to = ORDER_TO_ME, .fill = fill_clean },
    clean_group = { .topic = "cleanGMsg", .to = ORDER_TO_ME, .fill = fill_clean };
/* clang-format on */

static const struct order_step *const chains[ORDER_COUNT] = {
    [ORDER_GROUP_INFO] = &info,
    [ORDER_MEMBERS] = &members,
    [ORDER_GROUPS] = &groups,
    [ORDER_INVITE] = &invite,
    [ORDER_KICK] = &kick,
    [ORDER_LEAVE] = &leave,
    [ORDER_RENAME] = &setting,
    [ORDER_ANNOUNCE] = &setting,
    [ORDER_USER_INFO] = &user,
    [ORDER_FRIENDS] = &friends,
    [ORDER_ACCEPT] = &answer,
    [ORDER_DECLINE] = &answer,
    [ORDER_CREATE] = &create,
    [ORDER_JOIN] = &join,
    [ORDER_DISMISS] = &dismiss,
    [ORDER_TRANSFER] = &transfer,
    [ORDER_PROMOTE] = &managers,
    [ORDER_DEMOTE] = &managers,
    [ORDER_MEMBER] = &orders_member_wire,
    [ORDER_SET_MEMBER] = &orders_card_wire,
    [ORDER_REQUESTS] = &orders_requests,
    [ORDER_ADMIT] = &orders_consent,
    [ORDER_REFUSE] = &orders_consent,
    [ORDER_ACCEPT_INVITE] = &orders_consent,
    [ORDER_REFUSE_INVITE] = &orders_consent,
};

const struct order_step *orders_wire_steps(const struct order *order, bool hosting)
{
    const struct order_step *chat = orders_chat_steps(order->verb);
    if (chat)
        return chat;
    const struct order_step *room = orders_room_steps(order, false);
    if (room)
        return room;
    if (order->verb == ORDER_BLOCK)
        return &block;
    if (order->verb == ORDER_UNBLOCK)
        return &unblock;
    if (order->verb == ORDER_CLEAR_HISTORY)
        return order->group.len > 0 ? &clean_group : &clean_private;
    const struct order_step *about = orders_user_steps(order, false, hosting);
    return about || !hosting ? about : chains[order->verb];
}
