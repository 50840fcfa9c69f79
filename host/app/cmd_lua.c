#include "app/lua_file.h"

static int run(struct app *app, int argc, char **argv)
{
    if (argc < 2)
        return app_usage(&cmd_lua, "FILE is missing");
    if (argv[1][0] == '-')
        return app_usage(&cmd_lua, "unknown option %s", argv[1]);
    return lua_file_run(app, argc - 1, argv + 1);
}

const struct command cmd_lua = {
    .name = "lua",
    .usage = "FILE [args]",
    .summary = "run a file in a trusted Lua state with the host's libraries",
    .raw = true,
    .run = run,
};
