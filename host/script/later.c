#include "script/later.h"

#include "base/mem.h"
#include "script/inside.h"
#include "script/quota.h"
#include "script/record.h"
#include "script/router.h"

#define AT_ONCE 64           /* of one turn of the loop */
#define STORE_FAILED_MS 5000 /* until the next try */

struct later {
    struct later *next;
    struct instance *instance;
    struct origin *origin;
    unsigned number; /* of the handler in its instance */
};

bool later_is_for(const struct runtime *runtime, const struct handler *handler,
                  const struct origin *origin)
{
    const struct later *later = runtime->later;
    return handler->instance == later->instance && handler->number == later->number &&
           str_eq(origin->id, later->origin->id);
}

struct origin *later_origin(const struct runtime *runtime)
{
    return runtime->later ? record_root(runtime->later->origin) : NULL;
}

static void on_due(void *arg);

static void plan(struct instance *instance, int64_t delay_ms)
{
    loop_timer_start(instance->runtime->loop, &instance->later_due, delay_ms, on_due,
                     instance);
}

void later_due(struct instance *instance)
{
    if (instance->state == INSTANCE_LIVE && !loop_timer_runs(&instance->later_due))
        plan(instance, 0);
}

bool later_add(struct instance *instance, struct origin *origin, unsigned number)
{
    const struct script_im *im = &instance->runtime->im;
    if (!origin || record_root(origin)->row == 0 || !im->read ||
        instance->later_count == QUOTA_LATER_MAX)
        return false;
    if (instance->later_count++ == 0) {
        instance->later_tail = &instance->later;
        instance_report(instance, origin->id,
                        STR("more than 1000 tasks wait: this and what follows is "
                            "handled when they end"));
    }
    struct later *later = MEM_NEW(struct later);
    later->instance = instance;
    later->origin = origin_ref(origin);
    later->number = number;
    *instance->later_tail = later;
    instance->later_tail = &later->next;
    return true;
}

static struct later *take_first(struct instance *instance)
{
    struct later *later = instance->later;
    instance->later = later->next;
    instance->later_count--;
    if (!instance->later)
        instance->later_tail = &instance->later;
    return later;
}

/* The row, read again, goes the way it went; all but this handler had it. */
static void on_read(void *arg, const struct message *message)
{
    struct later *later = arg;
    struct runtime *runtime = later->instance->runtime;
    struct message seen = *message;
    seen.redelivered = later->origin->replays;
    runtime->later = later;
    deliver_message(runtime->owner, &seen);
    runtime->later = NULL;
}

static void on_due(void *arg)
{
    struct instance *instance = arg;
    struct runtime *runtime = instance->runtime;
    for (int i = 0; i < AT_ONCE && instance->later && task_fits(instance); i++) {
        if (store_failed(runtime->store)) {
            plan(instance, STORE_FAILED_MS);
            return;
        }
        if (!runtime->im.read)
            return; /* cut off: the script is about to close */
        struct later *later = take_first(instance);
        runtime->im.read(runtime->im.arg, record_root(later->origin)->row, on_read,
                         later);
        origin_release(later->origin);
        free(later);
    }
    if (instance->later && task_fits(instance))
        plan(instance, 0);
}

void later_move(struct instance *from, struct instance *to)
{
    if (!from->later)
        return;
    loop_timer_stop(from->runtime->loop, &from->later_due);
    for (struct later *later = from->later; later; later = later->next)
        later->instance = to;
    to->later = from->later;
    to->later_tail = from->later_tail;
    to->later_count = from->later_count;
    from->later = NULL;
    from->later_count = 0;
    later_due(to);
}

void later_lost(struct instance *instance)
{
    for (struct later *later = instance->later; later; later = later->next)
        record_again(instance, later->origin);
}

void later_clear(struct instance *instance)
{
    loop_timer_stop(instance->runtime->loop, &instance->later_due);
    while (instance->later) {
        struct later *later = take_first(instance);
        origin_release(later->origin);
        free(later);
    }
}
