/*
 * web_header: HTTP headers on their way from and to plugins.
 *
 * Private to this room.  Layer: script.
 */
#ifndef SCRIPT_WEB_HEADER_H
#define SCRIPT_WEB_HEADER_H

#include "base/str.h"

#include <lua.h>

/* Whether a plugin may set it: a well-formed name, and none that frames the message or
 * names its server; those are the host's to say. */
bool web_header_may(struct str name);

/* Whether it can stand in one line. */
bool web_header_is_line(struct str value);

/* Leaves "Name: value" lines as a table with lower-case names; what is given several
 * times is joined with ", ". */
void web_header_push(lua_State *L, struct str lines);

#endif
