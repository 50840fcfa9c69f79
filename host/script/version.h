/*
 * version: one version of a plugin as it was read from disk: checked manifest, options
 * with the operator's values, grants, and all its Lua files. Immutable, counted; a
 * restart after a hard stop and a rollback run the same version again even if the files
 * have changed since.
 *
 * Private to this room.  Layer: script.  Thread: loop thread only.
 */
#ifndef SCRIPT_VERSION_H
#define SCRIPT_VERSION_H

#include "base/digest.h"
#include "base/map.h"
#include "script/code.h"
#include "script/data.h"
#include "script/script.h"

#define VERSION_SOURCE_MAX ((size_t)64 << 10) /* bytes of one Lua file */
#define VERSION_FILES_MAX ((size_t)256)

struct descriptor;

struct version {
    int references;
    char *name;
    char *folder;                   /* NULL for the console, which has no files */
    char *text;                     /* "1.0.1" */
    struct json *config;            /* an object: every option with its value */
    bool serial;                    /* an event waits until the one before it has ended */
    int64_t drain_ms;               /* how long its tasks may go on once it is replaced */
    struct map grants;              /* a set */
    char *media_folder;             /* of the grant "media:FOLDER"; NULL: none */
    struct map sources;             /* "init.lua" to struct code * */
    struct descriptor *descriptor;  /* what it registers (descriptor.h); may be NULL */
    char digest[DIGEST_SHA256_HEX]; /* of the sources and their names */
    struct map catalogs; /* "zh-CN" to struct data *: evaluated when first asked for */
};

/* Reads all files, and checks plugin.lua. ERR_PLUGIN or ERR_CONFIG names file and line.
 */
struct version *version_read(const struct script_plugin *plugin, struct err *err);

/* Its plugin.lua, unchecked. */
struct data *version_read_manifest(const struct script_plugin *plugin, struct err *err);

/* One without files and grants. */
struct version *version_bare(struct str name);

struct version *version_ref(struct version *version);
void version_release(struct version *version); /* NULL is fine */

/* A file of the plugin, "flood.lua", as it was read. Borrowed. ERR_NOT_FOUND says why
 * there is none. */
struct code *version_source(const struct version *version, const char *name,
                            struct err *err);

/* The catalog locale/LANGUAGE.lua. Borrowed. */
const struct data *version_catalog(struct version *version, struct str language,
                                   struct err *err);

#endif
