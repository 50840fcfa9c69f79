/*
 * convert: values between C and Lua. push_ leaves one value, check_ reads an argument or
 * raises naming it.
 *
 * Private to this room.  Layer: script.
 */
#ifndef SCRIPT_CONVERT_H
#define SCRIPT_CONVERT_H

#include "base/json.h"

#include <lua.h>

/* Makes the metatables of errors and of lists. */
void convert_open(lua_State *L);

void push_str(lua_State *L, struct str s);
void push_json(lua_State *L, const struct json *node); /* null and absent: nil */

/* The same, but null in a list or alone is what convert_push_null leaves, so that lists
 * keep their length. */
void convert_push_json_exact(lua_State *L, const struct json *node);
void convert_push_null(lua_State *L);

/* An error: a table with code, message and, for refusals, status; __tostring gives the
 * message. */
void push_error(lua_State *L, const struct err *why);

/* Makes an error of the table on top: what was one in another state. */
void convert_as_error(lua_State *L);

/* nil and the error; gives 2, so `return convert_push_failure(L, &err)`. */
int convert_push_failure(lua_State *L, const struct err *why);

/* luaL_error with the place where the plugin called the library, not one inside it. */
int raise_error(lua_State *L, const char *format, ...);

struct str check_str(lua_State *L, int index);

/* Seconds, or "10m"; `name` is what the argument is called. In milliseconds. */
int64_t check_duration(lua_State *L, int index, const char *name);

/* Appends the value as JSON text: texts (UTF-8), finite numbers, integers up to 2^53,
 * booleans, null, lists and tables with text keys, nested up to 32 deep; {} becomes an
 * object, unless it was marked as a list.
 * ERR_ARGUMENT names what does not fit, ERR_LIMIT says that it is too large. Raises
 * nothing: stand between guard_hold and guard_release. */
bool convert_to_json(lua_State *L, int index, struct buf *out, struct err *err);

/* Marks the table on top. */
void convert_mark_list(lua_State *L);

/* Whether the value is one of our errors, with this code. Runs no code of the plugin. */
bool convert_error_is(lua_State *L, int index, enum err_code code);

/* What to show of an error object: texts, our errors, else its type. Never runs code of
 * the plugin. Borrowed from the stack. */
struct str convert_error_text(lua_State *L, int index);

#endif
