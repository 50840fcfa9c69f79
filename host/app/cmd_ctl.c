#include "app/app.h"
#include "app/ctl.h"
#include "base/buf.h"
#include "base/json.h"
#include "net/lines.h"
#include "script/data.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One question to a running host. */
struct talk {
    struct app *app;
    struct loop *loop;
    struct lines *lines;
    const char *order;
    int status;
};

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
    }
    struct str error = json_str(json_get(plugin, "error"));
    printf("%s%.*s\n", error.len ? " " : "", STR_ARG(error));
}

static void print_bots(const struct talk *talk, const struct json *bots)
{
    for (const struct json *bot = json_next(bots, NULL); bot;
         bot = json_next(bots, bot)) {
        struct str detail = json_str(json_get(bot, "detail"));
        printf("%.*s", STR_ARG(json_str(json_get(bot, "name"))));
        if (strcmp(talk->order, "status") == 0) {
            printf(" user=%.*s %.*s since=%llds outbox=%lld journal=%lld%s%.*s",
                   STR_ARG(json_str(json_get(bot, "user"))),
                   STR_ARG(json_str(json_get(bot, "state"))),
                   (long long)json_int(json_get(bot, "since_ms"), 0) / 1000,
                   (long long)json_int(json_get(bot, "outbox"), 0),
                   (long long)json_int(json_get(bot, "journal"), 0),
                   detail.len ? " " : "", STR_ARG(detail));
        }
        printf("\n");
        const struct json *plugins = json_get(bot, "plugins");
        for (const struct json *plugin = json_next(plugins, NULL); plugin;
             plugin = json_next(plugins, plugin))
            print_plugin(plugin);
    }
}

static void print_answer(struct talk *talk, const struct json *answer)
{
    struct str text = json_str(json_get(answer, "text"));
    if (!json_bool(json_get(answer, "ok"), false)) {
        talk->status = APP_REFUSED;
        fprintf(stderr, "moondock: %.*s\n", STR_ARG(json_str(json_get(answer, "error"))));
        if (text.len > 0)
            fprintf(stderr, "%.*s\n", STR_ARG(text));
        return;
    }
    talk->status = APP_DONE;
    if (json_get(answer, "bots"))
        print_bots(talk, json_get(answer, "bots"));
    else if (text.len > 0)
        printf("%.*s\n", STR_ARG(text));
}

static void on_line(void *arg, struct str line)
{
    struct talk *talk = arg;
    struct json *answer = json_parse(line, NULL);
    if (talk->app->json) {
        bool ok = json_bool(json_get(answer, "ok"), false);
        talk->status = ok ? APP_DONE : APP_REFUSED;
        printf("%.*s\n", STR_ARG(line));
    } else {
        print_answer(talk, answer);
    }
    json_free(answer);
    loop_stop(talk->loop);
}

static void on_closed(void *arg, const struct err *why)
{
    struct talk *talk = arg;
    fprintf(stderr, "moondock: the host went away: %s\n", why->text);
    talk->status = APP_REFUSED;
    loop_stop(talk->loop);
}

static int ask(struct app *app, const char *path, const char *order, struct json *body)
{
    static const struct lines_events events = { .on_line = on_line,
                                                .on_closed = on_closed };
    struct err err = { 0 };
    struct talk talk = { .app = app, .order = order, .status = APP_REFUSED };
    struct buf text;
    buf_init(&text, 1 << 20);
    talk.loop = loop_new(&err);
    if (!talk.loop) {
        app_fail(&err);
    } else if (!json_write(body, &text)) {
        fprintf(stderr, "moondock: the request is larger than 1 MiB\n");
    } else {
        talk.lines = lines_connect(talk.loop, path, &events, &talk, &err);
        if (talk.lines) {
            lines_send(talk.lines, buf_str(&text));
            loop_run(talk.loop);
            lines_close(talk.lines);
        } else {
            app_fail(&err);
            talk.status = err.code == ERR_NOT_FOUND ? APP_NO_HOST : APP_REFUSED;
        }
    }
    if (talk.loop)
        loop_free(talk.loop);
    buf_clear(&text);
    return talk.status;
}

/* The socket's path: from --state, or from the state key of the configuration. Nothing
 * else in the configuration matters here, so nothing else is checked. */
static bool find_socket(const char *config, const char *state, char *out, size_t size,
                        struct err *err)
{
    if (state)
        return ctl_path(out, size, state, err);
    config = config ? config : "moondock.lua";
    struct data *data = data_read(config, DATA_CONFIGURATION, err);
    if (!data)
        return false;
    struct str named = json_str(json_get(data_root(data), "state"));
    char folder[4096];
    const char *slash = strrchr(config, '/');
    bool relative = slash && named.len > 0 && named.at[0] != '/';
    snprintf(folder, sizeof(folder), "%.*s%.*s", relative ? (int)(slash - config + 1) : 0,
             config, STR_ARG(named));
    bool found = named.len > 0 ? ctl_path(out, size, folder, err)
                               : err_set(err, ERR_CONFIG, "%s: state is missing", config);
    data_free(data);
    return found;
}

/* The words behind the options; false after a usage message. */
static bool read_order(int argc, char **argv, const char *plugin, struct json *body)
{
    static const struct {
        const char *name;
        const char *takes; /* the request's key for the word behind it, or NULL */
    } orders[] = {
        { "status", NULL },     { "plugins", NULL },    { "load", "plugin" },
        { "unload", "plugin" }, { "reload", "plugin" }, { "eval", "code" },
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
        bool listing = strcmp(argv[1], "plugins") == 0;
        json_add_str(body, "do", str_from(listing ? "status" : argv[1]));
        if (orders[i].takes)
            json_add_str(body, orders[i].takes, str_from(argv[2]));
        if (plugin)
            json_add_str(body, "plugin", str_from(plugin));
        return true;
    }
    app_usage(&cmd_ctl, "unknown order %s", argv[1]);
    return false;
}

static int run(struct app *app, int argc, char **argv)
{
    const char *config = NULL, *state = NULL, *bot = NULL, *plugin = NULL;
    const struct app_option options[] = {
        { .name = "--config", .value = &config },
        { .name = "--state", .value = &state },
        { .name = "--bot", .value = &bot },
        { .name = "--plugin", .value = &plugin },
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
    if (read_order(argc, argv, plugin, body)) {
        if (bot)
            json_add_str(body, "bot", str_from(bot));
        status = find_socket(config, state, path, sizeof(path), &err)
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
        "reload P | eval [--plugin P] CODE",
    .summary = "ask and steer a running host",
    .run = run,
};
