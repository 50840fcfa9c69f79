#include "app/lua_file.h"

#include <string.h>

static int run(struct app *app, int argc, char **argv)
{
    const struct app_option options[] = { { .name = NULL } };
    if (!app_options(&cmd_new, options, &argc, argv))
        return APP_USAGE;
    if (argc != 3)
        return app_usage(&cmd_new, "want what to make, and its name");
    if (strcmp(argv[1], "bot") != 0 && strcmp(argv[1], "plugin") != 0 &&
        strcmp(argv[1], "script") != 0)
        return app_usage(&cmd_new, "cannot make a %s", argv[1]);
    return lua_file_command(app, argc, argv);
}

const struct command cmd_new = {
    .name = "new",
    .usage = "bot|plugin|script NAME",
    .summary = "begin a bot (in NAME), a plugin (in plugins/NAME) or a script (NAME.lua)",
    .run = run,
};
