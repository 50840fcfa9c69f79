/*
 * trace: what went wrong and where, for the author of a plugin. The first line is the
 * error, with file and line, and what to do about it where that is known; then the
 * plugin's own functions, without C and the bundled library. No values, no addresses.
 *
 * Private to this room.  Layer: script.
 */
#ifndef SCRIPT_TRACE_H
#define SCRIPT_TRACE_H

#include "base/str.h"

#include <lua.h>
#include <stddef.h>

#define TRACE_MAX 4000

/* Of the error object on top of T, which did not unwind yet. Raises nothing and runs
 * nothing of the plugin. */
void trace_error(lua_State *T, char out[TRACE_MAX]);

/* `message` and the functions that run on L, from `level` on. */
void trace_here(lua_State *L, int level, struct str message, char out[TRACE_MAX]);

#endif
