/*
 * snapshot: what a plugin's on_save gave last. A state that was stopped hard, and a host
 * that starts again, go on from it. The record is in struct plugin (inside.h): state,
 * state_from, stored, snapshot.
 *
 * Private to this room.  Layer: script.  Thread: loop thread only.
 */
#ifndef SCRIPT_SNAPSHOT_H
#define SCRIPT_SNAPSHOT_H

#include "base/buf.h"

struct plugin;

/* Takes one now, between two events, if something may have happened since the last. */
void snapshot_take(struct plugin *plugin);

/* Takes the next one in a minute. */
void snapshot_plan(struct plugin *plugin);

/* `state` (taken) is what the running version saved; empty: nothing. */
void snapshot_keep(struct plugin *plugin, struct buf *state);

/* Reads what the store has into a plugin that was just made. */
void snapshot_recall(struct plugin *plugin);

/* Removes it from the store: an unloaded plugin begins anew. */
void snapshot_forget(struct plugin *plugin);

/* Frees the record; the store keeps its rows. */
void snapshot_clear(struct plugin *plugin);

#endif
