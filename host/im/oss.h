/*
 * oss: the object stores that files are posted to, as navi and qnTkn name them
 * (`ossConfig`, `uploadServer`), and what the form for each of them holds.
 *
 * Layer: im.  Thread: any. Pure.
 */
#ifndef IM_OSS_H
#define IM_OSS_H

#include "base/json.h"
#include "net/http.h"
#include "proto/messages.h"

enum { OSS_MOST = 4, OSS_URL = 512, OSS_FIELDS = 8 };

enum oss_kind { OSS_QINIU, OSS_ALIYUN, OSS_S3 };

struct oss_place {
    enum oss_kind kind;
    char url[OSS_URL];
    int64_t order;
};

struct oss_list {
    struct oss_place at[OSS_MOST]; /* to be tried in this order */
    size_t count;
    bool has_minio; /* one that we do not post to; clients ask for their token so */
};

/* `config` is the list, or its JSON text; `server` counts when that names none. What is
 * malformed or of a kind we do not know is left out. */
void oss_read(const struct json *config, struct str server, struct oss_list *out);

/* The list for a cache. */
struct json *oss_write(const struct oss_list *list);

/* Whether the address is one in a store of the list: the same server. */
bool oss_has(const struct oss_list *list, struct str url);

/* The topic that tells a file's address. */
const char *oss_topic(enum oss_kind kind);

/* Fills the fields but for the file; gives their number. `url` gets where to post. All
 * borrow from the token and the place. */
size_t oss_form(const struct oss_place *place, const struct get_qnup_token_output *token,
                struct str key, struct str file_type, struct http_field *fields,
                struct buf *url);

#endif
