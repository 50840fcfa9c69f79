#include "app/config_inside.h"

#include "app/config_webhooks.h"
#include "app/deal.h"
#include "base/duration.h"
#include "base/mem.h"
#include "base/zone.h"
#include "script/data.h"
#include "script/files.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct schema_row notices_rows[] = {
    { .name = "from", .kind = SCHEMA_STRINGS },
    { .name = NULL },
};

static const struct schema_row plugin_rows[] = {
    { .name = "grants", .kind = SCHEMA_STRINGS },
    { .name = "config", .kind = SCHEMA_ANY },
    { .name = NULL },
};

static const struct schema_row bot_rows[] = {
    { .name = "account",
      .kind = SCHEMA_TABLE,
      .required = true,
      .rows = config_account_rows },
    { .name = "owners", .kind = SCHEMA_STRINGS },
    { .name = "moderators", .kind = SCHEMA_STRINGS },
    { .name = "notices", .kind = SCHEMA_TABLE, .rows = notices_rows },
    { .name = "command_max_age", .kind = SCHEMA_DURATION },
    { .name = "send_max_age", .kind = SCHEMA_DURATION },
    { .name = "cpu_per_minute", .kind = SCHEMA_DURATION },
    { .name = "durable", .kind = SCHEMA_STRING, .words = "off|normal|full" },
    { .name = "on_kicked", .kind = SCHEMA_STRING, .words = "stop|retry" },
    { .name = "language", .kind = SCHEMA_STRING },
    { .name = "time_zone", .kind = SCHEMA_STRING },
    { .name = "worker", .kind = SCHEMA_COUNT },
    { .name = "plugins", .kind = SCHEMA_NAMED, .rows = plugin_rows },
    { .name = NULL },
};

static const struct schema_row listen_rows[] = {
    { .name = "http", .kind = SCHEMA_STRING },
    { .name = NULL },
};

static const struct schema_row root_rows[] = {
    { .name = "state", .kind = SCHEMA_STRING, .required = true },
    { .name = "plugin_path", .kind = SCHEMA_STRINGS },
    { .name = "listen", .kind = SCHEMA_TABLE, .rows = listen_rows },
    { .name = "eval", .kind = SCHEMA_BOOL },
    { .name = "workers", .kind = SCHEMA_COUNT },
    { .name = "bots", .kind = SCHEMA_NAMED, .required = true, .rows = bot_rows },
    { .name = NULL },
};

struct config_text {
    struct config_text *next;
    char text[];
};

char *config_keep(struct config *config, const char *folder, struct str path)
{
    bool joined = path.len > 0 && path.at[0] != '/' && folder[0];
    size_t size = path.len + strlen(folder) + 2;
    struct config_text *text = mem_alloc(sizeof(*text) + size);
    snprintf(text->text, size, "%s%s%.*s", joined ? folder : "", joined ? "/" : "",
             STR_ARG(path));
    text->next = config->texts;
    config->texts = text;
    return text->text;
}

struct str_list config_list(const struct json *node)
{
    struct str_list list = { NULL, json_size(node) };
    list.at = mem_zero((list.count + 1) * sizeof(*list.at));
    size_t i = 0;
    for (const struct json *item = json_next(node, NULL); item && i < list.count;
         item = json_next(node, item))
        list.at[i++] = json_str(item);
    return list;
}

struct str_list config_list_or(const struct json *node, const char *first,
                               const char *second)
{
    struct str_list list = config_list(node);
    if (list.count == 0) {
        free(list.at);
        list.at = mem_zero(2 * sizeof(*list.at));
        list.at[list.count++] = str_from(first);
        if (second)
            list.at[list.count++] = str_from(second);
    }
    return list;
}

struct str config_str_or(struct str s, struct str otherwise)
{
    return s.len > 0 ? s : otherwise;
}

static int64_t read_duration(const struct json *node, int64_t otherwise)
{
    int64_t ms = otherwise;
    if (json_kind(node) == JSON_NUMBER)
        return (int64_t)(json_number(node, 0) * 1000);
    if (node)
        duration_parse(json_str(node), &ms);
    return ms;
}

/* A name becomes a file name, so it is held to a few letters. */
static bool good_name(struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.at[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !(c >= '0' && c <= '9') && c != '_' && c != '-')
            return false;
    }
    return name.len > 0 && name.len <= 64;
}

static void read_zone(struct config *config, struct config_bot *bot,
                      const struct json *node, struct buf *problems)
{
    const struct json *name = json_get(node, "time_zone");
    struct err err = { 0 };
    bot->zone = name ? zone_open(json_str(name), &err) : zone_open_system();
    if (bot->zone)
        return;
    char path[200];
    snprintf(path, sizeof(path), "bots.%.*s.time_zone", STR_ARG(bot->name));
    schema_problem(config->data, path, problems, "%s", err.text);
}

static enum store_durable read_durable(struct str word)
{
    if (str_eq(word, STR("off")))
        return STORE_OFF;
    return str_eq(word, STR("full")) ? STORE_FULL : STORE_NORMAL;
}

static void notices_problem(const struct config *config, const struct config_bot *bot,
                            const char *what, struct buf *problems)
{
    char path[200];
    snprintf(path, sizeof(path), "bots.%.*s.notices.from",
             STR_ARG(str_sub(bot->name, 0, 100)));
    schema_problem(config->data, path, problems, "%s", what);
}

/* Whose word about groups counts; a source that cannot be is a problem. */
static void read_notices(struct config *config, struct config_bot *bot,
                         const struct json *node, struct buf *problems)
{
    bool fed = false;
    bot->notices_from = config_list_or(json_get(node, "from"), "__system__", NULL);
    for (size_t i = 0; i < bot->notices_from.count; i++) {
        struct str from = bot->notices_from.at[i];
        bot->account.poll_members |= str_eq(from, STR(SCRIPT_NOTICES_POLL));
        fed |= str_eq(from, STR(SCRIPT_NOTICES_FEED));
    }
    if (bot->account.poll_members && bot->account.secret.len == 0)
        notices_problem(config, bot, "\"" SCRIPT_NOTICES_POLL "\" needs account.secret",
                        problems);
    if (fed && bot->webhooks.paths[WEBHOOK_FEED].len == 0)
        notices_problem(config, bot,
                        "\"" SCRIPT_NOTICES_FEED "\" needs account.webhooks.feed",
                        problems);
}

static void read_bot(struct config *config, struct config_bot *bot,
                     const struct json *node, struct buf *problems)
{
    bot->node = node;
    bot->name = json_name(node);
    if (!good_name(bot->name)) {
        char path[300];
        snprintf(path, sizeof(path), "bots.%.*s", STR_ARG(str_sub(bot->name, 0, 200)));
        schema_problem(config->data, path, problems,
                       "a bot's name is 1 to 64 letters, digits, _ or -");
    }
    config_account_read(config, bot, json_get(node, "account"), problems);
    config_read_webhooks(config, bot, problems);
    bot->account.reconnect_when_kicked =
        str_eq(json_str(json_get(node, "on_kicked")), STR("retry"));
    bot->durable = read_durable(json_str(json_get(node, "durable")));
    bot->owners = config_list(json_get(node, "owners"));
    bot->moderators = config_list(json_get(node, "moderators"));
    read_notices(config, bot, json_get(node, "notices"), problems);
    bot->command_max_age_ms = read_duration(json_get(node, "command_max_age"), 600000);
    bot->account.send_max_age_ms = read_duration(json_get(node, "send_max_age"), 3600000);
    bot->cpu_minute_ms = read_duration(json_get(node, "cpu_per_minute"), 30000);
    bot->language = config_str_or(json_str(json_get(node, "language")), STR("en"));
    read_zone(config, bot, node, problems);
    const struct json *plugins = json_get(node, "plugins");
    bot->plugins = mem_zero((json_size(plugins) + 1) * sizeof(*bot->plugins));
    for (const struct json *item = json_next(plugins, NULL); item;
         item = json_next(plugins, item)) {
        struct config_plugin *plugin = &bot->plugins[bot->plugin_count++];
        plugin->name = json_name(item);
        plugin->grants = config_list(json_get(item, "grants"));
        plugin->config = json_get(item, "config");
        plugin->source = config->data;
        char key[200];
        snprintf(key, sizeof(key), "bots.%.*s.plugins.%.*s", STR_ARG(bot->name),
                 STR_ARG(plugin->name));
        plugin->key = str_from(config_keep(config, "", str_from(key)));
    }
}

static void read_listen(struct config *config, const struct json *node,
                        struct buf *problems)
{
    struct str host;
    int port;
    config->http = json_str(json_get(node, "http"));
    if (json_get(node, "http") && !app_address(config->http, &host, &port))
        schema_problem(config->data, "listen.http", problems,
                       "must be \"HOST:PORT\", is %.*s",
                       STR_ARG(str_sub(config->http, 0, 100)));
}

static void read_all(const struct app *app, struct config *config, struct buf *problems)
{
    const struct json *root = data_root(config->data);
    const char *slash = strrchr(config->path, '/');
    struct str folder = str_of(config->path, slash ? (size_t)(slash - config->path) : 0);
    config->folder =
        config_keep(config, "", slash && folder.len == 0 ? STR("/") : folder);
    config->state =
        config_keep(config, config->folder, json_str(json_get(root, "state")));

    config->eval = json_bool(json_get(root, "eval"), true);
    read_listen(config, json_get(root, "listen"), problems);
    const struct json *paths = json_get(root, "plugin_path");
    config->plugin_path = config_list(paths);
    for (size_t i = 0; i < config->plugin_path.count; i++) {
        struct str *path = &config->plugin_path.at[i];
        *path = str_from(config_keep(config, config->folder, *path));
    }
    /* read_list leaves room for one more: the bundled plugins come last. */
    config->plugin_path.at[config->plugin_path.count++] =
        str_from(config_keep(config, app->data, STR("plugins")));

    const struct json *bots = json_get(root, "bots");
    config->bots = mem_zero((json_size(bots) + 1) * sizeof(*config->bots));
    for (const struct json *item = json_next(bots, NULL); item;
         item = json_next(bots, item))
        read_bot(config, &config->bots[config->bot_count++], item, problems);
    if (config->bot_count == 0)
        schema_problem(config->data, "bots", problems, "names no bot");
    deal_bots(config, problems);
    config_check_webhooks(config, problems);
}

struct config *config_parse(const struct app *app, const char *path, struct str text,
                            struct buf *problems)
{
    struct err err = { 0 };
    struct config *config = MEM_NEW(struct config);
    size_t before = problems->len;
    config->refs = 1;
    config->path = str_dup(str_from(path));
    buf_init(&config->text, DATA_SOURCE_MAX);
    buf_add_str(&config->text, text);
    config->data = data_parse(path, text, DATA_CONFIGURATION, &err);
    if (!config->data)
        buf_add_format(problems, "%s\n", err.text);
    else if (schema_check(config->data, root_rows, problems))
        read_all(app, config, problems);
    if (problems->len > before) {
        config_free(config);
        return NULL;
    }
    return config;
}

struct config *config_read(const struct app *app, const char *path, struct buf *problems)
{
    struct config *config = NULL;
    struct err err = { 0 };
    struct buf text;
    buf_init(&text, DATA_SOURCE_MAX + 8192);
    if (files_read(path, DATA_SOURCE_MAX, &text, NULL, &err))
        config = config_parse(app, path, buf_str(&text), problems);
    else
        buf_add_format(problems, "%s\n", err.text);
    buf_clear(&text);
    return config;
}

struct config *config_ref(struct config *config)
{
    config->refs++;
    return config;
}

void config_free(struct config *config)
{
    if (!config || --config->refs > 0)
        return;
    for (size_t i = 0; i < config->bot_count; i++) {
        struct config_bot *bot = &config->bots[i];
        for (size_t j = 0; j < bot->plugin_count; j++)
            free(bot->plugins[j].grants.at);
        free(bot->plugins);
        zone_free(bot->zone);
        config_free_webhooks(bot);
        config_account_clear(bot);
        free(bot->owners.at);
        free(bot->moderators.at);
        free(bot->notices_from.at);
    }
    free(config->bots);
    free(config->plugin_path.at);
    while (config->texts) {
        struct config_text *text = config->texts;
        config->texts = text->next;
        free(text);
    }
    free(config->path);
    buf_clear(&config->text);
    data_free(config->data);
    free(config);
}

const struct config_bot *config_bot(const struct config *config, struct str name)
{
    for (size_t i = 0; i < config->bot_count; i++)
        if (str_eq(config->bots[i].name, name))
            return &config->bots[i];
    return NULL;
}

const struct config_plugin *config_plugin(const struct config_bot *bot, struct str name)
{
    for (size_t i = 0; i < bot->plugin_count; i++)
        if (str_eq(bot->plugins[i].name, name))
            return &bot->plugins[i];
    return NULL;
}

char *config_plugin_folder(const struct config *config, struct str name, struct err *err)
{
    struct buf tried;
    buf_init(&tried, 4096);
    char *found = NULL;
    for (size_t i = 0; i < config->plugin_path.count && !found && good_name(name); i++) {
        struct str folder = config->plugin_path.at[i];
        char path[4096];
        int len =
            snprintf(path, sizeof(path), "%.*s/%.*s", STR_ARG(folder), STR_ARG(name));
        buf_add_format(&tried, "%s%.*s", i ? ", " : "", STR_ARG(folder));
        char manifest[4200];
        snprintf(manifest, sizeof(manifest), "%s/plugin.lua", path);
        if (len > 0 && (size_t)len < sizeof(path) && access(manifest, R_OK) == 0)
            found = str_dup(str_from(path));
    }
    if (!good_name(name)) {
        err_set(err, ERR_NOT_FOUND,
                "a plugin's name is 1 to 64 letters, digits, _ or -, not %.*s",
                STR_ARG(str_sub(name, 0, 64)));
    } else if (!found) {
        err_set(err, ERR_NOT_FOUND, "no plugin %.*s with a plugin.lua in %.*s",
                STR_ARG(name), STR_ARG(buf_str(&tried)));
    }
    buf_clear(&tried);
    return found;
}

bool config_check_plugin(const struct config *config, const struct config_plugin *row,
                         struct buf *problems)
{
    static const struct str none[1]; /* NULL would leave grants out of it */
    struct err err = { 0 };
    char *folder = config_plugin_folder(config, row->name, &err);
    if (!folder) {
        schema_problem(row->source, row->key.at, problems, "%s", err.text);
        return false;
    }
    struct script_plugin plugin = {
        .name = row->name,
        .folder = str_from(folder),
        .grants = row->grants.at ? row->grants.at : none,
        .grant_count = row->grants.count,
        .config = row->config,
        .source = row->source,
        .key = row->key,
    };
    bool ok = script_check(&plugin, problems);
    free(folder);
    return ok;
}
