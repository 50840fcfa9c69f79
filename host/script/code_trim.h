/*
 * code_trim: bytecode without the names of local variables and upvalues. They are a third
 * of what loading it takes, and only messages of Lua's own ("attempt to index a nil value
 * (local 'x')") have a use for them. Lines and the name of the file stay, which lua_dump
 * would take away as well.
 *
 * Layer: script.  Thread: any.
 */
#ifndef SCRIPT_CODE_TRIM_H
#define SCRIPT_CODE_TRIM_H

#include "base/buf.h"

/* Appends what is left of `bytes`, which lua_dump made; false when they are not as
 * Lua 5.4 writes them, or `out` is full. */
bool code_trim(struct str bytes, struct buf *out);

#endif
