/* What is asked at connect, files, and the blacklist of the older SDK (wire.md F.4, F.9).
 */
#include "sandbox/files.h"
#include "sandbox/save.h"
#include "sandbox/topics.h"

#include <inttypes.h>

#define UPLOAD_TOKEN_MS 3600000
#define BLACK_MOST 3000

static int topic_empty(struct ask *ask)
{
    (void)ask;
    return STATUS_OK;
}

static int topic_user_settings(struct ask *ask)
{
    struct pull_user_setting_input in;
    struct pull_user_setting_output answer = { 0 };
    if (!ask_read(ask, &pull_user_setting_input_type, &in))
        return STATUS_BAD;
    pb_put(answer, pull_user_setting_output, version, in.version);
    return ask_write(ask, &pull_user_setting_output_type, &answer);
}

/* Files: the tokens to post them with, and where they are. */

static int topic_upload_token(struct ask *ask)
{
    struct get_qnup_token_input in;
    struct get_qnup_token_output answer = { 0 };
    char token[FILES_TOKEN_MAX];
    if (!ask_read(ask, &get_qnup_token_input_type, &in) || !files_key_ok(in.key))
        return STATUS_BAD;
    files_token(ask->box, in.key, ask->now + UPLOAD_TOKEN_MS, token);
    pb_put(answer, get_qnup_token_output, deadline, ask->now + UPLOAD_TOKEN_MS);
    pb_put(answer, get_qnup_token_output, token, str_from(token));
    pb_put(answer, get_qnup_token_output, path, in.key);
    return ask_write(ask, &get_qnup_token_output_type, &answer);
}

static int topic_download_url(struct ask *ask)
{
    struct get_download_url_input in;
    struct get_download_url_output answer = { 0 };
    struct sandbox *box = ask->box;
    if (!ask_read(ask, &get_download_url_input_type, &in) || !files_key_ok(in.key))
        return STATUS_BAD;
    struct str place = box_place(box, server_peer_header(ask->conn->peer, "Host"));
    buf_reset(&box->scratch);
    files_address(box, place, in.key, &box->scratch);
    pb_put(answer, get_download_url_output, download_url, buf_str(&box->scratch));
    return ask_write(ask, &get_download_url_output_type, &answer);
}

/* Blacklist. */

static int topic_black_add(struct ask *ask)
{
    struct add2_black_list_input in;
    if (!ask_read(ask, &add2_black_list_input_type, &in) || !state_id_ok(in.user_id) ||
        ask->user->black.len >= BLACK_MOST)
        return STATUS_BAD;
    map_set(&ask->user->black, in.user_id, ask->user);
    save_user(ask->box, ask->user);
    return STATUS_OK;
}

static int topic_black_remove(struct ask *ask)
{
    struct remove_from_black_list_input in;
    if (!ask_read(ask, &remove_from_black_list_input_type, &in))
        return STATUS_BAD;
    map_del(&ask->user->black, in.user_id);
    save_user(ask->box, ask->user);
    return STATUS_OK;
}

static int topic_black_list(struct ask *ask)
{
    struct query_black_list_output answer = { 0 };
    size_t count = 0, at = 0;
    struct str id;
    void *value;
    struct str *list =
        arena_alloc(&ask->box->arena, (ask->user->black.len + 1) * sizeof *list);
    if (!list)
        return STATUS_BAD;
    while (map_next(&ask->user->black, &at, &id, &value))
        list[count++] = id;
    if (count)
        pb_put_list(answer, query_black_list_output, user_ids, list, count);
    return ask_write(ask, &query_black_list_output_type, &answer);
}

/* Whether a user is on my list: 0 yes, 101 no, as the older SDK reads it. */
static int topic_black_status(struct ask *ask)
{
    struct black_list_status_input in;
    if (!ask_read(ask, &black_list_status_input_type, &in))
        return STATUS_BAD;
    return map_get(&ask->user->black, in.user_id) ? STATUS_OK : 101;
}

const struct topic misc_topics[] = {
    { "qAppBot", topic_empty },          { "pullUS", topic_user_settings },
    { "reportsdk", topic_empty },        { "qnTkn", topic_upload_token },
    { "qnUrl", topic_download_url },     { "aliUrl", topic_download_url },
    { "s3Url", topic_download_url },     { "stcUrl", topic_download_url },
    { "minioUrl", topic_download_url },  { "addBlack", topic_black_add },
    { "rmBlack", topic_black_remove },   { "getBlack", topic_black_list },
    { "blackStat", topic_black_status }, { NULL, NULL },
};
