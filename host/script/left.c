#include "script/api.h"
#include "script/inside.h"

#include <stdio.h>
#include <string.h>

static void add_place(struct json *row, const char *source, int line)
{
    char place[128];
    snprintf(place, sizeof(place), "%s:%d", source, line);
    json_add_str(row, "where", str_from(place));
}

/* Where the plugin's own code waits: the library's frames lie above it. */
static void add_wait(struct json *row, lua_State *T)
{
    lua_Debug ar;
    for (int level = 0; T && lua_getstack(T, level, &ar); level++) {
        lua_getinfo(T, "Sl", &ar);
        if (ar.currentline > 0 && strncmp(ar.short_src, "moondock/", 9) != 0) {
            add_place(row, ar.short_src, ar.currentline);
            break;
        }
    }
}

struct json *left_add(const struct instance *instance, const char *kind,
                      struct json *array)
{
    struct json *row = json_add(array, NULL, json_object());
    json_add_str(row, "plugin", str_from(instance->version->name));
    json_add_str(row, "kind", str_from(kind));
    return row;
}

void left_add_function(struct json *row, lua_State *L, int function_ref)
{
    lua_Debug ar;
    lua_rawgeti(L, LUA_REGISTRYINDEX, function_ref);
    if (lua_isfunction(L, -1)) {
        lua_getinfo(L, ">S", &ar); /* pops it */
        add_place(row, ar.short_src, ar.linedefined);
    } else {
        lua_pop(L, 1);
    }
}

static void add_instance(const struct instance *instance, struct json *array)
{
    if (instance->state == INSTANCE_GONE)
        return;
    for (const struct task *task = instance->tasks; task; task = task->next)
        add_wait(left_add(instance, "task", array), task->T);
    api_time_left(instance, array);
}

void script_left(const struct script *script, struct json *array)
{
    for (const struct plugin *at = script->plugins; at; at = at->next) {
        if (at->live)
            add_instance(at->live, array);
        for (const struct old *old = at->old; old; old = old->next)
            add_instance(old->instance, array);
    }
}
