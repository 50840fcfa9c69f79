/* The steps about one member's card in a group that RongCloud hosts (wire.md F.8,
 * server-api.md 9.7). */
#include "im/form.h"
#include "im/orders_inside.h"

#define CHANNEL_GROUP 3

/* ---- over the socket ---- */

static bool fill_member(struct order_run *run, struct buf *body)
{
    struct channels_query_input ask = { 0 };
    pb_put(ask, channels_query_input, target_id, run->order.group);
    pb_put(ask, channels_query_input, type, CHANNEL_GROUP);
    pb_put_list(ask, channels_query_input, ids, &run->order.user, 1);
    return pb_encode(&channels_query_input_type, &ask, body, NULL);
}

static bool fill_card(struct order_run *run, struct buf *body)
{
    struct channels_member_update_input ask = { 0 };
    pb_put(ask, channels_member_update_input, target_id, run->order.group);
    pb_put(ask, channels_member_update_input, type, CHANNEL_GROUP);
    pb_put(ask, channels_member_update_input, user_id, run->order.user);
    if (run->order.text.len > 0)
        pb_put(ask, channels_member_update_input, channel_nick_name, run->order.text);
    if (run->order.key.len > 0)
        pb_put(ask, channels_member_update_input, additional, run->order.key);
    return pb_encode(&channels_member_update_input_type, &ask, body, NULL);
}

static void add_some(struct json *to, const char *name, struct str value)
{
    if (value.len > 0)
        json_add_str(to, name, value);
}

static bool take_member(struct order_run *run, struct str payload, struct lists *lists,
                        struct err *err)
{
    struct channels_list_result out;
    struct channels_user_infos infos;
    if (!pb_decode(&channels_list_result_type, &out, payload, &lists->arena, err) ||
        !pb_decode(&channels_user_infos_type, &infos, out.result, &lists->arena, err))
        return false;
    run->result = json_array();
    for (size_t i = 0; i < infos.list.count; i++) {
        const struct channels_user_info *info = &infos.list.at[i];
        struct json *one = json_add(run->result, NULL, json_object());
        json_add_str(one, "id", info->user_id);
        add_some(one, "name", info->name);
        if (!info->ext)
            continue;
        add_some(one, "nickname", info->ext->channel_nick_name);
        add_some(one, "extra", info->ext->additional);
        add_some(one, "role", orders_role(info->ext->role));
        json_add_int(one, "time", info->ext->join_time);
    }
    return true;
}

const struct order_step orders_member_wire = { .topic = "qChannelSpeMem",
                                               .fill = fill_member,
                                               .take_wire = take_member },
                        orders_card_wire = { .topic = "upChannelMem", .fill = fill_card };

/* ---- by the Server API ---- */

static bool fill_group(struct order_run *run, struct buf *body, const char *user)
{
    return form_add(body, "groupId", run->order.group) &&
           form_add(body, user, run->order.user);
}

static bool fill_api_member(struct order_run *run, struct buf *body)
{
    return fill_group(run, body, "userIds");
}

static bool fill_api_card(struct order_run *run, struct buf *body)
{
    return fill_group(run, body, "userId") &&
           (run->order.text.len == 0 || form_add(body, "nickname", run->order.text)) &&
           (run->order.key.len == 0 || form_add(body, "extra", run->order.key));
}

static void take_api_member(struct order_run *run, const struct json *answer)
{
    const struct json *members = json_get(answer, "members"), *member = NULL;
    run->result = json_array();
    while ((member = json_next(members, member))) {
        struct json *one = json_add(run->result, NULL, json_object());
        json_add_str(one, "id", json_str(json_get(member, "userId")));
        add_some(one, "nickname", json_str(json_get(member, "nickname")));
        add_some(one, "extra", json_str(json_get(member, "extra")));
        add_some(one, "role", orders_role(json_int(json_get(member, "role"), 0)));
        json_add_int(one, "time", json_int(json_get(member, "time"), 0));
    }
}

const struct order_step orders_member_api = { .path = "/entrust/group/member/specific/"
                                                      "query.json",
                                              .fill = fill_api_member,
                                              .take = take_api_member },
                        orders_card_api = { .path = "/entrust/group/member/set.json",
                                            .fill = fill_api_card };
