/*
 * console: a prompt in the live process of a bot. Each piece of Lua that is typed runs in
 * the bot's limited instance `console`, or in a plugin's own with --plugin; what it gives
 * is shown. Without a terminal the pieces are the lines of standard input.
 */
#include "app/app.h"
#include "app/prompt.h"
#include "app/talk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CODE_MAX = 64 << 10, TRACE_SHOWN = 2000 };

struct console {
    struct app *app;
    const char *bot, *plugin;
    char path[4200];
    struct talk *talk;
    struct prompt *prompt; /* NULL: standard input is read as it is */
    struct buf code;       /* of the piece at hand: its lines so far */
    int status;
};

static struct json *request(const struct console *console, const char *order,
                            struct str code)
{
    struct json *body = json_object();
    json_add_str(body, "do", str_from(order));
    json_add_str(body, "code", code);
    json_add_bool(body, "pretty", true);
    if (console->bot)
        json_add_str(body, "bot", str_from(console->bot));
    if (console->plugin)
        json_add_str(body, "plugin", str_from(console->plugin));
    return body;
}

/* Connects, again if need be: a wait that was interrupted spoils the connection. */
static bool connect_host(struct console *console, struct err *err)
{
    if (!console->talk)
        console->talk = talk_open(console->path, err);
    return console->talk && talk_catch_interrupt(console->talk, err);
}

/* The answer, freed by the caller; NULL: there is none, and no connection any more. */
static struct json *ask(struct console *console, const char *order, struct str code,
                        struct err *err)
{
    if (!connect_host(console, err))
        return NULL;
    struct json *body = request(console, order, code);
    struct json *answer = talk_ask(console->talk, body, err);
    json_free(body);
    if (!answer) {
        talk_close(console->talk);
        console->talk = NULL;
    }
    return answer;
}

static void on_complete(void *arg, struct str before, struct buf *candidates, size_t *len)
{
    struct console *console = arg;
    struct err err = { 0 };
    size_t from = before.len;
    while (from > 0 && strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                              "0123456789_.:",
                              before.at[from - 1]))
        from--;
    struct json *answer =
        ask(console, "complete", str_sub(before, from, before.len - from), &err);
    if (json_bool(json_get(answer, "ok"), false))
        buf_add_str(candidates, json_str(json_get(answer, "text")));
    json_free(answer);
    *len = before.len - from;
}

/* Lua says "near <eof>" of code that only lacks its end. */
static bool is_unfinished(struct str error)
{
    struct str first = STR_NONE;
    str_split(&error, '\n', &first);
    return str_ends(first, STR("near <eof>"));
}

/* Runs the piece. False when it lacks its end and `more` may follow. */
static bool run_piece(struct console *console, bool more)
{
    struct err err = { 0 };
    struct json *answer = ask(console, "eval", buf_str(&console->code), &err);
    struct str text = json_str(json_get(answer, "text"));
    struct str error = json_str(json_get(answer, "error"));
    bool ok = json_bool(json_get(answer, "ok"), false), finished = true;
    if (!answer) {
        app_fail(&err);
        console->status = APP_REFUSED;
    } else if (!ok && more && is_unfinished(error)) {
        finished = false;
    } else if (!ok) {
        fprintf(stderr, "%.*s\n", STR_ARG(str_sub(error, 0, TRACE_SHOWN)));
        console->status = APP_REFUSED;
    } else if (text.len > 0) {
        printf("%.*s\n", STR_ARG(text));
    }
    fflush(stdout);
    json_free(answer);
    return finished;
}

static enum prompt_result read_line(struct console *console, struct buf *line)
{
    char label[300];
    if (console->prompt) {
        const char *name = console->plugin ? console->plugin
                           : console->bot  ? console->bot
                                           : "";
        snprintf(label, sizeof(label), "%.200s%s ", name, console->code.len ? ">>" : ">");
        return prompt_read(console->prompt, label, line);
    }
    char *text = NULL;
    size_t size = 0;
    ssize_t len = getline(&text, &size, stdin);
    buf_reset(line);
    if (len > 0 && text[len - 1] == '\n')
        len--;
    bool fits = len < 0 || buf_add(line, text, (size_t)len);
    free(text);
    if (!fits)
        fprintf(stderr, "moondock: a line is longer than %d bytes\n", CODE_MAX);
    return len < 0 || !fits ? PROMPT_END : PROMPT_LINE;
}

static void converse(struct console *console)
{
    struct buf line;
    buf_init(&line, CODE_MAX);
    for (;;) {
        enum prompt_result result = read_line(console, &line);
        if (result == PROMPT_END)
            break;
        if (result == PROMPT_DROPPED) {
            buf_reset(&console->code);
            continue;
        }
        if (console->code.len > 0)
            buf_add_str(&console->code, STR("\n"));
        else if (line.len == 0)
            continue;
        if (!buf_add_str(&console->code, buf_str(&line)))
            fprintf(stderr, "moondock: more than %d bytes of code\n", CODE_MAX);
        else if (!run_piece(console, true))
            continue; /* its other lines follow */
        buf_reset(&console->code);
    }
    if (console->code.len > 0)
        run_piece(console, false);
    else if (console->prompt)
        printf("\n");
    buf_clear(&line);
}

/* Says which bot one speaks to before the first line is typed. */
static bool greet(struct console *console)
{
    struct err err = { 0 };
    struct json *answer = ask(console, "complete", STR("bot."), &err);
    bool ok = json_bool(json_get(answer, "ok"), false);
    if (!answer)
        app_fail(&err);
    else if (!ok)
        fprintf(stderr, "moondock: %.*s\n", STR_ARG(json_str(json_get(answer, "error"))));
    json_free(answer);
    console->status = answer                      ? APP_REFUSED
                      : err.code == ERR_NOT_FOUND ? APP_NO_HOST
                                                  : APP_REFUSED;
    if (ok && console->prompt)
        printf("Lua in the running bot; Tab completes, Ctrl-D leaves.\n");
    return ok;
}

static int run(struct app *app, int argc, char **argv)
{
    const char *config = NULL, *state = NULL;
    struct console console = { .app = app };
    const struct app_option options[] = {
        { .name = "--config", .value = &config },
        { .name = "--state", .value = &state },
        { .name = "--bot", .value = &console.bot },
        { .name = "--plugin", .value = &console.plugin },
        { .name = NULL },
    };
    if (!app_options(&cmd_console, options, &argc, argv))
        return APP_USAGE;
    if (argc > 1 || (config && state))
        return app_usage(&cmd_console,
                         "takes options only; --config or --state, not both");
    struct err err = { 0 };
    if (!talk_path(config, state, console.path, sizeof(console.path), &err))
        return app_fail(&err);
    buf_init(&console.code, CODE_MAX);
    console.prompt = prompt_open(stdin, stdout, on_complete, &console);
    if (greet(&console)) {
        console.status = APP_DONE;
        converse(&console);
    }
    if (console.prompt && console.status != APP_NO_HOST)
        console.status = APP_DONE; /* a person saw what went wrong */
    prompt_close(console.prompt);
    talk_close(console.talk);
    buf_clear(&console.code);
    return console.status;
}

const struct command cmd_console = {
    .name = "console",
    .usage = "[--config FILE | --state DIR] [--bot B] [--plugin P]",
    .summary = "a Lua prompt in a running bot",
    .run = run,
};
