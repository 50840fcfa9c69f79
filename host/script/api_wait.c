#include "base/clock.h"
#include "base/mem.h"
#include "script/api.h"
#include "script/convert.h"
#include "script/record.h"
#include "script/waiters.h"

#include <lauxlib.h>

/* host.expect(chat, sender): the task is about to ask them something; from now on what
 * they say waits for host.answer */
static int api_expect(lua_State *L)
{
    struct task *task = task_check_wait(L);
    struct conversation chat = check_conversation(L, 1, "chat");
    struct str sender = check_user(L, 2, "sender");
    guard_hold();
    waiters_ask(task, chat, sender);
    guard_release();
    return 0;
}

/* host.unexpect(): the question did not leave, or is answered */
static int api_unexpect(lua_State *L)
{
    struct task *task = instance_of(L)->current;
    guard_hold();
    if (task)
        waiters_forget(task);
    guard_release();
    return 0;
}

/* A wait ends at the same moment when it is begun again. */
static void set_end(struct task *task, int64_t limit_ms)
{
    int64_t now_ms = clock_wall_ms();
    limit_ms = record_moment(task, now_ms + limit_ms, NULL) - now_ms;
    task_set_limit(task, limit_ms > 0 ? limit_ms : 1);
}

/* host.answer(since, timeout): the message of who is expected, sent since then */
static int api_answer(lua_State *L)
{
    struct task *task = task_check_wait(L);
    int64_t since_ms = luaL_checkinteger(L, 1);
    int64_t limit_ms = check_duration(L, 2, "timeout");
    if (!task->waiter)
        return raise_error(L, "nobody is expected");
    guard_hold();
    waiters_begin(task, since_ms);
    set_end(task, limit_ms);
    guard_release();
    return task_park(L, task);
}

/* host.wait(event, timeout, where?, chat?, sender?): what its handlers get */
static int api_wait(lua_State *L)
{
    struct task *task = task_check_wait(L);
    struct str event = check_str(L, 1), sender = STR_NONE;
    int64_t limit_ms = check_duration(L, 2, "timeout");
    struct conversation chat;
    bool one_person = !lua_isnoneornil(L, 4);
    char own[EVENT_OWN_MAX];
    if (!lua_isnoneornil(L, 3))
        luaL_checktype(L, 3, LUA_TFUNCTION);
    if (one_person) {
        chat = check_conversation(L, 4, "chat");
        sender = check_user(L, 5, "from");
    }
    int where_ref = LUA_NOREF;
    if (!lua_isnoneornil(L, 3)) {
        lua_pushvalue(L, 3);
        where_ref = luaL_ref(L, LUA_REGISTRYINDEX);
    }
    guard_hold();
    event = api_event_name(task->instance, event, own);
    waiters_wait(task, event, one_person ? &chat : NULL, sender, where_ref);
    set_end(task, limit_ms);
    guard_release();
    return task_park(L, task);
}

/* What they give is taken from others: it is saved with the row of that message. */
static const struct record_call wait_calls[] = {
    { "expect", api_expect, RECORD_NOT },
    { "unexpect", api_unexpect, RECORD_NOT },
    { "answer", api_answer, RECORD_ACTS },
    { "wait", api_wait, RECORD_ACTS },
    { NULL, NULL, 0 },
};

const struct api_group host_waits = RECORD_CALLS(wait_calls);
