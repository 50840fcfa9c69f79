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

/* False when either function failed or took too long; the new one must be dropped then,
 * the old one goes on. */
bool handover(struct instance *from, struct instance *to, struct err *err);

/* Names of the functions in the registry. */
#define HANDOVER_SAVE "moondock.on_save"
#define HANDOVER_LOAD "moondock.on_load"

#endif
