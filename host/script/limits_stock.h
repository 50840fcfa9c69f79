/*
 * limits_stock: the C functions of Lua's own libraries, found once in the process. An
 * instance takes the few it may have without opening libraries of which it drops the
 * rest.
 *
 * Only for functions without upvalues: `math.random` has some.
 *
 * Private to this room.  Layer: script.
 */
#ifndef SCRIPT_LIMITS_STOCK_H
#define SCRIPT_LIMITS_STOCK_H

#include <lauxlib.h>

/* Fills in each `func` of the list, which ends with a NULL name, by its name in the table
 * that `open` leaves; the second time it does nothing. */
void limits_stock_find(luaL_Reg *list, lua_CFunction open);

#endif
