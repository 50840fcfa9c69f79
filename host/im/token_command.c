/* A token from a program: it is started without a shell, with an environment of a few
 * names, and has half a minute to print one line. What it prints is never logged; of its
 * errors the first line is. */
#include "im/token_source.h"

#include "base/mem.h"
#include "net/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIME_MS 30000
#define OUTPUT_MAX ((size_t)16 << 10)
#define COMPLAINT_MAX 200

struct from_command {
    struct token_source source;
    struct loop *loop;
    char **argv, **names; /* NULL-terminated */
    char *folder, *app_key, *user;
    struct process *process;
    struct loop_timer timer;
    struct buf output;
    char complaint[COMPLAINT_MAX + 1]; /* the first line of its errors */
    token_found_fn *fn;
    void *arg;
};

/* ---- what it gets to see ---- */

/* Nobody's secrets: where programs and files are, and how people write here. */
static const char *const common[] = { "PATH", "HOME",   "USER", "LOGNAME",
                                      "LANG", "LC_ALL", "TZ",   NULL };

static void add_variable(char **env, size_t *count, const char *name, const char *value)
{
    if (!value)
        return;
    size_t size = strlen(name) + strlen(value) + 2;
    env[*count] = mem_alloc(size);
    snprintf(env[(*count)++], size, "%s=%s", name, value);
}

static size_t count_of(char *const *list)
{
    size_t count = 0;
    while (list[count])
        count++;
    return count;
}

/* Gives the environment: free() each and the list. */
static char **make_env(const struct from_command *from, bool renew)
{
    size_t count = 0, room = sizeof(common) / sizeof(*common) + count_of(from->names) + 4;
    char **env = mem_zero(room * sizeof(*env));
    for (size_t i = 0; common[i]; i++)
        add_variable(env, &count, common[i], getenv(common[i]));
    for (size_t i = 0; from->names[i]; i++)
        add_variable(env, &count, from->names[i], getenv(from->names[i]));
    add_variable(env, &count, "MOONDOCK_APP_KEY", from->app_key);
    add_variable(env, &count, "MOONDOCK_USER", from->user);
    add_variable(env, &count, "MOONDOCK_RENEW", renew ? "1" : "0");
    return env;
}

static void free_list(char **list)
{
    for (size_t i = 0; list[i]; i++)
        free(list[i]);
    free(list);
}

/* ---- how it ends ---- */

static void stop(struct token_source *source)
{
    struct from_command *from = (struct from_command *)source;
    loop_timer_stop(from->loop, &from->timer);
    if (from->process)
        process_close(from->process);
    from->process = NULL;
}

static void fail(struct from_command *from, const struct err *why)
{
    stop(&from->source);
    from->fn(from->arg, NULL, why);
}

static void on_line(void *arg, enum process_stream stream, struct str line)
{
    struct from_command *from = arg;
    struct err err = { 0 };
    if (stream == PROCESS_ERR) {
        struct str text = str_cut_utf8(str_trim(line), COMPLAINT_MAX);
        if (from->complaint[0] || !str_is_utf8(text))
            return;
        snprintf(from->complaint, sizeof(from->complaint), "%.*s", STR_ARG(text));
        str_blank_controls(from->complaint, text.len);
        return;
    }
    if (buf_add_str(&from->output, line) && buf_add_byte(&from->output, '\n'))
        return;
    err_set(&err, ERR_PROTO, "token.argv: %s printed more than %zu bytes", from->argv[0],
            OUTPUT_MAX);
    fail(from, &err);
}

static void on_exited(void *arg, int status, int signal)
{
    struct from_command *from = arg;
    struct token_found found;
    struct json *root = NULL;
    struct err err = { 0 };
    const char *colon = from->complaint[0] ? ": " : "";
    stop(&from->source);
    bool good = status == 0 && signal == 0;
    if (signal != 0)
        err_set(&err, ERR_REFUSED, "token.argv: %s was ended by signal %d%s%s",
                from->argv[0], signal, colon, from->complaint);
    else if (!good)
        err_set(&err, ERR_REFUSED, "token.argv: %s exited with status %d%s%s",
                from->argv[0], status, colon, from->complaint);
    else if (!token_output_read(buf_str(&from->output), &found, &root, &err))
        good = err_wrap(&err, "token.argv: %s", from->argv[0]);
    from->fn(from->arg, good ? &found : NULL, good ? NULL : &err);
    json_free(root);
}

static void on_time_over(void *arg)
{
    struct from_command *from = arg;
    struct err err = { 0 };
    err_set(&err, ERR_TIMEOUT, "token.argv: %s did not end within %d s", from->argv[0],
            TIME_MS / 1000);
    fail(from, &err);
}

/* ---- asking ---- */

static bool ask(struct token_source *source, struct str stale, token_found_fn *fn,
                void *arg, struct err *err)
{
    static const struct process_events events = { on_line, on_exited };
    struct from_command *from = (struct from_command *)source;
    char **env = make_env(from, stale.len > 0);
    const struct process_options options = {
        .argv = (const char *const *)from->argv,
        .env = (const char *const *)env,
        .env_only = true,
        .folder = from->folder,
        .own_session = true,
    };
    from->fn = fn;
    from->arg = arg;
    from->complaint[0] = '\0';
    buf_reset(&from->output);
    from->process = process_start(from->loop, &options, &events, from, err);
    free_list(env);
    if (!from->process) {
        err_wrap(err, "token.argv");
        if (err->code == ERR_NOT_FOUND || err->code == ERR_DENIED)
            err->code = ERR_CONFIG;
        return false;
    }
    process_end_input(from->process);
    loop_timer_start(from->loop, &from->timer, TIME_MS, on_time_over, from);
    return true;
}

static void free_source(struct token_source *source)
{
    struct from_command *from = (struct from_command *)source;
    free_list(from->argv);
    free_list(from->names);
    free(from->folder);
    free(from->app_key);
    free(from->user);
    buf_clear(&from->output);
    free(from);
}

static char **copy_list(const struct str *list, size_t count)
{
    char **copy = mem_zero((count + 1) * sizeof(*copy));
    for (size_t i = 0; i < count; i++)
        copy[i] = str_dup(list[i]);
    return copy;
}

struct token_source *token_from_command(struct loop *loop,
                                        const struct account_config *config)
{
    const struct account_command *command = &config->command;
    struct from_command *from = MEM_NEW(struct from_command);
    from->source = (struct token_source){ ask, stop, free_source };
    from->loop = loop;
    from->argv = copy_list(command->argv, command->argv_count);
    from->names = copy_list(command->env, command->env_count);
    from->folder = command->folder.len ? str_dup(command->folder) : NULL;
    from->app_key = str_dup(config->app_key);
    from->user = str_dup(config->user);
    buf_init(&from->output, OUTPUT_MAX);
    return &from->source;
}

/* ---- what it printed ---- */

/* 10^11 seconds are the year 5138, so many milliseconds 1973. */
#define SECONDS_MAX INT64_C(100000000000)

int64_t token_expires_read(const struct json *node)
{
    int64_t value = json_int(node, 0);
    if (value <= 0 || value > SECONDS_MAX * 1000)
        return 0;
    return value < SECONDS_MAX ? value * 1000 : value;
}

bool token_output_read(struct str text, struct token_found *found, struct json **root,
                       struct err *err)
{
    text = str_trim(text);
    *found = (struct token_found){ text, 0 };
    *root = NULL;
    if (text.len == 0)
        return err_set(err, ERR_PROTO, "printed nothing");
    if (text.at[0] != '{') {
        if (str_index(text, '\n') < 0)
            return true;
        return err_set(err, ERR_PROTO, "printed several lines, want one: the token");
    }
    *root = json_parse(text, err);
    if (!*root)
        return err_wrap(err, "printed JSON that makes no sense");
    const struct json *expires = json_get(*root, "expires");
    found->text = json_str(json_get(*root, "token"));
    found->expires_ms = token_expires_read(expires);
    if (found->text.len == 0)
        return err_set(err, ERR_PROTO, "printed JSON without a \"token\"");
    if (json_kind(expires) > JSON_NULL && found->expires_ms == 0)
        return err_set(err, ERR_PROTO,
                       "\"expires\" must be a number of seconds or milliseconds since "
                       "1970");
    return true;
}
