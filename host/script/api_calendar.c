#include "base/clock.h"
#include "script/api.h"
#include "script/calendar.h"
#include "script/convert.h"
#include "script/exec.h"
#include "script/record.h"
#include "script/task.h"

#include <lauxlib.h>
#include <math.h>
#include <string.h>

#define CRON_NAME_MAX 128
#define SCHEDULE_NAME_MAX 48
#define DATA_MAX ((size_t)16 << 10)
#define LOCAL_MAX ((lua_Integer)1 << 40)
#define YEAR_MS ((int64_t)366 * 86400 * 1000)

/* host.cron(spec, fn, name?, run_missed): the timer's number. fn gets two times in
 * milliseconds: now, and when it was due. */
static int api_cron(lua_State *L)
{
    instance_note_busy(L);
    struct instance *instance = instance_of(L);
    struct str spec = check_str(L, 1);
    struct cron cron;
    struct err err = { 0 };
    luaL_checktype(L, 2, LUA_TFUNCTION);
    bool named = !lua_isnoneornil(L, 3);
    struct str name = named ? check_str(L, 3) : str_trim(spec);
    bool run_missed = lua_toboolean(L, 4);
    if (!cron_parse(spec, &cron, &err))
        return raise_error(L, "spec: %s", err.text);
    if (name.len == 0 || name.len > CRON_NAME_MAX || !str_is_utf8(name) ||
        memchr(name.at, 0, name.len))
        return raise_error(L, "opts.name: want a text of 1 to %d bytes", CRON_NAME_MAX);
    if ((named || run_missed) && calendar_has_cron(instance, name))
        return raise_error(L, "opts.name: there is a cron \"%s\" already",
                           lua_tostring(L, named ? 3 : 1));
    api_time_check(L);
    lua_pushvalue(L, 2);
    int function_ref = luaL_ref(L, LUA_REGISTRYINDEX);
    guard_hold();
    int id = calendar_cron(instance, &cron, name, named, run_missed, function_ref);
    guard_release();
    lua_pushinteger(L, id);
    return 1;
}

/* host.cron_stop(number); one that is over is fine */
static int api_cron_stop(lua_State *L)
{
    struct instance *instance = instance_of(L);
    lua_Integer id = luaL_checkinteger(L, 1);
    int function_ref = LUA_NOREF;
    guard_hold();
    bool found = calendar_cron_stop(instance, (int)id, &function_ref);
    guard_release();
    if (found)
        luaL_unref(L, LUA_REGISTRYINDEX, function_ref);
    return 0;
}

/* "remind", "game.over" */
static struct str check_schedule_name(lua_State *L, int index)
{
    struct str name = check_str(L, index);
    bool good = name.len > 0 && name.len <= SCHEDULE_NAME_MAX;
    for (size_t i = 0; good && i < name.len; i++)
        good = name.at[i] != '\0' &&
               strchr("abcdefghijklmnopqrstuvwxyz0123456789_.-", name.at[i]);
    if (!good)
        raise_error(L, "name: want 1 to %d of a-z, 0-9, _ . and -", SCHEDULE_NAME_MAX);
    return name;
}

static bool add_schedule(lua_State *L, struct task *task, struct schedule_row *row,
                         struct err *err)
{
    struct instance *instance = task->instance;
    struct buf *scratch = &instance->scratch;
    buf_reset(scratch);
    if (!lua_isnoneornil(L, 3)) {
        if (!convert_to_json(L, 3, scratch, err))
            return false;
        if (scratch->len > DATA_MAX)
            return err_set(err, ERR_LIMIT, "data: larger than %zu bytes as JSON",
                           DATA_MAX);
        row->data = buf_str(scratch);
    }
    if (task->origin) {
        row->chat = (int)task->origin->type;
        row->target = task->origin->target;
    }
    return calendar_schedule(instance, row, err);
}

/* host.schedule(due_ms, name, data?): its id. May wait, as all of the store. */
static int api_schedule(lua_State *L)
{
    instance_note_busy(L);
    struct task *task = task_check_wait(L);
    struct err err = { 0 };
    if (exec_of(task->instance))
        return raise_error(L, "a script has no later: it runs once");
    int64_t now_ms = clock_wall_ms();
    struct schedule_row row = { .due_ms = luaL_checkinteger(L, 1) };
    row.name = check_schedule_name(L, 2);
    if (row.due_ms > now_ms + 100 * YEAR_MS)
        return raise_error(L, "when: more than a hundred years away");
    row.due_ms = row.due_ms < now_ms ? now_ms : row.due_ms;
    lua_settop(L, 3);
    guard_hold();
    bool ok = add_schedule(L, task, &row, &err);
    guard_release();
    if (!ok && err.code == ERR_ARGUMENT)
        return raise_error(L, "data: %s", err.text);
    if (!ok)
        return convert_push_failure(L, &err);
    lua_pushinteger(L, row.id);
    return 1;
}

/* host.unschedule(id) */
static int api_unschedule(lua_State *L)
{
    instance_note_busy(L);
    struct task *task = task_check_wait(L);
    struct err err = { 0 };
    if (exec_of(task->instance))
        return raise_error(L, "a script has no later: it runs once");
    lua_Integer id = luaL_checkinteger(L, 1);
    guard_hold();
    bool ok = calendar_unschedule(task->instance, id, &err);
    guard_release();
    if (!ok)
        return convert_push_failure(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

/* host.offset(ms): seconds that clocks are ahead of UTC then, and what that is called */
static int api_offset(lua_State *L)
{
    instance_note_busy(L);
    double ms = floor(luaL_checknumber(L, 1));
    luaL_argcheck(L, ms >= -8.64e15 && ms <= 8.64e15, 1, "out of range");
    int64_t utc = (int64_t)floor(ms / 1000);
    struct zone_offset offset = zone_at(instance_of(L)->runtime->zone, utc);
    lua_pushinteger(L, offset.seconds);
    lua_pushstring(L, offset.abbreviation);
    return 2;
}

/* host.moment(seconds): when, in milliseconds, clocks show a local time that is given as
 * if it were UTC */
static int api_moment(lua_State *L)
{
    instance_note_busy(L);
    lua_Integer local = luaL_checkinteger(L, 1);
    luaL_argcheck(L, local > -LOCAL_MAX && local < LOCAL_MAX, 1, "out of range");
    lua_pushinteger(L, zone_utc(instance_of(L)->runtime->zone, local) * 1000);
    return 1;
}

static const struct record_call calendar_calls[] = {
    { "cron", api_cron, RECORD_NOT },
    { "cron_stop", api_cron_stop, RECORD_NOT },
    { "offset", api_offset, RECORD_NOT },
    { "moment", api_moment, RECORD_NOT },
    { "schedule", api_schedule, RECORD_ACTS },
    { "unschedule", api_unschedule, RECORD_ACTS },
    { NULL, NULL, 0 },
};

const struct api_group host_calendar = RECORD_CALLS(calendar_calls);
