/*
 * event_view: the table that handlers of an event get, made of what is known of it.
 *
 * Private to this room.  Layer: script.  Thread: loop thread only.
 */
#ifndef SCRIPT_EVENT_VIEW_H
#define SCRIPT_EVENT_VIEW_H

#include "base/json.h"
#include "script/origin.h"

#include <lua.h>

/* Empty strings are left out. */
struct event_view {
    const struct origin *origin;
    struct str id;
    int64_t time_ms;
    struct str user, operator, name, text, role;
    struct str group, inviter; /* of a request to a group, told in private */
    bool recalled, claimed;
    struct str nickname, extra;       /* of a member's card */
    int64_t minutes;                  /* of a mute, unless 0 */
    int64_t seen_ms;                  /* "seen", unless 0 */
    struct str key, value, reason;    /* of a chatroom */
    const struct json *set, *removed; /* of an expansion; NULL: nothing */
    const struct json *also;          /* an object whose fields it has, too; or NULL */
    const char *type;                 /* NULL: OBJECT_EVENT */
};

/* -> the event; a task_push_fn for the struct router_call whose `arg` is the view */
int event_view_push(lua_State *L, void *router_call);

#endif
