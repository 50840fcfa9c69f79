#include "script/router.h"

#include "base/mem.h"

struct handler *handler_new(struct instance *instance, enum handler_kind kind,
                            int function_ref, int priority)
{
    struct handler *handler = MEM_NEW(struct handler);
    handler->instance = instance;
    handler->kind = kind;
    handler->function_ref = function_ref;
    handler->priority = priority;
    handler->number = ++instance->last_handler;
    if (instance->handlers_tail)
        instance->handlers_tail->next = handler;
    else
        instance->handlers = handler;
    instance->handlers_tail = handler;
    instance->handler_count++;
    instance->handler_records++;
    router_changed(instance->runtime->router);
    return handler;
}

void handler_add_phrase(struct handler *handler, struct str phrase)
{
    size_t count = handler->phrase_count + 1;
    handler->phrases = mem_realloc(handler->phrases, count * sizeof(char *));
    handler->phrases[handler->phrase_count++] = str_dup(phrase);
}

void handler_off(struct handler *handler)
{
    if (handler->off)
        return;
    handler->off = true;
    handler->instance->handler_count--;
    router_changed(handler->instance->runtime->router);
}

void handler_free(struct handler *handler)
{
    handler->instance->handler_records--;
    for (size_t i = 0; i < handler->phrase_count; i++)
        free(handler->phrases[i]);
    free(handler->phrases);
    free(handler->event);
    json_free(handler->about);
    free(handler);
}
