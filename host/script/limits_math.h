/*
 * limits_math: the math library of plugins. Numbers that `random` gives to a task are its
 * own and the same when it is run again after a crash (record.h), unless the plugin has
 * called `randomseed` with a seed: then they are what that leads to.
 *
 * Private to this room.  Layer: script.
 */
#ifndef SCRIPT_LIMITS_MATH_H
#define SCRIPT_LIMITS_MATH_H

struct lua_State;

void limits_push_math(struct lua_State *L); /* pushes the table */

#endif
