/*
 * serve: HTTP requests answered by plugins.
 *
 * A plugin says bot.http.serve("hook", fn); a request to /BOT/PLUGIN/hook becomes a task
 * of its live instance. What fn returns is the answer: a text, or a table with status,
 * headers and body or json. An error in it is 500 without a word about it, more than 30 s
 * are 504, too many at a time 503. Nothing of it is journaled.
 *
 * The path is compared as it came, without decoding; one that ends in "/" stands for
 * everything below it, the longest wins. Who asks is the plugin's to find out.
 *
 * Layer: script.  Thread: loop thread only.
 */
#ifndef SCRIPT_SERVE_H
#define SCRIPT_SERVE_H

#include "script/instance.h"

/* Adds a route; the function is in the instance's registry. ERR_EXISTS, ERR_LIMIT. Gives
 * its number for serve_off, 0 on failure. */
int serve_add(struct instance *instance, struct str path, int function_ref,
              struct err *err);

/* The function's reference, for the caller to release; LUA_NOREF when it was off. */
int serve_off(struct instance *instance, int number);

/* All routes go with the instance. */
void serve_clear(struct instance *instance);

#endif
