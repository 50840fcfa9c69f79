#include "script/router.h"

#include "base/log.h"
#include "base/mem.h"
#include "script/router_text.h"
#include "text/wordset.h"

#include <string.h>

#define FIRST_WORD_MAX 64

/* A growing list of handlers. */
struct list {
    struct handler **at;
    size_t len, cap;
};

struct command {
    struct handler *handler;
    struct str phrase; /* borrowed from the handler */
    size_t words;
};

/* The commands that begin with the same word, in the order they are tried. */
struct commands {
    struct command *at;
    size_t len, cap;
};

struct match {
    struct handler *handler;
    struct str text; /* the word found, or what follows the command */
};

struct router {
    struct instance **live; /* in order of loading */
    size_t live_len, live_cap;
    bool changed;
    uint64_t stamp; /* of the message at hand */

    struct map events;   /* name to struct list * */
    struct list message; /* the handlers of "message" */
    struct map commands; /* first word to struct commands * */
    struct wordset *words;
    struct list word_sets; /* by the value they have in `words` */
    bool needs_text;

    struct match *found; /* by the message at hand; reused */
    size_t found_len, found_cap;
};

struct router *router_new(void)
{
    return MEM_NEW(struct router);
}

static void clear_index(struct router *router)
{
    struct str name;
    void *value;
    for (size_t at = 0; map_next(&router->events, &at, &name, &value);) {
        free(((struct list *)value)->at);
        free(value);
    }
    map_clear(&router->events);
    for (size_t at = 0; map_next(&router->commands, &at, &name, &value);) {
        free(((struct commands *)value)->at);
        free(value);
    }
    map_clear(&router->commands);
    wordset_free(router->words);
    router->words = NULL;
    router->message.len = 0;
    router->word_sets.len = 0;
    router->needs_text = false;
}

void router_free(struct router *router)
{
    clear_index(router);
    free(router->message.at);
    free(router->word_sets.at);
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

/* Higher priority first, then order of loading, then of registering. */
static bool goes_before(const struct handler *a, const struct handler *b)
{
    if (a->priority != b->priority)
        return a->priority > b->priority;
    if (a->instance != b->instance)
        return a->instance->order < b->instance->order;
    return a->number < b->number;
}

static void list_add(struct list *list, struct handler *handler)
{
    if (list->len == list->cap) {
        list->cap = list->cap ? list->cap * 2 : 8;
        list->at = mem_realloc(list->at, list->cap * sizeof(*list->at));
    }
    list->at[list->len++] = handler;
}

static void list_insert(struct list *list, struct handler *handler)
{
    list_add(list, handler);
    size_t at = list->len - 1;
    for (; at > 0 && goes_before(handler, list->at[at - 1]); at--)
        list->at[at] = list->at[at - 1];
    list->at[at] = handler;
}

static void index_event(struct router *router, struct handler *handler)
{
    struct str name = str_from(handler->event);
    if (str_eq(name, STR("message"))) {
        list_insert(&router->message, handler);
        router->needs_text = router->needs_text || handler->needs_text;
        return;
    }
    struct list *list = map_get(&router->events, name);
    if (!list) {
        list = MEM_NEW(struct list);
        map_set(&router->events, name, list);
    }
    list_insert(list, handler);
}

static void index_phrase(struct router *router, struct handler *handler,
                         struct str phrase)
{
    struct str rest = phrase, first = STR_NONE, word;
    struct command added = { handler, phrase, 1 };
    str_split(&rest, ' ', &first);
    while (str_split(&rest, ' ', &word))
        added.words++;
    struct commands *commands = map_get(&router->commands, first);
    if (!commands) {
        commands = MEM_NEW(struct commands);
        map_set(&router->commands, first, commands);
    }
    if (commands->len == commands->cap) {
        commands->cap = commands->cap ? commands->cap * 2 : 4;
        commands->at = mem_realloc(commands->at, commands->cap * sizeof(added));
    }
    size_t at = commands->len++;
    for (; at > 0; at--) {
        struct command *before = &commands->at[at - 1];
        if (before->words > added.words ||
            (before->words == added.words && !goes_before(handler, before->handler)))
            break;
        commands->at[at] = *before;
    }
    commands->at[at] = added;
}

static void index_words(struct router *router, struct handler *handler)
{
    if (!router->words)
        router->words = wordset_new();
    size_t left_out = 0;
    for (size_t i = 0; i < handler->phrase_count; i++)
        if (!wordset_add(router->words, str_from(handler->phrases[i]),
                         (uint32_t)router->word_sets.len))
            left_out++;
    if (left_out > 0)
        log_warn(
            LOG_SCRIPT, "bot=%s plugin=%s %zu words left out: too many in all plugins",
            handler->instance->runtime->bot, handler->instance->version->name, left_out);
    list_add(&router->word_sets, handler);
}

static void index_handler(struct router *router, struct handler *handler)
{
    router->needs_text = router->needs_text || handler->kind != HANDLER_EVENT;
    switch (handler->kind) {
    case HANDLER_EVENT:
        index_event(router, handler);
        break;
    case HANDLER_COMMAND:
        for (size_t i = 0; i < handler->phrase_count; i++)
            index_phrase(router, handler, str_from(handler->phrases[i]));
        break;
    case HANDLER_WORDS:
        index_words(router, handler);
        break;
    }
}

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

static void refresh(struct router *router)
{
    if (!router->changed)
        return;
    router->changed = false;
    clear_index(router);
    for (size_t i = 0; i < router->live_len; i++) {
        sweep(router->live[i]);
        for (struct handler *at = router->live[i]->handlers; at; at = at->next)
            index_handler(router, at);
    }
}

/* --- events --- */

/* True when the handler ended the event. */
static bool call(struct handler *handler, struct origin *origin,
                 struct router_call *given, task_push_fn *push)
{
    if (handler->off || handler->instance->state != INSTANCE_LIVE)
        return false; /* taken back by one before it */
    given->handler = handler;
    struct task_start start = {
        .function_ref = handler->function_ref,
        .push = push,
        .arg = given,
        .origin = origin,
        .path = handler->number,
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
    for (; at > 0 && goes_before(handler, router->found[at - 1].handler); at--)
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
    refresh(router);
    const struct list *list = map_get(&router->events, event);
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
    refresh(router);
    return router->message.len > 0 || router->needs_text;
}

bool router_wants_text(struct router *router)
{
    refresh(router);
    return router->needs_text;
}

static void find_command(struct router *router, struct str text)
{
    char room[FIRST_WORD_MAX];
    struct str body, rest, first;
    if (router->commands.len == 0 || !router_text_command(text, &body))
        return;
    rest = body;
    if (!router_text_word(&rest, &first) || first.len > sizeof(room))
        return;
    const struct commands *commands =
        map_get(&router->commands, router_text_lower(first, room, sizeof(room)));
    for (size_t i = 0; commands && i < commands->len; i++) {
        if (!router_text_begins(body, commands->at[i].phrase, &rest))
            continue;
        add_found(router, commands->at[i].handler, rest);
        return;
    }
}

bool router_is_command(struct router *router, struct str text)
{
    refresh(router);
    router->found_len = 0;
    find_command(router, text);
    return router->found_len > 0;
}

/* A set wakes its handler once, with the first of its words. */
static bool on_word(void *arg, uint32_t value, struct str word)
{
    struct router *router = arg;
    struct handler *handler = router->word_sets.at[value];
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
    refresh(router);
    router->found_len = 0;
    router->stamp++;
    if (given->text.len > 0 && !given->no_commands)
        find_command(router, given->text);
    if (given->text.len > 0 && router->words)
        wordset_find(router->words, given->text, on_word, router);
    for (size_t i = 0; i < router->message.len; i++)
        if (may_want(router->message.at[i], given->text))
            add_found(router, router->message.at[i], STR_NONE);
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
