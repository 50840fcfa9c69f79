#include "script/router.h"

#include "base/mem.h"
#include "script/later.h"
#include "script/record.h"
#include "script/router_index.h"
#include "store/journal.h"

#include <string.h>

struct match {
    struct handler *handler;
    struct str text; /* the word found, or what follows the command */
};

struct router {
    struct instance **live; /* in order of loading */
    size_t live_len, live_cap;
    bool changed;
    uint64_t stamp; /* of the message at hand */

    const struct router_index *index; /* NULL before the first event */

    struct match *found; /* by the message at hand; reused */
    size_t found_len, found_cap;
};

struct router *router_new(void)
{
    return MEM_NEW(struct router);
}

void router_free(struct router *router)
{
    router_index_free(router->index);
    free(router->found);
    free(router->live);
    free(router);
}

void router_changed(struct router *router)
{
    router->changed = true;
}

void router_add(struct router *router, struct instance *instance)
{
    if (router->live_len == router->live_cap) {
        router->live_cap = router->live_cap ? router->live_cap * 2 : 8;
        router->live =
            mem_realloc(router->live, router->live_cap * sizeof(*router->live));
    }
    size_t at = router->live_len++;
    for (; at > 0 && router->live[at - 1]->order > instance->order; at--)
        router->live[at] = router->live[at - 1];
    router->live[at] = instance;
    router->changed = true;
}

void router_remove(struct router *router, struct instance *instance)
{
    size_t kept = 0;
    for (size_t i = 0; i < router->live_len; i++)
        if (router->live[i] != instance)
            router->live[kept++] = router->live[i];
    router->live_len = kept;
    router->changed = true;
}

/* --- the index --- */

/* Frees what was taken back; nobody holds it between two events. */
static void sweep(struct instance *instance)
{
    struct handler **link = &instance->handlers;
    instance->handlers_tail = NULL;
    while (*link) {
        struct handler *handler = *link;
        if (handler->off) {
            *link = handler->next;
            handler_free(handler);
        } else {
            instance->handlers_tail = handler;
            link = &handler->next;
        }
    }
}

/* Publishes a new index after a change. */
static const struct router_index *refresh(struct router *router)
{
    const struct router_index *old = router->index;
    if (old && !router->changed)
        return old;
    router->changed = false;
    router->index = router_index_new(router->live, router->live_len);
    router_index_free(old);
    for (size_t i = 0; i < router->live_len; i++)
        sweep(router->live[i]);
    return router->index;
}

/* --- events --- */

/* An event for another plugin; or one that has ended hard for this one, and comes once
 * more for the others. */
static bool is_not_for(const struct instance *instance, struct origin *origin)
{
    struct str name = str_from(instance->version->name);
    if (origin->plugin.len > 0 && !str_eq(origin->plugin, name))
        return true;
    enum journal_why why;
    return origin->replays && record_root(origin)->row != 0 &&
           journal_was_kept(instance->runtime->store, record_root(origin)->id, name,
                            &why) &&
           why == JOURNAL_STOPPED;
}

/* True when the handler ended the event. */
static bool call(struct handler *handler, struct origin *origin,
                 struct router_call *given, task_push_fn *push)
{
    if (handler->off || handler->instance->state != INSTANCE_LIVE)
        return false; /* taken back by one before it */
    const struct runtime *runtime = handler->instance->runtime;
    if (runtime->later && !later_is_for(runtime, handler, origin))
        return false;
    if (origin && (origin->plugin.len > 0 || origin->replays) &&
        is_not_for(handler->instance, origin))
        return false;
    given->handler = handler;
    struct task_start start = {
        .function_ref = handler->function_ref,
        .push = push,
        .arg = given,
        .origin = origin,
        .path = handler->number,
        .keeps = true,
    };
    return task_start(handler->instance, &start) == TASK_STOPS;
}

static void add_found(struct router *router, struct handler *handler, struct str text)
{
    if (router->found_len == router->found_cap) {
        router->found_cap = router->found_cap ? router->found_cap * 2 : 16;
        router->found =
            mem_realloc(router->found, router->found_cap * sizeof(*router->found));
    }
    size_t at = router->found_len++;
    for (; at > 0 && router_goes_before(handler, router->found[at - 1].handler); at--)
        router->found[at] = router->found[at - 1];
    router->found[at] = (struct match){ handler, text };
}

/* Wakes those among the found that sleep. True when the index changed by that, so that
 * the event has to be looked up again. */
static bool wake_found(struct router *router)
{
    for (size_t i = 0; i < router->found_len; i++) {
        struct instance *instance = router->found[i].handler->instance;
        if (!instance->L && instance->state == INSTANCE_LIVE)
            instance_wake(instance);
    }
    return router->changed;
}

/* Of one instance, or (NULL) of all. */
static bool find_event(struct router *router, const struct instance *instance,
                       struct str event)
{
    const struct router_list *list = router_index_event(refresh(router), event);
    router->found_len = 0;
    for (size_t i = 0; list && i < list->len; i++)
        if (!instance || list->at[i]->instance == instance)
            add_found(router, list->at[i], STR_NONE);
    return router->found_len > 0;
}

void router_event(struct router *router, struct str event, struct origin *origin,
                  task_push_fn *push, void *arg)
{
    router_event_in(router, NULL, event, origin, push, arg);
}

bool router_wants_event(struct router *router, const struct instance *instance,
                        struct str event)
{
    return find_event(router, instance, event);
}

void router_event_in(struct router *router, const struct instance *instance,
                     struct str event, struct origin *origin, task_push_fn *push,
                     void *arg)
{
    do
        if (!find_event(router, instance, event))
            return;
    while (wake_found(router));
    struct router_call given = { .arg = arg };
    for (size_t i = 0; i < router->found_len; i++)
        if (call(router->found[i].handler, origin, &given, push))
            break;
}

bool router_wants_messages(struct router *router)
{
    const struct router_index *index = refresh(router);
    return index->message.len > 0 || index->needs_text;
}

/* The command the message calls; NULL: none, or none that takes one that old. */
static struct handler *find_command(const struct router_index *index,
                                    const struct router_message *given, struct str *rest)
{
    if (given->text.len == 0 || given->edited)
        return NULL;
    struct handler *command = router_index_command(index, given->text, rest);
    if (!command)
        return NULL;
    int64_t most_ms = command->since_ms ? command->since_ms : given->command_max_age_ms;
    return most_ms == 0 || given->age_ms <= most_ms ? command : NULL;
}

bool router_is_command(struct router *router, const struct router_message *given)
{
    struct str rest;
    return find_command(refresh(router), given, &rest) != NULL;
}

/* A set wakes its handler once, with the first of its words. */
static bool on_word(void *arg, uint32_t value, struct str word)
{
    struct router *router = arg;
    struct handler *handler = router->index->word_sets.at[value];
    if (handler->stamp != router->stamp) {
        handler->stamp = router->stamp;
        add_found(router, handler, word);
    }
    return true;
}

static bool may_want(const struct handler *handler, struct str text)
{
    return !handler->needs_text || (text.len > 0 && needle_in(&handler->needle, text));
}

static void find_message(struct router *router, const struct router_message *given)
{
    const struct router_index *index = refresh(router);
    const struct router_list *list =
        given->edited ? router_index_event(index, STR("message.edited"))
                      : &index->message;
    struct str rest;
    router->found_len = 0;
    router->stamp++;
    struct handler *command = find_command(index, given, &rest);
    if (command)
        add_found(router, command, rest);
    if (given->text.len > 0 && index->words)
        wordset_find(index->words, given->text, on_word, router);
    for (size_t i = 0; list && i < list->len; i++)
        if (may_want(list->at[i], given->text))
            add_found(router, list->at[i], STR_NONE);
}

bool router_message(struct router *router, const struct router_message *given)
{
    do
        find_message(router, given);
    while (wake_found(router));
    if (router->found_len == 0)
        return false;
    struct origin *origin = origin_new(given->runtime, given->message);
    struct router_call wake = { .text = given->text, .arg = given->arg };
    for (size_t i = 0; i < router->found_len; i++) {
        wake.match = router->found[i].text;
        if (call(router->found[i].handler, origin, &wake, given->push))
            break;
    }
    origin_release(origin);
    return true;
}

void router_each_command(struct router *router, router_each_fn *fn, void *arg)
{
    for (size_t i = 0; i < router->live_len; i++)
        for (struct handler *at = router->live[i]->handlers; at; at = at->next)
            if (at->kind == HANDLER_COMMAND && !at->off)
                fn(arg, at);
}
