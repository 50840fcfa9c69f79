/* record: what is asked without passing through the wrapper of calls: numbers, names, the
 * value that an update begins with. */
#include "script/pack.h"
#include "script/record_inside.h"

#include <string.h>

/* The task that runs, if its calls are recorded. */
static struct task *task_here(lua_State *L)
{
    struct task *task = instance_of(L)->current;
    return task && record_is_kept(task) ? task : NULL;
}

lua_Integer record_integer(lua_State *L, const char *name, lua_Integer live)
{
    struct task *task = task_here(L);
    struct entry entry;
    if (!task)
        return live;
    uint64_t digest = record_hash(2, str_from(name));
    if (record_is_replaying(task) && record_peek(task, &entry)) {
        if (entry.digest == digest && entry.type == ENTRY_INTEGER &&
            entry.bytes.len == sizeof(live)) {
            memcpy(&live, entry.bytes.at, sizeof(live));
            record_take(task);
            return live;
        }
        record_differs(L, task);
    }
    guard_hold();
    record_add(task, ENTRY_INTEGER, digest, str_of((const char *)&live, sizeof(live)));
    guard_release();
    return live;
}

struct str record_name(lua_State *L, enum name_of whose, struct str id)
{
    struct task *task = task_here(L);
    struct str name = runtime_name(instance_of(L)->runtime, whose, id);
    struct entry entry;
    /* Those in the results of a call are recorded with it. */
    if (!task || task->call)
        return name;
    uint64_t digest = record_hash(3 + (uint64_t)whose, id);
    if (record_is_replaying(task) && record_peek(task, &entry)) {
        if (entry.type != ENTRY_NAME || entry.digest != digest)
            return STR_NONE;
        record_take(task);
        return entry.bytes;
    }
    if (name.len > 0) {
        guard_hold();
        record_add(task, ENTRY_NAME, digest, name);
        guard_release();
    }
    return name;
}

bool record_input(lua_State *L, int index)
{
    struct task *task = task_here(L);
    struct entry entry;
    if (!task)
        return false;
    lua_pushvalue(L, index);
    uint64_t digest = record_hash(5, STR("store_update"));
    if (record_is_replaying(task) && record_peek(task, &entry)) {
        if (entry.digest == digest && entry.type == ENTRY_ACTED &&
            pack_read_results(L, entry.bytes) == 1) {
            lua_replace(L, index);
            lua_pop(L, 1);
            record_take(task);
            return true;
        }
        record_differs(L, task);
    }
    guard_hold();
    record_add_results(task, L, ENTRY_ACTED, digest, 1);
    guard_release();
    lua_pop(L, 1);
    return false;
}
