/*
 * limits_table: the table library of plugins. insert, remove, move, concat and unpack
 * work on what the table really holds (raw lengths and values), so that no metamethod can
 * make one call last for ever, and on a bounded number of elements.
 *
 * Private to this room.  Layer: script.
 */
#ifndef SCRIPT_LIMITS_TABLE_H
#define SCRIPT_LIMITS_TABLE_H

struct lua_State;

void limits_push_table(struct lua_State *L); /* pushes the table */

#endif
