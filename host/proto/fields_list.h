/*
 * fields_list: the fields of the payloads about conversations: list, unread, settings,
 * events, edits. Included by proto/messages.h only, which makes structs of them.
 *
 * Layer: proto.
 */
#ifndef PROTO_FIELDS_LIST_H
#define PROTO_FIELDS_LIST_H

/* clang-format off */

/* Conversation list and unread (wire.md F.6) */

#define FIELDS_relation_qry_input(F, N, M)        \
    F(M, 1, INT, OPTIONAL, type)                  \
    F(M, 2, INT, OPTIONAL, count)                 \
    F(M, 3, INT, OPTIONAL, start_time)            \
    F(M, 4, INT, OPTIONAL, order)                 \
    F(M, 5, BOOL, OPTIONAL, is_erase_msg_content) \
    F(M, 6, INT, OPTIONAL, end_time)              \
    F(M, 7, BOOL, OPTIONAL, compress_enabled)     \
    F(M, 8, INT, OPTIONAL, qry_type)              \
    F(M, 9, INT, REPEATED, channel_type)          \
    F(M, 10, INT, OPTIONAL, bot_type)

#define FIELDS_relation_qry_filter(F, N, M) \
    F(M, 1, INT, REPEATED, type)            \
    F(M, 2, INT, OPTIONAL, count)           \
    F(M, 3, INT, OPTIONAL, order)           \
    F(M, 4, STR, REPEATED, tags)            \
    F(M, 5, BOOL, OPTIONAL, is_tag_top)     \
    F(M, 6, STR, OPTIONAL, page_token)      \
    F(M, 7, BOOL, OPTIONAL, compress)

#define FIELDS_unread_msg_info(F, N, M) \
    F(M, 1, STR, REQUIRED, msg_id)      \
    F(M, 2, INT, REQUIRED, msg_time)    \
    F(M, 3, INT, OPTIONAL, remind_type) \
    F(M, 4, STR, OPTIONAL, object_name)

#define FIELDS_relation_info(F, N, M)             \
    F(M, 1, INT, REQUIRED, type)                  \
    F(M, 2, STR, REQUIRED, user_id)               \
    N(M, 3, down_stream_message, OPTIONAL, msg)   \
    F(M, 4, INT, OPTIONAL, read_msg_time)         \
    F(M, 5, INT, OPTIONAL, unread_count)          \
    F(M, 6, STR, OPTIONAL, bus_channel)           \
    F(M, 7, INT, OPTIONAL, version_time)          \
    F(M, 8, INT, OPTIONAL, remind_count)          \
    F(M, 9, INT, OPTIONAL, bus_channel_type)      \
    N(M, 10, unread_msg_info, OPTIONAL, msg_info) \
    F(M, 11, INT, OPTIONAL, remind_me_count)      \
    F(M, 12, BOOL, OPTIONAL, is_bot)

#define FIELDS_relations_output(F, N, M)      \
    N(M, 1, relation_info, REPEATED, info)    \
    F(M, 2, BOOL, OPTIONAL, is_finished)      \
    F(M, 3, INT, OPTIONAL, pull_time)         \
    F(M, 4, BOOL, OPTIONAL, compress_enabled) \
    F(M, 5, BYTES, OPTIONAL, compressed_data) \
    F(M, 6, STR, OPTIONAL, page_token)

#define FIELDS_relation_op_input(F, N, M)     \
    F(M, 1, STR, REQUIRED, conversation_id)   \
    F(M, 2, INT, REQUIRED, conversation_type) \
    F(M, 3, STR, OPTIONAL, bus_channel)

#define FIELDS_relation_del_batch_req(F, N, M)     \
    N(M, 1, relation_op_input, REPEATED, relation) \
    F(M, 2, BOOL, OPTIONAL, clean_msg)

#define FIELDS_session_msg_read_input(F, N, M) \
    F(M, 1, INT, REQUIRED, type)               \
    F(M, 2, INT, REQUIRED, msg_time)           \
    F(M, 3, STR, REQUIRED, channel_id)         \
    F(M, 4, STR, OPTIONAL, bus_channel)

#define FIELDS_session_msg_read_output(F, N, M) \
    F(M, 1, INT, OPTIONAL, nothing)

#define FIELDS_session_qry_input(F, N, M) \
    F(M, 1, INT, OPTIONAL, version)       \
    F(M, 2, INT, OPTIONAL, count)         \
    F(M, 3, BOOL, OPTIONAL, compress)     \
    F(M, 4, STR, OPTIONAL, page_token)

#define FIELDS_unread_info(F, N, M)                      \
    F(M, 1, INT, OPTIONAL, cnt)                          \
    F(M, 2, INT, OPTIONAL, mention_cnt)                  \
    F(M, 3, INT, OPTIONAL, mention_me_cnt)               \
    F(M, 4, INT, OPTIONAL, clear_time)                   \
    F(M, 5, INT, OPTIONAL, cut_off_time)                 \
    N(M, 6, unread_msg_info, OPTIONAL, first_unread_msg)

#define FIELDS_session_output(F, N, M)     \
    F(M, 1, STR, OPTIONAL, target_id)      \
    F(M, 2, STR, OPTIONAL, bus_channel)    \
    F(M, 3, INT, OPTIONAL, type)           \
    F(M, 4, INT, OPTIONAL, version)        \
    N(M, 5, unread_info, OPTIONAL, unread)

#define FIELDS_sessions_output(F, N, M)        \
    N(M, 1, session_output, REPEATED, session) \
    F(M, 2, STR, OPTIONAL, page_token)         \
    F(M, 3, BOOL, OPTIONAL, compress)          \
    F(M, 4, BYTES, OPTIONAL, compressed_data)

#define FIELDS_relations_input(F, N, M)         \
    F(M, 1, INT, REQUIRED, type)                \
    N(M, 2, down_stream_message, OPTIONAL, msg) \
    F(M, 3, INT, OPTIONAL, count)               \
    F(M, 4, INT, OPTIONAL, offset)              \
    F(M, 5, INT, OPTIONAL, start_time)          \
    F(M, 6, INT, OPTIONAL, end_time)

/* Settings of conversations and users (wire.md F.6, F.4) */

#define FIELDS_session_tag_item(F, N, M) \
    F(M, 1, STR, REQUIRED, tag_id)       \
    F(M, 2, STR, OPTIONAL, name)         \
    F(M, 3, INT, OPTIONAL, created_time) \
    F(M, 4, BOOL, OPTIONAL, is_top)

#define FIELDS_session_state_item(F, N, M)     \
    F(M, 1, INT, REQUIRED, session_state_type) \
    F(M, 2, STR, REQUIRED, value)              \
    N(M, 3, session_tag_item, REPEATED, tags)  \
    F(M, 4, INT, OPTIONAL, time)

#define FIELDS_session_state(F, N, M)                 \
    F(M, 1, INT, REQUIRED, type)                      \
    F(M, 2, STR, REQUIRED, channel_id)                \
    F(M, 3, INT, OPTIONAL, time)                      \
    N(M, 4, session_state_item, REPEATED, state_item) \
    F(M, 5, STR, OPTIONAL, bus_channel)

#define FIELDS_session_req(F, N, M) \
    F(M, 1, INT, REQUIRED, time)

#define FIELDS_session_states(F, N, M)      \
    F(M, 1, INT, REQUIRED, version)         \
    N(M, 2, session_state, REPEATED, state)

#define FIELDS_session_state_modify_req(F, N, M) \
    F(M, 1, INT, REQUIRED, version)              \
    N(M, 2, session_state, REPEATED, state)      \
    F(M, 3, BOOL, OPTIONAL, ignore_version)

#define FIELDS_session_state_modify_resp(F, N, M) \
    F(M, 1, INT, REQUIRED, version)               \
    F(M, 2, BOOL, OPTIONAL, update_version)

#define FIELDS_type_unpush_input(F, N, M)   \
    F(M, 1, INT, REQUIRED, type)            \
    F(M, 2, INT, REQUIRED, version)         \
    F(M, 3, INT, REQUIRED, unpush_level)    \
    F(M, 4, BOOL, OPTIONAL, ignore_version)

#define FIELDS_type_unpush_output(F, N, M)  \
    F(M, 1, INT, REQUIRED, version)         \
    F(M, 2, BOOL, OPTIONAL, update_version)

#define FIELDS_user_setting_item(F, N, M)     \
    F(M, 1, STR, REQUIRED, target_id)         \
    F(M, 2, INT, REQUIRED, type)              \
    F(M, 4, STR, REQUIRED, key)               \
    F(M, 5, BYTES, REQUIRED, value)           \
    F(M, 6, INT, REQUIRED, version)           \
    F(M, 7, INT, REQUIRED, status)            \
    N(M, 8, session_tag_item, REPEATED, tags)

#define FIELDS_pull_user_setting_input(F, N, M) \
    F(M, 1, INT, REQUIRED, version)             \
    F(M, 2, BOOL, OPTIONAL, reserve)            \
    F(M, 3, INT, OPTIONAL, ip_type)

#define FIELDS_pull_user_setting_output(F, N, M) \
    N(M, 1, user_setting_item, REPEATED, items)  \
    F(M, 2, INT, REQUIRED, version)

#define FIELDS_user_setting_notification(F, N, M) \
    F(M, 1, INT, REQUIRED, version)               \
    F(M, 2, BOOL, REQUIRED, reserve)

/* Events, and changes to messages (wire.md F.4, F.5) */

#define FIELDS_query_msg_change(F, N, M)  \
    F(M, 1, INT, REQUIRED, sync_time)     \
    F(M, 2, INT, OPTIONAL, need_compress) \
    F(M, 3, INT, OPTIONAL, online_time)   \
    F(M, 4, STR, OPTIONAL, target_id)

#define FIELDS_event_change(F, N, M)         \
    F(M, 1, STR, OPTIONAL, business_id)      \
    F(M, 2, INT, OPTIONAL, channel_type)     \
    F(M, 3, INT, OPTIONAL, time)             \
    F(M, 4, INT, OPTIONAL, change_type)      \
    F(M, 5, STR, OPTIONAL, original_id)      \
    F(M, 6, INT, OPTIONAL, original_time)    \
    F(M, 7, STR, OPTIONAL, secondary_id)     \
    F(M, 8, BOOL, OPTIONAL, is_admin)        \
    F(M, 9, BOOL, OPTIONAL, additional_mark) \
    F(M, 10, STR, OPTIONAL, operator_id)     \
    F(M, 11, INT, OPTIONAL, sub_change_type) \
    F(M, 12, INT, OPTIONAL, secondary_type)  \
    F(M, 13, BOOL, OPTIONAL, is_remind_me)   \
    F(M, 14, STR, REPEATED, ext_ids)         \
    F(M, 15, INT, OPTIONAL, remind_type)     \
    F(M, 16, BYTES, OPTIONAL, event_data)

#define FIELDS_event_change_list(F, N, M) \
    N(M, 1, event_change, REPEATED, list) \
    F(M, 2, INT, REQUIRED, sync_time)     \
    F(M, 3, BOOL, OPTIONAL, has_next)     \
    F(M, 4, STR, OPTIONAL, target_id)     \
    F(M, 5, BOOL, OPTIONAL, is_compress)

#define FIELDS_msg_change_req(F, N, M)   \
    F(M, 1, STR, REQUIRED, from_user_id) \
    F(M, 2, STR, REQUIRED, target_id)    \
    F(M, 3, INT, REQUIRED, type)         \
    F(M, 4, STR, REQUIRED, msg_uid)      \
    F(M, 5, INT, REQUIRED, msg_time)     \
    F(M, 6, STR, OPTIONAL, bus_channel)  \
    F(M, 7, STR, OPTIONAL, content)

#define FIELDS_modify_msg_resp(F, N, M)         \
    F(M, 1, INT, OPTIONAL, modify_time)         \
    N(M, 2, down_stream_message, OPTIONAL, msg)

#define FIELDS_modify_msg(F, N, M)              \
    F(M, 1, INT, OPTIONAL, modify_type)         \
    N(M, 2, down_stream_message, OPTIONAL, msg)

#define FIELDS_pull_modify_msg_req(F, N, M) \
    F(M, 1, INT, OPTIONAL, pull_version)    \
    F(M, 2, BOOL, OPTIONAL, compress)       \
    F(M, 3, INT, REPEATED, modify_type)

#define FIELDS_pull_modify_msg_resp(F, N, M)  \
    N(M, 1, modify_msg, REPEATED, msg)        \
    F(M, 2, INT, OPTIONAL, next_version)      \
    F(M, 3, BOOL, OPTIONAL, finished)         \
    F(M, 4, BOOL, OPTIONAL, compress)         \
    F(M, 5, BYTES, OPTIONAL, compressed_data)

/* clang-format on */

#endif
