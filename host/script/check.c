#include "script/files.h"
#include "script/manifest.h"
#include "script/version.h"

#include <ctype.h>
#include <dirent.h>
#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define CHUNK "=@" /* short, since Lua cuts long names; the path is put in afterwards */
#define PATH_BYTES 1024
#define DEPTH_MAX 8

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

/* `name`: below the folder. */
static bool check_code(const char *folder, const char *name, struct buf *problems)
{
    char path[PATH_BYTES];
    struct err err = { 0 };
    struct buf source;
    buf_init(&source, VERSION_SOURCE_MAX + 8192);
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    bool ok = files_read_below(folder, name, VERSION_SOURCE_MAX, &source, &err);
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

/* Locale files are data. */
static bool check_locale(const char *folder, const char *name, struct buf *problems)
{
    char path[PATH_BYTES];
    struct err err = { 0 };
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    struct data *data = data_read(path, DATA_MANIFEST, &err);
    if (!data)
        buf_add_format(problems, "%s\n", err.text);
    bool ok = data != NULL;
    for (const struct json *at = data ? json_next(data_root(data), NULL) : NULL; at;
         at = json_next(data_root(data), at))
        ok = check_translation(data, at, problems) && ok;
    data_free(data);
    return ok;
}

/* Every Lua file of the folder, its specs as well. */
static bool check_below(const char *folder, const char *below, int depth,
                        struct buf *problems)
{
    char path[PATH_BYTES], name[PATH_BYTES];
    snprintf(path, sizeof(path), "%s/%s", folder, below);
    struct dirent **entries;
    int count = scandir(path, &entries, NULL, alphasort);
    bool ok = true, locale = strcmp(below, "locale/") == 0;
    for (int i = 0; i < count; i++) {
        const char *last = entries[i]->d_name;
        struct stat about;
        int len = snprintf(name, sizeof(name), "%s%s", below, last);
        if (last[0] == '.' || len >= (int)sizeof(name) - 2 ||
            snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path) ||
            lstat(path, &about) != 0) {
            /* Hidden, too long to be opened, or gone: nothing Lua will meet. */
        } else if (S_ISDIR(about.st_mode) && depth < DEPTH_MAX) {
            memcpy(name + len, "/", 2);
            ok = check_below(folder, name, depth + 1, problems) && ok;
        } else if (S_ISREG(about.st_mode) && str_ends(str_from(last), STR(".lua")) &&
                   strcmp(name, "plugin.lua") != 0 && strcmp(name, "init.lua") != 0) {
            ok = (locale ? check_locale : check_code)(folder, name, problems) && ok;
        }
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    return ok;
}

static bool check_files(const char *folder, struct buf *problems)
{
    bool ok = check_code(folder, "init.lua", problems);
    return check_below(folder, "", 0, problems) && ok;
}

/* `alone`: no configuration says anything of it. */
static bool check_plugin(const struct script_plugin *plugin, bool alone,
                         struct buf *problems)
{
    struct err err = { 0 };
    char folder[900];
    if (snprintf(folder, sizeof(folder), "%.*s", STR_ARG(plugin->folder)) >=
        (int)sizeof(folder)) {
        buf_add_format(problems, "%.*s: path too long\n", STR_ARG(plugin->name));
        return false;
    }
    struct data *manifest = version_read_manifest(plugin, &err);
    bool ok = manifest != NULL;
    if (!manifest)
        buf_add_format(problems, "%s\n", err.text);
    else
        ok = manifest_check(manifest, plugin->name, problems);
    if (ok && !alone) {
        struct json *config = manifest_config(manifest, plugin, problems);
        ok = config != NULL;
        json_free(config);
        if (plugin->grants) {
            ok = manifest_check_grants(manifest, plugin, problems) && ok;
            ok = manifest_check_needs(manifest, plugin, problems) && ok;
        }
    }
    ok = check_files(folder, problems) && ok;
    data_free(manifest);
    return ok;
}

bool script_check(const struct script_plugin *plugin, struct buf *problems)
{
    return check_plugin(plugin, false, problems);
}

bool script_check_alone(struct str folder, struct buf *problems)
{
    struct script_plugin plugin = { .folder = folder };
    return check_plugin(&plugin, true, problems);
}
