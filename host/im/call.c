/* call: see the header. */
#include "im/call.h"

#include <stddef.h>

void call_list_init(struct call_list *list)
{
    list->ring.next = list->ring.before = &list->ring;
}

void call_add(struct call_list *list, struct account_call *call)
{
    call->before = list->ring.before;
    call->next = &list->ring;
    call->before->next = call;
    list->ring.before = call;
}

void call_remove(struct account_call *call)
{
    call->before->next = call->next;
    call->next->before = call->before;
    call->next = call->before = call;
}

struct account_call *call_first(struct call_list *list)
{
    return list->ring.next == &list->ring ? NULL : list->ring.next;
}

void call_list_fail(struct call_list *list, const struct err *why)
{
    struct account_call *call;
    while ((call = call_first(list)))
        call->fail(call, why);
}
