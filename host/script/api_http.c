#include "base/clock.h"
#include "base/die.h"
#include "base/digest.h"
#include "script/api.h"
#include "script/api_call.h"
#include "script/caps.h"
#include "script/convert.h"
#include "script/objects.h"
#include "script/quota.h"
#include "script/record.h"
#include "script/task.h"
#include "script/web.h"
#include "script/web_header.h"

#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_MS 30000
#define TIMEOUT_MAX_MS ((int64_t)10 * 60 * 1000)
#define REDIRECTS 5
#define HEADER_BYTES_MAX 8192
#define PAIRS_MAX 100
#define METHOD_MAX 16

/* --- what came back --- */

struct result {
    const struct http_answer *answer;
    const struct err *why;
};

static int push_result(lua_State *L, void *arg)
{
    const struct result *result = arg;
    if (!result->answer)
        return convert_push_failure(L, result->why);
    lua_createtable(L, 0, 3);
    lua_pushinteger(L, result->answer->status);
    lua_setfield(L, -2, "status");
    web_header_push(L, result->answer->headers);
    lua_setfield(L, -2, "headers");
    push_str(L, result->answer->body);
    lua_setfield(L, -2, "body");
    objects_set(L, OBJECT_RESPONSE);
    return 1;
}

static void on_done(void *arg, const struct http_answer *answer, const struct err *why)
{
    struct task *task = arg;
    struct result result = { answer, why };
    char status[16];
    die_at("returned");
    if (answer) {
        snprintf(status, sizeof(status), "%d", answer->status);
        caps_done_with(task, status);
    } else {
        caps_done(task, why);
    }
    task_wake(task, push_result, &result);
}

static void cancel(struct task *task)
{
    caps_done_with(task, err_word(ERR_CANCELLED));
    web_cancel(task->pending);
}

/* --- arguments --- */

/* The text of a key or value; numbers and booleans as they print. Keys are never changed
 * in place. Pushes what it borrows from. */
static struct str push_text(lua_State *L, int index, const char *name)
{
    struct str text;
    lua_pushvalue(L, index);
    if (lua_type(L, -1) == LUA_TBOOLEAN) {
        lua_pushstring(L, lua_toboolean(L, -1) ? "true" : "false");
        lua_replace(L, -2);
    } else if (lua_type(L, -1) != LUA_TSTRING && lua_type(L, -1) != LUA_TNUMBER) {
        raise_error(L, "%s: want texts, have a %s", name, luaL_typename(L, -1));
    }
    text.at = lua_tolstring(L, -1, &text.len);
    return text;
}

/* Raises what is wrong with opts.headers (at `index`); gives how many there are. */
static void check_headers(lua_State *L, int index)
{
    size_t count = 0, bytes = 0;
    if (lua_isnil(L, index))
        return;
    if (!lua_istable(L, index))
        raise_error(L, "opts.headers: want a table, have a %s", luaL_typename(L, index));
    lua_pushnil(L);
    while (lua_next(L, index)) {
        struct str name = push_text(L, -2, "opts.headers");
        struct str value = push_text(L, -2, "opts.headers");
        if (!web_header_may(name))
            raise_error(L, "opts.headers: \"%s\" cannot be set", name.at);
        if (!web_header_is_line(value))
            raise_error(L, "opts.headers: %s has line breaks", name.at);
        bytes += name.len + value.len;
        count++;
        lua_pop(L, 3);
    }
    if (count > WEB_HEADERS_MAX - 1 || bytes > HEADER_BYTES_MAX)
        raise_error(L, "opts.headers: at most %d, of %d bytes together",
                    WEB_HEADERS_MAX - 1, HEADER_BYTES_MAX);
}

/* What the plugin said itself. */
struct said {
    bool type, key; /* Content-Type, Idempotency-Key */
};

/* Nothing raises any more. */
static struct said add_headers(lua_State *L, int index, struct web *web)
{
    struct said said = { false, false };
    if (lua_isnil(L, index))
        return said;
    lua_pushnil(L);
    while (lua_next(L, index)) {
        struct str name = push_text(L, -2, "");
        struct str value = push_text(L, -2, "");
        web_add_header(web, name, value);
        said.type = said.type || str_eq_nocase(name, STR("Content-Type"));
        said.key = said.key || str_eq_nocase(name, STR("Idempotency-Key"));
        lua_pop(L, 3);
    }
    return said;
}

struct pair {
    struct str name, value;
};

static int compare_pairs(const void *a, const void *b)
{
    return str_cmp(((const struct pair *)a)->name, ((const struct pair *)b)->name);
}

/* The url with opts.query (at `index`) behind it, names in order so that the same table
 * is the same address. In the scratch buf; raises what is wrong. */
static struct str make_url(lua_State *L, struct str url, int index)
{
    struct buf *out = &instance_of(L)->scratch;
    struct pair pairs[PAIRS_MAX];
    size_t count = 0;
    if (!lua_isnil(L, index) && !lua_istable(L, index))
        raise_error(L, "opts.query: want a table, have a %s", luaL_typename(L, index));
    luaL_checkstack(L, PAIRS_MAX * 2 + 10, NULL);
    if (lua_istable(L, index))
        lua_pushnil(L);
    while (lua_istable(L, index) && lua_next(L, index)) {
        if (count == PAIRS_MAX)
            raise_error(L, "opts.query: at most %d names", PAIRS_MAX);
        pairs[count].name = push_text(L, -2, "opts.query"); /* key, value, name */
        lua_insert(L, -3);                                  /* name, key, value */
        pairs[count++].value = push_text(L, -1, "opts.query");
        lua_insert(L, -3); /* name, text, key, value */
        lua_pop(L, 1);
    }
    qsort(pairs, count, sizeof(*pairs), compare_pairs);
    guard_hold();
    buf_reset(out);
    bool ok = buf_add_str(out, url);
    for (size_t i = 0; i < count && ok; i++)
        ok = buf_add_byte(out, i > 0 || str_index(url, '?') >= 0 ? '&' : '?') &&
             url_escape(out, pairs[i].name) && buf_add_byte(out, '=') &&
             url_escape(out, pairs[i].value) && out->len <= WEB_URL_MAX;
    guard_release();
    if (!ok || out->len > WEB_URL_MAX)
        raise_error(L, "url: longer than %d bytes", WEB_URL_MAX);
    return buf_str(out);
}

static struct str check_method(lua_State *L, int index)
{
    struct str method = check_str(L, index);
    bool ok = method.len > 0 && method.len <= METHOD_MAX;
    for (size_t i = 0; ok && i < method.len; i++)
        ok = method.at[i] >= 'A' && method.at[i] <= 'Z';
    if (!ok || str_eq(method, STR("CONNECT")) || str_eq(method, STR("TRACE")))
        raise_error(L, "method: want a text like \"GET\" or \"DELETE\"");
    return method;
}

static bool set_body(lua_State *L, struct web *web, int body, int json, bool typed,
                     struct err *err)
{
    struct buf *scratch = &instance_of(L)->scratch;
    struct str bytes = STR_NONE;
    if (lua_isnil(L, json)) {
        bytes.at = lua_tolstring(L, body, &bytes.len); /* a string or nil */
    } else {
        buf_reset(scratch);
        if (!convert_to_json(L, json, scratch, err))
            return err_wrap(err, "opts.json");
        bytes = buf_str(scratch);
        if (!typed)
            web_add_header(web, STR("Content-Type"), STR("application/json"));
    }
    if (bytes.len > QUOTA_HTTP_BODY_BYTES_MAX)
        return quota_check(QUOTA_HTTP_BODY_BYTES, bytes.len, err);
    web_set_body(web, bytes);
    return true;
}

/* stack: method, url, body or nil, opts -> the fields of opts behind them */
enum { METHOD = 1, URL, BODY, OPTS, HEADERS, QUERY, JSON, TIMEOUT, FOLLOW, RETRY };

static void push_options(lua_State *L)
{
    static const char *const names[] = { "headers", "query",     "json",
                                         "timeout", "redirects", "retry" };
    if (!lua_isnil(L, OPTS) && !lua_istable(L, OPTS))
        raise_error(L, "opts: want a table, have a %s", luaL_typename(L, OPTS));
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (lua_isnil(L, OPTS))
            lua_pushnil(L);
        else
            lua_getfield(L, OPTS, names[i]);
}

static int64_t check_timeout(lua_State *L, int index)
{
    if (lua_isnil(L, index))
        return TIMEOUT_MS;
    int64_t ms = check_duration(L, index, "opts.timeout");
    if (ms < 1 || ms > TIMEOUT_MAX_MS)
        raise_error(L, "opts.timeout: up to ten minutes");
    return ms;
}

static int check_redirects(lua_State *L, int index)
{
    if (lua_isnil(L, index))
        return REDIRECTS;
    int is_integer;
    lua_Integer count = lua_tointegerx(L, index, &is_integer);
    if (!is_integer || count < 0 || count > WEB_REDIRECTS_MAX)
        raise_error(L, "opts.redirects: want a number up to %d", WEB_REDIRECTS_MAX);
    return (int)count;
}

/* Held. Of a request that may change something: once begun, it is repeated after a crash
 * only if `retry` says so; the server can tell by a key that it is the same. That it
 * begins is committed now: libcurl may write before the turn ends. */
static bool may_begin(struct task *task, bool retry, struct err *err)
{
    bool again;
    if (!record_is_kept(task))
        return true;
    record_moment(task, clock_wall_ms(), &again);
    if (again && !retry)
        return err_set(err, ERR_UNKNOWN,
                       "nobody can tell whether it was done before a crash");
    return again || store_commit(task->instance->runtime->store, err);
}

static void add_key(struct task *task, struct web *web)
{
    char key[DIGEST_SHA256_HEX];
    if (record_key(task, key))
        web_add_header(web, STR("Idempotency-Key"), str_from(key));
}

/* host.http(method, url, body, opts): { status, headers, body }, or nil and an error.
 * opts: headers, query, json, timeout, redirects, retry. */
static int api_http(lua_State *L)
{
    struct err err = { 0 };
    struct url parts;
    struct task *task = task_check_wait(L);
    lua_settop(L, OPTS);
    struct str method = check_method(L, METHOD);
    if (lua_type(L, URL) != LUA_TSTRING)
        return raise_error(L, "url: want a text, have a %s", luaL_typename(L, URL));
    struct str url = check_str(L, URL);
    guard_hold();
    task->audit_verb = NULL;
    bool ok = url_parse(url, &parts, &err) && caps_gate_web(task, method, &parts, &err);
    guard_release();
    if (!ok)
        return convert_push_failure(L, &err);
    push_options(L);
    check_headers(L, HEADERS);
    int64_t timeout_ms = check_timeout(L, TIMEOUT);
    int redirects = check_redirects(L, FOLLOW);
    if (!lua_isnil(L, BODY) && lua_type(L, BODY) != LUA_TSTRING)
        return raise_error(L, "body: want a text, have a %s", luaL_typename(L, BODY));
    url = make_url(L, url, QUERY);
    luaL_checkstack(L, 20, NULL);
    bool reads = str_eq(method, STR("GET")) || str_eq(method, STR("HEAD"));
    if (!reads && task->pretends) {
        err_set(&err, ERR_UNSUPPORTED, "a dry run changes nothing");
        return api_call_fail(L, task, &err);
    }
    guard_hold();
    if (!reads && !may_begin(task, lua_toboolean(L, RETRY), &err)) {
        caps_done(task, &err);
        guard_release();
        return convert_push_failure(L, &err);
    }
    struct web *web = web_new(task->instance, method, url);
    web_set_limits(web, timeout_ms, redirects);
    struct said said = add_headers(L, HEADERS, web);
    if (!reads && !said.key)
        add_key(task, web);
    bool fits = set_body(L, web, BODY, JSON, said.type, &err);
    if (!fits)
        web_free(web);
    ok = fits && web_start(web, on_done, task, &err);
    if (ok)
        die_at("requested");
    task->pending = ok ? web : NULL;
    task->cancel = ok ? cancel : NULL;
    task_set_limit(task, 0); /* the request has its own */
    if (!ok && err.code == ERR_LIMIT)
        task->audit_verb = NULL; /* a flood leaves no flood of rows */
    else if (!ok)
        caps_done(task, &err);
    guard_release();
    if (ok)
        return task_park(L, task);
    if (!fits && err.code == ERR_ARGUMENT)
        return raise_error(L, "%s", err.text);
    return convert_push_failure(L, &err);
}

static const struct record_call http_calls[] = {
    { "http", api_http, RECORD_SHOWS },
    { NULL, NULL, 0 },
};

const struct api_group host_http = RECORD_CALLS(http_calls);
