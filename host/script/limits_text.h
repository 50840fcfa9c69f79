/*
 * limits_text: values as text, for plugins. As Lua shows them, but where that prints an
 * address there is a serial: 0x00000001 for the first value that was shown, and so on. It
 * is the same for the same value as long as that lives, and tells nothing about where
 * the memory of the host lies.
 *
 * Private to this room.  Layer: script.
 */
#ifndef SCRIPT_LIMITS_TEXT_H
#define SCRIPT_LIMITS_TEXT_H

struct lua_State;

/* Pushes the text of the value at `index`, as luaL_tolstring; may call __tostring. */
void limits_push_text(struct lua_State *L, int index);

/* Pushes tostring; replaces the stock string.format on top by ours. */
void limits_push_tostring(struct lua_State *L);
void limits_push_format(struct lua_State *L);

#endif
