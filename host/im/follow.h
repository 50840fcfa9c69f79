/*
 * follow: something that the server lists from a cursor, and asks us to pull when there
 * is more: one question at a time, asked once more when that happened meanwhile. Whose it
 * is keeps the cursor and moves it in the commit that journals what was pulled.
 *
 * Layer: im.  Thread: loop thread only.
 */
#ifndef IM_FOLLOW_H
#define IM_FOLLOW_H

#include "im/requests.h"

struct follow_way {
    const char *topic;
    bool (*write)(void *arg, struct buf *body); /* the question, from the cursor */
    /* The answer, or why there is none; true: there is more. */
    bool (*take)(void *arg, struct str payload, const struct err *why);
};

struct follow {
    struct requests *requests;
    const struct follow_way *way;
    void *arg;
    struct str target; /* borrowed; empty: ourselves */
    struct account_call *call;
    bool again;
};

void follow_ask(struct follow *follow);

/* Forgets what was asked. */
void follow_stop(struct follow *follow);

#endif
