#include "script/files.h"
#include "script/manifest.h"
#include "script/version.h"

#include <dirent.h>
#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#define CHUNK "=@" /* short, since Lua cuts long names; the path is put in afterwards */

/* Compiles without running. */
static bool check_source(const char *path, struct str source, struct buf *problems)
{
    lua_State *L = luaL_newstate();
    bool ok = L && luaL_loadbufferx(L, source.at ? source.at : "", source.len, CHUNK,
                                    "t") == LUA_OK;
    if (!ok) {
        const char *text = L && lua_isstring(L, -1) ? lua_tostring(L, -1) : "no memory";
        bool placed = strncmp(text, "@:", 2) == 0;
        buf_add_format(problems, "%s:%s%s\n", path, placed ? "" : " ",
                       placed ? text + 2 : text);
    }
    if (L)
        lua_close(L);
    return ok;
}

static bool check_init(const char *folder, struct buf *problems)
{
    char path[1024];
    struct err err = { 0 };
    struct buf source;
    buf_init(&source, VERSION_SOURCE_MAX + 8192);
    snprintf(path, sizeof(path), "%s/init.lua", folder);
    bool ok = files_read_below(folder, "init.lua", VERSION_SOURCE_MAX, &source, &err);
    if (ok)
        ok = check_source(path, buf_str(&source), problems);
    else
        buf_add_format(problems, "%s\n", err.text);
    buf_clear(&source);
    return ok;
}

static bool check_locale(const char *folder, struct buf *problems)
{
    char path[1024];
    snprintf(path, sizeof(path), "%s/locale", folder);
    DIR *listing = opendir(path);
    bool ok = true;
    for (struct dirent *entry; listing && (entry = readdir(listing));) {
        struct err err = { 0 };
        if (!str_ends(str_from(entry->d_name), STR(".lua")))
            continue;
        if (snprintf(path, sizeof(path), "%s/locale/%s", folder, entry->d_name) >=
            (int)sizeof(path))
            continue;
        struct data *data = data_read(path, DATA_MANIFEST, &err);
        if (!data) {
            buf_add_format(problems, "%s\n", err.text);
            ok = false;
        }
        data_free(data);
    }
    if (listing)
        closedir(listing);
    return ok;
}

bool script_check(const struct script_plugin *plugin, struct buf *problems)
{
    struct err err = { 0 };
    char folder[900];
    if (snprintf(folder, sizeof(folder), "%.*s", STR_ARG(plugin->folder)) >=
        (int)sizeof(folder)) {
        buf_add_format(problems, "%.*s: path too long\n", STR_ARG(plugin->name));
        return false;
    }
    struct data *manifest = version_read_manifest(plugin, &err);
    if (!manifest) {
        buf_add_format(problems, "%s\n", err.text);
        return false;
    }
    bool ok = manifest_check(manifest, plugin->name, problems);
    if (ok) {
        struct json *config = manifest_config(manifest, plugin, problems);
        ok = config != NULL;
        json_free(config);
        if (plugin->grants) {
            ok = manifest_check_grants(manifest, plugin, problems) && ok;
            ok = manifest_check_needs(manifest, plugin, problems) && ok;
        }
    }
    ok = check_init(folder, problems) && ok;
    ok = check_locale(folder, problems) && ok;
    data_free(manifest);
    return ok;
}
