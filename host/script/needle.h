/*
 * needle: a text that everything a Lua pattern matches must contain. Looking for it costs
 * a few nanoseconds, so a pattern that cannot match never enters Lua.
 *
 * Private to this room.  Layer: script.  Thread: any. Pure.
 */
#ifndef SCRIPT_NEEDLE_H
#define SCRIPT_NEEDLE_H

#include "base/str.h"

enum { NEEDLE_MAX = 32 };

struct needle {
    char text[NEEDLE_MAX];
    uint8_t len;   /* 0: nothing is known, every text may match */
    bool at_front; /* the text must begin with it */
};

/* Of a pattern that Lua accepts. */
struct needle needle_of(struct str pattern);

/* False when the pattern surely does not match `text`. */
bool needle_in(const struct needle *needle, struct str text);

#endif
