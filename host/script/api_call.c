#include "script/api_call.h"

#include "script/caps.h"
#include "script/convert.h"
#include "script/exec.h"

bool api_call_online(const struct task *task, struct err *err)
{
    if (task->pretends)
        return false; /* without an error: api_call_fail */
    return task->instance->runtime->im.send ||
           err_set(err, ERR_CLOSED, "the bot has no account now");
}

static void cancel_call(struct task *task)
{
    const struct err why = { .code = task->undo };
    struct script_im *im = &task->instance->runtime->im;
    caps_done(task, &why);
    if (im->cancel)
        im->cancel(im->arg, task->pending);
}

void api_call_pending(struct task *task, void *call)
{
    task->pending = call;
    task->cancel = call ? cancel_call : NULL;
}

int api_call_wait(lua_State *L, struct task *task, const struct err *why)
{
    return task->cancel ? task_park(L, task) : api_call_fail(L, task, why);
}

int api_call_fail(lua_State *L, struct task *task, const struct err *why)
{
    if (task->pretends && why->code == ERR_NONE) {
        guard_hold();
        caps_done_with(task, "dry run");
        guard_release();
        return exec_pretend(L, task->pretends);
    }
    guard_hold();
    caps_done(task, why);
    guard_release();
    return convert_push_failure(L, why);
}

static int push_done(lua_State *L, void *arg)
{
    const struct err *why = arg;
    if (why)
        return convert_push_failure(L, why);
    lua_pushboolean(L, 1);
    return 1;
}

void api_call_on_done(void *arg, const struct err *why)
{
    struct task *task = arg;
    caps_done(task, why);
    task_wake(task, push_done, (void *)why);
}
