#include "base/mem.h"
#include "base/must.h"
#include "script/api.h"
#include "script/convert.h"
#include "script/inside.h"
#include "script/pack.h"
#include "script/quota.h"
#include "script/router.h"
#include "script/waiters.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#define DATA_MAX ((size_t)64 << 10)

/* An event of the plugin's own that is on its way. */
struct emit {
    struct emit *next;
    struct origin *origin; /* may be NULL */
    char event[EVENT_OWN_MAX];
    struct buf data; /* packed */
};

static void free_emit(struct emit *emit)
{
    origin_release(emit->origin);
    buf_clear(&emit->data);
    free(emit);
}

static int push_data(lua_State *L, void *router_call)
{
    const struct buf *data = ((struct router_call *)router_call)->arg;
    luaL_checkstack(L, 4 * PACK_DEPTH, NULL);
    must(pack_read(L, buf_str(data), NULL)); /* pack_write made it */
    return 1;
}

/* Those that its handlers emit come with the next turn, so that the loop goes on. */
static void on_due(void *arg)
{
    struct instance *instance = arg;
    struct emit *all = instance->emits;
    instance->emits = NULL;
    instance->emit_count = 0;
    while (all) {
        struct emit *emit = all;
        all = emit->next;
        deliver_event(instance->runtime, str_from(emit->event), emit->origin, push_data,
                      &emit->data);
        free_emit(emit);
    }
}

void api_emit_stop(struct instance *instance)
{
    loop_timer_stop(instance->runtime->loop, &instance->emit_due);
    while (instance->emits) {
        struct emit *emit = instance->emits;
        instance->emits = emit->next;
        free_emit(emit);
    }
    instance->emit_count = 0;
}

/* What the handlers of it send has keys of its own. */
static struct origin *make_origin(struct task *task)
{
    char path[TASK_PATH_MAX], name[TASK_PATH_MAX + 32];
    if (!task->origin)
        return NULL;
    snprintf(name, sizeof(name), "emit:%.*s.%u", STR_ARG(task_path(task, path)),
             ++task->spawned);
    return origin_child(task->origin, str_from(name));
}

static void add_emit(struct task *task, struct emit *emit, struct str event)
{
    struct instance *instance = task->instance;
    struct emit **end = &instance->emits;
    char room[EVENT_OWN_MAX];
    struct str name = api_event_name(instance, event, room);
    snprintf(emit->event, sizeof(emit->event), "%.*s", STR_ARG(name));
    emit->origin = make_origin(task);
    while (*end)
        end = &(*end)->next;
    *end = emit;
    instance->emit_count++;
    if (!loop_timer_runs(&instance->emit_due))
        loop_timer_start(instance->runtime->loop, &instance->emit_due, 0, on_due,
                         instance);
}

/* host.emit(event, data): true, or nil and an error */
static int api_emit(lua_State *L)
{
    instance_note_busy(L);
    struct task *task = task_current(L);
    struct str event = check_str(L, 1);
    struct err err = { 0 };
    lua_settop(L, 2);
    guard_hold();
    struct emit *emit = MEM_NEW(struct emit);
    buf_init(&emit->data, DATA_MAX);
    bool ok = quota_check(QUOTA_EMITS, task->instance->emit_count, &err);
    ok = ok && pack_write(L, 2, "data", &emit->data, &err);
    if (ok)
        add_emit(task, emit, event);
    else
        free_emit(emit);
    guard_release();
    if (!ok && err.code == ERR_ARGUMENT)
        return raise_error(L, "%s", err.text);
    if (!ok)
        return convert_push_failure(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

static const luaL_Reg emit_api[] = { { "emit", api_emit }, { NULL, NULL } };

const struct api_group host_emits = API_FUNCTIONS(emit_api);
