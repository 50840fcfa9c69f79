#include "script/router.h"

#include "base/mem.h"

#include <lauxlib.h>
#include <string.h>

/* One block, so that a further bot's copy is one, too. */
struct about_texts {
    bool has[ABOUTS];
    uint32_t ends[ABOUTS];
    char bytes[];
};

static void append(struct instance *instance, struct handler *handler)
{
    handler->instance = instance;
    if (instance->handlers_tail)
        instance->handlers_tail->next = handler;
    else
        instance->handlers = handler;
    instance->handlers_tail = handler;
    instance->handler_count++;
    instance->handler_records++;
}

static void note_change(struct instance *instance)
{
    if (instance->state == INSTANCE_LIVE && !instance->waking)
        instance->grown = true;
    router_changed(instance->runtime->router);
}

struct handler *handler_new(struct instance *instance, enum handler_kind kind,
                            int function_ref, int priority)
{
    struct handler *handler = MEM_NEW(struct handler);
    handler->kind = kind;
    handler->function_ref = function_ref;
    handler->priority = priority;
    handler->number = ++instance->last_handler;
    append(instance, handler);
    return handler;
}

void handler_add_phrase(struct handler *handler, struct str phrase)
{
    size_t count = handler->phrase_count + 1;
    handler->phrases = mem_realloc(handler->phrases, count * sizeof(char *));
    handler->phrases[handler->phrase_count++] = str_dup(phrase);
}

void handler_set_about(struct handler *handler, const struct str texts[ABOUTS])
{
    size_t bytes = 0;
    for (int i = 0; i < ABOUTS; i++)
        bytes += texts[i].len;
    struct about_texts *about = mem_alloc(sizeof(*about) + bytes);
    uint32_t end = 0;
    for (int i = 0; i < ABOUTS; i++) {
        about->has[i] = texts[i].at != NULL;
        if (texts[i].len > 0)
            memcpy(about->bytes + end, texts[i].at, texts[i].len);
        end += (uint32_t)texts[i].len;
        about->ends[i] = end;
    }
    free(handler->about);
    handler->about = about;
}

struct str handler_about(const struct handler *handler, enum about which)
{
    const struct about_texts *about = handler->about;
    uint32_t from = which > 0 ? about->ends[which - 1] : 0;
    if (!about->has[which])
        return STR_NONE;
    return str_of(about->bytes + from, about->ends[which] - from);
}

static struct about_texts *copy_about(const struct about_texts *about)
{
    size_t size = sizeof(*about) + about->ends[ABOUTS - 1];
    return memcpy(mem_alloc(size), about, size);
}

struct handler *handler_copy(const struct handler *handler, struct instance *instance)
{
    struct handler *copy = MEM_NEW(struct handler);
    copy->number = handler->number;
    copy->kind = handler->kind;
    copy->priority = handler->priority;
    copy->function_ref = LUA_NOREF;
    copy->needs_text = handler->needs_text;
    copy->needle = handler->needle;
    copy->since_ms = handler->since_ms;
    if (handler->event)
        copy->event = str_dup(str_from(handler->event));
    for (size_t i = 0; i < handler->phrase_count; i++)
        handler_add_phrase(copy, str_from(handler->phrases[i]));
    if (handler->about)
        copy->about = copy_about(handler->about);
    if (instance) {
        append(instance, copy);
        instance->last_handler = copy->number;
        router_changed(instance->runtime->router);
    }
    return copy;
}

static bool same_needle(const struct needle *a, const struct needle *b)
{
    return a->len == b->len && a->at_front == b->at_front &&
           memcmp(a->text, b->text, a->len) == 0;
}

/* Whether the same messages and events wake both. */
static bool is_same(const struct handler *a, const struct handler *b)
{
    if (a->kind != b->kind || a->priority != b->priority ||
        a->needs_text != b->needs_text || a->since_ms != b->since_ms ||
        a->phrase_count != b->phrase_count || !same_needle(&a->needle, &b->needle) ||
        (a->event && strcmp(a->event, b->event) != 0))
        return false;
    for (size_t i = 0; i < a->phrase_count; i++)
        if (strcmp(a->phrases[i], b->phrases[i]) != 0)
            return false;
    return true;
}

static void drop_last(struct instance *instance)
{
    struct handler *last = instance->handlers_tail, *at = instance->handlers;
    while (at->next != last)
        at = at->next;
    at->next = NULL;
    instance->handlers_tail = at;
    instance->last_handler--;
    handler_free(last);
}

unsigned handler_ready(struct handler *handler)
{
    struct instance *instance = handler->instance;
    struct handler *at = instance->handlers;
    if (instance->waking)
        while (at != handler &&
               (at->off || at->function_ref != LUA_NOREF || !is_same(at, handler)))
            at = at->next;
    else
        at = handler;
    if (at == handler) {
        note_change(instance);
        return handler->number;
    }
    at->function_ref = handler->function_ref;
    drop_last(instance); /* counted as one: `at` was not, while its instance slept */
    instance->handler_records++;
    return at->number;
}

void handler_asleep(struct instance *instance)
{
    for (struct handler *at = instance->handlers; at; at = at->next)
        at->function_ref = LUA_NOREF;
}

void handler_waking(struct instance *instance)
{
    instance->handler_count = 0; /* as if none was registered yet */
    instance->handler_records = 0;
    for (struct handler *at = instance->handlers; at; at = at->next)
        if (at->off)
            instance->handler_records++;
}

void handler_woken(struct instance *instance)
{
    for (struct handler *at = instance->handlers; at; at = at->next) {
        if (at->function_ref != LUA_NOREF || at->off)
            continue;
        instance->handler_count++;
        instance->handler_records++;
        handler_off(at);
    }
}

void handler_off(struct handler *handler)
{
    if (handler->off)
        return;
    handler->off = true;
    handler->instance->handler_count--;
    note_change(handler->instance);
}

void handler_free(struct handler *handler)
{
    if (handler->instance)
        handler->instance->handler_records--;
    for (size_t i = 0; i < handler->phrase_count; i++)
        free(handler->phrases[i]);
    free(handler->phrases);
    free(handler->event);
    free(handler->about);
    free(handler);
}
