/*
 * serve_answer: what a plugin's function returned for a request, on its way out.
 *
 *     "text"                                    200
 *     { status = 201, headers = {…}, body = "text" }
 *     { json = value }                          as JSON
 *     nothing                                   204
 *
 * Private to this room.  Layer: script.
 */
#ifndef SCRIPT_SERVE_ANSWER_H
#define SCRIPT_SERVE_ANSWER_H

#include "base/buf.h"
#include "base/err.h"
#include "net/server.h"

#include <lua.h>

struct serve_answer {
    int status;
    struct buf type, headers, body; /* headers: names and values, a NUL behind each */
    struct err problem;             /* what is wrong with it, unless ERR_NONE */
};

void serve_answer_init(struct serve_answer *answer);
void serve_answer_clear(struct serve_answer *answer);

/* Takes the first of the `count` values on top of L. Under the guard; raises nothing,
 * runs nothing of the plugin. */
void serve_answer_take(struct serve_answer *answer, lua_State *L, int count);

/* Answers the request, which is gone then. */
void serve_answer_send(const struct serve_answer *answer, struct server_request *request);

#endif
