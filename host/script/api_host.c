#include "script/api.h"
#include "script/objects.h"

#include <lauxlib.h>
#include <string.h>

static const struct api_group *const groups[] = {
    &host_types,         &host_objects, &host_handlers,    &host_commands,
    &host_messages,      &host_orders,  &host_history,     &host_plugin,
    &host_plugin_values, &host_roles,   &host_store,       &host_http,
    &host_serve,         &host_data,    &host_data_values, &host_time,
    &host_tasks,         &host_waits,   &host_emits,       &host_share,
    &host_calendar,      &host_uploads, &host_downloads,   &host_transfers,
    &host_exec,
};

void api_push_function(lua_State *L, const void *row)
{
    const luaL_Reg *entry = row;
    lua_pushcfunction(L, entry->func);
}

void api_push_value(lua_State *L, const void *row)
{
    const struct api_value *value = row;
    value->push(L);
}

static const char *name_of(const void *row)
{
    return *(const char *const *)row;
}

static const void *find_row(const struct api_group *group, const char *name)
{
    const char *row = group->rows;
    for (; name_of(row); row += group->row_size)
        if (name[0] == name_of(row)[0] && strcmp(name, name_of(row)) == 0)
            return row;
    return NULL;
}

/* (host, name): makes the field, so that the table has it from now on. */
static int index_host(lua_State *L)
{
    const char *name = luaL_checkstring(L, 2);
    for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++) {
        const void *row = find_row(groups[i], name);
        if (!row)
            continue;
        groups[i]->push(L, row);
        lua_pushvalue(L, 2);
        lua_pushvalue(L, -2);
        lua_rawset(L, 1);
        return 1;
    }
    return 0;
}

#ifdef MOONDOCK_TESTING
const char *api_given_twice(void)
{
    enum { GROUPS = sizeof(groups) / sizeof(*groups) };
    for (size_t i = 0; i < GROUPS; i++)
        for (const char *row = groups[i]->rows; name_of(row); row += groups[i]->row_size)
            for (size_t k = 0; k <= i; k++) {
                const void *first = find_row(groups[k], name_of(row));
                if (first && first != row)
                    return name_of(row);
                if (first)
                    break;
            }
    return NULL;
}
#endif

void api_push_host(lua_State *L)
{
    lua_createtable(L, 0, 16);
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, index_host);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
}
