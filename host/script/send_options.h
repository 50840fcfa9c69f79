/*
 * send_options: what the last argument of a send may say, and expansions: texts under
 * short names that go with a message and can be changed later.
 *
 * Private to this room.  Layer: script.
 */
#ifndef SCRIPT_SEND_OPTIONS_H
#define SCRIPT_SEND_OPTIONS_H

#include "base/buf.h"
#include "im/message.h"

#include <lua.h>

enum { SEND_ONLY_MAX = 100, EXPANSION_MAX = 20 };

/* Fills in what the table at `index` (or nil) says; `only` is the room for the ids of
 * opts.only. Raises naming the option. The message borrows from the table, and from what
 * this leaves on the stack. */
void check_send_options(lua_State *L, int index, struct outgoing *message,
                        struct str only[SEND_ONLY_MAX]);

/* Entries to set, and to remove: those without a value. Borrowed from the table. */
struct expansion {
    struct str names[EXPANSION_MAX], values[EXPANSION_MAX];
    size_t count;
};

/* The table at `index`, which is called `what`; its values are texts or, when entries may
 * be removed, false. Raises. */
void check_expansion(lua_State *L, int index, const char *what, bool may_remove,
                     struct expansion *out);

/* Appends the content of RC:MsgExMsg about the message of that UID. */
bool expansion_write_change(const struct expansion *change, struct str uid,
                            struct buf *out);

#endif
