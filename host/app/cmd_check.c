#include "app/app.h"
#include "app/config.h"
#include "base/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PROBLEMS_MAX = 1 << 16 };

static const char *const with_token[] = { "send", "recall its own messages", "history",
                                          "block", NULL };
/* In groups that RongCloud hosts the bot's role there allows some of it without. */
static const char *const with_secret[] = {
    "recall others' messages", "list groups and members", "invite", "kick", "rename",
    "mute and unmute",         "mute everybody",          "users",  "ban",  NULL,
};

/* Without a socket. */
static const char *const with_routing[] = { "send", "recall its own messages", NULL };
static const char *const with_socket[] = { "history", "typing", "uploads", NULL };

static void add_words(struct json *array, const char *const *words)
{
    for (size_t i = 0; words[i]; i++)
        json_add_str(array, NULL, str_from(words[i]));
}

/* What the account may do, and which plugins it gets. */
static void describe(const struct config_bot *bot, struct json *bots)
{
    struct json *object = json_add(bots, NULL, json_object());
    json_add_str(object, "name", bot->name);
    json_add_str(object, "user", bot->account.user);
    json_add_int(object, "worker", bot->worker);
    bool routed = bot->account.webhook;
    json_add_str(object, "token",
                 routed ? STR("none")
                        : str_from(config_token_word(bot->account.token_from)));
    struct json *may = json_add(object, "may", json_array());
    struct json *may_not = json_add(object, "may_not", json_array());
    add_words(may, routed ? with_routing : with_token);
    if (routed)
        add_words(json_add(object, "only_with_socket", json_array()), with_socket);
    add_words(bot->account.secret.len > 0 ? may : may_not, with_secret);
    struct json *plugins = json_add(object, "plugins", json_array());
    for (size_t i = 0; i < bot->plugin_count; i++) {
        struct json *plugin = json_add(plugins, NULL, json_object());
        json_add_str(plugin, "name", bot->plugins[i].name);
        struct json *grants = json_add(plugin, "grants", json_array());
        for (size_t j = 0; j < bot->plugins[i].grants.count; j++)
            json_add_str(grants, NULL, bot->plugins[i].grants.at[j]);
    }
}

static void check_plugins(const struct config *config, const struct config_bot *bot,
                          struct buf *problems)
{
    for (size_t i = 0; i < bot->plugin_count; i++)
        config_check_plugin(config, &bot->plugins[i], problems);
}

static void print_words(const char *title, const struct json *words)
{
    const char *before = title;
    for (const struct json *word = json_next(words, NULL); word;
         word = json_next(words, word)) {
        printf("%s%.*s", before, STR_ARG(json_str(word)));
        before = ", ";
    }
    printf("%s", json_size(words) ? "\n" : "");
}

static void print_report(const struct json *bots, bool many_workers)
{
    for (const struct json *bot = json_next(bots, NULL); bot;
         bot = json_next(bots, bot)) {
        printf("%.*s: user %.*s, token from %.*s",
               STR_ARG(json_str(json_get(bot, "name"))),
               STR_ARG(json_str(json_get(bot, "user"))),
               STR_ARG(json_str(json_get(bot, "token"))));
        if (many_workers)
            printf(", worker %lld", (long long)json_int(json_get(bot, "worker"), 0));
        printf("\n");
        print_words("  may: ", json_get(bot, "may"));
        print_words("  may not (no app secret): ", json_get(bot, "may_not"));
        print_words("  may not (messages come by webhooks): ",
                    json_get(bot, "only_with_socket"));
        const struct json *plugins = json_get(bot, "plugins");
        for (const struct json *plugin = json_next(plugins, NULL); plugin;
             plugin = json_next(plugins, plugin)) {
            printf("  plugin %.*s\n", STR_ARG(json_str(json_get(plugin, "name"))));
            print_words("    granted: ", json_get(plugin, "grants"));
        }
    }
}

static void add_problems(struct json *report, struct str problems)
{
    struct json *list = json_add(report, "problems", json_array());
    struct str line;
    while (str_split(&problems, '\n', &line))
        if (line.len > 0)
            json_add_str(list, NULL, line);
}

static bool is_plugin(const char *path)
{
    char manifest[4096];
    snprintf(manifest, sizeof(manifest), "%s/plugin.lua", path);
    return access(manifest, F_OK) == 0;
}

/* A plugin nobody configured yet, or a configuration and all it names. */
static struct config *check(const struct app *app, const char *path, struct json *bots,
                            struct buf *problems)
{
    if (is_plugin(path)) {
        script_check_alone(str_from(path), problems);
        return NULL;
    }
    struct config *config = config_read(app, path, problems);
    for (size_t i = 0; config && i < config->bot_count; i++) {
        config_check_account(config, &config->bots[i], problems);
        check_plugins(config, &config->bots[i], problems);
        describe(&config->bots[i], bots);
    }
    return config;
}

static int run(struct app *app, int argc, char **argv)
{
    const struct app_option options[] = { { .name = NULL } };
    if (!app_options(&cmd_check, options, &argc, argv))
        return APP_USAGE;
    if (argc > 2)
        return app_usage(&cmd_check, "one FILE or FOLDER at most");
    struct buf problems, text;
    buf_init(&problems, PROBLEMS_MAX);
    buf_init(&text, 1 << 20);
    struct json *report = json_object();
    struct json *bots = json_add(report, "bots", json_array());
    struct config *config =
        check(app, argc == 2 ? argv[1] : "moondock.lua", bots, &problems);
    add_problems(report, buf_str(&problems));
    if (app->json) {
        json_write(report, &text);
        printf("%.*s\n", STR_ARG(buf_str(&text)));
    } else {
        print_report(bots, config && config->workers > 1);
        fprintf(stderr, "%.*s", STR_ARG(buf_str(&problems)));
        printf("%s", problems.len ? "" : "no problems\n");
    }
    int status = problems.len ? APP_REFUSED : APP_DONE;
    json_free(report);
    config_free(config);
    buf_clear(&text);
    buf_clear(&problems);
    return status;
}

const struct command cmd_check = {
    .name = "check",
    .usage = "[FILE|FOLDER]",
    .summary =
        "say what is wrong with a configuration and its plugins, and what each may "
        "do; or with one plugin",
    .run = run,
};
