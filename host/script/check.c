#include "script/files.h"
#include "script/manifest.h"
#include "script/version.h"

#include <ctype.h>
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

/* Always false. */
static bool bad_translation(const struct data *data, const struct json *entry,
                            const char *what, struct buf *problems)
{
    char key[200];
    struct str sentence = str_cut_utf8(json_name(entry), 150);
    snprintf(key, sizeof(key), "%.*s", STR_ARG(sentence));
    buf_add_format(problems, "%s:%d: \"%s\": %s\n", data_path(data), data_line(data, key),
                   key, what);
    return false;
}

/* A place of the translation, {name}, that the sentence does not have is a slip. */
static bool check_places(const struct data *data, const struct json *entry,
                         struct str text, struct buf *problems)
{
    for (size_t i = 0; i < text.len; i++) {
        size_t end = i + 1;
        while (end < text.len && (text.at[end] == '_' || isalnum((uint8_t)text.at[end])))
            end++;
        if (text.at[i] != '{' || end == i + 1 || end == text.len || text.at[end] != '}')
            continue;
        struct str place = str_sub(text, i, end + 1 - i);
        if (place.len < 60 && str_find(json_name(entry), place) < 0) {
            char what[100];
            snprintf(what, sizeof(what), "the sentence has no place %.*s",
                     STR_ARG(place));
            return bad_translation(data, entry, what, problems);
        }
    }
    return true;
}

/* A text, or texts by plural form (scripts/moondock/i18n.lua). */
static bool check_translation(const struct data *data, const struct json *entry,
                              struct buf *problems)
{
    static const char *const forms[] = { "zero", "one",   "two", "few",
                                         "many", "other", "by" };
    if (json_kind(entry) == JSON_STRING)
        return check_places(data, entry, json_str(entry), problems);
    if (json_kind(entry) != JSON_OBJECT || !json_get(entry, "other"))
        return bad_translation(data, entry,
                               "want a text, or { one = …, other = … } with at least "
                               "the form other",
                               problems);
    for (const struct json *at = json_next(entry, NULL); at; at = json_next(entry, at)) {
        bool known = false;
        for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++)
            known = known || str_eq(json_name(at), str_from(forms[i]));
        if (!known || json_kind(at) != JSON_STRING)
            return bad_translation(data, entry,
                                   "a plural form is a text under zero, one, two, few, "
                                   "many or other (and by names the number)",
                                   problems);
        if (!check_places(data, entry, json_str(at), problems))
            return false;
    }
    return true;
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
        for (const struct json *at = data ? json_next(data_root(data), NULL) : NULL; at;
             at = json_next(data_root(data), at))
            ok = check_translation(data, at, problems) && ok;
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
