/* host.spawn: child programs, their lines read one by one. */
#include "base/clock.h"
#include "base/mem.h"
#include "net/process.h"
#include "script/tool_host.h"

#include <lauxlib.h>
#include <signal.h>
#include <string.h>

#define CLASS "moondock.Process"
#define ARGUMENTS_MAX 256

struct line {
    size_t len;
    enum process_stream stream;
    char text[];
};

struct child {
    struct process *process; /* NULL once closed */
    int id;
    struct line **lines; /* all of them, for lines() */
    size_t count, cap;
    size_t next; /* the first one next_line has not seen */
    bool exited;
    int status, signal;
};

static void on_line(void *arg, enum process_stream stream, struct str text)
{
    struct child *child = arg;
    if (child->count == child->cap) {
        child->cap = child->cap ? 2 * child->cap : 16;
        child->lines = mem_realloc(child->lines, child->cap * sizeof(*child->lines));
    }
    struct line *line = mem_alloc(sizeof(*line) + text.len + 1);
    line->len = text.len;
    line->stream = stream;
    if (text.len > 0) {
        memcpy(line->text, text.at, text.len);
    }
    line->text[text.len] = '\0';
    child->lines[child->count++] = line;
}

static void on_exited(void *arg, int status, int signal)
{
    struct child *child = arg;
    child->exited = true;
    child->status = status;
    child->signal = signal;
}

static struct child *check_child(lua_State *L)
{
    return luaL_checkudata(L, 1, CLASS);
}

static int child_close(lua_State *L)
{
    struct child *child = check_child(L);
    if (child->process) {
        process_close(child->process);
    }
    child->process = NULL;
    for (size_t i = 0; i < child->count; i++) {
        free(child->lines[i]);
    }
    free(child->lines);
    child->lines = NULL;
    child->count = child->next = child->cap = 0;
    return 0;
}

/* process:id() */
static int child_id(lua_State *L)
{
    lua_pushinteger(L, check_child(L)->id);
    return 1;
}

/* process:write(text): to its standard input. */
static int child_write(lua_State *L)
{
    struct child *child = check_child(L);
    struct str text = tool_check_str(L, 2);
    if (!child->process || child->exited || !process_write(child->process, text)) {
        return tool_fail_with(L, ERR_CLOSED, "the program has ended");
    }
    lua_pushboolean(L, true);
    return 1;
}

static int child_end_input(lua_State *L)
{
    struct child *child = check_child(L);
    if (child->process && !child->exited) {
        process_end_input(child->process);
    }
    return 0;
}

static const struct {
    const char *name;
    int number;
} signals[] = {
    { "TERM", SIGTERM }, { "INT", SIGINT },   { "KILL", SIGKILL },
    { "HUP", SIGHUP },   { "STOP", SIGSTOP }, { "CONT", SIGCONT },
};

/* process:signal("TERM") */
static int child_signal(lua_State *L)
{
    struct child *child = check_child(L);
    const char *name = luaL_checkstring(L, 2);
    for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++) {
        if (strcmp(signals[i].name, name) != 0) {
            continue;
        }
        if (!child->process || child->exited ||
            !process_signal(child->process, signals[i].number)) {
            return tool_fail_with(L, ERR_CLOSED, "the program has ended");
        }
        lua_pushboolean(L, true);
        return 1;
    }
    return luaL_argerror(L, 2, "not a signal we send");
}

static bool has_exited(void *arg)
{
    const struct child *child = arg;
    return child->exited;
}

/* process:wait(timeout?) -> status, 128 + signal when a signal ended it */
static int child_wait(lua_State *L)
{
    struct child *child = check_child(L);
    if (!tool_wait(L, tool_of(L), has_exited, child, tool_deadline(L, 2, 10))) {
        return tool_fail_with(L, ERR_TIMEOUT, "the program still runs");
    }
    lua_pushinteger(L, child->signal ? 128 + child->signal : child->status);
    return 1;
}

/* process:runs() */
static int child_runs(lua_State *L)
{
    lua_pushboolean(L, !check_child(L)->exited);
    return 1;
}

static bool has_line(void *arg)
{
    const struct child *child = arg;
    return child->next < child->count || child->exited;
}

/* Whether the line at the top of the stack matches the Lua pattern at `pattern`; leaves
 * the line. */
static bool line_matches(lua_State *L, int pattern)
{
    if (lua_isnoneornil(L, pattern)) {
        return true;
    }
    int line = lua_gettop(L);
    lua_getfield(L, line, "find"); /* strings are indexed by the string library */
    lua_pushvalue(L, line);
    lua_pushvalue(L, pattern);
    lua_call(L, 2, 1);
    bool found = lua_toboolean(L, -1);
    lua_settop(L, line);
    return found;
}

/* process:next_line(timeout?, pattern?) -> line, "out" | "err". Lines that do not match
 * are passed over. */
static int child_next_line(lua_State *L)
{
    struct child *child = check_child(L);
    int64_t deadline = tool_deadline(L, 2, 10);
    lua_settop(L, 3);
    while (tool_wait(L, tool_of(L), has_line, child, deadline)) {
        if (child->next == child->count) {
            return tool_fail_with(L, ERR_CLOSED, "the program has ended");
        }
        const struct line *line = child->lines[child->next++];
        lua_pushlstring(L, line->text, line->len);
        if (line_matches(L, 3)) {
            lua_pushstring(L, line->stream == PROCESS_OUT ? "out" : "err");
            return 2;
        }
        lua_pop(L, 1);
    }
    return tool_fail_with(L, ERR_TIMEOUT, "no such line came in time");
}

/* process:lines(stream?) -> every line until now, of both streams or of "out" or "err" */
static int child_lines(lua_State *L)
{
    static const char *const names[] = { "all", "out", "err", NULL };
    struct child *child = check_child(L);
    int which = luaL_checkoption(L, 2, "all", names);
    lua_newtable(L);
    lua_Integer count = 0;
    for (size_t i = 0; i < child->count; i++) {
        const struct line *line = child->lines[i];
        if (which == 0 || which == (line->stream == PROCESS_OUT ? 1 : 2)) {
            lua_pushlstring(L, line->text, line->len);
            lua_rawseti(L, -2, ++count);
        }
    }
    return 1;
}

/* The words of the command in `words`, NULL-terminated; strings stay in the table. */
static void read_words(lua_State *L, const char **words)
{
    size_t count = (size_t)lua_rawlen(L, 1);
    luaL_argcheck(L, count > 0 && count < ARGUMENTS_MAX, 1, "want 1 to 255 words");
    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(L, 1, (lua_Integer)i + 1);
        luaL_argcheck(L, lua_type(L, -1) == LUA_TSTRING, 1, "words are strings");
        words[i] = lua_tostring(L, -1);
        lua_pop(L, 1);
    }
    words[count] = NULL;
}

/* "NAME=value" of the table `env`, kept on the stack in a new table. */
static void read_env(lua_State *L, const char **env)
{
    size_t count = 0;
    env[0] = NULL;
    if (lua_getfield(L, 1, "env") == LUA_TNIL) {
        return;
    }
    luaL_checktype(L, -1, LUA_TTABLE);
    int table = lua_gettop(L);
    lua_newtable(L);
    lua_pushnil(L);
    while (lua_next(L, table)) {
        luaL_argcheck(L, count < ARGUMENTS_MAX - 1, 1, "too many variables");
        lua_pushfstring(L, "%s=%s", luaL_checkstring(L, -2), luaL_checkstring(L, -1));
        env[count++] = lua_tostring(L, -1);
        lua_rawseti(L, table + 1, (lua_Integer)count);
        lua_pop(L, 1);
    }
    env[count] = NULL;
}

/* host.spawn{ "program", "argument", ..., env = { NAME = value }, folder =, inherit =,
 * own_session = } -> process */
static int api_spawn(lua_State *L)
{
    static const struct process_events events = { on_line, on_exited };
    const char *words[ARGUMENTS_MAX], *env[ARGUMENTS_MAX];
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    read_words(L, words);
    struct process_options options = {
        .argv = words,
        .env = env,
        .folder = tool_field_str(L, 1, "folder").at,
        .inherit = tool_field_bool(L, 1, "inherit", false),
        .own_session = tool_field_bool(L, 1, "own_session", false),
    };
    read_env(L, env);
    struct child *child = lua_newuserdatauv(L, sizeof(*child), 0);
    memset(child, 0, sizeof(*child));
    luaL_setmetatable(L, CLASS);
    struct err err;
    child->process = process_start(tool_of(L)->loop, &options, &events, child, &err);
    if (!child->process) {
        return tool_fail(L, &err);
    }
    child->id = process_id(child->process);
    return 1;
}

static const luaL_Reg process_methods[] = {
    { "id", child_id },
    { "write", child_write },
    { "end_input", child_end_input },
    { "signal", child_signal },
    { "wait", child_wait },
    { "runs", child_runs },
    { "next_line", child_next_line },
    { "lines", child_lines },
    { "close", child_close },
    { NULL, NULL },
};

static const luaL_Reg process_api[] = {
    { "spawn", api_spawn },
    { NULL, NULL },
};

void tool_open_process(lua_State *L, struct tool *tool)
{
    tool_make_class(L, tool, CLASS, process_methods, child_close);
    tool_set_functions(L, tool, process_api);
}
