/*
 * descriptor: what a version of a plugin registers when its main chunk runs: its handlers
 * without their functions. Recorded once in the process; further bots with the same
 * files, configuration, grants and language get their handlers from it, and a Lua state
 * only when an event asks for one (instance_wake).
 *
 * The table of all descriptors is shared by all scripts, hence static; each lives as long
 * as a version that holds it.
 *
 * Private to this room.  Layer: script.  Thread: loop thread only.
 */
#ifndef SCRIPT_DESCRIPTOR_H
#define SCRIPT_DESCRIPTOR_H

#include "script/instance.h"

struct descriptor;

/* Notes what the staged instance has registered, unless it did more than that
 * (instance->busy). */
void descriptor_record(struct instance *instance);

/* Gives the staged instance, which has no state yet, the handlers that are known for it.
 * False when nothing is known. */
bool descriptor_apply(struct instance *instance);

void descriptor_release(struct descriptor *descriptor); /* NULL is fine */

#endif
