#include "script/event_view.h"

#include "script/convert.h"
#include "script/objects.h"
#include "script/router.h"

static void set_str(lua_State *L, const char *field, struct str value)
{
    if (value.len == 0)
        return;
    push_str(L, value);
    lua_setfield(L, -2, field);
}

static void set_number(lua_State *L, const char *field, int64_t value)
{
    if (value == 0)
        return;
    lua_pushinteger(L, value);
    lua_setfield(L, -2, field);
}

static void set_user(lua_State *L, const char *field, struct str id)
{
    if (id.len == 0)
        return;
    push_user(L, id, STR_NONE);
    lua_setfield(L, -2, field);
}

/* A table in any case, so that handlers need no check. */
static void push_fields(lua_State *L, const char *field, const struct json *value,
                        enum json_kind want)
{
    if (json_kind(value) == want)
        push_json(L, value);
    else
        lua_newtable(L);
    lua_setfield(L, -2, field);
}

int event_view_push(lua_State *L, void *router_call)
{
    const struct event_view *view = ((struct router_call *)router_call)->arg;
    lua_createtable(L, 0, 10);
    push_str(L, view->id);
    lua_setfield(L, -2, "id");
    lua_pushinteger(L, view->time_ms);
    lua_setfield(L, -2, "time");
    push_chat(L, view->origin->type, view->origin->target);
    lua_setfield(L, -2, "chat");
    struct str group =
        view->origin->type == CONVERSATION_GROUP ? view->origin->target : view->group;
    if (group.len > 0) {
        push_group(L, group, STR_NONE);
        lua_setfield(L, -2, "group");
    }
    if (view->origin->type == CONVERSATION_CHATROOM) {
        push_room(L, view->origin->target);
        lua_setfield(L, -2, "room");
    }
    set_user(L, "user", view->user);
    set_user(L, "operator", view->operator);
    set_user(L, "inviter", view->inviter);
    set_str(L, "name", view->name);
    set_str(L, "text", view->text);
    set_str(L, "role", view->role);
    set_str(L, "key", view->key);
    set_str(L, "value", view->value);
    set_str(L, "reason", view->reason);
    set_str(L, "nickname", view->nickname);
    set_str(L, "extra", view->extra);
    set_number(L, "minutes", view->minutes);
    set_number(L, "seen", view->seen_ms);
    if (view->recalled) {
        lua_pushboolean(L, view->claimed);
        lua_setfield(L, -2, "claimed");
    }
    if (view->set || view->removed) {
        push_fields(L, "set", view->set, JSON_OBJECT);
        push_fields(L, "removed", view->removed, JSON_ARRAY);
    }
    for (const struct json *one = NULL; (one = json_next(view->also, one)) != NULL;) {
        push_str(L, json_name(one));
        push_json(L, one);
        lua_rawset(L, -3);
    }
    objects_set(L, view->type ? view->type : OBJECT_EVENT);
    return 1;
}
