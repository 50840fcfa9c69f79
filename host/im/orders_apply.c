/* The steps about who wants into a hosted group, or is wanted in it (wire.md F.8): over
 * the socket only. */
#include "im/orders_inside.h"
#include "proto/messages.h"

#define CHANNEL_GROUP 3

enum { AS_INVITEE, AS_MANAGER }; /* opt_type */
enum { REFUSES, ACCEPTS };       /* opt_result */

static bool fill_consent(struct order_run *run, struct buf *body)
{
    enum order_verb verb = run->order.verb;
    bool as_manager = verb == ORDER_ADMIT || verb == ORDER_REFUSE;
    bool accepts = verb == ORDER_ADMIT || verb == ORDER_ACCEPT_INVITE;
    struct channels_member_response_input ask = { 0 };
    pb_put(ask, channels_member_response_input, target_id, run->order.group);
    pb_put(ask, channels_member_response_input, type, CHANNEL_GROUP);
    pb_put(ask, channels_member_response_input, opt_type,
           as_manager ? AS_MANAGER : AS_INVITEE);
    pb_put(ask, channels_member_response_input, opt_result, accepts ? ACCEPTS : REFUSES);
    if (as_manager)
        pb_put(ask, channels_member_response_input, join_user_id, run->order.user);
    pb_put(ask, channels_member_response_input, inviter_id,
           as_manager ? run->order.key : run->order.user);
    if (run->order.text.len > 0)
        pb_put(ask, channels_member_response_input, detail, run->order.text);
    return pb_encode(&channels_member_response_input_type, &ask, body, NULL);
}

static void add_request(struct json *list, const struct channels_invite_status_info *info)
{
    bool invited =
        info->direction_type == APPLY_INVITED && info->status == APPLY_INVITEE_WAITS;
    bool received =
        info->direction_type == APPLY_RECEIVED && info->status == APPLY_MANAGER_WAITS;
    const struct channels_user_info *user =
        invited ? info->inviter_info : info->join_user_info;
    if ((!invited && !received) || !user || user->user_id.len == 0)
        return;
    struct json *one = json_add(list, NULL, json_object());
    json_add_str(one, "group", info->target_id);
    json_add_str(one, "user", user->user_id);
    if (info->inviter_info)
        json_add_str(one, "inviter", info->inviter_info->user_id);
    json_add_int(one, "time", info->apply_time);
}

static bool take_requests(struct order_run *run, struct str payload, struct lists *lists,
                          struct err *err)
{
    struct str result;
    struct channels_invite_status_infos infos;
    if (!run->result)
        run->result = json_array();
    if (!orders_take_list(run, payload, lists, &result, err) ||
        !pb_decode(&channels_invite_status_infos_type, &infos, result, &lists->arena,
                   err))
        return false;
    for (size_t i = 0; i < infos.list.count; i++)
        add_request(run->result, &infos.list.at[i]);
    return true;
}

const struct order_step orders_requests = { .topic = "qChannelApplyList",
                                            .to = ORDER_TO_ME,
                                            .fill = orders_fill_list,
                                            .take_wire = take_requests },
                        orders_consent = { .topic = "channelApplyResp",
                                           .fill = fill_consent,
                                           .take_wire = orders_take_change };
