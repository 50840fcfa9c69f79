/* Files that messages carry, on their way from the cloud's store to a plugin. */
#include "base/mem.h"
#include "script/api.h"
#include "script/api_call.h"
#include "script/caps.h"
#include "script/convert.h"
#include "script/keep.h"
#include "script/quota.h"
#include "script/record.h"
#include "script/transfer.h"
#include "script/web.h"

#include <lauxlib.h>
#include <stdlib.h>

#define TIMEOUT_MS ((int64_t)5 * 60 * 1000)
#define TIMEOUT_MAX_MS ((int64_t)60 * 60 * 1000)
#define REDIRECTS 5

struct fetch {
    struct transfer transfer; /* first */
    struct task *task;
    struct web *web;
    struct keep *keep; /* NULL: `bytes` get it */
    struct buf bytes;
    char *name;
};

static void unlink_fetch(struct fetch *fetch)
{
    transfer_end(&fetch->transfer);
}

static void free_fetch(struct fetch *fetch)
{
    keep_drop(fetch->keep);
    buf_clear(&fetch->bytes);
    free(fetch->name);
    free(fetch);
}

static bool on_piece(void *arg, struct str piece)
{
    struct fetch *fetch = arg;
    fetch->transfer.done += (int64_t)piece.len;
    return fetch->keep ? keep_add(fetch->keep, piece) : buf_add_str(&fetch->bytes, piece);
}

/* --- the result --- */

struct result {
    const struct fetch *fetch;
    struct str type;
    const struct err *why; /* NULL: it came */
};

static int push_result(lua_State *L, void *arg)
{
    const struct result *result = arg;
    const struct fetch *fetch = result->fetch;
    if (result->why)
        return convert_push_failure(L, result->why);
    lua_createtable(L, 0, 3);
    if (fetch->name)
        lua_pushstring(L, fetch->name);
    else
        push_str(L, buf_str(&fetch->bytes));
    lua_setfield(L, -2, fetch->name ? "path" : "data");
    lua_pushinteger(L, fetch->transfer.done);
    lua_setfield(L, -2, "size");
    push_str(L, result->type);
    lua_setfield(L, -2, "type");
    return 1;
}

/* Whether all of it is there; else why not. */
static bool is_whole(struct fetch *fetch, const struct http_answer *answer,
                     const struct err *why, struct err *err)
{
    struct keep *keep = fetch->keep;
    if (!answer) {
        *err = *why;
        return false;
    }
    if (answer->status == 404 || answer->status == 410)
        return err_set(err, ERR_NOT_FOUND, "the file is gone");
    if (answer->status < 200 || answer->status > 299)
        return err_refused(err, answer->status, "the store answered %d", answer->status);
    /* What plays the web in a spec gives it at once. */
    if (answer->body.len > 0 && !on_piece(fetch, answer->body))
        return err_set(err, ERR_STORAGE, "the file cannot be kept");
    fetch->keep = NULL;
    return !keep || keep_done(keep, err);
}

static void on_done(void *arg, const struct http_answer *answer, const struct err *why)
{
    struct fetch *fetch = arg;
    struct task *task = fetch->task;
    struct err err = { 0 };
    struct result result = { fetch, STR_NONE, NULL };
    if (is_whole(fetch, answer, why, &err)) {
        result.type = answer->content_type;
        if (str_index(result.type, ';') >= 0)
            result.type.len = (size_t)str_index(result.type, ';');
    } else {
        result.why = &err;
    }
    unlink_fetch(fetch); /* the instance may be gone when the task has run */
    caps_done(task, result.why);
    task_wake(task, push_result, &result);
    free_fetch(fetch);
}

static void cancel(struct task *task)
{
    struct fetch *fetch = task->pending;
    const struct err why = { .code = task->undo };
    caps_done(task, &why);
    web_cancel(fetch->web);
    unlink_fetch(fetch);
    free_fetch(fetch);
}

/* --- the call --- */

struct wanted {
    struct str url, name; /* name.at NULL: bytes */
    size_t max;
    int64_t timeout_ms;
};

/* Held. What the task waits for then, or NULL. */
static struct fetch *start(struct task *task, const struct wanted *wanted,
                           struct err *err)
{
    struct instance *instance = task->instance;
    struct keep *keep = NULL;
    if (!transfer_may(instance, err))
        return NULL;
    if (wanted->name.at) {
        keep = keep_open(instance->version->media_folder, wanted->name, err);
        if (!keep)
            return NULL;
    }
    struct fetch *fetch = MEM_NEW(struct fetch);
    fetch->task = task;
    fetch->keep = keep;
    fetch->name = keep ? str_dup(wanted->name) : NULL;
    buf_init(&fetch->bytes, wanted->max);
    fetch->transfer.total = -1;
    transfer_begin(&fetch->transfer, instance);
    struct web *web = web_new(instance, STR("GET"), wanted->url);
    web_set_limits(web, wanted->timeout_ms, REDIRECTS);
    web_set_file(web, wanted->max, on_piece);
    fetch->web = web;
    if (web_start(web, on_done, fetch, err))
        return fetch;
    if (err->code == ERR_ARGUMENT)
        err->code = ERR_PROTO; /* who sent the message wrote the address */
    unlink_fetch(fetch);
    free_fetch(fetch);
    return NULL;
}

static size_t check_max(lua_State *L, int index, bool to_file)
{
    lua_Integer most = to_file ? QUOTA_UPLOAD_BYTES_MAX : QUOTA_HTTP_BODY_BYTES_MAX;
    int is_integer;
    if (lua_isnil(L, index))
        return (size_t)most;
    lua_Integer max = lua_tointegerx(L, index, &is_integer);
    if (!is_integer || max < 1 || max > most)
        raise_error(L, "opts.max: want a whole number up to %d", (int)most);
    return (size_t)max;
}

static int64_t check_timeout(lua_State *L, int index)
{
    if (lua_isnil(L, index))
        return TIMEOUT_MS;
    int64_t ms = check_duration(L, index, "opts.timeout");
    if (ms < 1 || ms > TIMEOUT_MAX_MS)
        raise_error(L, "opts.timeout: up to an hour");
    return ms;
}

static struct str check_name(lua_State *L, int index)
{
    if (lua_isnil(L, index))
        return STR_NONE;
    if (lua_type(L, index) != LUA_TSTRING)
        raise_error(L, "opts.to: want a text, have a %s", luaL_typename(L, index));
    struct str name = check_str(L, index);
    if (!keep_name_ok(name))
        raise_error(L, "opts.to: want the name of a file, without folders");
    return name;
}

/* Where it comes from, for the audit; not the whole address, which may hold a token. */
static struct str place_of(struct str text)
{
    struct url url;
    return url_parse(text, &url, NULL) ? url.place : STR("?");
}

/* host.download(url or nil, to or nil, max or nil, timeout or nil): { data or path, size,
 * type }. No url: there is nothing to download. */
static int api_download(lua_State *L)
{
    struct err err = { 0 };
    struct task *task = task_check_wait(L);
    struct wanted wanted = { 0 };
    lua_settop(L, 4);
    if (lua_type(L, 1) == LUA_TSTRING)
        wanted.url = check_str(L, 1);
    guard_hold();
    bool ok = caps_gate_on(task, "media", place_of(wanted.url), &err);
    guard_release();
    if (!ok)
        return convert_push_failure(L, &err);
    wanted.name = check_name(L, 2);
    wanted.max = check_max(L, 3, wanted.name.at != NULL);
    wanted.timeout_ms = check_timeout(L, 4);
    guard_hold();
    struct fetch *fetch = NULL;
    if (!wanted.url.at)
        err_set(&err, ERR_NOT_FOUND, "the message carries no file");
    else if (wanted.url.len > WEB_URL_MAX)
        err_set(&err, ERR_PROTO, "the address of the file is too long");
    else if (wanted.name.at && !task->instance->version->media_folder)
        err_set(&err, ERR_DENIED,
                "the plugin %s is not granted \"media:FOLDER\" (grants in the "
                "configuration)",
                task->instance->version->name);
    else
        fetch = start(task, &wanted, &err);
    task->pending = fetch;
    task->cancel = fetch ? cancel : NULL;
    if (err.code == ERR_LIMIT)
        task->audit_verb = NULL; /* a flood leaves no flood of rows */
    task_set_limit(task, 0);     /* the request has its own */
    guard_release();
    return api_call_wait(L, task, &err);
}

static const struct record_call download_calls[] = {
    { "download", api_download, 0 },
    { NULL, NULL, 0 },
};

const struct api_group host_downloads = RECORD_CALLS(download_calls);
