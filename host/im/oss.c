/* oss: see the header. */
#include "im/oss.h"

#include "net/url.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name, *topic;
} kinds[] = {
    [OSS_QINIU] = { "qiniu", "qnUrl" },
    [OSS_ALIYUN] = { "aliyun", "aliUrl" },
    [OSS_S3] = { "s3", "s3Url" },
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* ---- reading ---- */

/* Kept sorted, the smallest order first, equal ones as they came. */
static void add(struct oss_list *out, enum oss_kind kind, struct str address,
                int64_t order)
{
    struct url url;
    char text[OSS_URL];
    bool has_scheme = str_find(address, STR("://")) >= 0;
    int len = snprintf(text, sizeof(text), "%s%.*s", has_scheme ? "" : "https://",
                       STR_ARG(str_trim(address)));
    if (out->count == OSS_MOST || len >= (int)sizeof(text) ||
        !url_parse(str_from(text), &url, NULL) || !str_starts(url.scheme, STR("http")))
        return;
    size_t at = out->count++;
    for (; at > 0 && out->at[at - 1].order > order; at--)
        out->at[at] = out->at[at - 1];
    out->at[at] = (struct oss_place){ .kind = kind, .order = order };
    memcpy(out->at[at].url, text, (size_t)len + 1);
}

/* {"aliyun":"host","p":"1"} */
static void read_one(const struct json *one, struct oss_list *out)
{
    const struct json *p = json_get(one, "p");
    int64_t order = json_int(p, 0);
    str_to_i64(json_str(p), &order);
    out->has_minio |= json_get(one, "minio") != NULL;
    for (size_t i = 0; i < KINDS; i++) {
        struct str address = json_str(json_get(one, kinds[i].name));
        if (address.len > 0)
            add(out, (enum oss_kind)i, address, order);
    }
}

void oss_read(const struct json *config, struct str server, struct oss_list *out)
{
    *out = (struct oss_list){ 0 };
    struct json *parsed =
        json_kind(config) == JSON_STRING ? json_parse(json_str(config), NULL) : NULL;
    const struct json *list = parsed ? parsed : config;
    for (const struct json *one = NULL; (one = json_next(list, one));)
        read_one(one, out);
    json_free(parsed);
    if (out->count == 0 && server.len > 0)
        add(out, OSS_QINIU, server, 1);
}

struct json *oss_write(const struct oss_list *list)
{
    struct json *out = json_array();
    for (size_t i = 0; i < list->count; i++) {
        struct json *one = json_add(out, NULL, json_object());
        json_add_str(one, kinds[list->at[i].kind].name, str_from(list->at[i].url));
        json_add_int(one, "p", list->at[i].order);
    }
    if (list->has_minio)
        json_add_str(json_add(out, NULL, json_object()), "minio", STR(""));
    return out;
}

bool oss_has(const struct oss_list *list, struct str text)
{
    struct url url, place;
    if (!url_parse(text, &url, NULL))
        return false;
    for (size_t i = 0; i < list->count; i++) {
        if (url_parse(str_from(list->at[i].url), &place, NULL) &&
            place.secure == url.secure && place.port == url.port &&
            str_eq_nocase(place.host, url.host))
            return true;
    }
    return false;
}

/* ---- posting ---- */

const char *oss_topic(enum oss_kind kind)
{
    return kinds[kind].topic;
}

/* "https://bucket.host" of "https://host". */
static void add_bucket(struct str url, struct str bucket, struct buf *out)
{
    size_t end = (size_t)str_find(url, STR("://")) + 3;
    buf_add_format(out, "%.*s%.*s.%.*s", (int)end, url.at, STR_ARG(bucket),
                   STR_ARG(str_sub(url, end, SIZE_MAX)));
}

size_t oss_form(const struct oss_place *place, const struct get_qnup_token_output *token,
                struct str key, struct str file_type, struct http_field *fields,
                struct buf *url)
{
    const struct http_field qiniu[] = { { STR("token"), token->token },
                                        { STR("key"), key } };
    const struct http_field aliyun[] = {
        { STR("token"), token->token },
        { STR("OSSAccessKeyId"), token->osskey_id },
        { STR("policy"), token->oss_policy },
        { STR("Signature"), token->oss_sign },
        { STR("success_action_status"), STR("200") },
        { STR("key"), key },
    };
    const struct http_field s3[] = {
        { STR("Content-Disposition"),
          str_eq(file_type, STR("text/html")) ? STR("inline;") : STR("attachment;") },
        { STR("Content-Type"), file_type },
        { STR("x-amz-credential"), token->s3_credential },
        { STR("x-amz-algorithm"), token->s3_algorithm },
        { STR("x-amz-date"), token->s3_date },
        { STR("policy"), token->s3_policy },
        { STR("x-amz-signature"), token->s3_signature },
        { STR("key"), key },
    };
    switch (place->kind) {
    case OSS_ALIYUN:
        add_bucket(str_from(place->url), token->oss_bucket_name, url);
        memcpy(fields, aliyun, sizeof(aliyun));
        return sizeof(aliyun) / sizeof(*aliyun);
    case OSS_S3:
        add_bucket(str_from(place->url), token->s3_bucket_name, url);
        memcpy(fields, s3, sizeof(s3));
        return sizeof(s3) / sizeof(*s3);
    case OSS_QINIU:
        break;
    }
    buf_add_str(url, str_from(place->url));
    memcpy(fields, qiniu, sizeof(qiniu));
    return sizeof(qiniu) / sizeof(*qiniu);
}
