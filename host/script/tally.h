/*
 * tally: what a plugin has done so far, in plain numbers, for operators.
 *
 * Private to this room.  Layer: script.  Thread: loop thread only. Pure.
 */
#ifndef SCRIPT_TALLY_H
#define SCRIPT_TALLY_H

#include "base/err.h"
#include "base/json.h"

struct tally {
    int64_t handled;                         /* runs of handlers that have ended */
    int64_t acknowledged, refused, given_up; /* sends */
    int64_t soft_stops, hard_stops;
    int64_t stopped, interrupted; /* events set aside */
};

/* What became of a send: NULL, the cloud has it. */
void tally_sent(struct tally *tally, const struct err *why);

void tally_add(struct tally *sum, const struct tally *more);

/* Adds them to a row of ctl status. */
void tally_show(const struct tally *tally, struct json *row);

#endif
