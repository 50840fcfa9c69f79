/*
 * tool_host: what the files of `moondock.host` share. One file per Lua table; each ends
 * with a tool_open_x that leaves its functions in the table on top of the stack.
 *
 * Calls that wait turn the loop until they have what they want or their deadline, in real
 * time, passes: tools are written in straight lines. Callbacks from below never enter
 * Lua; they leave notes in C that the waiting call finds.
 *
 * Layer: script.  Thread: loop thread only.
 */
#ifndef SCRIPT_TOOL_HOST_H
#define SCRIPT_TOOL_HOST_H

#include "base/buf.h"
#include "base/json.h"
#include "net/net.h"

#include <lua.h>

struct tool {
    struct net *net;
    struct loop *loop;
    struct str library; /* folder of the bundled Lua library */
    bool catches;       /* host.catch_interrupts was called */
    bool leaves;        /* ... with "leave" */
    bool interrupted;   /* SIGINT or SIGTERM came since */
};

/* The tool of a function made by tool_set_functions. */
struct tool *tool_of(lua_State *L);

/* Sets the functions in the table on top; each finds the tool as its first upvalue. */
struct luaL_Reg;
void tool_set_functions(lua_State *L, struct tool *tool,
                        const struct luaL_Reg *functions);

/* Makes the metatable `name` with the methods, a __gc and __close, and drops it. */
void tool_make_class(lua_State *L, struct tool *tool, const char *name,
                     const struct luaL_Reg *methods, lua_CFunction close);

/* Turns the loop until `ready(arg)` or the deadline (on clock_real_ms). True when ready.
 * Raises "interrupted", or leaves the coroutine, when a caught signal comes: hold nothing
 * that needs freeing. */
typedef bool tool_ready_fn(void *arg);
bool tool_wait(lua_State *L, struct tool *tool, tool_ready_fn *ready, void *arg,
               int64_t deadline_ms);

/* The deadline `index` seconds from now; `otherwise` seconds when the argument is absent.
 */
int64_t tool_deadline(lua_State *L, int index, double otherwise);

/* Leaves nil and an error object (code, message, status, __tostring); returns 2. */
int tool_fail(lua_State *L, const struct err *err);
int tool_fail_with(lua_State *L, enum err_code code, const char *text);

/* Leaves an error object. */
void tool_push_err(lua_State *L, const struct err *err);

void tool_push_str(lua_State *L, struct str s);
struct str tool_check_str(lua_State *L, int index); /* borrowed from the stack */

/* A field of the table at `index`: STR_NONE when absent, raises for other types. Borrowed
 * from the table. */
struct str tool_field_str(lua_State *L, int index, const char *name);
bool tool_field_bool(lua_State *L, int index, const char *name, bool otherwise);
double tool_field_number(lua_State *L, int index, const char *name, double otherwise);

/* Leaves the value of a JSON node; JSON null becomes host.json.null. */
void tool_push_json(lua_State *L, const struct json *node);

/* Gives a root for the value at `index`. Raises for functions and cycles. */
struct json *tool_check_json(lua_State *L, int index);

void tool_open_time(lua_State *L, struct tool *tool);
void tool_open_files(lua_State *L, struct tool *tool);
void tool_open_json(lua_State *L, struct tool *tool);
void tool_open_digest(lua_State *L, struct tool *tool);
void tool_open_process(lua_State *L, struct tool *tool);
void tool_open_http(lua_State *L, struct tool *tool);
void tool_open_client(lua_State *L, struct tool *tool);
void tool_open_ctl(lua_State *L, struct tool *tool);
void tool_open_instance(lua_State *L, struct tool *tool);
void tool_open_relay(lua_State *L, struct tool *tool);

#endif
