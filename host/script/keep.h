/*
 * keep: a file that comes in pieces. It has its name only when it is whole; until then,
 * and after a crash, it is a hidden one beside it.
 *
 * Private to this room.  Layer: script.
 */
#ifndef SCRIPT_KEEP_H
#define SCRIPT_KEEP_H

#include "base/err.h"
#include "base/str.h"

#define KEEP_NAME_MAX 200

struct keep;

/* Whether a plugin may call a file so: one part of a path, not hidden. */
bool keep_name_ok(struct str name);

/* Copies; makes the folder, but not those above it. ERR_STORAGE names the folder and the
 * reason. */
struct keep *keep_open(const char *folder, struct str name, struct err *err);

/* False when it cannot be written: a full disk. */
bool keep_add(struct keep *keep, struct str bytes);

/* Both end it. Done: what had the name before is replaced. */
bool keep_done(struct keep *keep, struct err *err);
void keep_drop(struct keep *keep); /* NULL is fine */

#endif
