#include "app/lua_file.h"

#include "script/script.h"
#include "script/tool.h"

#include <stdio.h>

int lua_file_run(struct app *app, int argc, char **argv)
{
    script_self_test();
    struct err err = { 0 };
    struct loop *loop = loop_new(&err);
    struct net *net = loop ? net_new(loop, NULL, &err) : NULL;
    int status = net ? tool_run(net, str_from(app->library), argc, argv) : app_fail(&err);
    if (net)
        net_free(net);
    if (loop)
        loop_free(loop);
    return status;
}

int lua_file_command(struct app *app, int argc, char **argv)
{
    char path[sizeof(app->library) + 64];
    snprintf(path, sizeof(path), "%s/commands/%s.lua", app->library, argv[0]);
    argv[0] = path;
    return lua_file_run(app, argc, argv);
}
