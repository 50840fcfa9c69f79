/*
 * code: Lua source and the bytecode we made of it, kept once in the process for all bots
 * and instances that run the same text under the same name. Creating an instance from
 * bytecode costs a fraction of compiling.
 *
 * The bytecode comes from lua_dump in this process, never from disk and never from a
 * script: Lua does not check what it loads.
 *
 * The table of all codes is the one record of this file that instances of different
 * scripts share, hence static; it is empty when the last reference is gone.
 *
 * Private to this room.  Layer: script.  Thread: loop thread only.
 */
#ifndef SCRIPT_CODE_H
#define SCRIPT_CODE_H

#include "base/buf.h"

#include <lua.h>

struct code;

/* The code of `text`, which errors call `chunk` ("hello/init.lua"). Gives a reference. */
struct code *code_of(struct str chunk, struct str text);
/* Of the bundled library: its bytecode has no names of locals. */
struct code *code_of_library(struct str chunk, struct str text);

struct code *code_ref(struct code *code);
void code_release(struct code *code); /* NULL is fine */

struct str code_text(const struct code *code);

/* Leaves the function, or an error; a status of lua_load. Under the guard. */
int code_load(lua_State *L, struct code *code);

/* How many there are, for specs. */
size_t code_count(void);

#endif
