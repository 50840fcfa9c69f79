/*
 * limits_metatable: setmetatable for plugins.
 *
 * __gc is refused: finalizers run with hooks off, so a loop in one could not be stopped
 * softly. On a defective Lua (limits_probe.h) there is more: it corrupts memory when a
 * __concat makes the stack grow, and when a weak table used as a metatable is freed at
 * the wrong moment, and scripts can add such fields after the call. There an object gets
 * a copy of its metatable, one for each metatable, made and brought up to date by
 * setmetatable; getmetatable shows the script its own. So metamethods added later act
 * from the next setmetatable with the same metatable on.
 *
 * Private to this room.  Layer: script.
 */
#ifndef SCRIPT_LIMITS_METATABLE_H
#define SCRIPT_LIMITS_METATABLE_H

#include <stdbool.h>

struct lua_State;

/* Pushes the function, which gives objects copies of their metatables or not; prepares
 * the registry. */
void limits_push_setmetatable(struct lua_State *L, bool copies);

/* Pushes the table with weak keys that the registry has under `name`; made when it is
 * first asked for. */
void limits_push_weak_table(struct lua_State *L, const char *name);

#endif
