/*
 * limits_probe: whether the Lua we are linked with has the defect of Debian's 5.4.4,
 * where a __concat that makes the stack move leaves string concatenation with a stale
 * pointer: wrong values, or a broken heap, by innocent code. A program that triggers it
 * is run once in a child process, so any library of the 5.4 series is judged by what it
 * does.
 *
 * Private to this room.  Layer: script.  Thread: loop thread only.
 */
#ifndef SCRIPT_LIMITS_PROBE_H
#define SCRIPT_LIMITS_PROBE_H

#include <stdbool.h>

/* The first call runs the test, later ones tell what it found. A test that could not be
 * run counts as a defect. */
bool limits_lua_is_defective(void);

/* Logs a line if it is, the first time. */
void limits_tell_defect(void);

#endif
