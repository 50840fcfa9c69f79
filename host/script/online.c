#include "script/online.h"

#include "script/convert.h"
#include "script/inside.h"
#include "script/objects.h"
#include "script/router.h"

/* A task_push_fn */
static int push_change(lua_State *L, void *router_call)
{
    const struct webhook_online *change = ((struct router_call *)router_call)->arg;
    lua_createtable(L, 0, 4);
    push_user(L, change->user, STR_NONE);
    lua_setfield(L, -2, "user");
    lua_pushinteger(L, change->time_ms);
    lua_setfield(L, -2, "time");
    push_str(L, change->session);
    lua_setfield(L, -2, "session");
    if (change->os.len > 0) {
        push_str(L, change->os);
        lua_setfield(L, -2, "os");
    }
    return 1;
}

void script_online(struct script *script, const struct webhook_online *change)
{
    deliver_event(&script->runtime,
                  change->online ? STR("user.online") : STR("user.offline"), NULL,
                  push_change, (void *)change);
}
