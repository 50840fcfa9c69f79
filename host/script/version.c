#include "script/version.h"

#include "base/mem.h"
#include "script/descriptor.h"
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
    for (size_t at = 0; map_next(&version->sources, &at, &name, &source);)
        code_release(source);
    map_clear(&version->sources);
    descriptor_release(version->descriptor);
    for (size_t at = 0; map_next(&version->catalogs, &at, &name, &source);)
        data_free(source);
    map_clear(&version->catalogs);
    map_clear(&version->grants);
    json_free(version->config);
    free(version->text);
    free(version->media_folder);
    free(version->folder);
    free(version->name);
    free(version);
}

struct code *version_source(const struct version *version, const char *name,
                            struct err *err)
{
    struct code *known = map_get(&version->sources, str_from(name));
    if (known)
        return known;
    if (!version->folder) {
        err_set(err, ERR_NOT_FOUND, "%s has no files", version->name);
        return NULL;
    }
    /* What it is now only serves to say why it was not there. */
    struct buf now;
    buf_init(&now, VERSION_SOURCE_MAX + 8192);
    if (files_read_below(version->folder, name, VERSION_SOURCE_MAX, &now, err))
        err_set(err, ERR_NOT_FOUND, "%s/%s: was not there when the plugin was loaded",
                version->folder, name);
    buf_clear(&now);
    return NULL;
}

const struct data *version_catalog(struct version *version, struct str language,
                                   struct err *err)
{
    struct data *known = map_get(&version->catalogs, language);
    if (known)
        return known;
    char name[64], path[1024];
    snprintf(name, sizeof(name), "locale/%.*s.lua", STR_ARG(language));
    snprintf(path, sizeof(path), "%s/%s", version->folder ? version->folder : "", name);
    const struct code *source = version_source(version, name, err);
    struct data *data =
        source ? data_parse(path, code_text(source), DATA_MANIFEST, err) : NULL;
    if (data)
        map_set(&version->catalogs, language, data);
    return data;
}

struct reading {
    struct version *version;
    struct str parts[2 * VERSION_FILES_MAX]; /* name, content, ... */
    size_t count;
};

static bool read_file(void *arg, const char *name, struct err *err)
{
    struct reading *reading = arg;
    struct version *version = reading->version;
    struct buf text;
    buf_init(&text, VERSION_SOURCE_MAX + 8192);
    if (!files_read_below(version->folder, name, VERSION_SOURCE_MAX, &text, err)) {
        if (err && err->code == ERR_CONFIG)
            err->code = ERR_PLUGIN;
        buf_clear(&text);
        return false;
    }
    char chunk[256];
    snprintf(chunk, sizeof(chunk), "%s/%s", version->name, name);
    struct code *code = code_of(str_from(chunk), buf_str(&text));
    map_set(&version->sources, str_from(name), code);
    char *kept = str_dup(str_from(name));
    reading->parts[reading->count++] = str_of(kept, strlen(kept) + 1);
    reading->parts[reading->count++] = code_text(code);
    buf_clear(&text);
    return true;
}

static bool read_files(struct version *version, struct err *err)
{
    struct reading *reading = MEM_NEW(struct reading);
    reading->version = version;
    bool ok = files_each_lua(version->folder, "spec/", VERSION_FILES_MAX, read_file,
                             reading, err);
    digest_sha256_hex(reading->parts, reading->count, version->digest);
    for (size_t i = 0; i < reading->count; i += 2)
        free((char *)reading->parts[i].at);
    free(reading);
    return ok;
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

/* Its manifest, options and grants; `version` has the files already. */
static bool read_manifest(struct version *version, const struct script_plugin *plugin,
                          struct err *err)
{
    char path[1024];
    struct buf problems;
    struct json *config = NULL;
    snprintf(path, sizeof(path), "%s/plugin.lua", version->folder);
    const struct code *source = version_source(version, "plugin.lua", err);
    struct data *manifest =
        source ? data_parse(path, code_text(source), DATA_MANIFEST, err) : NULL;
    if (!manifest)
        return false;
    buf_init(&problems, PROBLEMS_MAX);
    bool ok = manifest_check(manifest, plugin->name, &problems) &&
              (config = manifest_config(manifest, plugin, &problems)) &&
              manifest_check_grants(manifest, plugin, &problems);
    if (ok) {
        const struct json *root = data_root(manifest);
        json_free(version->config);
        version->config = config;
        config = NULL;
        free(version->text);
        version->text = str_dup(json_str(json_get(root, "version")));
        version->serial = json_bool(json_get(root, "serial"), false);
        manifest_drain_ms(root, &version->drain_ms);
    } else {
        fail_with(&problems, err);
    }
    json_free(config);
    data_free(manifest);
    buf_clear(&problems);
    return ok;
}

/* The folder of a grant "media:FOLDER"; relative to the file it is written in. */
static char *media_folder(struct str grant, const struct data *source)
{
    struct str folder = str_sub(grant, 6, SIZE_MAX);
    struct str file = source ? str_from(data_path(source)) : STR_NONE;
    char path[2048];
    while (file.len > 0 && file.at[file.len - 1] != '/')
        file.len--;
    if (folder.at[0] == '/')
        file.len = 0;
    int len = snprintf(path, sizeof(path), "%.*s%.*s", STR_ARG(file), STR_ARG(folder));
    return len < (int)sizeof(path) ? str_dup(str_from(path)) : NULL;
}

static void take_grants(struct version *version, const struct script_plugin *plugin)
{
    for (size_t i = 0; i < plugin->grant_count; i++) {
        struct str grant = plugin->grants[i];
        map_set(&version->grants, grant, version);
        if (!str_starts(grant, STR("media:")) || grant.len == 6)
            continue;
        free(version->media_folder);
        version->media_folder = media_folder(grant, plugin->source);
    }
}

struct version *version_read(const struct script_plugin *plugin, struct err *err)
{
    struct version *version = version_bare(plugin->name);
    version->folder = str_dup(plugin->folder);
    take_grants(version, plugin);
    if (read_files(version, err) && read_manifest(version, plugin, err) &&
        version_source(version, "init.lua", err))
        return version;
    version_release(version);
    return NULL;
}
