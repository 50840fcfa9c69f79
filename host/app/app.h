/*
 * app: composition. One file per command (cmd_*.c), one table of them.
 *
 * Layer: app.  Thread: loop thread only.
 */
#ifndef APP_APP_H
#define APP_APP_H

#include "base/err.h"
#include "base/str.h"

#define APP_VERSION "0.1.0"

/* Exit statuses (design.md 10). */
enum { APP_DONE = 0, APP_REFUSED = 1, APP_USAGE = 2, APP_NO_HOST = 3 };

/* What the global options and the place of the binary say. */
struct app {
    bool json; /* --json: answers as JSON */
    bool quiet, verbose;
    char self[4096];    /* path of our own executable */
    char data[4096];    /* folder that holds scripts/ and plugins/ */
    char library[4200]; /* <data>/scripts */
};

struct command {
    const char *name;
    const char *usage; /* what follows "moondock NAME " */
    const char *summary;
    /* Keeps its first word and all behind it as they are (lua: they are the script's). */
    bool raw;
    /* argv[0] is the name; returns the exit status. */
    int (*run)(struct app *app, int argc, char **argv);
};

extern const struct command cmd_run, cmd_sandbox, cmd_chat, cmd_check, cmd_lua, cmd_ctl,
    cmd_console, cmd_exec, cmd_new, cmd_test;

/* Parses the global options and runs the named command. */
int app_run(int argc, char **argv);

/* Prints what is wrong and the command's usage on standard error; returns APP_USAGE. */
int app_usage(const struct command *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Prints "moondock: TEXT" on standard error; returns APP_REFUSED. */
int app_fail(const struct err *err);

/* "HOST:PORT", where an IPv6 HOST stands in brackets; 0 is any free port. */
bool app_address(struct str text, struct str *host, int *port);

/* An option of a command: a flag, or one that takes a value. */
struct app_option {
    const char *name;   /* "--config"; ends the list when NULL */
    const char **value; /* NULL for a flag */
    bool *flag;
};

/* Takes the options out of argv ("--name value" or "--name=value"; "--" ends them) and
 * leaves argv[0] and the other words. On a mistake prints it and returns false. */
bool app_options(const struct command *command, const struct app_option *options,
                 int *argc, char **argv);

#endif
