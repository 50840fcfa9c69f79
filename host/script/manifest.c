#include "script/manifest.h"

#include "base/duration.h"
#include "script/capability.h"
#include "script/caps_web.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define DRAIN_MS (60 * 1000)
#define DRAIN_MAX_MS (60 * 60 * 1000)

/* Always false. A full buf has problems enough. */
__attribute__((format(printf, 4, 5))) static bool add_problem(struct buf *problems,
                                                              const struct data *manifest,
                                                              const char *key_path,
                                                              const char *format, ...)
{
    char what[512];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof(what), format, args);
    va_end(args);
    buf_add_format(problems, "%s:%d: %s\n", data_path(manifest),
                   data_line(manifest, key_path), what);
    return false;
}

static bool is_plugin_name(struct str name)
{
    if (name.len == 0 || name.len > 64)
        return false;
    for (size_t i = 0; i < name.len; i++)
        if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789_-", name.at[i]))
            return false;
    return true;
}

static const char *kind_word(const struct json *node)
{
    static const char *const words[] = { "nothing",  "nothing", "true or false",
                                         "a number", "a text",  "a list",
                                         "a table" };
    return words[json_kind(node)];
}

static bool is_list(const struct json *node)
{
    return json_kind(node) == JSON_ARRAY ||
           (json_kind(node) == JSON_OBJECT && json_size(node) == 0);
}

static bool is_list_of_text(const struct json *node)
{
    if (!is_list(node))
        return false;
    for (const struct json *at = json_next(node, NULL); at; at = json_next(node, at))
        if (json_kind(at) != JSON_STRING)
            return false;
    return true;
}

static bool is_integer(const struct json *node)
{
    double value = json_number(node, 0.5);
    return json_kind(node) == JSON_NUMBER && floor(value) == value;
}

static bool is_duration(const struct json *node)
{
    int64_t ms;
    if (json_kind(node) == JSON_NUMBER)
        return json_number(node, -1) >= 0;
    return json_kind(node) == JSON_STRING && duration_parse(json_str(node), &ms);
}

static bool is_text(const struct json *node)
{
    return json_kind(node) == JSON_STRING;
}

static bool is_number(const struct json *node)
{
    return json_kind(node) == JSON_NUMBER;
}

static bool is_boolean(const struct json *node)
{
    return json_kind(node) == JSON_BOOL;
}

static bool is_table(const struct json *node)
{
    return json_kind(node) == JSON_ARRAY || json_kind(node) == JSON_OBJECT;
}

struct option_type {
    const char *name;
    bool (*fits)(const struct json *value);
    const char *want;
};

static const struct option_type option_types[] = {
    { "string", is_text, "a text" },
    { "integer", is_integer, "a whole number" },
    { "number", is_number, "a number" },
    { "boolean", is_boolean, "true or false" },
    { "duration", is_duration, "a duration (\"10m\", or seconds)" },
    { "list", is_list_of_text, "a list of texts" },
    { "table", is_table, "a table" },
};

static const struct option_type *find_type(struct str name)
{
    for (size_t i = 0; i < sizeof(option_types) / sizeof(*option_types); i++)
        if (str_eq(name, str_from(option_types[i].name)))
            return &option_types[i];
    return NULL;
}

static bool is_choice(const struct json *choices, struct str value)
{
    for (const struct json *at = json_next(choices, NULL); at;
         at = json_next(choices, at))
        if (str_eq(json_str(at), value))
            return true;
    return false;
}

/* A text, or each text of a list. */
static bool are_choices(const struct json *choices, const struct json *value)
{
    if (json_kind(value) == JSON_STRING)
        return is_choice(choices, json_str(value));
    for (const struct json *at = json_next(value, NULL); at; at = json_next(value, at))
        if (!is_choice(choices, json_str(at)))
            return false;
    return true;
}

/* A number, or a duration in seconds. */
static double amount(const struct json *value)
{
    int64_t ms;
    if (json_kind(value) == JSON_STRING && duration_parse(json_str(value), &ms))
        return (double)ms / 1000;
    return json_number(value, 0);
}

/* Why `value` is none for `option`; false when it is one. */
static bool is_misfit(const struct json *option, const struct json *value, char why[200])
{
    const struct option_type *type = find_type(json_str(json_get(option, "type")));
    if (!type->fits(value)) {
        snprintf(why, 200, "is %s, want %s", kind_word(value), type->want);
        return true;
    }
    const struct json *choices = json_get(option, "choices");
    if (choices && !are_choices(choices, value)) {
        snprintf(why, 200, "is not one of its choices");
        return true;
    }
    double number = amount(value);
    const struct json *min = json_get(option, "min"), *max = json_get(option, "max");
    if ((min && number < amount(min)) || (max && number > amount(max))) {
        snprintf(why, 200, "is out of range: %g", number);
        return true;
    }
    return false;
}

/* Every key of `table` (at `path`, "" for the manifest itself) is one of `known`, which
 * ends with NULL. */
static bool check_keys(const struct data *manifest, const struct json *table,
                       const char *path, const char *const *known, struct buf *problems)
{
    bool ok = true;
    for (const struct json *at = json_next(table, NULL); at; at = json_next(table, at)) {
        struct near near = near_to(json_name(at));
        bool found = false;
        for (const char *const *name = known; *name; name++) {
            found = found || str_eq(json_name(at), str_from(*name));
            near_try(&near, str_from(*name));
        }
        char full[300], hint[NEAR_HINT_MAX];
        struct str name = str_cut_utf8(json_name(at), 100);
        snprintf(full, sizeof(full), "%s%s%.*s", path, path[0] ? "." : "", STR_ARG(name));
        if (!found)
            ok = add_problem(problems, manifest, full, "%s%sunknown key %.*s%s", path,
                             path[0] ? ": " : "", STR_ARG(name), near_hint(&near, hint));
    }
    return ok;
}

/* min, max and choices are of the option's type, and leave something. */
static bool check_limits(const struct data *manifest, const struct json *option,
                         const char *path, struct buf *problems)
{
    const struct option_type *type = find_type(json_str(json_get(option, "type")));
    const struct json *choices = json_get(option, "choices");
    const struct json *limits[] = { json_get(option, "min"), json_get(option, "max") };
    bool counts =
        type->fits == is_integer || type->fits == is_number || type->fits == is_duration;
    bool ok = true;
    char full[200];
    for (size_t i = 0; i < 2; i++) {
        const char *name = i == 0 ? "min" : "max";
        snprintf(full, sizeof(full), "%s.%s", path, name);
        if (limits[i] && !counts)
            ok = add_problem(problems, manifest, full, "%s: the type %s has no %s", path,
                             type->name, name);
        else if (limits[i] && !type->fits(limits[i]))
            ok = add_problem(problems, manifest, full, "%s: %s is %s, want %s", path,
                             name, kind_word(limits[i]), type->want);
    }
    if (ok && limits[0] && limits[1] && amount(limits[0]) > amount(limits[1]))
        ok = add_problem(problems, manifest, full, "%s: min is above max", path);
    snprintf(full, sizeof(full), "%s.choices", path);
    if (choices && type->fits != is_text && type->fits != is_list_of_text)
        ok = add_problem(problems, manifest, full,
                         "%s: choices are for the types string and list", path);
    else if (choices && (!is_list_of_text(choices) || json_size(choices) == 0))
        ok = add_problem(problems, manifest, full,
                         "%s: choices must be a list of texts, with one at least", path);
    return ok;
}

static bool check_type(const struct data *manifest, const struct json *option,
                       const char *path, struct buf *problems)
{
    struct str name = json_str(json_get(option, "type"));
    if (json_kind(option) == JSON_OBJECT && find_type(name))
        return true;
    struct near near = near_to(name);
    char full[200], hint[NEAR_HINT_MAX];
    for (size_t i = 0; i < sizeof(option_types) / sizeof(*option_types); i++)
        near_try(&near, str_from(option_types[i].name));
    snprintf(full, sizeof(full), "%s.type", path);
    return add_problem(problems, manifest, full,
                       "%s: want { type = …, default = …, help = … }, with one of the "
                       "types string, integer, number, boolean, duration, list, table%s",
                       path, near_hint(&near, hint));
}

static bool check_option(const struct data *manifest, const struct json *option,
                         struct buf *problems)
{
    static const char *const known[] = { "type", "default", "help", "choices",
                                         "min",  "max",     NULL };
    char path[160], full[200], why[200];
    snprintf(path, sizeof(path), "options.%.*s",
             STR_ARG(str_cut_utf8(json_name(option), 100)));
    if (!check_type(manifest, option, path, problems))
        return false;
    bool ok = check_keys(manifest, option, path, known, problems);
    const struct json *help = json_get(option, "help");
    snprintf(full, sizeof(full), "%s.help", path);
    if (help && json_kind(help) != JSON_STRING)
        ok = add_problem(problems, manifest, full, "%s: help must be a text", path);
    if (!check_limits(manifest, option, path, problems))
        return false;
    const struct json *otherwise = json_get(option, "default");
    snprintf(full, sizeof(full), "%s.default", path);
    if (otherwise && is_misfit(option, otherwise, why))
        ok = add_problem(problems, manifest, full, "%s: the default %s", path, why);
    return ok;
}

static bool check_texts(const struct data *manifest, struct str name,
                        struct buf *problems)
{
    static const char *const texts[] = { "name", "version", "summary" };
    const struct json *root = data_root(manifest);
    bool ok = true;
    for (size_t i = 0; i < 3; i++) {
        const struct json *node = json_get(root, texts[i]);
        if (json_kind(node) != JSON_STRING || json_str(node).len == 0)
            ok = add_problem(problems, manifest, texts[i], "%s %s", texts[i],
                             node ? "must be a text" : "is missing");
    }
    struct str own = json_str(json_get(root, "name"));
    if (own.len > 0 && !is_plugin_name(own))
        ok = add_problem(problems, manifest, "name",
                         "name: only a-z, 0-9, _ and -, at most 64 of them");
    else if (own.len > 0 && name.len > 0 && !str_eq(own, name))
        ok = add_problem(problems, manifest, "name",
                         "name is %.*s, but the configuration calls it %.*s",
                         STR_ARG(own), STR_ARG(name));
    return ok;
}

static bool check_needs(const struct data *manifest, struct buf *problems)
{
    const struct json *needs = json_get(data_root(manifest), "needs");
    if (!needs)
        return true;
    if (!is_list_of_text(needs))
        return add_problem(problems, manifest, "needs", "needs must be a list of texts");
    bool ok = true;
    int index = 0;
    for (const struct json *at = json_next(needs, NULL); at; at = json_next(needs, at)) {
        char path[32], hint[NEAR_HINT_MAX];
        snprintf(path, sizeof(path), "needs[%d]", ++index);
        if (!capability_exists(json_str(at)))
            ok =
                add_problem(problems, manifest, path, "there is no capability \"%.*s\"%s",
                            STR_ARG(json_str(at)), capability_hint(json_str(at), hint));
    }
    return ok;
}

bool manifest_drain_ms(const struct json *root, int64_t *ms)
{
    const struct json *drain = json_get(root, "drain");
    *ms = DRAIN_MS;
    if (!drain)
        return true;
    if (!is_duration(drain) || json_number(drain, 0) > DRAIN_MAX_MS / 1000)
        return false;
    if (json_kind(drain) == JSON_NUMBER)
        *ms = (int64_t)(json_number(drain, 0) * 1000);
    else
        duration_parse(json_str(drain), ms);
    return *ms <= DRAIN_MAX_MS;
}

bool manifest_check(const struct data *manifest, struct str name, struct buf *problems)
{
    static const char *const known[] = { "name",    "version", "summary", "needs",
                                         "options", "serial",  "drain",   NULL };
    const struct json *root = data_root(manifest);
    bool ok = check_texts(manifest, name, problems);
    ok = check_keys(manifest, root, "", known, problems) && ok;
    ok = check_needs(manifest, problems) && ok;
    const struct json *serial = json_get(root, "serial");
    if (serial && json_kind(serial) != JSON_BOOL)
        ok = add_problem(problems, manifest, "serial", "serial must be true or false");
    int64_t drain_ms = 0;
    if (!manifest_drain_ms(root, &drain_ms))
        ok = add_problem(problems, manifest, "drain",
                         "drain must be a duration of at most 1h");
    const struct json *options = json_get(root, "options");
    if (options && json_kind(options) != JSON_OBJECT)
        return add_problem(problems, manifest, "options", "options must be a table");
    for (const struct json *at = json_next(options, NULL); at;
         at = json_next(options, at))
        ok = check_option(manifest, at, problems) && ok;
    return ok;
}

/* A problem of what the operator wrote under `key` ("config.limit"): in his file where
 * that is known, else at `path` of the manifest. Always false. */
__attribute__((format(printf, 6, 7))) static bool
add_operator_problem(struct buf *problems, const struct data *manifest,
                     const struct script_plugin *plugin, const char *key,
                     const char *path, const char *format, ...)
{
    char what[512], full[512];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof(what), format, args);
    va_end(args);
    if (!plugin->source)
        return add_problem(problems, manifest, path, "%s: %s", key, what);
    snprintf(full, sizeof(full), "%.*s.%s", STR_ARG(plugin->key), key);
    return add_problem(problems, plugin->source, full, "%s: %s", full, what);
}

static bool add_option(const struct data *manifest, const struct script_plugin *plugin,
                       const struct json *option, struct json *config,
                       struct buf *problems)
{
    char name[128], path[160], key[160], why[200];
    snprintf(name, sizeof(name), "%.*s", STR_ARG(str_cut_utf8(json_name(option), 100)));
    snprintf(path, sizeof(path), "options.%s", name);
    snprintf(key, sizeof(key), "config.%s", name);
    const struct json *value = json_get(plugin->config, name);
    if (!value)
        value = json_get(option, "default");
    if (!value)
        return add_operator_problem(problems, manifest, plugin, key, path, "is missing");
    if (is_misfit(option, value, why))
        return add_operator_problem(problems, manifest, plugin, key, path, "%s", why);
    json_add(config, name, json_copy(value));
    return true;
}

static const char *hint_option(const struct json *options, struct str name, char *room)
{
    struct near near = near_to(name);
    for (const struct json *at = json_next(options, NULL); at;
         at = json_next(options, at))
        near_try(&near, json_name(at));
    return near_hint(&near, room);
}

struct json *manifest_config(const struct data *manifest,
                             const struct script_plugin *plugin, struct buf *problems)
{
    const struct json *options = json_get(data_root(manifest), "options");
    struct json *config = json_object();
    bool ok = true;
    for (const struct json *at = json_next(options, NULL); at;
         at = json_next(options, at))
        ok = add_option(manifest, plugin, at, config, problems) && ok;
    for (const struct json *at = json_next(plugin->config, NULL); at;
         at = json_next(plugin->config, at)) {
        char name[128], key[160], hint[NEAR_HINT_MAX];
        snprintf(name, sizeof(name), "%.*s", STR_ARG(str_cut_utf8(json_name(at), 100)));
        snprintf(key, sizeof(key), "config.%s", name);
        if (json_name(at).len == 0 || !json_get(options, name))
            ok = add_operator_problem(problems, manifest, plugin, key, "options",
                                      "this plugin has no such option%s",
                                      hint_option(options, json_name(at), hint));
    }
    if (ok)
        return config;
    json_free(config);
    return NULL;
}

bool manifest_check_grants(const struct data *manifest,
                           const struct script_plugin *plugin, struct buf *problems)
{
    bool ok = true;
    for (size_t i = 0; i < plugin->grant_count; i++) {
        char key[32], hint[NEAR_HINT_MAX];
        snprintf(key, sizeof(key), "grants[%zu]", i + 1);
        if (!capability_exists(plugin->grants[i]))
            ok = add_operator_problem(problems, manifest, plugin, key, "needs",
                                      "there is no capability \"%.*s\"%s",
                                      STR_ARG(plugin->grants[i]),
                                      capability_hint(plugin->grants[i], hint));
    }
    return ok;
}

/* A folder is the operator's to name: a plugin that needs one says "media:" and what
 * for. */
static bool covers_media(struct str grant, struct str need)
{
    return str_starts(grant, STR("media:")) &&
           (str_eq(need, STR("media")) || str_starts(need, STR("media:")));
}

bool manifest_check_needs(const struct data *manifest, const struct script_plugin *plugin,
                          struct buf *problems)
{
    const struct json *needs = json_get(data_root(manifest), "needs");
    bool ok = true;
    int index = 0;
    for (const struct json *at = json_next(needs, NULL); at; at = json_next(needs, at)) {
        char path[32];
        snprintf(path, sizeof(path), "needs[%d]", ++index);
        bool granted = false;
        for (size_t i = 0; i < plugin->grant_count; i++)
            granted = granted || str_eq(plugin->grants[i], json_str(at)) ||
                      covers_media(plugin->grants[i], json_str(at)) ||
                      caps_web_covers(plugin->grants[i], json_str(at));
        if (!granted)
            ok = add_operator_problem(problems, manifest, plugin, "grants", path,
                                      "the plugin needs \"%.*s\"", STR_ARG(json_str(at)));
    }
    return ok;
}
