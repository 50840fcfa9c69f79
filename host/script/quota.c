#include "script/quota.h"

#include "base/clock.h"
#include "script/convert.h"
#include "script/task.h"

#define SECOND_MS 1000

static const struct {
    unsigned most;
    const char *what;
} quotas[] = {
#define QUOTA_ROW(name, most, what) { (most), (what) },
    QUOTA_LIST(QUOTA_ROW)
#undef QUOTA_ROW
};

bool quota_check(enum quota quota, size_t have, struct err *err)
{
    return have < quotas[quota].most || err_set(err, ERR_LIMIT, "more than %u %s",
                                                quotas[quota].most, quotas[quota].what);
}

void quota_check_or_raise(lua_State *L, enum quota quota, size_t have)
{
    struct err err;
    if (!quota_check(quota, have, &err))
        raise_error(L, "%s", err.text);
}

bool quota_send(struct task *task, bool answers, struct err *err)
{
    struct rate *rate = &task->instance->send_rate;
    unsigned dropped;
    if (answers && task->origin && task->origin->answers < QUOTA_ANSWERS_MAX) {
        task->origin->answers++;
        return true;
    }
    return rate_pass(rate, clock_mono_ms(), QUOTA_SENDS_MAX, SECOND_MS, &dropped) ||
           quota_check(QUOTA_SENDS, QUOTA_SENDS_MAX, err);
}
