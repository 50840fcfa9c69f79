#include "app/app.h"
#include "app/talk.h"
#include "app/top.h"
#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What went wrong is worth a word when there is any. */
static void print_done(const struct json *row)
{
    static const char *const wrong[] = { "refused", "given_up", "soft_stops",
                                         "hard_stops" };
    printf(" handled=%lld sent=%lld", (long long)json_int(json_get(row, "handled"), 0),
           (long long)json_int(json_get(row, "acknowledged"), 0));
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        int64_t count = json_int(json_get(row, wrong[i]), 0);
        if (count > 0)
            printf(" %s=%lld", wrong[i], (long long)count);
    }
}

static void print_plugin(const struct json *plugin)
{
    struct str version = json_str(json_get(plugin, "version"));
    printf("  %.*s %.*s %.*s", STR_ARG(json_str(json_get(plugin, "name"))),
           STR_ARG(version), STR_ARG(json_str(json_get(plugin, "state"))));
    if (version.len > 0) {
        printf(" generation=%lld memory=%lldK cpu=%lldms errors=%lld",
               (long long)json_int(json_get(plugin, "generation"), 0),
               (long long)json_int(json_get(plugin, "memory"), 0) / 1024,
               (long long)json_int(json_get(plugin, "cpu_ms"), 0),
               (long long)json_int(json_get(plugin, "errors"), 0));
        print_done(plugin);
    }
    struct str error = json_str(json_get(plugin, "error"));
    struct str note = json_str(json_get(plugin, "note"));
    printf("%s%.*s%s%.*s\n", error.len ? " " : "", STR_ARG(error), note.len ? " " : "",
           STR_ARG(note));
}

static void print_workers(const struct json *workers)
{
    bool many = json_size(workers) > 1;
    for (const struct json *worker = json_next(workers, NULL); worker;
         worker = json_next(workers, worker)) {
        struct str reason = json_str(json_get(worker, "reason"));
        struct str http = json_str(json_get(worker, "http"));
        printf("worker");
        if (many)
            printf(" %lld%s", (long long)json_int(json_get(worker, "number"), 0),
                   json_get(worker, "pid") ? "" : " not running");
        printf(" restarts=%lld", (long long)json_int(json_get(worker, "restarts"), 0));
        if (many && http.len > 0)
            printf(" http=%.*s", STR_ARG(http));
        if (json_get(worker, "lag_ms"))
            printf(" lag=%lldms worst=%lldms",
                   (long long)json_int(json_get(worker, "lag_ms"), 0),
                   (long long)json_int(json_get(worker, "lag_max_ms"), 0));
        printf("%s%.*s\n", reason.len ? " last: " : "", STR_ARG(reason));
    }
}

static void print_aside(const struct json *list)
{
    for (const struct json *one = json_next(list, NULL); one;
         one = json_next(list, one)) {
        struct str plugin = json_str(json_get(one, "plugin"));
        printf("  set aside id=%lld %.*s%s%.*s message=%.*s since=%llds (ctl retry, ctl "
               "drop)\n",
               (long long)json_int(json_get(one, "id"), 0),
               STR_ARG(json_str(json_get(one, "why"))), plugin.len ? " plugin=" : "",
               STR_ARG(plugin), STR_ARG(json_str(json_get(one, "message"))),
               (long long)json_int(json_get(one, "since_ms"), 0) / 1000);
    }
}

static void print_bots(const char *order, const struct json *bots)
{
    for (const struct json *bot = json_next(bots, NULL); bot;
         bot = json_next(bots, bot)) {
        struct str detail = json_str(json_get(bot, "detail"));
        printf("%.*s", STR_ARG(json_str(json_get(bot, "name"))));
        if (strcmp(order, "status") == 0) {
            printf(" user=%.*s %.*s", STR_ARG(json_str(json_get(bot, "user"))),
                   STR_ARG(json_str(json_get(bot, "state"))));
            if (json_get(bot, "since_ms")) { /* else its worker does not run */
                printf(" since=%llds outbox=%lld journal=%lld",
                       (long long)json_int(json_get(bot, "since_ms"), 0) / 1000,
                       (long long)json_int(json_get(bot, "outbox"), 0),
                       (long long)json_int(json_get(bot, "journal"), 0));
                print_done(bot);
            }
            printf("%s%.*s", detail.len ? " " : "", STR_ARG(detail));
        }
        printf("\n");
        print_aside(json_get(bot, "set_aside"));
        const struct json *plugins = json_get(bot, "plugins");
        for (const struct json *plugin = json_next(plugins, NULL); plugin;
             plugin = json_next(plugins, plugin))
            print_plugin(plugin);
    }
}

static void print_answer(const char *order, const struct json *answer)
{
    struct str text = json_str(json_get(answer, "text"));
    if (!json_bool(json_get(answer, "ok"), false)) {
        fprintf(stderr, "moondock: %.*s\n", STR_ARG(json_str(json_get(answer, "error"))));
        if (text.len > 0)
            fprintf(stderr, "%.*s\n", STR_ARG(text));
    } else if (json_get(answer, "bots") && strcmp(order, "top") == 0) {
        top_print(json_get(answer, "bots"));
    } else if (json_get(answer, "bots")) {
        if (strcmp(order, "status") == 0)
            print_workers(json_get(answer, "workers"));
        print_bots(order, json_get(answer, "bots"));
    } else if (text.len > 0) {
        printf("%.*s\n", STR_ARG(text));
    }
}

static void print_json(const struct json *answer)
{
    struct buf text;
    buf_init(&text, 2 << 20);
    json_write(answer, &text);
    printf("%.*s\n", STR_ARG(buf_str(&text)));
    buf_clear(&text);
}

static int ask(struct app *app, const char *path, const char *order, struct json *body)
{
    struct err err = { 0 };
    struct talk *talk = talk_open(path, &err);
    struct json *answer = talk ? talk_ask(talk, body, &err) : NULL;
    int status = APP_REFUSED;
    if (answer) {
        status = json_bool(json_get(answer, "ok"), false) ? APP_DONE : APP_REFUSED;
        if (app->json)
            print_json(answer);
        else
            print_answer(order, answer);
    } else {
        app_fail(&err);
        status = err.code == ERR_NOT_FOUND ? APP_NO_HOST : APP_REFUSED;
    }
    json_free(answer);
    talk_close(talk);
    return status;
}

/* The words behind the options; false after a usage message. */
static bool read_order(int argc, char **argv, const char *plugin, bool force,
                       struct json *body)
{
    static const struct {
        const char *name;
        const char *takes; /* the request's key for the word behind it, or NULL */
    } orders[] = {
        { "status", NULL },     { "plugins", NULL },     { "load", "plugin" },
        { "unload", "plugin" }, { "reload", "plugin" },  { "rollback", "plugin" },
        { "resume", "plugin" }, { "reconfigure", NULL }, { "eval", "code" },
        { "top", NULL },        { "retry", "id" },       { "drop", "id" },
#ifdef MOONDOCK_TESTING
        { "clock", "add_ms" },
#endif
    };
    if (argc < 2) {
        app_usage(&cmd_ctl, "an order is missing");
        return false;
    }
    for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
        if (strcmp(argv[1], orders[i].name) != 0)
            continue;
        bool eval = strcmp(argv[1], "eval") == 0;
        if (argc != (orders[i].takes ? 3 : 2)) {
            app_usage(&cmd_ctl, "%s takes %s", argv[1],
                      orders[i].takes ? "one word" : "nothing");
            return false;
        }
        if (plugin && !eval) {
            app_usage(&cmd_ctl, "--plugin belongs to eval");
            return false;
        }
        if (force && strcmp(argv[1], "reload") != 0) {
            app_usage(&cmd_ctl, "--force belongs to reload");
            return false;
        }
        bool listing = strcmp(argv[1], "plugins") == 0 || strcmp(argv[1], "top") == 0;
        json_add_str(body, "do", str_from(listing ? "status" : argv[1]));
        if (orders[i].takes)
            json_add_str(body, orders[i].takes, str_from(argv[2]));
        if (plugin)
            json_add_str(body, "plugin", str_from(plugin));
        if (force)
            json_add_bool(body, "force", true);
        return true;
    }
    app_usage(&cmd_ctl, "unknown order %s", argv[1]);
    return false;
}

static int run(struct app *app, int argc, char **argv)
{
    const char *config = NULL, *state = NULL, *bot = NULL, *plugin = NULL;
    bool force = false;
    const struct app_option options[] = {
        { .name = "--config", .value = &config },
        { .name = "--state", .value = &state },
        { .name = "--bot", .value = &bot },
        { .name = "--plugin", .value = &plugin },
        { .name = "--force", .flag = &force },
        { .name = NULL },
    };
    if (!app_options(&cmd_ctl, options, &argc, argv))
        return APP_USAGE;
    if (config && state)
        return app_usage(&cmd_ctl, "--config or --state, not both");
    struct err err = { 0 };
    char path[4200];
    struct json *body = json_object();
    int status = APP_USAGE;
    if (read_order(argc, argv, plugin, force, body)) {
        if (bot)
            json_add_str(body, "bot", str_from(bot));
        status = talk_path(config, state, path, sizeof(path), &err)
                     ? ask(app, path, argv[1], body)
                     : app_fail(&err);
    }
    json_free(body);
    return status;
}

const struct command cmd_ctl = {
    .name = "ctl",
    .usage =
        "[--config FILE | --state DIR] [--bot B] status | plugins | load P | unload P | "
        "reload [--force] P | rollback P | resume P | retry ID | drop ID | reconfigure | "
        "eval [--plugin P] CODE | top",
    .summary = "ask and steer a running host",
    .run = run,
};
