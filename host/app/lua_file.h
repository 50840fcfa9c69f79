/*
 * lua_file: a command that is a Lua file: its own (`moondock lua`) or one of
 * scripts/commands.
 *
 * Layer: app.  Thread: loop thread only.
 */
#ifndef APP_LUA_FILE_H
#define APP_LUA_FILE_H

#include "app/app.h"

/* Runs argv[0] with the words behind it in a trusted state; returns the exit status. */
int lua_file_run(struct app *app, int argc, char **argv);

/* The same for scripts/commands/NAME.lua, where argv[0] is NAME. */
int lua_file_command(struct app *app, int argc, char **argv);

#endif
