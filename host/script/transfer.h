/*
 * transfer: a file of a plugin on its way up or down, and how far it is. It counts among
 * the instance's requests to the web.
 *
 * Private to this room.  Layer: script.
 */
#ifndef SCRIPT_TRANSFER_H
#define SCRIPT_TRANSFER_H

#include "script/instance.h"

struct transfer {
    struct transfer *next, **link;
    struct instance *instance;
    int number;
    int64_t done, total; /* bytes; -1: not known */
};

/* Whether one more may begin; ERR_LIMIT. */
bool transfer_may(const struct instance *instance, struct err *err);

/* Links it in under the next number. */
void transfer_begin(struct transfer *transfer, struct instance *instance);
void transfer_end(struct transfer *transfer);

#endif
