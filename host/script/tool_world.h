/*
 * tool_world: who is in which group and who is whose friend, as the fake cloud of a
 * plugin under test knows it, and what orders (im/order.h) do to it.
 *
 * Layer: script.  Thread: loop thread only.
 */
#ifndef SCRIPT_TOOL_WORLD_H
#define SCRIPT_TOOL_WORLD_H

#include "im/order.h"

struct tool_world {
    /* id -> {"id", "name", "members": [{"id", "role"?}], ...}; {"id", "name", ...} */
    struct json *groups, *users, *friends, *blocked;
    struct json *own; /* what was set of the own profile, under "" */
};

void tool_world_init(struct tool_world *world);
void tool_world_clear(struct tool_world *world); /* all-zero is fine */

/* Replaces what is known of a group, a user, a friend. Takes `value`; NULL: nothing. */
void tool_world_put(struct json **things, struct str id, struct json *value);

/* Carries the order out. Gives its result, or NULL when it has none. */
struct json *tool_world_do(struct tool_world *world, const struct order *order);

#endif
