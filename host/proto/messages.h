/*
 * messages: one struct and one table per protobuf payload, and which payloads a topic
 * carries.
 *
 * `struct up_stream_message` and `up_stream_message_type` are the .proto's
 * UpStreamMessage, with the same field names; their fields are in proto/fields_*.h, their
 * meaning in wire.md F. How to use them: proto/pb.h.
 *
 * Layer: proto.  Thread: any. Pure.
 */
#ifndef PROTO_MESSAGES_H
#define PROTO_MESSAGES_H

#include "proto/fields_chat.h"
#include "proto/fields_list.h"
#include "proto/fields_service.h"
#include "proto/pb.h"

/* clang-format off */
#define MESSAGES(X)                                                \
    X(ext_msg_data, ExtMsgData)                                    \
    X(reference_data, ReferenceData)                               \
    X(push_extra, PushExtra)                                       \
    X(up_stream_message, UpStreamMessage)                          \
    X(notify_msg, NotifyMsg)                                       \
    X(sync_request_msg, SyncRequestMsg)                            \
    X(down_stream_message, DownStreamMessage)                      \
    X(down_stream_messages, DownStreamMessages)                    \
    X(chrm_input, ChrmInput)                                       \
    X(chrm_output, ChrmOutput)                                     \
    X(chrm_pull_msg, ChrmPullMsg)                                  \
    X(chrm_down_stream_messages, ChrmDownStreamMessages)           \
    X(query_chat_room_info_input, QueryChatRoomInfoInput)          \
    X(chrm_member, ChrmMember)                                     \
    X(query_chat_room_info_output, QueryChatRoomInfoOutput)        \
    X(chrm_kv_entity, ChrmKVEntity)                                \
    X(set_chrm_kv, SetChrmKV)                                      \
    X(set_chrm_kvs, SetChrmKVS)                                    \
    X(delete_chrm_kvs, DeleteChrmKVS)                              \
    X(chrm_kvs_output_entity, ChrmKVSOutputEntity)                 \
    X(chrm_kvs_version_entity, ChrmKVSVersionEntity)               \
    X(chrm_kvs_output, ChrmKVSOutput)                              \
    X(query_chrm_kv, QueryChrmKV)                                  \
    X(chrm_kv_output, ChrmKVOutput)                                \
    X(history_msg_input, HistoryMsgInput)                          \
    X(history_msg_ouput, HistoryMsgOuput)                          \
    X(clean_his_msg_input, CleanHisMsgInput)                       \
    X(clean_msg_batch_req, CleanMsgBatchReq)                       \
    X(delete_msg, DeleteMsg)                                       \
    X(delete_msg_input, DeleteMsgInput)                            \
    X(message_query_info, MessageQueryInfo)                        \
    X(msg_query, MsgQuery)                                         \
    X(msg_query_ack, MsgQueryAck)                                  \
    X(relation_qry_input, RelationQryInput)                        \
    X(relation_qry_filter, RelationQryFilter)                      \
    X(unread_msg_info, UnreadMsgInfo)                              \
    X(relation_info, RelationInfo)                                 \
    X(relations_output, RelationsOutput)                           \
    X(relation_op_input, RelationOpInput)                          \
    X(relation_del_batch_req, RelationDelBatchReq)                 \
    X(session_msg_read_input, SessionMsgReadInput)                 \
    X(session_msg_read_output, SessionMsgReadOutput)               \
    X(session_qry_input, SessionQryInput)                          \
    X(unread_info, UnreadInfo)                                     \
    X(session_output, SessionOutput)                               \
    X(sessions_output, SessionsOutput)                             \
    X(relations_input, RelationsInput)                             \
    X(session_tag_item, SessionTagItem)                            \
    X(session_state_item, SessionStateItem)                        \
    X(session_state, SessionState)                                 \
    X(session_req, SessionReq)                                     \
    X(session_states, SessionStates)                               \
    X(session_state_modify_req, SessionStateModifyReq)             \
    X(session_state_modify_resp, SessionStateModifyResp)           \
    X(type_unpush_input, TypeUnpushInput)                          \
    X(type_unpush_output, TypeUnpushOutput)                        \
    X(user_setting_item, UserSettingItem)                          \
    X(pull_user_setting_input, PullUserSettingInput)               \
    X(pull_user_setting_output, PullUserSettingOutput)             \
    X(user_setting_notification, UserSettingNotification)          \
    X(query_msg_change, QueryMsgChange)                            \
    X(event_change, EventChange)                                   \
    X(event_change_list, EventChangeList)                          \
    X(msg_change_req, MsgChangeReq)                                \
    X(modify_msg_resp, ModifyMsgResp)                              \
    X(modify_msg, ModifyMsg)                                       \
    X(pull_modify_msg_req, PullModifyMsgReq)                       \
    X(pull_modify_msg_resp, PullModifyMsgResp)                     \
    X(get_qnup_token_input, GetQNupTokenInput)                     \
    X(get_qnup_token_output, GetQNupTokenOutput)                   \
    X(get_qndownload_url_input, GetQNdownloadUrlInput)             \
    X(get_qndownload_url_output, GetQNdownloadUrlOutput)           \
    X(get_download_url_input, GetDownloadUrlInput)                 \
    X(get_download_url_output, GetDownloadUrlOutput)               \
    X(profile_info, ProfileInfo)                                   \
    X(channel_base_info, ChannelBaseInfo)                          \
    X(channels_page_param, ChannelsPageParam)                      \
    X(channels_user_ext_info, ChannelsUserExtInfo)                 \
    X(channels_user_info, ChannelsUserInfo)                        \
    X(channels_joined_info, ChannelsJoinedInfo)                    \
    X(channels_invite_status_info, ChannelsInviteStatusInfo)       \
    X(channels_input, ChannelsInput)                               \
    X(channels_output, ChannelsOutput)                             \
    X(multi_channels, MultiChannels)                               \
    X(quit_channels_setting, QuitChannelsSetting)                  \
    X(modify_channels_input, ModifyChannelsInput)                  \
    X(channels_query_input, ChannelsQueryInput)                    \
    X(channels_list_result, ChannelsListResult)                    \
    X(channels_user_infos, ChannelsUserInfos)                      \
    X(channels_invite_status_infos, ChannelsInviteStatusInfos)     \
    X(channels_joined_infos, ChannelsJoinedInfos)                  \
    X(channels_member_update_input, ChannelsMemberUpdateInput)     \
    X(channels_member_response_input, ChannelsMemberResponseInput) \
    X(channels_members_input, ChannelsMembersInput)                \
    X(channel_apply_info, ChannelApplyInfo)                        \
    X(channel_event_data, ChannelEventData)                        \
    X(friend_user_info, FriendUserInfo)                            \
    X(friend_invite_info, FriendInviteInfo)                        \
    X(friend_input, FriendInput)                                   \
    X(friends_input, FriendsInput)                                 \
    X(friend_check_output, FriendCheckOutput)                      \
    X(friends_check_output, FriendsCheckOutput)                    \
    X(friend_profile_input, FriendProfileInput)                    \
    X(friend_profile_output, FriendProfileOutput)                  \
    X(friend_query_input, FriendQueryInput)                        \
    X(friend_user_infos, FriendUserInfos)                          \
    X(friend_invite_infos, FriendInviteInfos)                      \
    X(friends_list_input, FriendsListInput)                        \
    X(friend_level_set, FriendLevelSet)                            \
    X(friend_apply_event, FriendApplyEvent)                        \
    X(user_profile, UserProfile)                                   \
    X(user_profiles, UserProfiles)                                 \
    X(pull_user_profile_req, PullUserProfileReq)                   \
    X(user_profile_input, UserProfileInput)                        \
    X(set_user_profile_resp, SetUserProfileResp)                   \
    X(user_sub_detail, UserSubDetail)                              \
    X(qry_sub_data_req, QrySubDataReq)                             \
    X(sub_data, SubData)                                           \
    X(sub_data_detail, SubDataDetail)                              \
    X(pull_sub_data_resp, PullSubDataResp)                         \
    X(add2_black_list_input, Add2BlackListInput)                   \
    X(remove_from_black_list_input, RemoveFromBlackListInput)      \
    X(query_black_list_input, QueryBlackListInput)                 \
    X(query_black_list_output, QueryBlackListOutput)               \
    X(black_list_status_input, BlackListStatusInput)               \
    X(metadata_info, MetadataInfo)                                 \
    X(bot_info, BotInfo)                                           \
    X(bot_input, BotInput)                                         \
    X(bot_output, BotOutput)                                       \
    X(report_sdk_input, ReportSDKInput)                            \
    X(report_sdk_output, ReportSDKOutput)
/* clang-format on */

MESSAGES(PB_STRUCT)

/* Bits of up_stream_message.session_id and, as the server turns them, of
 * down_stream_message.status (wire.md F.2, F.3). */
enum {
    UP_STORED = 1,
    UP_COUNTED = 2,
    UP_MENTION = 4,
    UP_SILENT = 32,
    UP_EXPANDABLE = 64,
};

enum {
    DOWN_FETCHED = 2, /* on another device */
    DOWN_STORED = 16,
    DOWN_COUNTED = 32,
    DOWN_MENTION = 64,
    DOWN_SILENT = 512,
    DOWN_EXPANDABLE = 1024,
};

/* The status bits a server makes of session_id. */
int64_t messages_status(int64_t session_id);

/* Bits of down_stream_message.ext_status (wire.md F.3). */
enum { EXT_EDITED = 4, EXT_STATUS_MESSAGE = 64 };

/* down_stream_message.direction */
enum { DIRECTION_SENT = 1, DIRECTION_RECEIVED = 2 };

/* notify_msg.type: of s_ntf the first two, of s_cmd the others (wire.md F.3). */
enum {
    NOTIFY_PULL = 1,
    NOTIFY_PULL_CHATROOM = 2,
    COMMAND_CHATROOM_KV = 2,
    COMMAND_CONVERSATION_SETTINGS = 3,
    COMMAND_CHATROOM_GONE = 4,
    COMMAND_EVENTS = 11,
    COMMAND_EDITED = 12,
};

/* event_change.change_type, and the sub_change_type of each (wire.md F.4, F.8, F.9). */
enum {
    EVENT_GROUP = 11,
    EVENT_GROUP_PROFILE = 12,
    EVENT_APPLICATION = 13,
    EVENT_FRIEND = 31,
};
enum {
    GROUP_CREATED,
    GROUP_JOINED,
    GROUP_KICKED,
    GROUP_QUIT,
    GROUP_DISMISSED,
    GROUP_MANAGER_ADDED,
    GROUP_MANAGER_REMOVED,
    GROUP_OWNER_CHANGED,
};
enum { PROFILE_OF_GROUP, PROFILE_OF_MEMBER };
enum { FRIEND_REQUESTED, FRIEND_REFUSED, FRIEND_ADDED, FRIEND_DELETED };

/* channels_invite_status_info: its status, direction_type and join_type (wire.md F.8). */
enum {
    APPLY_MANAGER_WAITS,
    APPLY_MANAGER_REFUSED,
    APPLY_INVITEE_WAITS,
    APPLY_INVITEE_REFUSED,
    APPLY_JOINED,
    APPLY_EXPIRED,
};
enum { APPLY_ASKED, APPLY_INVITING, APPLY_INVITED, APPLY_RECEIVED };
enum { JOIN_ASKED, JOIN_INVITED };

struct message_topic {
    const char *topic;
    const struct pb_type *request; /* payload of the PUBLISH or QUERY; NULL: empty */
    const struct pb_type *answer;  /* of the QUERYACK; NULL: empty, or a PUBLISH */
};

/* What a topic carries. False for topics without a table. The out pointers may be NULL.
 */
bool messages_for_topic(struct str topic, const struct pb_type **request,
                        const struct pb_type **answer);

/* All known topics, sorted bytewise by name. */
const struct message_topic *messages_topics(size_t *count);

/* All tables, in the order of the .proto. */
const struct pb_type *const *messages_types(size_t *count);

#endif
