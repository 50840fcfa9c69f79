/*
 * limits_coroutine: the coroutine library of plugins. Stops reach coroutines of the
 * script, and a host call made inside one parks the whole task instead of showing up as
 * that coroutine's own yield.
 *
 * Left out: close, which on Lua 5.4.4 can overflow the C stack.
 *
 * Private to this room.  Layer: script.
 */
#ifndef SCRIPT_LIMITS_COROUTINE_H
#define SCRIPT_LIMITS_COROUTINE_H

struct lua_State;

/* Pushes the table. */
void limits_push_coroutine(struct lua_State *L);

#endif
