/*
 * fields_service: the fields of the payloads of services beside chat: files, groups,
 * profiles, blacklist. Included by proto/messages.h only, which makes structs of them.
 *
 * Layer: proto.
 */
#ifndef PROTO_FIELDS_SERVICE_H
#define PROTO_FIELDS_SERVICE_H

/* clang-format off */

/* Upload and download (wire.md F.9) */

#define FIELDS_get_qnup_token_input(F, N, M) \
    F(M, 1, INT, REQUIRED, type)             \
    F(M, 2, STR, OPTIONAL, key)              \
    F(M, 3, STR, OPTIONAL, http_method)      \
    F(M, 4, STR, OPTIONAL, query_string)     \
    F(M, 5, STR, OPTIONAL, url)              \
    F(M, 6, STR, OPTIONAL, ext)              \
    F(M, 7, INT, OPTIONAL, size)             \
    F(M, 8, INT, OPTIONAL, ip_type)

#define FIELDS_get_qnup_token_output(F, N, M)     \
    F(M, 1, INT, REQUIRED, deadline)              \
    F(M, 2, STR, REQUIRED, token)                 \
    F(M, 3, STR, OPTIONAL, bos_token)             \
    F(M, 4, STR, OPTIONAL, bos_date)              \
    F(M, 5, STR, OPTIONAL, path)                  \
    F(M, 6, STR, OPTIONAL, osskey_id)             \
    F(M, 7, STR, OPTIONAL, oss_policy)            \
    F(M, 8, STR, OPTIONAL, oss_sign)              \
    F(M, 9, STR, OPTIONAL, oss_bucket_name)       \
    F(M, 10, STR, OPTIONAL, s3_credential)        \
    F(M, 11, STR, OPTIONAL, s3_algorithm)         \
    F(M, 12, STR, OPTIONAL, s3_date)              \
    F(M, 13, STR, OPTIONAL, s3_policy)            \
    F(M, 14, STR, OPTIONAL, s3_signature)         \
    F(M, 15, STR, OPTIONAL, s3_bucket_name)       \
    F(M, 16, STR, OPTIONAL, stc_authorization)    \
    F(M, 17, STR, OPTIONAL, stc_content_sha256)   \
    F(M, 18, STR, OPTIONAL, stc_date)             \
    F(M, 19, STR, OPTIONAL, stc_bucket_name)      \
    F(M, 20, STR, OPTIONAL, minio_authorization)  \
    F(M, 21, STR, OPTIONAL, minio_content_sha256) \
    F(M, 22, STR, OPTIONAL, minio_date)           \
    F(M, 23, STR, OPTIONAL, minio_bucket_name)    \
    F(M, 24, STR, OPTIONAL, download_auth_info)   \
    F(M, 25, STR, OPTIONAL, oss_config)

#define FIELDS_get_qndownload_url_input(F, N, M) \
    F(M, 1, INT, REQUIRED, type)                 \
    F(M, 2, STR, REQUIRED, key)                  \
    F(M, 3, STR, OPTIONAL, file_name)

#define FIELDS_get_qndownload_url_output(F, N, M) \
    F(M, 1, STR, REQUIRED, download_url)

#define FIELDS_get_download_url_input(F, N, M) \
    F(M, 1, INT, REQUIRED, type)               \
    F(M, 2, STR, REQUIRED, key)                \
    F(M, 3, STR, OPTIONAL, file_name)          \
    F(M, 4, STR, OPTIONAL, ext)                \
    F(M, 5, INT, OPTIONAL, size)               \
    F(M, 6, INT, OPTIONAL, ip_type)

#define FIELDS_get_download_url_output(F, N, M) \
    F(M, 1, STR, REQUIRED, download_url)

/* Groups (wire.md F.8) */

#define FIELDS_profile_info(F, N, M) \
    F(M, 1, STR, OPTIONAL, key)      \
    F(M, 2, STR, OPTIONAL, value)

#define FIELDS_channel_base_info(F, N, M) \
    F(M, 1, STR, OPTIONAL, creator_id)    \
    F(M, 2, STR, OPTIONAL, owner_id)      \
    F(M, 3, INT, OPTIONAL, create_time)   \
    F(M, 4, INT, OPTIONAL, member_count)

#define FIELDS_channels_page_param(F, N, M) \
    F(M, 1, INT, OPTIONAL, size)            \
    F(M, 2, STR, OPTIONAL, page_token)      \
    F(M, 3, BOOL, OPTIONAL, has_next)       \
    F(M, 4, INT, OPTIONAL, total)           \
    F(M, 5, INT, OPTIONAL, order)

#define FIELDS_channels_user_ext_info(F, N, M) \
    F(M, 1, INT, OPTIONAL, role)               \
    F(M, 2, INT, OPTIONAL, join_time)          \
    F(M, 3, STR, OPTIONAL, channel_nick_name)  \
    F(M, 4, STR, OPTIONAL, additional)         \
    F(M, 5, STR, OPTIONAL, remark_name)        \
    F(M, 6, BOOL, OPTIONAL, is_ban)            \
    F(M, 7, INT, OPTIONAL, ban_end_time)       \
    F(M, 8, BOOL, OPTIONAL, is_bot)

#define FIELDS_channels_user_info(F, N, M)         \
    F(M, 1, STR, OPTIONAL, user_id)                \
    N(M, 2, channels_user_ext_info, OPTIONAL, ext) \
    F(M, 3, INT, OPTIONAL, op_time)                \
    F(M, 4, STR, OPTIONAL, name)                   \
    F(M, 5, STR, OPTIONAL, portrait_url)

#define FIELDS_channels_joined_info(F, N, M)             \
    F(M, 1, STR, OPTIONAL, target_id)                    \
    N(M, 2, profile_info, REPEATED, setting_profile)     \
    N(M, 3, profile_info, REPEATED, ext_profile)         \
    N(M, 4, channel_base_info, OPTIONAL, base_info)      \
    N(M, 5, channels_user_ext_info, OPTIONAL, user_info)

#define FIELDS_channels_invite_status_info(F, N, M)       \
    F(M, 1, STR, OPTIONAL, target_id)                     \
    N(M, 2, channels_user_info, OPTIONAL, join_user_info) \
    N(M, 3, channels_user_info, OPTIONAL, inviter_info)   \
    F(M, 4, INT, OPTIONAL, status)                        \
    F(M, 5, INT, OPTIONAL, direction_type)                \
    F(M, 6, INT, OPTIONAL, join_type)                     \
    F(M, 7, STR, OPTIONAL, detail)                        \
    F(M, 8, INT, OPTIONAL, apply_time)                    \
    N(M, 9, channels_user_info, OPTIONAL, process_info)   \
    F(M, 10, INT, OPTIONAL, process_time)

#define FIELDS_channels_input(F, N, M)               \
    F(M, 1, STR, OPTIONAL, target_id)                \
    F(M, 2, INT, OPTIONAL, type)                     \
    N(M, 3, profile_info, REPEATED, setting_profile) \
    N(M, 4, profile_info, REPEATED, ext_profile)     \
    N(M, 5, channel_base_info, OPTIONAL, base_info)  \
    F(M, 6, STR, REPEATED, users)

#define FIELDS_channels_output(F, N, M)                       \
    F(M, 1, INT, OPTIONAL, operate_time)                      \
    F(M, 2, INT, OPTIONAL, flag)                              \
    F(M, 3, STR, OPTIONAL, msg)                               \
    F(M, 4, INT, OPTIONAL, process_code)                      \
    N(M, 5, channels_joined_info, OPTIONAL, channel_info)     \
    N(M, 6, channels_user_info, REPEATED, user_infos)         \
    N(M, 7, friend_invite_info, OPTIONAL, friend_invite_info) \
    N(M, 8, friend_user_info, OPTIONAL, friend_user_info)     \
    F(M, 9, STR, REPEATED, censor_failed_fields)

#define FIELDS_multi_channels(F, N, M)      \
    F(M, 1, INT, OPTIONAL, type)            \
    N(M, 2, channels_input, REPEATED, list)

#define FIELDS_quit_channels_setting(F, N, M) \
    F(M, 1, BOOL, OPTIONAL, is_quit)          \
    F(M, 2, BOOL, OPTIONAL, is_del_ban)       \
    F(M, 3, BOOL, OPTIONAL, is_del_white)     \
    F(M, 4, BOOL, OPTIONAL, is_del_attention)

#define FIELDS_modify_channels_input(F, N, M)              \
    F(M, 1, STR, OPTIONAL, target_id)                      \
    F(M, 2, INT, OPTIONAL, type)                           \
    N(M, 3, quit_channels_setting, OPTIONAL, setting_info) \
    F(M, 4, STR, REPEATED, users)                          \
    F(M, 5, INT, OPTIONAL, operate_type)

#define FIELDS_channels_query_input(F, N, M)     \
    F(M, 1, STR, OPTIONAL, target_id)            \
    F(M, 2, INT, OPTIONAL, type)                 \
    N(M, 3, channels_page_param, OPTIONAL, page) \
    F(M, 4, STR, REPEATED, ids)                  \
    F(M, 5, INT, OPTIONAL, role_type)            \
    F(M, 6, INT, OPTIONAL, bot_type)

#define FIELDS_channels_list_result(F, N, M)     \
    F(M, 1, INT, OPTIONAL, list_type)            \
    F(M, 2, BYTES, OPTIONAL, result)             \
    N(M, 3, channels_page_param, OPTIONAL, page)

#define FIELDS_channels_user_infos(F, N, M)     \
    N(M, 1, channels_user_info, REPEATED, list)

#define FIELDS_channels_invite_status_infos(F, N, M)     \
    N(M, 1, channels_invite_status_info, REPEATED, list)

#define FIELDS_channels_joined_infos(F, N, M)     \
    N(M, 1, channels_joined_info, REPEATED, list)

#define FIELDS_channels_member_update_input(F, N, M) \
    F(M, 1, STR, OPTIONAL, target_id)                \
    F(M, 2, INT, OPTIONAL, type)                     \
    F(M, 3, STR, OPTIONAL, user_id)                  \
    F(M, 4, STR, OPTIONAL, channel_nick_name)        \
    F(M, 5, STR, OPTIONAL, additional)               \
    F(M, 6, INT, OPTIONAL, operate_type)

#define FIELDS_channels_member_response_input(F, N, M) \
    F(M, 1, STR, OPTIONAL, target_id)                  \
    F(M, 2, INT, OPTIONAL, type)                       \
    F(M, 3, INT, OPTIONAL, opt_type)                   \
    F(M, 4, INT, OPTIONAL, opt_result)                 \
    F(M, 5, STR, OPTIONAL, join_user_id)               \
    F(M, 6, STR, OPTIONAL, inviter_id)                 \
    F(M, 7, STR, OPTIONAL, detail)

#define FIELDS_channels_members_input(F, N, M) \
    F(M, 1, STR, OPTIONAL, target_id)          \
    F(M, 2, INT, OPTIONAL, type)               \
    F(M, 3, STR, REPEATED, user_ids)

#define FIELDS_channel_apply_info(F, N, M)                      \
    N(M, 1, channels_invite_status_info, REPEATED, status_info)

#define FIELDS_channel_event_data(F, N, M)                     \
    N(M, 1, channels_user_info, OPTIONAL, opt_user_info)       \
    N(M, 2, channels_joined_info, OPTIONAL, channel_info)      \
    N(M, 3, channels_user_info, REPEATED, user_infos)          \
    N(M, 4, channels_joined_info, OPTIONAL, channel_full_info)

/* Friends, as answers about groups name them; profiles (wire.md F.9) */

#define FIELDS_friend_user_info(F, N, M)         \
    F(M, 1, STR, OPTIONAL, user_id)              \
    F(M, 2, INT, OPTIONAL, relation_time)        \
    F(M, 3, INT, OPTIONAL, friend_type)          \
    F(M, 4, INT, OPTIONAL, flag)                 \
    F(M, 5, STR, OPTIONAL, remark_name)          \
    F(M, 6, STR, OPTIONAL, name)                 \
    F(M, 7, STR, OPTIONAL, portrait_url)         \
    N(M, 8, profile_info, REPEATED, ext_profile)

#define FIELDS_friend_invite_info(F, N, M) \
    F(M, 1, STR, OPTIONAL, user_id)        \
    F(M, 2, STR, OPTIONAL, name)           \
    F(M, 3, STR, OPTIONAL, portrait_url)   \
    F(M, 4, INT, OPTIONAL, type)           \
    F(M, 5, INT, OPTIONAL, status)         \
    F(M, 6, INT, OPTIONAL, operate_time)   \
    F(M, 7, STR, OPTIONAL, info)           \
    F(M, 8, INT, OPTIONAL, friend_type)

/* Friends (wire.md F.9) */

#define FIELDS_friend_input(F, N, M)  \
    F(M, 1, STR, OPTIONAL, target_id) \
    F(M, 2, INT, OPTIONAL, type)      \
    F(M, 3, STR, OPTIONAL, info)

#define FIELDS_friends_input(F, N, M) \
    F(M, 1, STR, REPEATED, target_id) \
    F(M, 2, INT, OPTIONAL, type)

#define FIELDS_friend_check_output(F, N, M) \
    F(M, 1, STR, OPTIONAL, target_id)       \
    F(M, 2, INT, OPTIONAL, status)

#define FIELDS_friends_check_output(F, N, M) \
    N(M, 1, friend_check_output, REPEATED, list)

#define FIELDS_friend_profile_input(F, N, M) \
    F(M, 1, STR, OPTIONAL, target_id)        \
    F(M, 2, STR, OPTIONAL, remark_name)      \
    N(M, 3, profile_info, REPEATED, ext_profile)

#define FIELDS_friend_profile_output(F, N, M) \
    F(M, 1, STR, REPEATED, censor_failed_fields)

#define FIELDS_friend_query_input(F, N, M)       \
    F(M, 1, INT, OPTIONAL, query_type)           \
    N(M, 2, channels_page_param, OPTIONAL, page) \
    F(M, 3, INT, OPTIONAL, friend_type)

#define FIELDS_friend_user_infos(F, N, M) \
    N(M, 1, friend_user_info, REPEATED, list)

#define FIELDS_friend_invite_infos(F, N, M) \
    N(M, 1, friend_invite_info, REPEATED, list)

#define FIELDS_friends_list_input(F, N, M) \
    F(M, 1, STR, REPEATED, target_id)      \
    F(M, 2, INT, OPTIONAL, type)

#define FIELDS_friend_level_set(F, N, M) \
    F(M, 1, INT, OPTIONAL, level)

#define FIELDS_friend_apply_event(F, N, M) \
    F(M, 1, INT, OPTIONAL, apply_type)     \
    F(M, 2, INT, OPTIONAL, friend_type)    \
    F(M, 3, STR, OPTIONAL, info)           \
    F(M, 4, STR, OPTIONAL, name)           \
    F(M, 5, STR, OPTIONAL, portrait_url)

/* Profiles */

#define FIELDS_user_profile(F, N, M)                  \
    F(M, 1, INT, OPTIONAL, version)                   \
    F(M, 2, STR, OPTIONAL, user_id)                   \
    N(M, 3, profile_info, REPEATED, user_profile)     \
    N(M, 4, profile_info, REPEATED, user_ext_profile)

#define FIELDS_user_profiles(F, N, M)         \
    N(M, 1, user_profile, REPEATED, profiles)

#define FIELDS_pull_user_profile_req(F, N, M) \
    F(M, 1, STR, REPEATED, user_id)

#define FIELDS_user_profile_input(F, N, M) \
    F(M, 1, INT, REQUIRED, nothing)

#define FIELDS_set_user_profile_resp(F, N, M) \
    F(M, 1, INT, OPTIONAL, version)           \
    F(M, 2, STR, OPTIONAL, key)               \
    F(M, 3, STR, REPEATED, censor_failed_fields)

/* Who is online (wire.md F.9) */

#define FIELDS_user_sub_detail(F, N, M) \
    F(M, 1, STR, OPTIONAL, sub_user_id)

#define FIELDS_qry_sub_data_req(F, N, M) \
    F(M, 1, INT, OPTIONAL, sub_type)     \
    N(M, 2, user_sub_detail, REPEATED, sub_users)

#define FIELDS_sub_data(F, N, M)          \
    F(M, 1, INT, OPTIONAL, platform_info) \
    F(M, 2, INT, OPTIONAL, value)         \
    F(M, 3, INT, OPTIONAL, version_time)

#define FIELDS_sub_data_detail(F, N, M) \
    F(M, 1, STR, OPTIONAL, status_str)  \
    F(M, 2, STR, OPTIONAL, sub_user_id) \
    N(M, 3, sub_data, REPEATED, data)   \
    F(M, 4, INT, OPTIONAL, sub_type)

#define FIELDS_pull_sub_data_resp(F, N, M)  \
    N(M, 1, sub_data_detail, REPEATED, list) \
    F(M, 2, INT, OPTIONAL, version_time)    \
    F(M, 3, BOOL, OPTIONAL, has_next)       \
    F(M, 4, STR, OPTIONAL, page_token)      \
    F(M, 5, BOOL, OPTIONAL, is_full)

/* Blacklist (wire.md F.9) */

#define FIELDS_add2_black_list_input(F, N, M) \
    F(M, 1, STR, REQUIRED, user_id)

#define FIELDS_remove_from_black_list_input(F, N, M) \
    F(M, 1, STR, REQUIRED, user_id)

#define FIELDS_query_black_list_input(F, N, M) \
    F(M, 1, INT, REQUIRED, nothing)

#define FIELDS_query_black_list_output(F, N, M) \
    F(M, 1, STR, REPEATED, user_ids)

#define FIELDS_black_list_status_input(F, N, M) \
    F(M, 1, STR, REQUIRED, user_id)

/* What is asked at connect (wire.md H.1) */

#define FIELDS_metadata_info(F, N, M) \
    F(M, 1, STR, OPTIONAL, key)       \
    F(M, 2, STR, OPTIONAL, value)

#define FIELDS_bot_info(F, N, M)               \
    F(M, 1, STR, OPTIONAL, id)                 \
    F(M, 2, STR, OPTIONAL, name)               \
    F(M, 3, STR, OPTIONAL, portrait_url)       \
    F(M, 4, STR, OPTIONAL, type)               \
    N(M, 5, metadata_info, REPEATED, metadata) \
    F(M, 6, INT, OPTIONAL, create_time)        \
    F(M, 7, INT, OPTIONAL, update_time)

#define FIELDS_bot_input(F, N, M) \
    F(M, 1, STR, REPEATED, ids)

#define FIELDS_bot_output(F, N, M)    \
    N(M, 1, bot_info, REPEATED, bots)

#define FIELDS_report_sdk_input(F, N, M) \
    F(M, 1, STR, REQUIRED, sdk_info)

#define FIELDS_report_sdk_output(F, N, M) \
    F(M, 1, INT, OPTIONAL, nothing)

/* clang-format on */

#endif
