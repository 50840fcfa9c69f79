#include "script/data.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "script/data_lines.h"
#include "script/files.h"

#include <lauxlib.h>
#include <lua.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define MEMORY_MAX ((size_t)8 << 20)
#define TIME_MAX_MS 1000
#define SECRET_FILE_MAX ((size_t)64 << 10)
#define DEPTH_MAX 60
#define KEYS_MAX 10000
#define PATH_BYTES 512
#define INTEGER_MAX ((int64_t)1 << 53)
/* Chunk name: short, since Lua cuts long paths in messages; we put ours in afterwards. */
#define CHUNK "=@"
#define CHUNK_PREFIX "@:"

struct data {
    char *path;
    char *folder; /* of the file, for file() */
    struct json *root;
    struct data_lines *lines;
    enum data_kind kind;
    size_t used;         /* bytes held by the state */
    int64_t deadline_ms; /* real time */
};

static void *allocate(void *arg, void *at, size_t old, size_t size)
{
    struct data *data = arg;
    if (!at)
        old = 0; /* then it is a type tag */
    if (size > old && data->used + (size - old) > MEMORY_MAX)
        return NULL;
    data->used = data->used + size - old;
    if (size == 0) {
        free(at);
        return NULL;
    }
    return mem_realloc(at, size);
}

static struct data *data_of(lua_State *L)
{
    return *(struct data **)lua_getextraspace(L);
}

static void check_time(lua_State *L, lua_Debug *where)
{
    (void)where;
    if (clock_real_ms() <= data_of(L)->deadline_ms)
        return;
    luaL_where(L, 0); /* the function the hook interrupted */
    lua_pushfstring(L, "takes longer than %d ms", TIME_MAX_MS);
    lua_concat(L, 2);
    lua_error(L);
}

static int env_verb(lua_State *L)
{
    const char *name = luaL_checkstring(L, 1);
    lua_pushstring(L, getenv(name)); /* nil when unset */
    return 1;
}

/* Nothing here may raise while the buf is held. */
static bool read_secret(lua_State *L, const char *name, struct buf *out, struct err *err)
{
    struct data *data = data_of(L);
    char path[1024];
    unsigned mode = 0;
    int len = name[0] == '/' ? snprintf(path, sizeof(path), "%s", name)
                             : snprintf(path, sizeof(path), "%s/%s", data->folder, name);
    if (len >= (int)sizeof(path))
        return err_set(err, ERR_CONFIG, "path too long");
    if (!files_read(path, SECRET_FILE_MAX, out, &mode, err))
        return false;
    if (mode & 0077)
        log_warn(LOG_SCRIPT, "others may open %s (mode %03o): chmod 600 it", path, mode);
    if (out->len > 0 && out->at[out->len - 1] == '\n')
        out->len--;
    return true;
}

static int file_verb(lua_State *L)
{
    const char *name = luaL_checkstring(L, 1);
    char *room = lua_newuserdatauv(L, SECRET_FILE_MAX, 0);
    struct err err = { 0 };
    struct buf content;
    buf_init(&content, SECRET_FILE_MAX + 8192);
    bool ok = read_secret(L, name, &content, &err);
    size_t len = content.len;
    if (ok && len > 0)
        memcpy(room, content.at, len);
    buf_clear(&content);
    if (!ok)
        return luaL_error(L, "%s", err.text);
    lua_pushlstring(L, room, len);
    return 1;
}

static int unknown_name(lua_State *L)
{
    return luaL_error(L, "unknown name '%s'", luaL_tolstring(L, 2, NULL));
}

/* The one upvalue of the chunk: its environment. */
static void push_environment(lua_State *L, enum data_kind kind)
{
    lua_newtable(L);
    if (kind == DATA_CONFIGURATION) {
        lua_pushcfunction(L, env_verb);
        lua_setfield(L, -2, "env");
        lua_pushcfunction(L, file_verb);
        lua_setfield(L, -2, "file");
    }
    lua_newtable(L);
    lua_pushcfunction(L, unknown_name);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
}

/* Where a value stands, for messages and for the order of keys. */
struct path {
    char at[PATH_BYTES];
    size_t len;
};

static int fail_at(lua_State *L, const struct path *path, const char *what)
{
    struct data *data = data_of(L);
    int line = data_lines_find(data->lines, str_of(path->at, path->len));
    lua_pushfstring(L, CHUNK_PREFIX "%d: %s%s%s", line, path->at, path->len ? " " : "",
                    what);
    return lua_error(L);
}

static size_t path_add(lua_State *L, struct path *path, const char *key,
                       lua_Integer index)
{
    size_t before = path->len;
    size_t room = sizeof(path->at) - path->len;
    int len = key ? snprintf(path->at + path->len, room, "%s%s", before ? "." : "", key)
                  : snprintf(path->at + path->len, room, "[%lld]", (long long)index);
    if ((size_t)len >= room) {
        path->at[before] = '\0';
        fail_at(L, path, "has a key that is too long");
    }
    path->len += (size_t)len;
    return before;
}

static void path_cut(struct path *path, size_t len)
{
    path->len = len;
    path->at[len] = '\0';
}

static void add_value(lua_State *L, struct json *parent, const char *name,
                      struct path *path, int depth);

static void add_string(lua_State *L, struct json *parent, const char *name,
                       const struct path *path)
{
    struct str s;
    s.at = lua_tolstring(L, -1, &s.len);
    if (!str_is_utf8(s) || memchr(s.at, 0, s.len))
        fail_at(L, path, "is not UTF-8 text");
    json_add_str(parent, name, s);
}

static void add_number(lua_State *L, struct json *parent, const char *name,
                       const struct path *path)
{
    if (lua_isinteger(L, -1)) {
        lua_Integer n = lua_tointeger(L, -1);
        if (n > INTEGER_MAX || n < -INTEGER_MAX)
            fail_at(L, path, "is too large a number");
        json_add_int(parent, name, n);
        return;
    }
    double n = lua_tonumber(L, -1);
    if (!isfinite(n))
        fail_at(L, path, "is not a number");
    json_add_number(parent, name, n);
}

/* A sequence; the table is on top. */
static void add_items(lua_State *L, struct json *array, lua_Integer count,
                      struct path *path, int depth)
{
    for (lua_Integer i = 1; i <= count; i++) {
        size_t mark = path_add(L, path, NULL, i);
        lua_rawgeti(L, -1, i);
        add_value(L, array, NULL, path, depth + 1);
        lua_pop(L, 1);
        path_cut(path, mark);
    }
}

/* Puts the names of the table on top into an array in the order they were written. */
struct key {
    const char *name; /* held by the table */
    size_t order;
};

static int compare_keys(const void *a, const void *b)
{
    const struct key *x = a, *y = b;
    if (x->order != y->order)
        return x->order < y->order ? -1 : 1;
    return strcmp(x->name, y->name);
}

static void add_members(lua_State *L, struct json *object, lua_Integer count,
                        struct path *path, int depth)
{
    luaL_checkstack(L, 6, "tables nested too deeply");
    struct key *keys = lua_newuserdatauv(L, sizeof(*keys) * (size_t)count, 0);
    int table = lua_gettop(L) - 1;
    size_t n = 0;
    lua_pushnil(L);
    while (lua_next(L, table)) { /* table, keys, name, value */
        lua_pop(L, 1);
        struct key *key = &keys[n++];
        key->name = lua_tostring(L, -1);
        size_t mark = path_add(L, path, key->name, 0);
        key->order = data_lines_order(data_of(L)->lines, str_of(path->at, path->len));
        path_cut(path, mark);
    }
    qsort(keys, n, sizeof(*keys), compare_keys);
    for (size_t i = 0; i < n; i++) {
        size_t mark = path_add(L, path, keys[i].name, 0);
        lua_pushstring(L, keys[i].name);
        lua_rawget(L, table);
        add_value(L, object, keys[i].name, path, depth + 1);
        lua_pop(L, 1);
        path_cut(path, mark);
    }
    lua_pop(L, 1);
}

/* How many string keys the table on top has; -1 for a sequence (of raw length n). */
static lua_Integer count_names(lua_State *L, const struct path *path)
{
    lua_Integer names = 0, items = 0;
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        lua_pop(L, 1);
        if (lua_type(L, -1) == LUA_TSTRING) {
            struct str name;
            name.at = lua_tolstring(L, -1, &name.len);
            if (!str_is_utf8(name) || memchr(name.at, 0, name.len))
                fail_at(L, path, "has a key that is not UTF-8 text");
            names++;
        } else {
            items++;
        }
    }
    if (names + items > KEYS_MAX)
        fail_at(L, path, "has too many entries");
    if (names > 0 && items > 0)
        fail_at(L, path, "mixes list items and named values");
    if (items > 0 && items != (lua_Integer)lua_rawlen(L, -1))
        fail_at(L, path, "has keys that are neither names nor 1, 2, 3 …");
    for (lua_Integer i = 1; i <= items; i++) {
        if (lua_rawgeti(L, -1, i) == LUA_TNIL)
            fail_at(L, path, "has keys that are neither names nor 1, 2, 3 …");
        lua_pop(L, 1);
    }
    return items > 0 ? -1 : names;
}

static void add_table(lua_State *L, struct json *parent, const char *name,
                      struct path *path, int depth)
{
    if (depth > DEPTH_MAX)
        fail_at(L, path, "is nested too deeply");
    luaL_checkstack(L, 8, "tables nested too deeply");
    lua_Integer names = count_names(L, path);
    struct json *node = names < 0 ? json_array() : json_object();
    json_add(parent, name, node);
    if (names < 0)
        add_items(L, node, (lua_Integer)lua_rawlen(L, -1), path, depth);
    else
        add_members(L, node, names, path, depth);
}

/* The value on top becomes a member of `parent`, which owns it even if we raise. */
static void add_value(lua_State *L, struct json *parent, const char *name,
                      struct path *path, int depth)
{
    switch (lua_type(L, -1)) {
    case LUA_TSTRING:
        add_string(L, parent, name, path);
        break;
    case LUA_TNUMBER:
        add_number(L, parent, name, path);
        break;
    case LUA_TBOOLEAN:
        json_add_bool(parent, name, lua_toboolean(L, -1));
        break;
    case LUA_TTABLE:
        add_table(L, parent, name, path, depth);
        break;
    default:
        lua_pushfstring(L, "is a %s: only text, numbers, true, false and tables are data",
                        luaL_typename(L, -1));
        fail_at(L, path, lua_tostring(L, -1));
    }
}

/* Protected: (source as light userdata) -> fills data->root. */
static int evaluate(lua_State *L)
{
    struct data *data = data_of(L);
    const struct str *source = lua_touserdata(L, 1);
    if (luaL_loadbufferx(L, source->at, source->len, CHUNK, "t") != LUA_OK)
        return lua_error(L);
    push_environment(L, data->kind);
    lua_setupvalue(L, -2, 1);
    data->deadline_ms = clock_real_ms() + TIME_MAX_MS;
    lua_sethook(L, check_time, LUA_MASKCOUNT, 100);
    lua_call(L, 0, 1);
    lua_sethook(L, NULL, 0, 0);
    struct path path = { "", 0 };
    if (!lua_istable(L, -1))
        return fail_at(L, &path, "the file must return a table");
    lua_Integer names = count_names(L, &path);
    data->root = names < 0 ? json_array() : json_object();
    if (names < 0)
        add_items(L, data->root, (lua_Integer)lua_rawlen(L, -1), &path, 0);
    else
        add_members(L, data->root, names, &path, 0);
    return 0;
}

/* Turns "@:12: what" into "PATH:12: what". */
static bool set_error(lua_State *L, const char *path, struct err *err)
{
    const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : NULL;
    if (!text)
        return err_set(err, ERR_CONFIG, "%s: the file raised an error", path);
    if (strncmp(text, CHUNK_PREFIX, sizeof(CHUNK_PREFIX) - 1) == 0)
        return err_set(err, ERR_CONFIG, "%s:%s", path, text + sizeof(CHUNK_PREFIX) - 1);
    return err_set(err, ERR_CONFIG, "%s: %s", path, text);
}

static bool run(struct data *data, struct str source, struct err *err)
{
    lua_State *L = lua_newstate(allocate, data);
    if (!L)
        return err_set(err, ERR_INTERNAL, "no memory for a Lua state");
    *(struct data **)lua_getextraspace(L) = data;
    /* Both fit the stack and allocate nothing that could fail under 8 MiB. */
    lua_pushcfunction(L, evaluate);
    lua_pushlightuserdata(L, &source);
    bool ok = lua_pcall(L, 1, 0, 0) == LUA_OK;
    if (!ok)
        set_error(L, data->path, err);
    lua_close(L);
    return ok;
}

struct data *data_parse(const char *path, struct str source, enum data_kind kind,
                        struct err *err)
{
    struct data *data = MEM_NEW(struct data);
    data->kind = kind;
    data->path = str_dup(str_from(path));
    const char *slash = strrchr(path, '/');
    data->folder =
        slash ? str_dup(str_of(path, (size_t)(slash - path) + 1)) : str_dup(STR("."));
    data->lines = data_lines_new(source);
    if (run(data, source, err))
        return data;
    data_free(data);
    return NULL;
}

struct data *data_read(const char *path, enum data_kind kind, struct err *err)
{
    struct data *data = NULL;
    struct buf source;
    buf_init(&source, DATA_SOURCE_MAX + 8192);
    if (files_read(path, DATA_SOURCE_MAX, &source, NULL, err))
        data = data_parse(path, buf_str(&source), kind, err);
    buf_clear(&source);
    return data;
}

void data_free(struct data *data)
{
    if (!data)
        return;
    json_free(data->root);
    data_lines_free(data->lines);
    free(data->folder);
    free(data->path);
    free(data);
}

const struct json *data_root(const struct data *data)
{
    return data->root;
}

int data_line(const struct data *data, const char *key_path)
{
    return data_lines_find(data->lines, str_from(key_path));
}

const char *data_path(const struct data *data)
{
    return data->path;
}
