/* Files of a plugin on their way to the cloud's store. */
#include "base/digest.h"
#include "base/mem.h"
#include "script/api.h"
#include "script/api_call.h"
#include "script/caps.h"
#include "script/convert.h"
#include "script/files.h"
#include "script/quota.h"
#include "script/record.h"
#include "script/transfer.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <unistd.h>

#define TIMEOUT_MAX_MS ((int64_t)60 * 60 * 1000)
#define PATH_MAX_BYTES 512
#define THUMBNAIL_MAX ((size_t)64 << 10) /* the content as a whole has twice that */

struct sending {
    struct transfer transfer; /* first */
    struct task *task;
    void *call; /* of script_im */
    int64_t size;
    struct str name, format, type; /* in `path`, and literals */
    char *path;
};

/* --- what a file is, by its name --- */

static const struct {
    const char *format, *type;
} types[] = {
    { "jpg", "image/jpeg" },        { "jpeg", "image/jpeg" },
    { "png", "image/png" },         { "gif", "image/gif" },
    { "webp", "image/webp" },       { "bmp", "image/bmp" },
    { "aac", "audio/aac" },         { "amr", "audio/amr" },
    { "mp3", "audio/mpeg" },        { "m4a", "audio/mp4" },
    { "wav", "audio/wav" },         { "ogg", "audio/ogg" },
    { "mp4", "video/mp4" },         { "mov", "video/quicktime" },
    { "webm", "video/webm" },       { "txt", "text/plain" },
    { "html", "text/html" },        { "csv", "text/csv" },
    { "pdf", "application/pdf" },   { "zip", "application/zip" },
    { "json", "application/json" },
};

static struct str last_part(struct str path, char sep)
{
    size_t at = path.len;
    while (at > 0 && path.at[at - 1] != sep)
        at--;
    return str_sub(path, at, SIZE_MAX);
}

/* What stands behind the last dot of a name, unless it begins with it. */
static struct str format_of(struct str name)
{
    struct str format = last_part(name, '.');
    return format.len + 1 < name.len ? format : STR_NONE;
}

static struct str type_of(struct str format)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
        if (str_eq_nocase(format, str_from(types[i].format)))
            return str_from(types[i].type);
    return STR("application/octet-stream");
}

static enum media_kind check_kind(lua_State *L, int index)
{
    static const char *const words[] = { "image", "gif", "voice", "video", "file", NULL };
    static const enum media_kind kinds[] = { MEDIA_IMAGE, MEDIA_IMAGE, MEDIA_AUDIO,
                                             MEDIA_SHORT_VIDEO, MEDIA_FILE };
    const char *word = lua_type(L, index) == LUA_TSTRING ? lua_tostring(L, index) : "";
    for (size_t i = 0; words[i]; i++)
        if (strcmp(words[i], word) == 0)
            return kinds[i];
    raise_error(L,
                "opts.kind: want \"image\", \"gif\", \"voice\", \"video\" or \"file\"");
    return MEDIA_FILE;
}

/* --- opening --- */

/* Below the plugin's own folder, or below the one that the operator gave it. */
static int open_file(const struct version *version, const char *name, size_t max,
                     int64_t *size, struct err *err)
{
    int fd = -1;
    err_set(err, ERR_NOT_FOUND, "%s: the plugin has no folder", name);
    if (version->folder)
        fd = files_open_below(version->folder, name, size, err);
    if (fd < 0 && version->media_folder && err->code == ERR_NOT_FOUND)
        fd = files_open_below(version->media_folder, name, size, err);
    if (fd < 0 || *size <= (int64_t)max)
        return fd;
    err_set(err, ERR_LIMIT, "%s: %lld bytes, at most %zu", name, (long long)*size, max);
    close(fd);
    return -1;
}

static struct str check_path(lua_State *L, int index, const char *what)
{
    if (lua_type(L, index) != LUA_TSTRING)
        raise_error(L, "%s: want a text, have a %s", what, luaL_typename(L, index));
    struct str path = check_str(L, index);
    if (path.len == 0 || path.len > PATH_MAX_BYTES || str_index(path, '\0') >= 0)
        raise_error(L, "%s: want the name of a file", what);
    return path;
}

/* A picture's bytes and not its name: names do not begin like that. */
static bool is_picture(struct str given)
{
    return str_starts(given, STR("\xff\xd8")) || str_starts(given, STR("\x89PNG"));
}

static bool read_file(const struct version *version, const char *name, struct buf *out,
                      struct err *err)
{
    int64_t size = 0;
    int fd = open_file(version, name, THUMBNAIL_MAX, &size, err);
    if (fd < 0)
        return false;
    bool ok = buf_reserve(out, (size_t)size);
    ssize_t got = ok ? read(fd, out->at, (size_t)size) : -1;
    close(fd);
    if (got < 0)
        return err_set(err, ERR_STORAGE, "%s cannot be read", name);
    out->len = (size_t)got;
    return true;
}

/* --- the call --- */

/* Out of the instance's sight. */
static void unlink_sending(struct sending *sending)
{
    transfer_end(&sending->transfer);
    sending->transfer.instance->http_count--;
}

static void free_sending(struct sending *sending)
{
    free(sending->path);
    free(sending);
}

struct result {
    const struct sending *sending;
    struct str url;
    const struct err *why;
};

static int push_result(lua_State *L, void *arg)
{
    const struct result *result = arg;
    if (result->why)
        return convert_push_failure(L, result->why);
    lua_createtable(L, 0, 5);
    push_str(L, result->url);
    lua_setfield(L, -2, "url");
    push_str(L, result->sending->name);
    lua_setfield(L, -2, "name");
    push_str(L, result->sending->format);
    lua_setfield(L, -2, "format");
    push_str(L, result->sending->type);
    lua_setfield(L, -2, "type");
    lua_pushinteger(L, result->sending->size);
    lua_setfield(L, -2, "size");
    return 1;
}

static void on_done(void *arg, struct str url, const struct err *why)
{
    struct sending *sending = arg;
    struct task *task = sending->task;
    struct result result = { sending, url, why };
    unlink_sending(sending); /* the instance may be gone when the task has run */
    caps_done(task, why);
    task_wake(task, push_result, &result);
    free_sending(sending);
}

static void on_progress(void *arg, int64_t done, int64_t total)
{
    struct sending *sending = arg;
    sending->transfer.done = done;
    sending->transfer.total = total;
}

static void cancel(struct task *task)
{
    const struct err why = { .code = task->undo };
    struct sending *sending = task->pending;
    struct script_im *im = &task->instance->runtime->im;
    caps_done(task, &why);
    if (im->cancel)
        im->cancel(im->arg, sending->call);
    unlink_sending(sending);
    free_sending(sending);
}

/* Held. What the task waits for then, or NULL. */
static struct sending *start(struct task *task, enum media_kind kind, struct str path,
                             int64_t timeout_ms, struct err *err)
{
    struct instance *instance = task->instance;
    const struct script_im *im = &instance->runtime->im;
    int64_t size = 0;
    if (!transfer_may(instance, err) || !api_call_online(task, err))
        return NULL;
    if (!im->upload) {
        err_set(err, ERR_UNSUPPORTED, "files cannot be uploaded here");
        return NULL;
    }
    int fd = open_file(instance->version, path.at, QUOTA_UPLOAD_BYTES_MAX, &size, err);
    if (fd < 0)
        return NULL;
    struct sending *sending = MEM_NEW(struct sending);
    sending->task = task;
    sending->size = size;
    sending->path = str_dup(path);
    sending->name = last_part(str_of(sending->path, path.len), '/');
    sending->format = format_of(sending->name);
    sending->type = type_of(sending->format);
    sending->transfer.total = size;
    struct media_upload upload = {
        .kind = kind,
        .fd = fd,
        .size = size,
        .name = sending->name,
        .type = sending->type,
        .timeout_ms = timeout_ms,
        .progress = on_progress,
    };
    instance->http_count++;
    transfer_begin(&sending->transfer, instance);
    sending->call = im->upload(im->arg, &upload, on_done, sending, err);
    close(fd);
    if (sending->call)
        return sending;
    unlink_sending(sending);
    free_sending(sending);
    return NULL;
}

static int64_t check_timeout(lua_State *L, int index)
{
    if (lua_isnil(L, index))
        return 0;
    int64_t ms = check_duration(L, index, "opts.timeout");
    if (ms < 1 || ms > TIMEOUT_MAX_MS)
        raise_error(L, "opts.timeout: up to an hour");
    return ms;
}

/* host.upload(to or nil, kind, path, timeout or nil): { url, name, format, type, size }.
 * `to`: where it will be sent, which must be allowed then. */
static int api_upload(lua_State *L)
{
    struct err err = { 0 };
    struct task *task = task_check_wait(L);
    lua_settop(L, 4);
    bool sends = !lua_isnil(L, 1);
    struct conversation to = { 0 };
    if (sends)
        to = check_conversation(L, 1, "to");
    struct str path = STR_NONE;
    if (lua_type(L, 3) == LUA_TSTRING)
        path = check_str(L, 3);
    guard_hold();
    bool ok = (!sends || caps_gate_here(task, "send", to, &err)) &&
              caps_gate_on(task, "media", path, &err);
    guard_release();
    if (!ok)
        return convert_push_failure(L, &err);
    enum media_kind kind = check_kind(L, 2);
    path = check_path(L, 3, "path");
    int64_t timeout_ms = check_timeout(L, 4);
    guard_hold();
    struct sending *sending = start(task, kind, path, timeout_ms, &err);
    task->pending = sending;
    task->cancel = sending ? cancel : NULL;
    if (err.code == ERR_LIMIT)
        task->audit_verb = NULL; /* a flood leaves no flood of rows */
    task_set_limit(task, 0);     /* the upload has its own */
    guard_release();
    return api_call_wait(L, task, &err);
}

/* host.thumbnail(path): the bytes of a small file, in base64. */
static int api_thumbnail(lua_State *L)
{
    struct err err = { 0 };
    struct task *task = task_current(L);
    struct buf *scratch = &task->instance->scratch;
    struct buf bytes;
    lua_settop(L, 1);
    guard_hold();
    task->audit_verb = NULL;
    bool ok = caps_gate_on(task, "media", STR("thumbnail"), &err);
    task->audit_verb = NULL; /* the upload has a row */
    guard_release();
    if (!ok)
        return convert_push_failure(L, &err);
    struct str given =
        lua_type(L, 1) == LUA_TSTRING ? check_str(L, 1) : check_path(L, 1, "thumb");
    if (!is_picture(given))
        check_path(L, 1, "thumb");
    guard_hold();
    buf_init(&bytes, THUMBNAIL_MAX);
    ok = is_picture(given)
             ? buf_add_str(&bytes, given) ||
                   err_set(&err, ERR_LIMIT, "thumb: at most %zu bytes", THUMBNAIL_MAX)
             : read_file(task->instance->version, given.at, &bytes, &err);
    buf_reset(scratch);
    ok = ok && digest_base64(scratch, buf_str(&bytes));
    buf_clear(&bytes);
    guard_release();
    if (!ok)
        return convert_push_failure(L, &err);
    push_str(L, buf_str(scratch));
    return 1;
}

static const struct record_call upload_calls[] = {
    { "upload", api_upload, 0 },
    { "thumbnail", api_thumbnail, 0 },
    { NULL, NULL, 0 },
};

const struct api_group host_uploads = RECORD_CALLS(upload_calls);
