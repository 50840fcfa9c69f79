/* media: see the header. */
#include "im/media.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/random.h"
#include "im/call.h"
#include "im/oss.h"
#include "im/requests.h"
#include "im/session.h"
#include "net/url.h"
#include "proto/messages.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define TIMEOUT_MS ((int64_t)10 * 60 * 1000)
#define KEY_MAX 160
#define SUFFIX_MAX 16
#define ARENA_MAX 65536
#define URL_MAX 4096

struct media {
    struct net *net;
    struct requests *requests;
    const struct session *session;
    struct call_list uploads;
};

struct upload {
    struct account_call base;
    struct media *media;
    enum media_kind kind;
    int fd;
    int64_t size, timeout_ms;
    char *name, *type;
    char key[KEY_MAX];
    struct account_call *asking; /* a question over the socket */
    struct http_call *posting;
    struct arena arena;
    struct get_qnup_token_output token; /* in the arena */
    struct oss_list stores;
    size_t store; /* the one at hand */
    http_progress_fn *progress;
    media_done_fn *done;
    void *arg;
};

/* ---- the end ---- */

static void upload_free(struct upload *upload)
{
    call_remove(&upload->base);
    if (upload->asking)
        upload->asking->cancel(upload->asking);
    if (upload->posting)
        http_cancel(upload->posting);
    arena_clear(&upload->arena);
    close(upload->fd);
    free(upload->name);
    free(upload->type);
    free(upload);
}

static void upload_cancel(struct account_call *base)
{
    upload_free((struct upload *)base);
}

static void finish(struct upload *upload, struct str url, const struct err *why)
{
    media_done_fn *done = upload->done;
    void *arg = upload->arg;
    upload_free(upload);
    done(arg, url, why);
}

static void upload_fail(struct account_call *base, const struct err *why)
{
    finish((struct upload *)base, STR_NONE, why);
}

/* ---- where it is ---- */

static void on_address(void *arg, struct str payload, const struct err *why)
{
    struct upload *upload = arg;
    struct get_download_url_output answer;
    struct err err = { 0 };
    struct url url;
    upload->asking = NULL;
    if (why) {
        err = *why;
        err_wrap(&err, "the file is uploaded, but not its address known");
        finish(upload, STR_NONE, &err);
        return;
    }
    if (!pb_decode(&get_download_url_output_type, &answer, payload, &upload->arena,
                   &err) ||
        !url_parse(answer.download_url, &url, &err) ||
        !str_starts(url.scheme, STR("http"))) {
        err_set(&err, ERR_PROTO, "the address of the file makes no sense");
        finish(upload, STR_NONE, &err);
        return;
    }
    finish(upload, answer.download_url, NULL);
}

static bool ask(struct upload *upload, const char *topic, const struct pb_type *type,
                const void *question, requests_answer_fn *fn, struct err *err)
{
    struct buf payload;
    buf_init(&payload, 65536);
    if (pb_encode(type, question, &payload, err))
        upload->asking = requests_ask(upload->media->requests, topic, STR_NONE,
                                      buf_str(&payload), fn, upload, err);
    buf_clear(&payload);
    return upload->asking != NULL;
}

static void ask_address(struct upload *upload)
{
    struct get_download_url_input question = { 0 };
    struct err err = { 0 };
    pb_put(question, get_download_url_input, type, upload->kind);
    pb_put(question, get_download_url_input, key, str_from(upload->key));
    pb_put(question, get_download_url_input, file_name, str_from(upload->name));
    pb_put(question, get_download_url_input, ext, STR(""));
    pb_put(question, get_download_url_input, size, -1);
    pb_put(question, get_download_url_input, ip_type, 0);
    if (!ask(upload, oss_topic(upload->stores.at[upload->store].kind),
             &get_download_url_input_type, &question, on_address, &err))
        finish(upload, STR_NONE, &err);
}

/* ---- posting ---- */

static void post(struct upload *upload, struct err *why);

static void on_posted(void *arg, const struct http_answer *answer, const struct err *why)
{
    struct upload *upload = arg;
    struct err err = why ? *why : (struct err){ 0 };
    upload->posting = NULL;
    if (answer && (answer->status == 200 || answer->status == 204)) {
        ask_address(upload);
        return;
    }
    if (answer)
        err_refused(&err, answer->status, "the store answered %d", answer->status);
    if (err.code == ERR_STORAGE) { /* of the file; no other store helps */
        finish(upload, STR_NONE, &err);
        return;
    }
    upload->store++;
    post(upload, &err);
}

static void on_progress(void *arg, int64_t done, int64_t total)
{
    struct upload *upload = arg;
    if (upload->progress)
        upload->progress(upload->arg, done, total);
}

/* To the next store that can be reached; `why` is what the last one said. */
static void post(struct upload *upload, struct err *why)
{
    for (; upload->store < upload->stores.count; upload->store++) {
        struct http_field fields[OSS_FIELDS];
        struct buf url;
        buf_init(&url, URL_MAX);
        size_t count =
            oss_form(&upload->stores.at[upload->store], &upload->token,
                     str_from(upload->key), str_from(upload->type), fields, &url);
        struct http_form form = {
            .fields = fields,
            .field_count = count,
            .fd = upload->fd,
            .size = upload->size,
            .file_name = str_from(upload->name),
            .file_type = str_from(upload->type),
            .progress = on_progress,
        };
        struct http_request request = {
            .url = buf_str(&url),
            .form = &form,
            .timeout_ms = upload->timeout_ms,
        };
        upload->posting =
            http_start(upload->media->net, &request, on_posted, upload, why);
        buf_clear(&url);
        if (upload->posting)
            return;
    }
    finish(upload, STR_NONE, why);
}

static void on_token(void *arg, struct str payload, const struct err *why)
{
    struct upload *upload = arg;
    struct err err = why ? *why : (struct err){ 0 };
    struct str own = arena_copy(&upload->arena, payload);
    upload->asking = NULL;
    if (why || (payload.len > 0 && !own.at) ||
        !pb_decode(&get_qnup_token_output_type, &upload->token, own, &upload->arena,
                   &err)) {
        finish(upload, STR_NONE, &err);
        return;
    }
    upload->stores = *session_stores(upload->media->session);
    if (upload->token.oss_config.len > 0) {
        struct json *config = json_parse(upload->token.oss_config, NULL);
        oss_read(config, STR_NONE, &upload->stores);
        json_free(config);
    }
    err_set(&err, ERR_UNSUPPORTED, "navi names no store that files could be posted to");
    post(upload, &err);
}

/* ---- the beginning ---- */

/* The part behind the last dot, if it looks like a format. */
static struct str suffix(struct str name)
{
    size_t at = name.len;
    while (at > 0 && name.at[at - 1] != '.')
        at--;
    struct str end = str_sub(name, at, SIZE_MAX);
    bool fine = at > 0 && end.len > 0 && end.len <= SUFFIX_MAX;
    for (size_t i = 0; fine && i < end.len; i++)
        fine = (end.at[i] >= 'a' && end.at[i] <= 'z') ||
               (end.at[i] >= 'A' && end.at[i] <= 'Z') ||
               (end.at[i] >= '0' && end.at[i] <= '9');
    return fine ? end : STR_NONE;
}

/* As the official clients name files: "1__RC-2026-11-22_647_1795376572466ID.jpg". */
static void make_key(struct upload *upload)
{
    int64_t now_ms = clock_wall_ms();
    time_t seconds = (time_t)(now_ms / 1000);
    struct str end = suffix(str_from(upload->name));
    struct tm day;
    char id[33];
    random_id(id, 32);
    gmtime_r(&seconds, &day);
    snprintf(upload->key, sizeof(upload->key), "%d__RC-%d-%d-%d_%d_%lld%s%s%.*s",
             (int)upload->kind, day.tm_year + 1900, day.tm_mon + 1, day.tm_mday,
             (int)random_below(1000), (long long)now_ms, id, end.len > 0 ? "." : "",
             STR_ARG(end));
}

static bool ask_token(struct upload *upload, struct err *err)
{
    struct get_qnup_token_input question = { 0 };
    bool minio = session_stores(upload->media->session)->has_minio;
    pb_put(question, get_qnup_token_input, type, upload->kind);
    pb_put(question, get_qnup_token_input, key, str_from(upload->key));
    pb_put(question, get_qnup_token_input, http_method, STR(""));
    pb_put(question, get_qnup_token_input, query_string, STR(""));
    pb_put(question, get_qnup_token_input, url, STR(""));
    pb_put(question, get_qnup_token_input, ext,
           minio ? STR("") : STR("{\"uploadDomain\":\"\"}"));
    pb_put(question, get_qnup_token_input, size, (upload->size + 1023) / 1024);
    pb_put(question, get_qnup_token_input, ip_type, 0);
    return ask(upload, "qnTkn", &get_qnup_token_input_type, &question, on_token, err);
}

struct account_call *media_upload(struct media *media, const struct media_upload *what,
                                  media_done_fn *done, void *arg, struct err *err)
{
    int fd = fcntl(what->fd, F_DUPFD_CLOEXEC, 0);
    if (fd < 0) {
        err_set(err, ERR_STORAGE, "the file cannot be read: %s", strerror(errno));
        return NULL;
    }
    struct upload *upload = MEM_NEW(struct upload);
    upload->base.cancel = upload_cancel;
    upload->base.fail = upload_fail;
    upload->media = media;
    upload->kind = what->kind;
    upload->fd = fd;
    upload->size = what->size;
    upload->timeout_ms = what->timeout_ms > 0 ? what->timeout_ms : TIMEOUT_MS;
    upload->name = str_dup(what->name);
    upload->type = str_dup(what->type);
    upload->progress = what->progress;
    upload->done = done;
    upload->arg = arg;
    arena_init(&upload->arena, ARENA_MAX);
    make_key(upload);
    call_add(&media->uploads, &upload->base);
    if (ask_token(upload, err))
        return &upload->base;
    upload_free(upload);
    return NULL;
}

bool media_is_ours(const struct media *media, struct str url)
{
    return oss_has(session_stores(media->session), url);
}

struct media *media_new(struct net *net, struct requests *requests,
                        const struct session *session)
{
    struct media *media = MEM_NEW(struct media);
    media->net = net;
    media->requests = requests;
    media->session = session;
    call_list_init(&media->uploads);
    return media;
}

void media_free(struct media *media)
{
    struct err closed = { 0 };
    if (!media)
        return;
    err_set(&closed, ERR_CLOSED, "the account was closed");
    call_list_fail(&media->uploads, &closed);
    free(media);
}
