/* The steps about chatrooms (wire.md F.7, server-api.md 9.6). */
#include "base/clock.h"
#include "im/chatrooms.h"
#include "im/form.h"
#include "im/orders_inside.h"

#include <stdio.h>

#define MEMBERS_MAX 500
#define MEMBERS_OVER_SOCKET 20
#define FIRST_FIRST 1 /* in the order they came */
#define ENTRY_DELETED 4
#define MUTED_EVERYWHERE 1
#define MUTED_ME 2
#define MUTED_ROOM 4

static bool encode(const struct pb_type *type, const void *message, struct buf *body)
{
    return pb_encode(type, message, body, NULL);
}

/* ---- over the socket ---- */

static bool fill_nothing(struct order_run *run, struct buf *body)
{
    (void)run;
    return chatrooms_ask_to_join(body);
}

static bool fill_info(struct order_run *run, struct buf *body)
{
    bool members = run->order.verb == ORDER_ROOM_MEMBERS;
    struct query_chat_room_info_input ask = { 0 };
    pb_put(ask, query_chat_room_info_input, count, members ? MEMBERS_OVER_SOCKET : 1);
    pb_put(ask, query_chat_room_info_input, order, FIRST_FIRST);
    return encode(&query_chat_room_info_input_type, &ask, body);
}

static bool fill_entries(struct order_run *run, struct buf *body)
{
    (void)run;
    return chatrooms_ask_for_entries(body, 0);
}

static bool fill_entry(struct order_run *run, struct buf *body)
{
    bool drops = run->order.verb == ORDER_DROP_ENTRY;
    struct chrm_kv_entity entry = { 0 };
    struct set_chrm_kv ask = { 0 };
    pb_put(entry, chrm_kv_entity, key, run->order.key);
    pb_put(entry, chrm_kv_entity, value, drops ? STR("") : run->order.text);
    pb_put(entry, chrm_kv_entity, status,
           run->order.number | (drops ? ENTRY_DELETED : 0));
    pb_put(entry, chrm_kv_entity, uid, orders_user(run->orders));
    pb_put(entry, chrm_kv_entity, version, clock_wall_ms());
    pb_put(ask, set_chrm_kv, entry, &entry);
    return encode(&set_chrm_kv_type, &ask, body);
}

static bool take_joined(struct order_run *run, struct str payload, struct lists *lists,
                        struct err *err)
{
    struct chrm_output out;
    if (!pb_decode(&chrm_output_type, &out, payload, &lists->arena, err))
        return false;
    int64_t muted = out.chatroom_ban_state;
    run->result = json_object();
    json_add_str(run->result, "id", run->order.room);
    json_add_int(run->result, "count", out.member_count);
    if (out.create_time > 0)
        json_add_int(run->result, "created", out.create_time);
    json_add_bool(run->result, "muted", (muted & (MUTED_EVERYWHERE | MUTED_ROOM)) != 0);
    json_add_bool(run->result, "silenced", (muted & MUTED_ME) != 0);
    chatrooms_joined(orders_chatrooms(run->orders), run->order.room, run->order.number);
    return true;
}

static bool take_left(struct order_run *run, struct str payload, struct lists *lists,
                      struct err *err)
{
    (void)payload;
    (void)lists;
    (void)err;
    chatrooms_left(orders_chatrooms(run->orders), run->order.room);
    return true;
}

static bool take_info(struct order_run *run, struct str payload, struct lists *lists,
                      struct err *err)
{
    struct query_chat_room_info_output out;
    if (!pb_decode(&query_chat_room_info_output_type, &out, payload, &lists->arena, err))
        return false;
    if (run->order.verb == ORDER_ROOM_INFO) {
        run->result = json_object();
        json_add_str(run->result, "id", run->order.room);
        json_add_int(run->result, "count", out.user_total_nums);
        return true;
    }
    run->result = json_array();
    for (size_t i = 0; i < out.user_infos.count; i++) {
        struct json *one = json_add(run->result, NULL, json_object());
        json_add_str(one, "id", out.user_infos.at[i].id);
        json_add_int(one, "time", out.user_infos.at[i].time);
    }
    return true;
}

static bool take_entries(struct order_run *run, struct str payload, struct lists *lists,
                         struct err *err)
{
    struct chrm_kv_output out;
    if (!lists_entries(lists, payload, &out, err))
        return false;
    run->result = json_object();
    for (size_t i = 0; i < out.entries.count; i++) {
        const struct chrm_kv_entity *entry = &out.entries.at[i];
        char key[CHATROOM_KEY_MAX + 1];
        if (entry->status & ENTRY_DELETED || entry->key.len > CHATROOM_KEY_MAX)
            continue;
        snprintf(key, sizeof(key), "%.*s", STR_ARG(entry->key));
        struct json *one = json_add(run->result, key, json_object());
        json_add_str(one, "value", entry->value);
        json_add_str(one, "user", entry->uid);
        json_add_int(one, "time", entry->timestamp);
    }
    return true;
}

/* ---- by the Server API ---- */

static bool fill_room(struct order_run *run, struct buf *body)
{
    return form_add(body, "chatroomId", run->order.room);
}

static bool fill_members(struct order_run *run, struct buf *body)
{
    return fill_room(run, body) && form_add_int(body, "count", MEMBERS_MAX) &&
           form_add_int(body, "order", FIRST_FIRST);
}

static bool fill_user(struct order_run *run, struct buf *body)
{
    return fill_room(run, body) && form_add(body, "userId", run->order.user);
}

static bool fill_timed(struct order_run *run, struct buf *body)
{
    return fill_user(run, body) && form_add_int(body, "minute", run->order.number);
}

static void take_room(struct order_run *run, const struct json *answer)
{
    int64_t created_ms = json_int(json_get(answer, "createTime"), 0);
    run->result = json_object();
    json_add_str(run->result, "id", run->order.room);
    json_add_int(run->result, "count", json_int(json_get(answer, "memberCount"), 0));
    if (created_ms > 0)
        json_add_int(run->result, "created", created_ms);
    json_add_bool(run->result, "muted", json_bool(json_get(answer, "ban"), false));
}

static void take_members(struct order_run *run, const struct json *answer)
{
    const struct json *users = json_get(answer, "users"), *user = NULL;
    run->result = json_array();
    while ((user = json_next(users, user))) {
        struct json *one = json_add(run->result, NULL, json_object());
        int64_t joined_ms = orders_time(json_str(json_get(user, "time")));
        json_add_str(one, "id", json_str(json_get(user, "id")));
        if (joined_ms > 0)
            json_add_int(one, "time", joined_ms);
    }
}

/* ---- the steps ---- */

/* clang-format off */
#define SOCKET(name, fills, takes)                                                       \
    { .topic = name, .to = ORDER_TO_ROOM, .fill = fills, .take_wire = takes }
#define API(name, fills, takes)                                                          \
    { .path = "/chatroom/" name ".json", .fill = fills, .take = takes }

static const struct order_step socket_steps[ORDER_COUNT] = {
    [ORDER_ROOM_JOIN] = SOCKET("joinChrm", fill_nothing, take_joined),
    [ORDER_ROOM_LEAVE] = SOCKET("exitChrm", fill_nothing, take_left),
    [ORDER_ROOM_INFO] = SOCKET("queryChrmI", fill_info, take_info),
    [ORDER_ROOM_MEMBERS] = SOCKET("queryChrmI", fill_info, take_info),
    [ORDER_ENTRIES] = SOCKET("pullKV", fill_entries, take_entries),
    [ORDER_SET_ENTRY] = SOCKET("setKV", fill_entry, NULL),
    [ORDER_DROP_ENTRY] = SOCKET("delKV", fill_entry, NULL),
};

static const struct order_step api_steps[ORDER_COUNT] = {
    [ORDER_ROOM_INFO] = API("get", fill_room, take_room),
    [ORDER_ROOM_MEMBERS] = API("user/query", fill_members, take_members),
    [ORDER_ROOM_MUTE] = API("user/gag/add", fill_timed, NULL),
    [ORDER_ROOM_UNMUTE] = API("user/gag/rollback", fill_user, NULL),
    [ORDER_ROOM_MUTED] = API("user/gag/list", fill_room, orders_take_muted),
    [ORDER_ROOM_MUTE_ALL] = API("ban/add", fill_room, NULL),
    [ORDER_ROOM_BLOCK] = API("user/block/add", fill_timed, NULL),
    [ORDER_ROOM_UNBLOCK] = API("user/block/rollback", fill_user, NULL),
    [ORDER_ROOM_BLOCKED] = API("user/block/list", fill_room, orders_take_muted),
};

static const struct order_step unmute_all = API("ban/rollback", fill_room, NULL);
/* clang-format on */

const struct order_step *orders_room_steps(const struct order *order, bool api)
{
    const struct order_step *step = api ? api_steps : socket_steps;
    if (api && order->verb == ORDER_ROOM_MUTE_ALL && order->number == 0)
        return &unmute_all;
    step += order->verb;
    return step->fill ? step : NULL;
}
