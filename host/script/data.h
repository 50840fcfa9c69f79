/*
 * data: Lua read as data: configuration and manifests. Evaluated in a state with no
 * libraries, 8 MiB and 1 s, text only (design.md 8).
 *
 * Layer: script.  Thread: loop thread only.
 */
#ifndef SCRIPT_DATA_H
#define SCRIPT_DATA_H

#include "base/json.h"

struct data;

#define DATA_SOURCE_MAX ((size_t)1 << 20) /* bytes of a file */

enum data_kind {
    DATA_MANIFEST,      /* nothing but literals */
    DATA_CONFIGURATION, /* env("NAME") and file("path") exist; paths relative to the file
                         */
};

/* Evaluates a file that returns one table. ERR_CONFIG names file and line, ERR_NOT_FOUND
 * says that there is no such file. */
struct data *data_read(const char *path, enum data_kind kind, struct err *err);
/* The same for a source that was read already; `path` is its name in messages, and what
 * file("…") is relative to. */
struct data *data_parse(const char *path, struct str source, enum data_kind kind,
                        struct err *err);
void data_free(struct data *data); /* NULL is fine */

/* The table: objects for string keys (in the order written), arrays for sequences, an
 * object for {}. Borrowed. Values that came from env or file are ordinary strings here;
 * never print them. */
const struct json *data_root(const struct data *data);

/* The line on which a key was written, "bots.demo.account.secret" or "plugin_path[2]";
 * the nearest enclosing one when it is absent; at least 1. */
int data_line(const struct data *data, const char *key_path);
const char *data_path(const struct data *data);

#endif
