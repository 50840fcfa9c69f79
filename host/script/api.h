/*
 * api: the C functions that scripts/moondock/bot.lua builds the bot handle from, a group
 * in each api_*.c; all reach their instance with instance_of. They are the fields of one
 * table, `host`, which makes each when it is first asked for: an instance uses few of
 * them.
 *
 * Private to this room.  Layer: script.
 */
#ifndef SCRIPT_API_H
#define SCRIPT_API_H

#include "script/instance.h"

/* Rows of any type that begin with a name; one without ends them. */
struct api_group {
    const void *rows;
    size_t row_size;
    void (*push)(lua_State *L, const void *row); /* leaves its value; may raise */
};

/* Of a list of luaL_Reg. */
#define API_FUNCTIONS(list)                                                              \
    {                                                                                    \
        list, sizeof(*(list)), api_push_function                                         \
    }
void api_push_function(lua_State *L, const void *row);

/* Of what is no function. */
struct api_value {
    const char *name;
    void (*push)(lua_State *L);
};
#define API_VALUES(list)                                                                 \
    {                                                                                    \
        list, sizeof(*(list)), api_push_value                                            \
    }
void api_push_value(lua_State *L, const void *row);

extern const struct api_group host_handlers; /* on, command, words, off, commands */
extern const struct api_group host_commands; /* cooldown */
extern const struct api_group host_messages; /* send_text, send_custom, forward, recall */
extern const struct api_group host_orders;   /* what im/order.h lists */
extern const struct api_group host_history;  /* history */
extern const struct api_group host_plugin; /* languages, log, user, group, on_save, … */
extern const struct api_group host_plugin_values; /* plugin, config, language */
extern const struct api_group host_roles;         /* role, grant, revoke */
extern const struct api_group host_store;   /* store_get, set, add, update, page, check */
extern const struct api_group host_http;    /* http */
extern const struct api_group host_uploads; /* upload, thumbnail */
extern const struct api_group host_downloads; /* download */
extern const struct api_group host_transfers; /* next_transfer, transferred */
extern const struct api_group host_serve;     /* serve, serve_off */
extern const struct api_group host_data;      /* json_encode, json_decode, random_bytes */
extern const struct api_group host_data_values; /* json_null */
extern const struct api_group host_time;        /* now, sleep, after, every, stop */
extern const struct api_group host_tasks;       /* spawn, cancel, join, failure */
extern const struct api_group host_waits;       /* expect, unexpect, answer, wait */
extern const struct api_group host_emits;       /* emit */
extern const struct api_group host_exec;  /* exec_print, exec_progress, exec_read, … */
extern const struct api_group host_share; /* export, call */
extern const struct api_group
    host_calendar; /* cron, schedule, unschedule, offset, moment */

#ifdef MOONDOCK_TESTING
/* A name that two rows have, of which one would never be found; NULL: there is none. */
const char *api_given_twice(void);
#endif

/* Leaves the host table. `pairs` of it gives everything. */
void api_push_host(lua_State *L);

void api_open_require(lua_State *L); /* the global `require` */

/* Timers begin to run when the instance is committed, and end with stop. */
void api_time_commit(struct instance *instance);
void api_time_stop(struct instance *instance);

/* Runs the timer that the main chunk made as the `id`-th once, for an event that was
 * begun in an earlier life. False: there is none. */
struct due;
bool api_time_run(struct instance *instance, int id, const struct due *due);

/* A hard stop: events that were to go on at a later time are run again (record.h). */
void api_time_lost(const struct instance *instance);

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
