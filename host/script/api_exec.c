/* What a script says to, and asks of, whoever began it (exec.h). */
#include "script/api.h"
#include "script/convert.h"
#include "script/exec.h"

#include <lauxlib.h>

static struct exec *check_exec(lua_State *L)
{
    struct exec *exec = exec_of(instance_of(L));
    if (!exec)
        raise_error(L, "this works in scripts only");
    return exec;
}

static struct str check_text(lua_State *L, int index, const char *name)
{
    struct str text = check_str(L, index);
    if (text.len > EXEC_TEXT_MAX || !str_is_utf8(text))
        raise_error(L, "%s: want at most %d bytes of UTF-8", name, (int)EXEC_TEXT_MAX);
    return text;
}

/* host.exec_print(text). Waits while nobody reads. */
static int api_exec_print(lua_State *L)
{
    struct task *task = task_check_wait(L);
    struct exec *exec = check_exec(L);
    struct str text = check_str(L, 1);
    if (text.len > EXEC_TEXT_MAX)
        return raise_error(L, "print: at most %d bytes", (int)EXEC_TEXT_MAX);
    guard_hold();
    struct json *item = json_object();
    json_add_str(item, "print", text); /* what is no UTF-8 is replaced */
    exec_say(exec, item);
    bool full = exec_is_full(exec);
    if (full)
        exec_wait_room(exec, task);
    guard_release();
    return full ? task_park(L, task) : 0;
}

/* host.exec_progress(done, total, text) */
static int api_exec_progress(lua_State *L)
{
    struct exec *exec = check_exec(L);
    lua_Integer done = luaL_checkinteger(L, 1), total = luaL_checkinteger(L, 2);
    struct str text = check_text(L, 3, "text");
    guard_hold();
    if (!exec_is_full(exec)) {
        struct json *item = json_object();
        struct json *bar = json_add(item, "progress", json_object());
        json_add_int(bar, "done", done);
        json_add_int(bar, "total", total);
        json_add_str(bar, "text", text);
        exec_say(exec, item);
    }
    guard_release();
    return 0;
}

/* host.exec_read(path, from): the next piece of a file, "" at its end */
static int api_exec_read(lua_State *L)
{
    struct task *task = task_check_wait(L);
    struct exec *exec = check_exec(L);
    struct str path = check_text(L, 1, "path");
    lua_Integer from = luaL_checkinteger(L, 2);
    guard_hold();
    struct json *item = json_object();
    struct json *what = json_add(item, "read", json_object());
    json_add_str(what, "path", path);
    json_add_int(what, "from", from);
    exec_ask(exec, task, item);
    guard_release();
    return task_park(L, task);
}

/* host.exec_append(path, text): true when it is on disk */
static int api_exec_append(lua_State *L)
{
    struct task *task = task_check_wait(L);
    struct exec *exec = check_exec(L);
    struct str path = check_text(L, 1, "path"), text = check_text(L, 2, "text");
    if (exec_is_dry(task->instance)) {
        lua_pushboolean(L, 1);
        return 1;
    }
    guard_hold();
    struct json *item = json_object();
    struct json *what = json_add(item, "append", json_object());
    json_add_str(what, "path", path);
    json_add_str(what, "text", text);
    exec_ask(exec, task, item);
    guard_release();
    return task_park(L, task);
}

static const struct record_call exec_calls[] = {
    { "exec_print", api_exec_print, RECORD_NOT },
    { "exec_progress", api_exec_progress, RECORD_NOT },
    { "exec_read", api_exec_read, RECORD_NOT },
    { "exec_append", api_exec_append, RECORD_NOT },
    { NULL, NULL, 0 },
};

const struct api_group host_exec = RECORD_CALLS(exec_calls);
