#include "script/version.h"

#include "base/mem.h"
#include "script/files.h"
#include "script/manifest.h"

#include <stdio.h>
#include <string.h>

#define PROBLEMS_MAX ((size_t)16 << 10)

struct version *version_bare(struct str name)
{
    struct version *version = MEM_NEW(struct version);
    version->references = 1;
    version->name = str_dup(name);
    version->text = str_dup(STR(""));
    version->config = json_object();
    return version;
}

struct version *version_ref(struct version *version)
{
    version->references++;
    return version;
}

void version_release(struct version *version)
{
    if (!version || --version->references > 0)
        return;
    struct str name;
    void *source;
    for (size_t at = 0; map_next(&version->sources, &at, &name, &source);) {
        buf_clear(source);
        free(source);
    }
    map_clear(&version->sources);
    map_clear(&version->grants);
    json_free(version->config);
    free(version->text);
    free(version->folder);
    free(version->name);
    free(version);
}

const struct buf *version_source(struct version *version, const char *name,
                                 struct err *err)
{
    struct buf *known = map_get(&version->sources, str_from(name));
    if (known)
        return known;
    if (!version->folder) {
        err_set(err, ERR_NOT_FOUND, "%s has no files", version->name);
        return NULL;
    }
    struct buf *source = MEM_NEW(struct buf);
    buf_init(source, VERSION_SOURCE_MAX + 8192);
    if (!files_read_below(version->folder, name, VERSION_SOURCE_MAX, source, err)) {
        if (err && err->code == ERR_CONFIG)
            err->code = ERR_PLUGIN;
        buf_clear(source);
        free(source);
        return NULL;
    }
    map_set(&version->sources, str_from(name), source);
    return source;
}

/* The first of the problems becomes the error. */
static bool fail_with(const struct buf *problems, struct err *err)
{
    struct str rest = buf_str(problems), line = STR_NONE;
    str_split(&rest, '\n', &line);
    return err_set(err, ERR_CONFIG, "%.*s", STR_ARG(line));
}

struct data *version_read_manifest(const struct script_plugin *plugin, struct err *err)
{
    char path[1024];
    if (snprintf(path, sizeof(path), "%.*s/plugin.lua", STR_ARG(plugin->folder)) >=
        (int)sizeof(path)) {
        err_set(err, ERR_CONFIG, "%.*s: path too long", STR_ARG(plugin->name));
        return NULL;
    }
    return data_read(path, DATA_MANIFEST, err);
}

struct version *version_read(const struct script_plugin *plugin, struct err *err)
{
    struct version *version = NULL;
    struct json *config = NULL;
    struct buf problems;
    buf_init(&problems, PROBLEMS_MAX);
    struct data *manifest = version_read_manifest(plugin, err);
    if (!manifest)
        goto out;
    if (!manifest_check(manifest, plugin->name, &problems) ||
        !(config = manifest_config(manifest, plugin, &problems)) ||
        !manifest_check_grants(manifest, plugin, &problems)) {
        fail_with(&problems, err);
        goto out;
    }
    version = version_bare(json_str(json_get(data_root(manifest), "name")));
    json_free(version->config);
    version->config = config;
    config = NULL;
    free(version->text);
    version->text = str_dup(json_str(json_get(data_root(manifest), "version")));
    version->folder = str_dup(plugin->folder);
    version->serial = json_bool(json_get(data_root(manifest), "serial"), false);
    for (size_t i = 0; i < plugin->grant_count; i++)
        map_set(&version->grants, plugin->grants[i], version);
    if (!version_source(version, "init.lua", err)) {
        version_release(version);
        version = NULL;
    }
out:
    json_free(config);
    data_free(manifest);
    buf_clear(&problems);
    return version;
}
