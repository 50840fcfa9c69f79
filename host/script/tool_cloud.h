/*
 * tool_cloud: a fake cloud for a plugin under test. Every call is written down and
 * answered in the next turn, with success or with the error the spec asked for.
 *
 * Layer: script.  Thread: loop thread only.
 */
#ifndef SCRIPT_TOOL_CLOUD_H
#define SCRIPT_TOOL_CLOUD_H

#include "base/json.h"
#include "script/script.h"
#include "script/tool_note.h"
#include "script/tool_world.h"

struct tool_cloud {
    struct loop *loop;
    struct json
        *calls; /* what the plugin asked for, in order: an array its owner empties */
    struct tool_world world;
    struct note *said, **said_last; /* what history() finds */
    struct tool_cloud_call *pending;
    struct tool_cloud_failure *failures;
    char user[65]; /* the bot's own id */
    size_t call_count, done_count;
};

void tool_cloud_init(struct tool_cloud *cloud, struct loop *loop, struct str user);

/* Drops what is pending. All-zero is fine. */
void tool_cloud_clear(struct tool_cloud *cloud);

/* What a script connects to. Borrows the cloud. */
struct script_im tool_cloud_im(struct tool_cloud *cloud);

/* A message that somebody sent, for history(). Copied. */
void tool_cloud_said(struct tool_cloud *cloud, const struct message *message);

/* The next `times` calls of the kind ("send", "recall", "mute" ...) fail with `err`. */
void tool_cloud_fail(struct tool_cloud *cloud, const char *kind, const struct err *err,
                     int times);

/* Whether this call is one of them, and why it fails. */
bool tool_cloud_take_failure(struct tool_cloud *cloud, const char *kind, struct err *err);

#endif
