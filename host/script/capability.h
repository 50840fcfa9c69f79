/*
 * capability: the names of what plugins can be granted (design.md 8).
 *
 * Private to this room.  Layer: script.  Pure.
 */
#ifndef SCRIPT_CAPABILITY_H
#define SCRIPT_CAPABILITY_H

#include "base/near.h"

bool capability_exists(struct str name);

/* "; did you mean group.mute?", or nothing. `room` as of near_hint. */
const char *capability_hint(struct str name, char *room);

#endif
