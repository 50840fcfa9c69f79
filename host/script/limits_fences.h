/*
 * limits_fences: the globals of a plugin. An allow-list copied into a fresh table; the
 * stock libraries are never opened into it. What could hide work from the limits, reach
 * the machine or break the interpreter is left out or replaced:
 *
 *   load       text only, at most 64 KiB, no reader function
 *   setmetatable  see limits_metatable.h
 *   string     limits_string.h     table  limits_table.h     utf8  strict only
 *   tostring   no addresses: limits_text.h
 *   xpcall     its handler is not called when a stop is under way
 *   os         time, date, clock, difftime, on the host's clock
 *   print, warn  to the plugin's log
 *   collectgarbage  only counts
 *   no io, debug, package, dofile, loadfile
 *
 * Private to this room.  Layer: script.
 */
#ifndef SCRIPT_LIMITS_FENCES_H
#define SCRIPT_LIMITS_FENCES_H

struct lua_State;

/* Makes the globals of the state. May raise: call it protected. */
void limits_open_fences(struct lua_State *L);

#endif
