#include "app/lua_file.h"

const struct command cmd_test = {
    .name = "test",
    .usage = "[PATH...]",
    .summary =
        "run the specs of plugins with a fake cloud and a fake clock (needs busted)",
    .raw = true,
    .run = lua_file_command,
};
