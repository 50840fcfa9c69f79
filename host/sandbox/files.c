#include "sandbox/files.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/mem.h"
#include "net/multipart.h"
#include "net/url.h"
#include "sandbox/save.h"
#include "sandbox/web.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define TYPE_MAX 100

/* A file in memory; oldest first in the list. */
struct file {
    struct file *next;
    char *key, *row;
    size_t row_len;
};

struct files {
    struct map by_key;
    struct file *first, **last;
    size_t total;
};

struct files *files_new(void)
{
    struct files *files = MEM_NEW(struct files);
    files->last = &files->first;
    return files;
}

static void free_file(struct file *file)
{
    free(file->key);
    free(file->row);
    free(file);
}

static void drop_first(struct files *files)
{
    struct file *file = files->first;
    files->first = file->next;
    if (!files->first)
        files->last = &files->first;
    files->total -= file->row_len;
    if (map_get(&files->by_key, str_from(file->key)) == file)
        map_del(&files->by_key, str_from(file->key));
    free_file(file);
}

void files_clear(struct files *files)
{
    while (files->first)
        drop_first(files);
}

void files_free(struct files *files)
{
    if (!files)
        return;
    files_clear(files);
    map_clear(&files->by_key);
    free(files);
}

bool files_key_ok(struct str key)
{
    for (size_t i = 0; i < key.len; i++)
        if ((unsigned char)key.at[i] <= ' ' || key.at[i] == 0x7f)
            return false;
    return key.len > 0 && key.len <= FILES_KEY_MAX && str_is_utf8(key);
}

/* --- tokens: nothing is kept of them, so they survive a restart --- */

void files_token(const struct sandbox *box, struct str key, int64_t until_ms,
                 char out[FILES_TOKEN_MAX])
{
    char text[FILES_KEY_MAX + 24], sum[DIGEST_SHA256_HEX];
    int len = snprintf(text, sizeof text, "%" PRId64 "/%.*s", until_ms, STR_ARG(key));
    digest_hmac_hex(box->app_secret, str_of(text, (size_t)len), sum);
    snprintf(out, FILES_TOKEN_MAX, "%" PRId64 ":%s", until_ms, sum);
}

static bool token_allows(const struct sandbox *box, struct str token, struct str key)
{
    char good[FILES_TOKEN_MAX];
    int64_t until_ms;
    ptrdiff_t colon = str_index(token, ':');
    if (colon < 0 || !str_to_i64(str_sub(token, 0, (size_t)colon), &until_ms))
        return false;
    files_token(box, key, until_ms, good);
    return digest_same(token, str_from(good)) && clock_wall_ms() < until_ms;
}

bool files_address(const struct sandbox *box, struct str place, struct str key,
                   struct buf *out)
{
    return buf_add_format(out, "%s://%.*s" FILES_PATH, box->tls ? "https" : "http",
                          STR_ARG(place)) &&
           (key.len == 0 || (buf_add_byte(out, '/') && url_escape(out, key)));
}

/* --- keeping: a row is the type, a line end, the bytes --- */

void files_keep(struct sandbox *box, struct str key, struct str type, struct str bytes)
{
    struct files *files = box->files;
    size_t len = type.len + 1 + bytes.len;
    char *row = mem_alloc(len);
    memcpy(row, type.at, type.len);
    row[type.len] = '\n';
    memcpy(row + type.len + 1, bytes.at ? bytes.at : "", bytes.len);
    box->counters.uploads++;
    if (save_file(box, key, str_of(row, len))) {
        free(row);
        return;
    }
    struct file *file = MEM_NEW(struct file);
    file->key = str_dup(key);
    file->row = row;
    file->row_len = len;
    *files->last = file;
    files->last = &file->next;
    files->total += len;
    map_set(&files->by_key, key, file);
    while (files->total > FILES_ALL_MAX)
        drop_first(files);
}

/* The row, in memory or in `room`. */
static bool find(struct sandbox *box, struct str key, struct buf *room, struct str *row)
{
    const struct file *file = map_get(&box->files->by_key, key);
    if (file)
        *row = str_of(file->row, file->row_len);
    else if (save_read_file(box, key, room))
        *row = buf_str(room);
    return row->at != NULL;
}

/* --- HTTP --- */

/* A file is a stranger's: a browser that shows one runs nothing of it. */
static const struct server_header_pair headers[] = {
    { "Access-Control-Allow-Origin", "*" },
    { "Access-Control-Allow-Methods", "GET, HEAD, POST, OPTIONS" },
    { "Access-Control-Allow-Headers", "*" },
    { "Access-Control-Max-Age", "600" },
    { "Content-Security-Policy", "sandbox" },
    { "X-Content-Type-Options", "nosniff" },
    { NULL, NULL },
};

static void say(struct sandbox *box, struct server_request *request, int status,
                const char *text)
{
    web_reply(box, request, status, "text/plain", headers, str_from(text));
}

struct posted {
    struct str token, key, type, bytes;
    bool has_file;
};

static bool read_form(struct server_request *request, struct posted *out)
{
    struct multipart form;
    struct multipart_part part;
    *out = (struct posted){ 0 };
    if (!multipart_open(&form, server_header(request, "content-type"),
                        server_body(request), NULL))
        return false;
    while (multipart_next(&form, &part)) {
        if (str_eq(part.name, STR("token"))) {
            out->token = part.bytes;
        } else if (str_eq(part.name, STR("key"))) {
            out->key = part.bytes;
        } else if (str_eq(part.name, STR("file"))) {
            out->has_file = true;
            out->bytes = part.bytes;
            out->type = part.type;
        }
    }
    return form.done;
}

static bool type_ok(struct str type)
{
    for (size_t i = 0; i < type.len; i++)
        if (type.at[i] < ' ' || type.at[i] > '~')
            return false;
    return type.len > 0 && type.len <= TYPE_MAX;
}

static void post(struct sandbox *box, struct server_request *request)
{
    struct posted posted;
    if (!read_form(request, &posted) || !posted.has_file || !files_key_ok(posted.key)) {
        say(box, request, 400, "want a form with token, key and file");
    } else if (!token_allows(box, posted.token, posted.key)) {
        say(box, request, 401, "bad token");
    } else if (posted.bytes.len > FILES_ONE_MAX) {
        say(box, request, 413, "too large");
    } else {
        files_keep(box, posted.key,
                   type_ok(posted.type) ? posted.type : STR("application/octet-stream"),
                   posted.bytes);
        say(box, request, 200, "kept");
    }
}

static void get(struct sandbox *box, struct server_request *request, struct str name)
{
    struct buf key, room;
    struct str row = STR_NONE;
    char type[TYPE_MAX + 1];
    buf_init(&key, FILES_KEY_MAX * 3);
    buf_init(&room, FILES_FORM_MAX);
    if (name.len <= FILES_KEY_MAX * 3 && url_unescape(&key, name) &&
        find(box, buf_str(&key), &room, &row)) {
        size_t end = (size_t)str_index(row, '\n');
        snprintf(type, sizeof type, "%.*s", (int)end, row.at);
        web_reply(box, request, 200, type, headers, str_sub(row, end + 1, SIZE_MAX));
    } else {
        say(box, request, 404, "no such file");
    }
    buf_clear(&room);
    buf_clear(&key);
}

bool files_serves(struct str path)
{
    return str_eq(path, STR(FILES_PATH)) || str_starts(path, STR(FILES_PATH "/"));
}

void files_answer(struct sandbox *box, struct server_request *request, struct str path)
{
    struct str method = server_method(request);
    struct str name = str_sub(path, sizeof FILES_PATH, SIZE_MAX);
    if (str_eq(method, STR("OPTIONS")))
        say(box, request, 200, "");
    else if (str_eq(method, STR("POST")) && name.len == 0)
        post(box, request);
    else if (str_eq(method, STR("GET")) || str_eq(method, STR("HEAD")))
        get(box, request, name);
    else
        say(box, request, 405, "POST, GET or HEAD");
}
