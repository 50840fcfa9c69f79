#include "app/alone.h"
#include "app/app.h"
#include "app/lock.h"
#include "app/news.h"
#include "app/talk.h"
#include "base/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CODE_MAX = 64 << 10, PROBLEMS_MAX = 1 << 16, PATH_SIZE = 4400 };

struct exec {
    struct app *app;
    const char *config, *bot;
    char name[80];
    char socket[4200];
    struct json *body; /* the first question */
    struct news news;
};

/* --- reading it --- */

/* A path, or the name of one of scripts/exec. */
static FILE *open_script(const struct app *app, const char *word, char path[PATH_SIZE])
{
    snprintf(path, PATH_SIZE, "%s", word);
    FILE *file = fopen(path, "rb");
    if (file || strchr(word, '/') || errno != ENOENT)
        return file;
    snprintf(path, PATH_SIZE, "%s/exec/%s.lua", app->library, word);
    file = fopen(path, "rb");
    if (!file)
        snprintf(path, PATH_SIZE, "%s", word);
    return file;
}

static bool read_script(const struct app *app, const char *word, struct buf *code,
                        struct err *err)
{
    char path[PATH_SIZE], piece[4096];
    FILE *file = open_script(app, word, path);
    if (!file)
        return err_set(err, ERR_NOT_FOUND, "%s: %s", path, strerror(errno));
    bool fits = true;
    for (size_t got; fits && (got = fread(piece, 1, sizeof(piece), file)) > 0;)
        fits = buf_add(code, piece, got);
    bool failed = ferror(file) != 0;
    fclose(file);
    if (failed)
        return err_set(err, ERR_STORAGE, "%s: cannot be read", path);
    if (!fits)
        return err_set(err, ERR_LIMIT, "%s: larger than %d bytes", path, CODE_MAX);
    return str_is_utf8(buf_str(code)) ||
           err_set(err, ERR_ARGUMENT, "%s: not UTF-8", path);
}

/* "tools/announce.lua" is "announce". */
static void name_script(const char *word, char *out, size_t size)
{
    const char *slash = strrchr(word, '/');
    struct str name = str_from(slash ? slash + 1 : word);
    if (str_ends(name, STR(".lua")))
        name.len -= 4;
    snprintf(out, size, "%.*s", STR_ARG(name));
}

/* --- in a host that runs --- */

/* The next question, after an answer. */
static struct json *follow(const struct exec *exec, const struct json *answer)
{
    struct json *body = json_object();
    json_add_str(body, "do", STR("exec"));
    json_add_str(body, "run", json_str(json_get(answer, "run")));
    if (exec->bot)
        json_add_str(body, "bot", str_from(exec->bot));
    return body;
}

/* The connection is of no use after an interrupt. */
static struct talk *interrupt(struct exec *exec, struct talk *talk, struct json *body,
                              struct err *err)
{
    talk_close(talk);
    *err = (struct err){ 0 };
    json_add_bool(body, "stop", true);
    return json_get(body, "run") ? talk_open(exec->socket, err) : NULL;
}

static int refuse(struct exec *exec, const struct err *err, const struct json *answer)
{
    news_clear(&exec->news);
    if (!answer)
        return app_fail(err);
    fprintf(stderr, "moondock: %.*s\n", STR_ARG(json_str(json_get(answer, "error"))));
    return APP_REFUSED;
}

static int converse(struct exec *exec, struct talk *talk)
{
    struct err err = { 0 };
    struct json *body = json_copy(exec->body), *answer = NULL;
    bool stopped = false;
    int status = APP_REFUSED;
    if (!talk_catch_interrupt(talk, &err))
        status = app_fail(&err);
    while (talk && err.code == ERR_NONE && !exec->news.ended) {
        json_free(answer);
        answer = talk_ask(talk, body, &err);
        if (!answer && err.code == ERR_CANCELLED && !stopped) {
            stopped = true;
            talk = interrupt(exec, talk, body, &err);
            continue;
        }
        if (!answer || !json_bool(json_get(answer, "ok"), false)) {
            status = refuse(exec, &err, answer);
            break;
        }
        json_free(body);
        body = follow(exec, answer);
        news_take(&exec->news, json_get(answer, "news"),
                  json_add(body, "answers", json_array()));
        status = exec->news.status;
    }
    json_free(answer);
    json_free(body);
    talk_close(talk);
    return status;
}

/* --- alone --- */

static const struct config_bot *choose_bot(const struct exec *exec,
                                           const struct config *config)
{
    const struct config_bot *row = NULL;
    if (exec->bot)
        row = config_bot(config, str_from(exec->bot));
    else if (config->bot_count == 1)
        row = &config->bots[0];
    if (!row)
        fprintf(stderr, "moondock: %s%s: %s has %zu bots; name one with --bot\n",
                exec->bot ? "no bot " : "which bot?", exec->bot ? exec->bot : "",
                config->path, config->bot_count);
    return row;
}

static int run_alone(struct exec *exec, struct config *config,
                     const struct config_bot *row)
{
    struct err err = { 0 };
    int lock = lock_take(config->state, &err);
    if (lock < 0)
        return app_fail(&err);
    int status = alone_run(exec->app, config, row, exec->body, &exec->news);
    lock_release(lock);
    return status;
}

static int log_in(struct exec *exec)
{
    struct buf problems;
    buf_init(&problems, PROBLEMS_MAX);
    if (!exec->app->verbose)
        log_set_level(LOG_WARN);
    umask(077);
    struct config *config =
        config_read(exec->app, exec->config ? exec->config : "moondock.lua", &problems);
    const struct config_bot *row = config ? choose_bot(exec, config) : NULL;
    int status = APP_REFUSED;
    if (row)
        status = run_alone(exec, config, row);
    else
        fprintf(stderr, "%.*s", STR_ARG(buf_str(&problems)));
    config_free(config);
    buf_clear(&problems);
    return status;
}

/* --- the command --- */

static int start(struct exec *exec)
{
    struct err err = { 0 };
    if (!talk_path(exec->config, NULL, exec->socket, sizeof(exec->socket), &err))
        return app_fail(&err);
    struct talk *talk = talk_open(exec->socket, &err);
    if (talk)
        return converse(exec, talk);
    return err.code == ERR_NOT_FOUND ? log_in(exec) : app_fail(&err);
}

static int run(struct app *app, int argc, char **argv)
{
    struct exec exec = { .app = app };
    bool dry = false;
    const struct app_option options[] = {
        { .name = "--config", .value = &exec.config },
        { .name = "--bot", .value = &exec.bot },
        { .name = "--dry-run", .flag = &dry },
        { .name = NULL },
    };
    if (!app_options(&cmd_exec, options, &argc, argv))
        return APP_USAGE;
    if (argc < 2)
        return app_usage(&cmd_exec, "SCRIPT is missing");
    struct err err = { 0 };
    struct buf code;
    buf_init(&code, CODE_MAX);
    int status = APP_REFUSED;
    name_script(argv[1], exec.name, sizeof(exec.name));
    exec.news = (struct news){ .name = exec.name, .quiet = app->quiet };
    if (read_script(app, argv[1], &code, &err)) {
        exec.body = json_object();
        json_add_str(exec.body, "do", STR("exec"));
        json_add_str(exec.body, "name", str_from(exec.name));
        json_add_str(exec.body, "code", buf_str(&code));
        json_add_bool(exec.body, "dry", dry);
        if (exec.bot)
            json_add_str(exec.body, "bot", str_from(exec.bot));
        struct json *args = json_add(exec.body, "args", json_array());
        for (int i = 2; i < argc; i++)
            json_add_str(args, NULL, str_from(argv[i]));
        status = start(&exec);
        json_free(exec.body);
    } else {
        app_fail(&err);
    }
    buf_clear(&code);
    return status;
}

const struct command cmd_exec = {
    .name = "exec",
    .usage = "SCRIPT [--config FILE] [--bot B] [--dry-run] [--] [args]",
    .summary = "run a script (a path, or a name of scripts/exec) to its end",
    .run = run,
};
