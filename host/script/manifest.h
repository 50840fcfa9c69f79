/*
 * manifest: checks a plugin.lua and the values an operator gave for its options.
 *
 *     return {
 *       name = "moderation", version = "1.0.0", summary = "…",
 *       needs = { "recall" },
 *       options = { warn_limit = { type = "integer", default = 3, help = "…" } },
 *     }
 *
 * `serial = true`: an event waits until the handler of the one before it has ended.
 * `drain = "10s"`: how long, once a new version runs, tasks of this one may go on (60 s;
 * at most 1 h; 0: they end at once).
 *
 * Option types: string, integer, number, boolean, duration, list (of strings), table.
 * With `choices` (of a string), `min` and `max` (of numbers). One without a default is
 * required.
 *
 * Layer: script.  Thread: loop thread only.
 */
#ifndef SCRIPT_MANIFEST_H
#define SCRIPT_MANIFEST_H

#include "script/data.h"
#include "script/script.h"

/* Appends one line "FILE:LINE: what" per problem; true when there was none. */
bool manifest_check(const struct data *manifest, struct str name, struct buf *problems);

/* How long its tasks may go on when it is replaced; false: "drain" is no such time. */
bool manifest_drain_ms(const struct json *root, int64_t *ms);

/* The options' values: the operator's over the defaults. Gives an object, or NULL after
 * appending the problems, which name the operator's file where it is known. The manifest
 * must have passed its check. */
struct json *manifest_config(const struct data *manifest,
                             const struct script_plugin *plugin, struct buf *problems);

/* Whether every grant is one that exists. */
bool manifest_check_grants(const struct data *manifest,
                           const struct script_plugin *plugin, struct buf *problems);

/* Whether every need is granted. */
bool manifest_check_needs(const struct data *manifest, const struct script_plugin *plugin,
                          struct buf *problems);

#endif
