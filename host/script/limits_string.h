/*
 * limits_string: the string library of plugins. find, match, gmatch and gsub run on a
 * matcher that counts its steps (limits_match.h), rep and gsub have a largest result,
 * format shows serials for addresses (limits_text.h); the rest is stock.
 *
 *   no dump     bytecode       no packsize  overflows in old versions
 *
 * Private to this room.  Layer: script.
 */
#ifndef SCRIPT_LIMITS_STRING_H
#define SCRIPT_LIMITS_STRING_H

struct lua_State;

/* Pushes the table, and makes it what methods of texts are looked up in. */
void limits_push_string(struct lua_State *L);

#endif
