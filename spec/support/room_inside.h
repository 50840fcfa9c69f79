/* What script_room.c and room_world.c share: a call of a plugin that will be answered. */
#ifndef SPEC_SUPPORT_ROOM_INSIDE_H
#define SPEC_SUPPORT_ROOM_INSIDE_H

#include "script_room.h"

struct room_call {
    struct room *room;
    struct room_call *next;
    account_sent_fn *on_sent;
    account_done_fn *on_done;
    account_history_fn *on_history;
    order_done_fn *on_order;
    media_done_fn *on_uploaded;
    char name[64];
    enum order_verb verb;
    int64_t number;
    struct history_query history; /* the target borrowed no longer */
    void *arg;
};

void room_answer_order(const struct room_call *call, const struct err *why);
void room_answer_history(const struct room_call *call, const struct err *why);

#endif
