/*
 * watch: reloads a plugin when one of its files changes; a convenience for authors.
 *
 * Looks twice a second at the size and time of every file in the plugins' folders, which
 * works on any file system. What changed is reloaded, for all bots that have it, when two
 * looks in a row saw the same: an editor that writes several files is let finish.
 *
 * Layer: app.  Thread: loop thread only.
 */
#ifndef APP_WATCH_H
#define APP_WATCH_H

#include "app/worker.h"

struct watch;

struct watch *watch_open(struct worker *worker);
void watch_close(struct watch *watch);

#endif
