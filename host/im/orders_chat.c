/* The steps about conversations: their list, settings and single messages (wire.md F.5,
 * F.6). */
#include "im/marks.h"
#include "im/orders_inside.h"

#define PAGE_SIZE 50

bool order_level_is_known(struct str word)
{
    return marks_level(word).len > 0;
}

static enum conversation_type type_of(const struct order *order)
{
    return order->group.len > 0 ? CONVERSATION_GROUP : CONVERSATION_PRIVATE;
}

static struct str target_of(const struct order *order)
{
    return order->group.len > 0 ? order->group : order->user;
}

/* ---- questions ---- */

static bool fill_list(struct order_run *run, struct buf *body)
{
    struct relation_qry_input ask = { 0 };
    pb_put(ask, relation_qry_input, count, PAGE_SIZE);
    pb_put(ask, relation_qry_input, start_time, run->order.number);
    pb_put(ask, relation_qry_input, order, 0);
    pb_put(ask, relation_qry_input, compress_enabled, true);
    return pb_encode(&relation_qry_input_type, &ask, body, NULL);
}

static bool fill_marks(struct order_run *run, struct buf *body)
{
    struct session_req ask = { 0 };
    (void)run;
    pb_put(ask, session_req, time, 0);
    return pb_encode(&session_req_type, &ask, body, NULL);
}

static struct str mark_value(const struct order *order)
{
    if (order->verb == ORDER_PIN)
        return order->number ? STR("1") : STR("0");
    return marks_level(order->text);
}

/* Whatever other devices have set meanwhile: the last one counts. */
static bool fill_mark(struct order_run *run, struct buf *body)
{
    struct session_state_item item = { 0 };
    struct session_state state = { 0 };
    struct session_state_modify_req ask = { 0 };
    bool pins = run->order.verb == ORDER_PIN;
    pb_put(item, session_state_item, session_state_type, pins ? MARK_PINNED : MARK_LEVEL);
    pb_put(item, session_state_item, value, mark_value(&run->order));
    pb_put(state, session_state, type, (int64_t)type_of(&run->order));
    pb_put(state, session_state, channel_id, target_of(&run->order));
    pb_put_list(state, session_state, state_item, &item, 1);
    pb_put(state, session_state, bus_channel, STR(""));
    pb_put(ask, session_state_modify_req, version, 0);
    pb_put_list(ask, session_state_modify_req, state, &state, 1);
    pb_put(ask, session_state_modify_req, ignore_version, true);
    return pb_encode(&session_state_modify_req_type, &ask, body, NULL);
}

static bool fill_hide(struct order_run *run, struct buf *body)
{
    struct relation_op_input one = { 0 };
    struct relation_del_batch_req ask = { 0 };
    pb_put(one, relation_op_input, conversation_id, target_of(&run->order));
    pb_put(one, relation_op_input, conversation_type, (int64_t)type_of(&run->order));
    pb_put(one, relation_op_input, bus_channel, STR(""));
    pb_put_list(ask, relation_del_batch_req, relation, &one, 1);
    pb_put(ask, relation_del_batch_req, clean_msg, false);
    return pb_encode(&relation_del_batch_req_type, &ask, body, NULL);
}

static bool fill_forget(struct order_run *run, struct buf *body)
{
    struct delete_msg one = { 0 };
    struct delete_msg_input ask = { 0 };
    pb_put(one, delete_msg, msg_id, run->order.text);
    pb_put(one, delete_msg, msg_data_time, run->order.number);
    pb_put(one, delete_msg, direct, run->order.own ? DIRECTION_SENT : DIRECTION_RECEIVED);
    pb_put(ask, delete_msg_input, type, (int64_t)type_of(&run->order));
    pb_put(ask, delete_msg_input, conversation_id, target_of(&run->order));
    pb_put_list(ask, delete_msg_input, msgs, &one, 1);
    pb_put(ask, delete_msg_input, bus_channel, STR(""));
    return pb_encode(&delete_msg_input_type, &ask, body, NULL);
}

static bool fill_edit(struct order_run *run, struct buf *body)
{
    struct msg_change_req ask = { 0 };
    pb_put(ask, msg_change_req, from_user_id, STR(""));
    pb_put(ask, msg_change_req, target_id, target_of(&run->order));
    pb_put(ask, msg_change_req, type, (int64_t)type_of(&run->order));
    pb_put(ask, msg_change_req, msg_uid, run->order.key);
    pb_put(ask, msg_change_req, msg_time, 0);
    pb_put(ask, msg_change_req, bus_channel, STR(""));
    pb_put(ask, msg_change_req, content, run->order.text);
    return pb_encode(&msg_change_req_type, &ask, body, NULL);
}

/* ---- answers ---- */

/* False: neither a group nor a person. */
static bool name_conversation(struct json *row, int64_t type, struct str target)
{
    bool group = type == CONVERSATION_GROUP;
    if ((!group && type != CONVERSATION_PRIVATE) || target.len == 0)
        return false;
    json_add_str(row, group ? "group" : "user", target);
    return true;
}

static void add_last(struct json *row, const struct down_stream_message *from,
                     struct str user)
{
    struct message message;
    lists_message(from, user, &message);
    struct json *last = json_add(row, "last", json_object());
    json_add_str(last, "id", message.uid);
    json_add_str(last, "sender", message.sender);
    json_add_str(last, "type", message.object_name);
    json_add_int(last, "time", message.sent_ms);
    struct json *content = json_parse(message.content, NULL);
    if (content)
        json_add(last, "content", content);
    else
        json_add_str(last, "raw", message.content);
}

static void add_row(struct json *list, const struct relation_info *info, struct str user)
{
    struct json *row = json_object();
    if (!name_conversation(row, info->type, info->user_id)) {
        json_free(row);
        return;
    }
    json_add_int(row, "time", info->msg ? info->msg->sent_time_ms : info->version_time);
    if (info->msg)
        add_last(row, info->msg, user);
    json_add(list, NULL, row);
}

static bool take_list(struct order_run *run, struct str payload, struct lists *lists,
                      struct err *err)
{
    struct relations_output out;
    if (!lists_conversations(lists, payload, &out, err))
        return false;
    run->result = json_object();
    struct json *list = json_add(run->result, "list", json_array());
    for (size_t i = 0; i < out.info.count; i++)
        add_row(list, &out.info.at[i], orders_user(run->orders));
    /* Told to go on from where it was, or from nothing, it would go round. */
    int64_t from = run->order.number, to = out.pull_time;
    if (!out.is_finished && out.info.count > 0 && to > 0 && (from == 0 || to < from))
        json_add_int(run->result, "next", to);
    return true;
}

static bool take_marks(struct order_run *run, struct str payload, struct lists *lists,
                       struct err *err)
{
    struct session_states out;
    if (!pb_decode(&session_states_type, &out, payload, &lists->arena, err))
        return false;
    run->result = json_array();
    for (size_t i = 0; i < out.state.count; i++) {
        const struct session_state *state = &out.state.at[i];
        struct json *row = json_object();
        if (!name_conversation(row, state->type, state->channel_id)) {
            json_free(row);
            continue;
        }
        marks_describe(row, state);
        json_add(run->result, NULL, row);
    }
    return true;
}

/* ---- the steps ---- */

const struct order_step *orders_chat_steps(enum order_verb verb)
{
    static const struct order_step
        list = { .topic = "qryRelationR",
                 .to = ORDER_TO_ME,
                 .fill = fill_list,
                 .take_wire = take_list },
        marks = { .topic = "pullSeAtts",
                  .to = ORDER_TO_ME,
                  .fill = fill_marks,
                  .take_wire = take_marks },
        mark = { .topic = "setSeAtt", .to = ORDER_TO_ME, .fill = fill_mark },
        hide = { .topic = "delRelationBatch", .to = ORDER_TO_ME, .fill = fill_hide },
        forget = { .topic = "delMsg", .to = ORDER_TO_ME, .fill = fill_forget },
        edit = { .topic = "modifyMsg", .to = ORDER_TO_ME, .fill = fill_edit };
    switch (verb) {
    case ORDER_CONVERSATIONS:
        return &list;
    case ORDER_MARKS:
        return &marks;
    case ORDER_PIN:
    case ORDER_NOTIFY:
        return &mark;
    case ORDER_HIDE:
        return &hide;
    case ORDER_FORGET:
        return &forget;
    case ORDER_EDIT:
        return &edit;
    default:
        return NULL;
    }
}
