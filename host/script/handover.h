/*
 * handover: what a reload carries from the old instance to the new one: the plain value
 * that bot.on_save's function returns, given to bot.on_load's. As bytes in between
 * (pack), so nothing of the old state can reach the new one.
 *
 * Private to this room.  Layer: script.
 */
#ifndef SCRIPT_HANDOVER_H
#define SCRIPT_HANDOVER_H

#include "script/instance.h"

/* Calls on_save. `out` (emptied first) stays empty when there is none or it returned nil.
 * False when it failed, took too long or gave what is no plain value; the instance goes
 * on then, unless it had to be stopped hard. */
bool handover_save(struct instance *from, struct buf *out, struct err *err);

/* Calls on_load with the state (empty: nil) and the version that saved it. On false the
 * instance must be dropped. */
bool handover_load(struct instance *to, struct str state, const char *version,
                   struct err *err);

/* Names of the functions in the registry. */
#define HANDOVER_SAVE "moondock.on_save"
#define HANDOVER_LOAD "moondock.on_load"

#endif
