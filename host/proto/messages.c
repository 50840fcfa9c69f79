#include "proto/messages.h"

#include <stdlib.h>

MESSAGES(PB_DEFINE)

static const struct pb_type *const types[] = {
#define TYPE_ROW(M, proto_name) &M##_type,
    MESSAGES(TYPE_ROW)
#undef TYPE_ROW
};

/* Sorted by name, bytewise: messages_for_topic searches by halves. */
static const struct message_topic topics[] = {
    /* clang-format off */
    { "addBlack", &add2_black_list_input_type, NULL },
    { "aliUrl", &get_download_url_input_type, &get_download_url_output_type },
    { "blackStat", &black_list_status_input_type, NULL },
    { "channelApplyResp", &channels_member_response_input_type, &channels_output_type },
    { "channelCreate", &channels_input_type, &channels_output_type },
    { "channelDismiss", &modify_channels_input_type, &channels_output_type },
    { "channelMemInvite", &channels_members_input_type, &channels_output_type },
    { "channelMemJoin", &channels_members_input_type, &channels_output_type },
    { "channelMemKick", &modify_channels_input_type, &channels_output_type },
    { "channelMemQuit", &modify_channels_input_type, &channels_output_type },
    { "channelTransfer", &modify_channels_input_type, &channels_output_type },
    { "chatMsg", &up_stream_message_type, NULL },
    { "chrmPull", &chrm_pull_msg_type, &chrm_down_stream_messages_type },
    { "cleanCMsg", &clean_his_msg_input_type, NULL },
    { "cleanGMsg", &clean_his_msg_input_type, NULL },
    { "cleanMsgBatch", &clean_msg_batch_req_type, NULL },
    { "cleanPMsg", &clean_his_msg_input_type, NULL },
    { "cleanSMsg", &clean_his_msg_input_type, NULL },
    { "delKV", &set_chrm_kv_type, NULL },
    { "delKVS", &delete_chrm_kvs_type, &chrm_kvs_output_type },
    { "delMsg", &delete_msg_input_type, NULL },
    { "delRelation", &relations_input_type, NULL },
    { "delRelationBatch", &relation_del_batch_req_type, NULL },
    { "exitChrm", &chrm_input_type, &chrm_output_type },
    { "friendAdd", &friend_input_type, &channels_output_type },
    { "friendAuthGet", &friend_input_type, &friend_level_set_type },
    { "friendAuthSet", &friend_level_set_type, NULL },
    { "friendCheck", &friends_input_type, &friends_check_output_type },
    { "friendDel", &friends_input_type, NULL },
    { "friendHandle", &friend_input_type, NULL },
    { "friendSetPf", &friend_profile_input_type, &friend_profile_output_type },
    { "friendsInfoQry", &friends_list_input_type, &friend_user_infos_type },
    { "friendsQuery", &friend_query_input_type, &channels_list_result_type },
    { "getBlack", &query_black_list_input_type, &query_black_list_output_type },
    { "joinChrm", &chrm_input_type, &chrm_output_type },
    { "joinChrmR", &chrm_input_type, &chrm_output_type },
    { "minioUrl", &get_download_url_input_type, &get_download_url_output_type },
    { "modifyMsg", &msg_change_req_type, &modify_msg_resp_type },
    { "pbMsgP", &up_stream_message_type, NULL },
    { "pcMsgP", &up_stream_message_type, NULL },
    { "pgMsgP", &up_stream_message_type, NULL },
    { "pgMsgS", &up_stream_message_type, NULL },
    { "ppMsgP", &up_stream_message_type, NULL },
    { "ppMsgS", &up_stream_message_type, NULL },
    { "pullEventChange", &query_msg_change_type, &event_change_list_type },
    { "pullKV", &query_chrm_kv_type, &chrm_kv_output_type },
    { "pullModifyMsg", &pull_modify_msg_req_type, &pull_modify_msg_resp_type },
    { "pullMsg", &sync_request_msg_type, &down_stream_messages_type },
    { "pullOwnProfile", &user_profile_input_type, &user_profile_type },
    { "pullSe", &session_qry_input_type, &sessions_output_type },
    { "pullSeAtts", &session_req_type, &session_states_type },
    { "pullUS", &pull_user_setting_input_type, &pull_user_setting_output_type },
    { "pullUserProfile", &pull_user_profile_req_type, &user_profiles_type },
    { "qAppBot", &bot_input_type, &bot_output_type },
    { "qChannelApplyList", &channels_query_input_type, &channels_list_result_type },
    { "qChannelInfo", &multi_channels_type, &channels_list_result_type },
    { "qChannelMem", &channels_query_input_type, &channels_list_result_type },
    { "qChannelMemJoin", &channels_query_input_type, &channels_list_result_type },
    { "qChannelMemSpeJoin", &channels_query_input_type, &channels_list_result_type },
    { "qChannelSpeMem", &channels_query_input_type, &channels_list_result_type },
    { "qnTkn", &get_qnup_token_input_type, &get_qnup_token_output_type },
    { "qnUrl", &get_download_url_input_type, &get_download_url_output_type },
    { "qryCHMsg", &history_msg_input_type, &history_msg_ouput_type },
    { "qryCMsg", &history_msg_input_type, &history_msg_ouput_type },
    { "qryGMsg", &history_msg_input_type, &history_msg_ouput_type },
    { "qryMsg", &msg_query_type, &msg_query_ack_type },
    { "qryPMsg", &history_msg_input_type, &history_msg_ouput_type },
    { "qryRLBatch", &relation_del_batch_req_type, &relations_output_type },
    { "qryRelation", &relations_input_type, &relations_output_type },
    { "qryRelationFilter", &relation_qry_filter_type, &relations_output_type },
    { "qryRelationR", &relation_qry_input_type, &relations_output_type },
    { "qrySMsg", &history_msg_input_type, &history_msg_ouput_type },
    { "qrySubData", &qry_sub_data_req_type, &pull_sub_data_resp_type },
    { "queryChrmI", &query_chat_room_info_input_type, &query_chat_room_info_output_type },
    { "recallMsg", &up_stream_message_type, NULL },
    { "reportsdk", &report_sdk_input_type, &report_sdk_output_type },
    { "rmBlack", &remove_from_black_list_input_type, NULL },
    { "s3Url", &get_download_url_input_type, &get_download_url_output_type },
    { "s_cmd", &notify_msg_type, NULL },
    { "s_msg", &down_stream_message_type, NULL },
    { "s_ntf", &notify_msg_type, NULL },
    { "s_us", &user_setting_notification_type, NULL },
    { "setKV", &set_chrm_kv_type, NULL },
    { "setKVS", &set_chrm_kvs_type, &chrm_kvs_output_type },
    { "setSeAtt", &session_state_modify_req_type, &session_state_modify_resp_type },
    { "setTypeUnpush", &type_unpush_input_type, &type_unpush_output_type },
    { "stcUrl", &get_download_url_input_type, &get_download_url_output_type },
    { "upChannelInfo", &channels_input_type, &channels_output_type },
    { "upChannelManager", &modify_channels_input_type, &channels_output_type },
    { "upChannelMem", &channels_member_update_input_type, &channels_output_type },
    { "upMsgEx", &msg_change_req_type, NULL },
    { "updRRTime", &session_msg_read_input_type, NULL },
    { "updRTime", &session_msg_read_input_type, NULL },
    { "updUserProfile", &user_profile_type, &set_user_profile_resp_type },
    /* clang-format on */
};

static int compare_topic(const void *key, const void *row)
{
    return str_cmp(*(const struct str *)key,
                   str_from(((const struct message_topic *)row)->topic));
}

bool messages_for_topic(struct str topic, const struct pb_type **request,
                        const struct pb_type **answer)
{
    const struct message_topic *row =
        bsearch(&topic, topics, sizeof(topics) / sizeof(topics[0]), sizeof(topics[0]),
                compare_topic);
    if (request != NULL)
        *request = row != NULL ? row->request : NULL;
    if (answer != NULL)
        *answer = row != NULL ? row->answer : NULL;
    return row != NULL;
}

const struct message_topic *messages_topics(size_t *count)
{
    *count = sizeof(topics) / sizeof(topics[0]);
    return topics;
}

const struct pb_type *const *messages_types(size_t *count)
{
    *count = sizeof(types) / sizeof(types[0]);
    return types;
}

int64_t messages_status(int64_t session_id)
{
    return (session_id & UP_STORED ? DOWN_STORED : 0) |
           (session_id & UP_COUNTED ? DOWN_COUNTED : 0) |
           (session_id & UP_MENTION ? DOWN_MENTION : 0) |
           (session_id & UP_SILENT ? DOWN_SILENT : 0) |
           (session_id & UP_EXPANDABLE ? DOWN_EXPANDABLE : 0);
}
