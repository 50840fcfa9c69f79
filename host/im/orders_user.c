/* The steps about friends, the own black list and who is online: by the Server API
 * (server-api.md 9.1, 9.7) and over the socket (wire.md F.9). */
#include "im/form.h"
#include "im/orders_inside.h"
#include "proto/messages.h"

#include <stdio.h>

#define PAGE_SIZE 1000
#define LIST_MAX 10000
#define BOTH 2          /* friends of each other */
#define ASK_THEM 1      /* as their settings say, who may be asked and who may not */
#define FRIEND_STATUS 3 /* who is online, of friends */

static bool encode(const struct pb_type *type, const void *message, struct buf *body)
{
    return pb_encode(type, message, body, NULL);
}

/* ---- friends ---- */

static bool fill_self(struct order_run *run, struct buf *body)
{
    return form_add(body, "userId", orders_user(run->orders));
}

static bool fill_friend(struct order_run *run, struct buf *body)
{
    return fill_self(run, body) && form_add(body, "targetId", run->order.user);
}

static bool fill_befriend(struct order_run *run, struct buf *body)
{
    return fill_friend(run, body) && form_add_int(body, "optType", ASK_THEM) &&
           (run->order.text.len == 0 || form_add(body, "extra", run->order.text));
}

static bool fill_unfriend(struct order_run *run, struct buf *body)
{
    return fill_self(run, body) && form_add(body, "targetIds", run->order.user);
}

static bool fill_remark(struct order_run *run, struct buf *body)
{
    return fill_friend(run, body) && form_add(body, "remarkName", run->order.text);
}

static bool ask_befriend(struct order_run *run, struct buf *body)
{
    struct friend_input ask = { 0 };
    pb_put(ask, friend_input, target_id, run->order.user);
    pb_put(ask, friend_input, type, BOTH);
    pb_put(ask, friend_input, info, run->order.text);
    return encode(&friend_input_type, &ask, body);
}

static bool ask_unfriend(struct order_run *run, struct buf *body)
{
    struct friends_input ask = { 0 };
    pb_put_list(ask, friends_input, target_id, &run->order.user, 1);
    pb_put(ask, friends_input, type, BOTH);
    return encode(&friends_input_type, &ask, body);
}

static bool ask_remark(struct order_run *run, struct buf *body)
{
    struct friend_profile_input ask = { 0 };
    pb_put(ask, friend_profile_input, target_id, run->order.user);
    pb_put(ask, friend_profile_input, remark_name, run->order.text);
    return encode(&friend_profile_input_type, &ask, body);
}

/* ---- the black list ---- */

static bool fill_blocked(struct order_run *run, struct buf *body)
{
    return fill_self(run, body) && form_add_int(body, "size", PAGE_SIZE) &&
           (!run->page[0] || form_add(body, "pageToken", str_from(run->page)));
}

static void add_blocked(struct order_run *run, struct str id)
{
    if (id.len > 0)
        json_add_str(json_add(run->result, NULL, json_object()), "id", id);
}

static void take_blocked(struct order_run *run, const struct json *answer)
{
    const struct json *users = json_get(answer, "users"), *user = NULL;
    struct str next = json_str(json_get(answer, "next"));
    if (!run->result)
        run->result = json_array();
    while ((user = json_next(users, user)))
        add_blocked(run, json_str(user));
    run->again = next.len > 0 && next.len < sizeof(run->page) && json_size(users) > 0 &&
                 json_size(run->result) < LIST_MAX;
    if (run->again)
        snprintf(run->page, sizeof(run->page), "%.*s", STR_ARG(next));
}

static bool ask_blocked(struct order_run *run, struct buf *body)
{
    struct query_black_list_input ask = { 0 };
    (void)run;
    pb_put(ask, query_black_list_input, nothing, 1);
    return encode(&query_black_list_input_type, &ask, body);
}

static bool hear_blocked(struct order_run *run, struct str payload, struct lists *lists,
                         struct err *err)
{
    struct query_black_list_output out;
    if (!pb_decode(&query_black_list_output_type, &out, payload, &lists->arena, err))
        return false;
    run->result = json_array();
    for (size_t i = 0; i < out.user_ids.count; i++)
        add_blocked(run, out.user_ids.at[i]);
    return true;
}

/* ---- who is online ---- */

static bool fill_online(struct order_run *run, struct buf *body)
{
    return form_add(body, "userId", run->order.user);
}

static void set_online(struct order_run *run, bool online)
{
    run->result = json_object();
    json_add_bool(run->result, "online", online);
}

static void take_online(struct order_run *run, const struct json *answer)
{
    set_online(run, json_bool(json_get(answer, "status"), false));
}

static bool ask_online(struct order_run *run, struct buf *body)
{
    struct user_sub_detail user = { 0 };
    struct qry_sub_data_req ask = { 0 };
    pb_put(user, user_sub_detail, sub_user_id, run->order.user);
    pb_put(ask, qry_sub_data_req, sub_type, FRIEND_STATUS);
    pb_put_list(ask, qry_sub_data_req, sub_users, &user, 1);
    return encode(&qry_sub_data_req_type, &ask, body);
}

/* Online is who is so on any kind of device. */
static bool hear_online(struct order_run *run, struct str payload, struct lists *lists,
                        struct err *err)
{
    struct pull_sub_data_resp out;
    if (!pb_decode(&pull_sub_data_resp_type, &out, payload, &lists->arena, err))
        return false;
    for (size_t i = 0; i < out.list.count; i++) {
        const struct sub_data_detail *one = &out.list.at[i];
        bool online = false;
        if (!str_eq(one->sub_user_id, run->order.user))
            continue;
        for (size_t k = 0; k < one->data.count; k++)
            online = online || one->data.at[k].value != 0;
        set_online(run, online);
        return true;
    }
    return err_set(
        err, ERR_NOT_FOUND,
        "without the app secret RongCloud tells only which friends are online");
}

/* ---- the steps ---- */

const struct order_step *orders_user_steps(const struct order *order, bool api,
                                           bool hosting)
{
    static const struct order_step
        befriend[] = { { .topic = "friendAdd", .to = ORDER_TO_ME, .fill = ask_befriend },
                       { .path = "/friend/add.json", .fill = fill_befriend } },
        unfriend[] = { { .topic = "friendDel", .to = ORDER_TO_ME, .fill = ask_unfriend },
                       { .path = "/friend/delete.json", .fill = fill_unfriend } },
        remark[] = { { .topic = "friendSetPf", .to = ORDER_TO_ME, .fill = ask_remark },
                     { .path = "/friend/profile/set.json", .fill = fill_remark } },
        blocked[] = { { .topic = "getBlack",
                        .to = ORDER_TO_ME,
                        .fill = ask_blocked,
                        .take_wire = hear_blocked },
                      { .path = "/user/blacklist/query.json",
                        .fill = fill_blocked,
                        .take = take_blocked } },
        online[] = {
            { .topic = "qrySubData",
              .to = ORDER_TO_ME,
              .fill = ask_online,
              .take_wire = hear_online },
            { .path = "/user/checkOnline.json", .fill = fill_online, .take = take_online }
        };
    switch (order->verb) {
    case ORDER_BEFRIEND:
        return api || hosting ? &befriend[api] : NULL;
    case ORDER_UNFRIEND:
        return api || hosting ? &unfriend[api] : NULL;
    case ORDER_REMARK:
        return api || hosting ? &remark[api] : NULL;
    case ORDER_BLOCKED:
        return &blocked[api];
    case ORDER_ONLINE:
        return api || hosting ? &online[api] : NULL;
    case ORDER_PROFILE:
    case ORDER_SET_PROFILE:
        return orders_profile_steps(order, api, hosting);
    default:
        return NULL;
    }
}
