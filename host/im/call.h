/*
 * call: what account.h hands out as struct account_call: something under way that can be
 * cancelled. Embedded first in the struct of whoever works on it.
 *
 * Layer: im.  Thread: loop thread only.
 */
#ifndef IM_CALL_H
#define IM_CALL_H

#include "base/err.h"

struct account_call {
    struct account_call *next, *before;
    /* Forgets its done, takes it out of its list and frees it. */
    void (*cancel)(struct account_call *call);
    /* Calls its done with `why`; otherwise as cancel. */
    void (*fail)(struct account_call *call, const struct err *why);
};

/* A ring with this one as its start. */
struct call_list {
    struct account_call ring;
};

void call_list_init(struct call_list *list);
void call_add(struct call_list *list, struct account_call *call);
void call_remove(struct account_call *call);
struct account_call *call_first(struct call_list *list); /* NULL when empty */

/* Ends all with `why`. */
void call_list_fail(struct call_list *list, const struct err *why);

#endif
