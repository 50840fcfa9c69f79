/*
 * api: the tables of C functions that scripts/moondock/bot.lua builds the bot handle
 * from, one api_*.c each. An api_open_ adds its functions to the table on top of the
 * stack; all reach their instance with instance_of.
 *
 * Private to this room.  Layer: script.
 */
#ifndef SCRIPT_API_H
#define SCRIPT_API_H

#include "script/instance.h"

void api_open_handlers(lua_State *L); /* on, command, words, off, commands */
void api_open_command(lua_State *L);  /* cooldown */
void api_open_message(lua_State *L);  /* send, forward, recall */
void api_open_order(lua_State *L);    /* group, and what im/order.h lists */
void api_open_history(lua_State *L);  /* history */
void api_open_plugin(lua_State *L);   /* plugin, config, catalogs, log, user */
void api_open_roles(lua_State *L);    /* role, grant, revoke */
void api_open_store(lua_State *L);    /* store_get, set, add, update, page, check */
void api_open_http(lua_State *L);     /* http */
void api_open_serve(lua_State *L);    /* serve, serve_off */
void api_open_data(lua_State *L);     /* json_encode, json_decode, random_bytes */
void api_open_time(lua_State *L);     /* now, sleep, after, every, stop */
void api_open_tasks(lua_State *L);    /* spawn, cancel, join, failure */
void api_open_wait(lua_State *L);     /* expect, unexpect, answer, wait */
void api_open_emit(lua_State *L);     /* emit */
void api_open_share(lua_State *L);    /* export, call */
void api_open_calendar(lua_State *L); /* cron, schedule, unschedule, offset, moment */
void api_open_require(lua_State *L);  /* require */

/* Timers begin to run when the instance is committed, and end with stop. */
void api_time_commit(struct instance *instance);
void api_time_stop(struct instance *instance);

/* left.c: timers that tasks made, for script_left, which shows where each function is. */
void api_time_left(const struct instance *instance, struct json *array);
struct json *left_add(const struct instance *instance, const char *kind,
                      struct json *array);
void left_add_function(struct json *row, lua_State *L, int function_ref);

/* Events that are on their way are gone. */
void api_emit_stop(struct instance *instance);

#define EVENT_OWN_MAX 160

/* The name by which the router knows an event: those with a colon are the plugin's own,
 * "quiz/quiz:over". `room` of EVENT_OWN_MAX. */
struct str api_event_name(const struct instance *instance, struct str event, char *room);

/* Raises when the plugin may not have one timer more (crons are timers too). */
void api_time_check(lua_State *L);

/* Calls a file of the bundled library with the values on the stack above `nargs`, as
 * lua_call; leaves one result. "moondock/bot.lua". */
void api_call_library(lua_State *L, const char *name, int nargs);

#endif
