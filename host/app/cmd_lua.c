#include "app/app.h"
#include "script/script.h"
#include "script/tool.h"

static int run(struct app *app, int argc, char **argv)
{
    if (argc < 2)
        return app_usage(&cmd_lua, "FILE is missing");
    if (argv[1][0] == '-')
        return app_usage(&cmd_lua, "unknown option %s", argv[1]);
    script_self_test();
    struct err err = { 0 };
    struct loop *loop = loop_new(&err);
    struct net *net = loop ? net_new(loop, NULL, &err) : NULL;
    int status =
        net ? tool_run(net, str_from(app->library), argc - 1, argv + 1) : app_fail(&err);
    if (net)
        net_free(net);
    if (loop)
        loop_free(loop);
    return status;
}

const struct command cmd_lua = {
    .name = "lua",
    .usage = "FILE [args]",
    .summary = "run a file in a trusted Lua state with the host's libraries",
    .raw = true,
    .run = run,
};
