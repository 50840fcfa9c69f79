/*
 * fields_chat: the fields of the payloads that carry messages: sending, receiving,
 * history, chatrooms. Included by proto/messages.h only, which makes structs of them.
 *
 * Layer: proto.
 */
#ifndef PROTO_FIELDS_CHAT_H
#define PROTO_FIELDS_CHAT_H

/* clang-format off */

/* Sending and receiving (wire.md F.2 to F.4) */

#define FIELDS_ext_msg_data(F, N, M)  \
    F(M, 1, INT, OPTIONAL, seq_id)    \
    F(M, 2, INT, OPTIONAL, send_time)

#define FIELDS_reference_data(F, N, M)   \
    F(M, 1, STR, OPTIONAL, msg_id)       \
    F(M, 2, STR, OPTIONAL, from_user_id) \
    F(M, 3, STR, OPTIONAL, object_name)

#define FIELDS_push_extra(F, N, M)             \
    F(M, 1, STR, OPTIONAL, title)              \
    F(M, 2, INT, OPTIONAL, template_id_unused) \
    F(M, 3, STR, OPTIONAL, push_id)            \
    F(M, 4, STR, OPTIONAL, push_configs)       \
    F(M, 5, STR, OPTIONAL, template_id)

#define FIELDS_up_stream_message(F, N, M)          \
    F(M, 1, INT, REQUIRED, session_id)             \
    F(M, 2, STR, REQUIRED, object_name)            \
    F(M, 3, STR, REQUIRED, content)                \
    F(M, 4, STR, OPTIONAL, push_text)              \
    F(M, 5, STR, OPTIONAL, app_data)               \
    F(M, 6, STR, REPEATED, to_user_ids)            \
    F(M, 7, INT, OPTIONAL, del_msg_time)           \
    F(M, 8, STR, OPTIONAL, del_msg_id)             \
    F(M, 9, INT, OPTIONAL, config_flag)            \
    F(M, 10, INT, OPTIONAL, client_unique_id)      \
    F(M, 11, STR, OPTIONAL, extra_content)         \
    N(M, 12, push_extra, OPTIONAL, push_ext)       \
    F(M, 13, STR, OPTIONAL, bus_channel)           \
    F(M, 16, STR, OPTIONAL, system_id)             \
    F(M, 21, STR, OPTIONAL, sender_portrait)       \
    F(M, 22, INT, OPTIONAL, option_bits)           \
    N(M, 23, ext_msg_data, OPTIONAL, ext_msg_data) \
    F(M, 24, STR, OPTIONAL, metadata)              \
    N(M, 25, reference_data, OPTIONAL, ref_data)

#define FIELDS_notify_msg(F, N, M)       \
    F(M, 1, INT, REQUIRED, type)         \
    F(M, 2, INT, OPTIONAL, time)         \
    F(M, 3, STR, OPTIONAL, chrm_id)      \
    F(M, 4, INT, OPTIONAL, destroy_type)

#define FIELDS_sync_request_msg(F, N, M)        \
    F(M, 1, INT, REQUIRED, sync_time)           \
    F(M, 2, BOOL, REQUIRED, is_polling)         \
    F(M, 3, BOOL, OPTIONAL, is_web)             \
    F(M, 4, BOOL, OPTIONAL, is_pull_send)       \
    F(M, 5, BOOL, OPTIONAL, is_keeping)         \
    F(M, 6, INT, OPTIONAL, send_box_sync_time)  \
    F(M, 7, INT, OPTIONAL, broadcast_sync_time) \
    F(M, 8, INT, OPTIONAL, end_time)            \
    F(M, 9, BOOL, OPTIONAL, compress_enabled)

#define FIELDS_down_stream_message(F, N, M)        \
    F(M, 1, STR, REQUIRED, from_user_id)           \
    F(M, 2, INT, REQUIRED, type)                   \
    F(M, 3, STR, OPTIONAL, group_id)               \
    F(M, 4, STR, REQUIRED, object_name)            \
    F(M, 5, STR, REQUIRED, content)                \
    F(M, 6, INT, REQUIRED, sent_time_ms)           \
    F(M, 7, INT, REQUIRED, status)                 \
    F(M, 8, INT, OPTIONAL, extra)                  \
    F(M, 9, STR, OPTIONAL, msg_id)                 \
    F(M, 10, INT, OPTIONAL, direction)             \
    F(M, 11, INT, OPTIONAL, platform)              \
    F(M, 12, INT, OPTIONAL, is_removed)            \
    F(M, 13, STR, OPTIONAL, source)                \
    F(M, 14, INT, OPTIONAL, client_unique_id)      \
    F(M, 15, STR, OPTIONAL, extra_content)         \
    F(M, 16, STR, OPTIONAL, push_content)          \
    F(M, 17, INT, OPTIONAL, config_flag)           \
    N(M, 18, push_extra, OPTIONAL, push_ext)       \
    F(M, 19, STR, OPTIONAL, bus_channel)           \
    F(M, 20, INT, OPTIONAL, ext_status)            \
    F(M, 21, STR, REPEATED, to_user_ids)           \
    F(M, 22, INT, OPTIONAL, group_unpush)          \
    F(M, 23, INT, OPTIONAL, option_bits)           \
    F(M, 24, STR, OPTIONAL, convert_ext)           \
    N(M, 25, ext_msg_data, OPTIONAL, ext_msg_data) \
    F(M, 26, STR, OPTIONAL, metadata)              \
    N(M, 27, reference_data, OPTIONAL, ref_data)

#define FIELDS_down_stream_messages(F, N, M)     \
    N(M, 1, down_stream_message, REPEATED, list) \
    F(M, 2, INT, REQUIRED, sync_time)            \
    F(M, 3, BOOL, OPTIONAL, finished)            \
    F(M, 4, INT, OPTIONAL, broadcast_sync_time)  \
    F(M, 5, INT, OPTIONAL, system_time)          \
    F(M, 6, INT, OPTIONAL, credible_start_time)  \
    F(M, 7, INT, OPTIONAL, credible_end_time)    \
    F(M, 8, BOOL, OPTIONAL, compress_enabled)    \
    F(M, 9, BYTES, OPTIONAL, compressed_data)

/* Chatrooms (wire.md F.7) */

#define FIELDS_chrm_input(F, N, M)  \
    F(M, 1, INT, REQUIRED, nothing) \
    F(M, 2, STR, OPTIONAL, extra)

#define FIELDS_chrm_output(F, N, M)            \
    F(M, 1, INT, REQUIRED, nothing)            \
    F(M, 2, STR, OPTIONAL, session_id)         \
    F(M, 3, INT, OPTIONAL, join_time)          \
    F(M, 4, INT, OPTIONAL, create_time)        \
    F(M, 5, INT, OPTIONAL, member_count)       \
    F(M, 6, INT, OPTIONAL, chatroom_ban_state) \
    F(M, 7, INT, OPTIONAL, white_list_state)

#define FIELDS_chrm_pull_msg(F, N, M)         \
    F(M, 1, INT, REQUIRED, sync_time)         \
    F(M, 2, INT, REQUIRED, count)             \
    F(M, 3, INT, OPTIONAL, pull_msg_type)     \
    F(M, 4, BOOL, OPTIONAL, compress_enabled)

#define FIELDS_chrm_down_stream_messages(F, N, M) \
    F(M, 1, BYTES, REPEATED, list)                \
    F(M, 2, INT, REQUIRED, sync_time)             \
    F(M, 3, BOOL, OPTIONAL, compress_enabled)     \
    F(M, 4, BYTES, OPTIONAL, compressed_data)

#define FIELDS_query_chat_room_info_input(F, N, M) \
    F(M, 1, INT, REQUIRED, count)                  \
    F(M, 2, INT, OPTIONAL, order)

#define FIELDS_chrm_member(F, N, M) \
    F(M, 1, INT, REQUIRED, time)    \
    F(M, 2, STR, REQUIRED, id)

#define FIELDS_query_chat_room_info_output(F, N, M) \
    F(M, 1, INT, OPTIONAL, user_total_nums)         \
    N(M, 2, chrm_member, REPEATED, user_infos)

#define FIELDS_chrm_kv_entity(F, N, M) \
    F(M, 1, STR, REQUIRED, key)        \
    F(M, 2, STR, REQUIRED, value)      \
    F(M, 3, INT, OPTIONAL, status)     \
    F(M, 4, INT, OPTIONAL, timestamp)  \
    F(M, 5, STR, OPTIONAL, uid)        \
    F(M, 6, INT, OPTIONAL, version)

#define FIELDS_set_chrm_kv(F, N, M)                    \
    N(M, 1, chrm_kv_entity, REQUIRED, entry)           \
    F(M, 2, BOOL, OPTIONAL, notify)                    \
    N(M, 3, up_stream_message, OPTIONAL, notification) \
    F(M, 4, INT, OPTIONAL, type)

#define FIELDS_set_chrm_kvs(F, N, M)                   \
    N(M, 1, chrm_kv_entity, REPEATED, entry)           \
    F(M, 2, BOOL, OPTIONAL, notify)                    \
    N(M, 3, up_stream_message, OPTIONAL, notification) \
    F(M, 4, INT, OPTIONAL, type)

#define FIELDS_delete_chrm_kvs(F, N, M)                \
    N(M, 1, chrm_kv_entity, REPEATED, entry)           \
    F(M, 2, BOOL, OPTIONAL, notify)                    \
    N(M, 3, up_stream_message, OPTIONAL, notification) \
    F(M, 4, INT, OPTIONAL, type)

#define FIELDS_chrm_kvs_output_entity(F, N, M) \
    F(M, 1, STR, OPTIONAL, key)                \
    F(M, 2, INT, OPTIONAL, error_code)

#define FIELDS_chrm_kvs_version_entity(F, N, M) \
    F(M, 1, INT, OPTIONAL, version)             \
    F(M, 2, STR, OPTIONAL, key)

#define FIELDS_chrm_kvs_output(F, N, M)                      \
    N(M, 1, chrm_kvs_output_entity, REPEATED, error_keys)    \
    N(M, 2, chrm_kvs_version_entity, REPEATED, keys_version)

#define FIELDS_query_chrm_kv(F, N, M)         \
    F(M, 1, INT, REQUIRED, timestamp)         \
    F(M, 2, BOOL, OPTIONAL, compress_enabled)

#define FIELDS_chrm_kv_output(F, N, M)         \
    N(M, 1, chrm_kv_entity, REPEATED, entries) \
    F(M, 2, BOOL, OPTIONAL, full_update)       \
    F(M, 3, INT, OPTIONAL, sync_time)          \
    F(M, 4, BOOL, OPTIONAL, compress_enabled)  \
    F(M, 5, BYTES, OPTIONAL, compressed_data)

/* History and deletion (wire.md F.5) */

#define FIELDS_history_msg_input(F, N, M)     \
    F(M, 1, STR, OPTIONAL, target_id)         \
    F(M, 2, INT, OPTIONAL, time)              \
    F(M, 3, INT, OPTIONAL, count)             \
    F(M, 4, INT, OPTIONAL, order)             \
    F(M, 5, STR, OPTIONAL, bus_channel)       \
    F(M, 6, BOOL, OPTIONAL, compress_enabled) \
    F(M, 10, BOOL, OPTIONAL, ignore_cmd)

#define FIELDS_history_msg_ouput(F, N, M)        \
    N(M, 1, down_stream_message, REPEATED, list) \
    F(M, 2, INT, REQUIRED, sync_time)            \
    F(M, 3, INT, REQUIRED, has_msg)              \
    F(M, 4, INT, OPTIONAL, credible_start_time)  \
    F(M, 5, INT, OPTIONAL, credible_end_time)    \
    F(M, 6, BOOL, OPTIONAL, compress_enabled)    \
    F(M, 7, BYTES, OPTIONAL, compressed_data)

#define FIELDS_clean_his_msg_input(F, N, M)   \
    F(M, 1, STR, REQUIRED, target_id)         \
    F(M, 2, INT, REQUIRED, sent_time_ms)      \
    F(M, 3, INT, OPTIONAL, conversation_type) \
    F(M, 4, STR, OPTIONAL, bus_channel)

#define FIELDS_clean_msg_batch_req(F, N, M)       \
    N(M, 1, clean_his_msg_input, REPEATED, input)

#define FIELDS_delete_msg(F, N, M)        \
    F(M, 1, STR, OPTIONAL, msg_id)        \
    F(M, 2, INT, OPTIONAL, msg_data_time) \
    F(M, 3, INT, OPTIONAL, direct)

#define FIELDS_delete_msg_input(F, N, M)    \
    F(M, 1, INT, OPTIONAL, type)            \
    F(M, 2, STR, OPTIONAL, conversation_id) \
    N(M, 3, delete_msg, REPEATED, msgs)     \
    F(M, 4, STR, OPTIONAL, bus_channel)

#define FIELDS_message_query_info(F, N, M) \
    F(M, 1, INT, REQUIRED, msg_time)       \
    F(M, 2, STR, REQUIRED, msg_uid)        \
    F(M, 3, STR, OPTIONAL, bus_channel)

#define FIELDS_msg_query(F, N, M)                \
    F(M, 1, STR, REQUIRED, target_id)            \
    F(M, 2, INT, REQUIRED, type)                 \
    N(M, 3, message_query_info, REPEATED, query)

#define FIELDS_msg_query_ack(F, N, M)            \
    N(M, 1, down_stream_message, REPEATED, list) \
    F(M, 2, STR, REPEATED, not_exist_msg_id)

/* clang-format on */

#endif
