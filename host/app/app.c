#include "app/app.h"

#include "base/log.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct command *const commands[] = {
    &cmd_run,  &cmd_sandbox, &cmd_chat, &cmd_check,   &cmd_new,
    &cmd_test, &cmd_lua,     &cmd_ctl,  &cmd_console, &cmd_exec,
};
enum { COMMAND_COUNT = sizeof(commands) / sizeof(commands[0]) };

static void print_help(FILE *out)
{
    fprintf(out,
            "usage: moondock [-q] [-v] [--json] [--version] [--help] COMMAND ...\n\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        fprintf(out, "  moondock %s %s\n      %s\n", commands[i]->name,
                commands[i]->usage, commands[i]->summary);
    }
}

int app_usage(const struct command *command, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    fprintf(stderr, "moondock %s: ", command->name);
    vfprintf(stderr, format, list);
    fprintf(stderr, "\nusage: moondock %s %s\n", command->name, command->usage);
    va_end(list);
    return APP_USAGE;
}

int app_fail(const struct err *err)
{
    fprintf(stderr, "moondock: %s\n", err->text);
    return APP_REFUSED;
}

bool app_address(struct str text, struct str *host, int *port)
{
    int64_t number;
    ptrdiff_t colon = -1;
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] == ':')
            colon = (ptrdiff_t)i;
    if (colon < 1 || !str_to_i64(str_sub(text, (size_t)colon + 1, text.len), &number) ||
        number < 0 || number > 65535)
        return false;
    *host = str_sub(text, 0, (size_t)colon);
    *port = (int)number;
    if (str_starts(*host, STR("[")) && str_ends(*host, STR("]")))
        *host = str_sub(*host, 1, host->len - 2);
    else if (str_index(*host, ':') >= 0)
        return false;
    return host->len > 0;
}

static const struct app_option *find_option(const struct app_option *options,
                                            const char *word, size_t len)
{
    for (const struct app_option *option = options; option->name; option++)
        if (strlen(option->name) == len && memcmp(option->name, word, len) == 0)
            return option;
    return NULL;
}

/* Obeys the option at argv[*at]; moves *at over a value that is a word of its own. */
static bool take_option(const struct command *command, const struct app_option *options,
                        int argc, char **argv, int *at)
{
    const char *word = argv[*at];
    const char *equals = strchr(word, '=');
    size_t len = equals ? (size_t)(equals - word) : strlen(word);
    const struct app_option *option = find_option(options, word, len);
    if (!option) {
        app_usage(command, "unknown option %s", word);
        return false;
    }
    if (!option->value) {
        if (equals) {
            app_usage(command, "option %s takes no value", option->name);
            return false;
        }
        *option->flag = true;
    } else if (equals) {
        *option->value = equals + 1;
    } else if (*at + 1 < argc) {
        *at += 1;
        *option->value = argv[*at];
    } else {
        app_usage(command, "option %s needs a value", option->name);
        return false;
    }
    return true;
}

bool app_options(const struct command *command, const struct app_option *options,
                 int *argc, char **argv)
{
    int kept = 1;
    bool plain = false;
    for (int i = 1; i < *argc; i++)
        if (plain || argv[i][0] != '-' || argv[i][1] == '\0')
            argv[kept++] = argv[i];
        else if (strcmp(argv[i], "--") == 0)
            plain = true;
        else if (!take_option(command, options, *argc, argv, &i))
            return false;
    argv[kept] = NULL;
    *argc = kept;
    return true;
}

static bool holds_library(const char *folder)
{
    char path[PATH_MAX + 64];
    snprintf(path, sizeof(path), "%s/scripts/moondock/bot.lua", folder);
    return access(path, R_OK) == 0;
}

/* Bundled plugins and scripts: MOONDOCK_DATA, else the folder above the binary that has
 * them (a checkout), else share/moondock of one (installed). */
static void find_folders(struct app *app)
{
    ssize_t len = readlink("/proc/self/exe", app->self, sizeof(app->self) - 1);
    app->self[len > 0 ? len : 0] = '\0';
    const char *named = getenv("MOONDOCK_DATA");
    snprintf(app->data, sizeof(app->data), "%s", named && named[0] ? named : ".");
    char folder[sizeof(app->self)];
    memcpy(folder, app->self, sizeof(folder));
    char *slash = strrchr(folder, '/');
    for (int up = 0; up < 4 && slash && !(named && named[0]); up++) {
        *slash = '\0';
        char shared[sizeof(folder) + 32];
        snprintf(shared, sizeof(shared), "%s/share/moondock", folder);
        const char *found = holds_library(folder)   ? folder
                            : holds_library(shared) ? shared
                                                    : NULL;
        if (found) {
            snprintf(app->data, sizeof(app->data), "%.4095s", found);
            break;
        }
        slash = strrchr(folder, '/');
    }
    snprintf(app->library, sizeof(app->library), "%s/scripts", app->data);
}

/* True when `word` was one of the global options, and obeyed. */
static bool take_global(struct app *app, const char *word, bool *help, bool *version)
{
    if (strcmp(word, "-q") == 0)
        app->quiet = true;
    else if (strcmp(word, "-v") == 0)
        app->verbose = true;
    else if (strcmp(word, "--json") == 0)
        app->json = true;
    else if (strcmp(word, "--version") == 0)
        *version = true;
    else if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
        *help = true;
    else
        return false;
    return true;
}

/* Takes the global options that stand behind the command's name; of a raw command, those
 * before its first word. */
static int take_globals(struct app *app, bool raw, int argc, char **argv, bool *help,
                        bool *version)
{
    int kept = 1;
    bool plain = false;
    for (int i = 1; i < argc; i++) {
        plain = plain || strcmp(argv[i], "--") == 0 || (raw && argv[i][0] != '-');
        if (plain || !take_global(app, argv[i], help, version))
            argv[kept++] = argv[i];
    }
    argv[kept] = NULL;
    return kept;
}

static int print_version(void)
{
    printf("moondock %s\n", APP_VERSION);
    return APP_DONE;
}

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

int app_run(int argc, char **argv)
{
    struct app app = { 0 };
    bool help = false, version = false;
    int at = 1;
    while (at < argc && take_global(&app, argv[at], &help, &version))
        at++;
    if (version)
        return print_version();
    if (help) {
        print_help(stdout);
        return APP_DONE;
    }
    const struct command *command = at < argc ? find_command(argv[at]) : NULL;
    if (!command) {
        if (at < argc) {
            fprintf(stderr, "moondock: unknown %s %s\n",
                    argv[at][0] == '-' ? "option" : "command", argv[at]);
        }
        print_help(stderr);
        return APP_USAGE;
    }
    argc -= at;
    argv += at;
    argc = take_globals(&app, command->raw, argc, argv, &help, &version);
    if (version)
        return print_version();
    if (help) {
        printf("usage: moondock %s %s\n  %s\n", command->name, command->usage,
               command->summary);
        return APP_DONE;
    }
    log_set_level(app.verbose ? LOG_DEBUG : app.quiet ? LOG_ERROR : LOG_INFO);
    find_folders(&app);
    return command->run(&app, argc, argv);
}
