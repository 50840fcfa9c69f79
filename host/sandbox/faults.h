/*
 * faults: trouble on order. A test says where something shall go wrong, for whom, how
 * often and how; the code at that place asks faults_take and does it.
 *
 * Two kinds. Before handling: the frame or request is not handled at all (status,
 * http_status, connack, disconnect, drop, close) or later (delay_ms). On the answer or
 * push: it is handled, and what goes out is doubled, held back behind later frames, or
 * cut with the connection (duplicate, reorder, cut_at_byte). So `close` on a publish
 * loses the message and `cut_at_byte: 0` loses only its answer.
 *
 * Layer: sandbox.  Thread: loop thread only.
 */
#ifndef SANDBOX_FAULTS_H
#define SANDBOX_FAULTS_H

#include "base/err.h"
#include "base/json.h"

enum fault_when {
    FAULT_NAVI,
    FAULT_CONNECT,
    FAULT_PUBLISH,
    FAULT_QUERY, /* a ping too, with topic "ping" */
    FAULT_PUSH,
    FAULT_HTTP, /* the Server API */
    FAULT_HOOK, /* what is posted to an app; the path is "route", "precheck", "online" */
    FAULT_WHENS
};

enum fault_do {
    FAULT_CONNACK,
    FAULT_DISCONNECT,
    FAULT_STATUS,
    FAULT_HTTP_STATUS,
    FAULT_DROP,
    FAULT_DELAY_MS,
    FAULT_DUPLICATE,
    FAULT_REORDER,
    FAULT_CUT_AT_BYTE,
    FAULT_CLOSE,
    FAULT_FORGE, /* a wrong signature */
    FAULT_DOS
};

struct fault {
    enum fault_do action;
    int64_t value;
};

/* Who asks. Strings that do not apply are STR_NONE. */
struct fault_site {
    enum fault_when when;
    struct str user, topic, path;
};

struct faults;

struct faults *faults_new(void);
void faults_free(struct faults *faults); /* NULL is fine */
void faults_clear(struct faults *faults);

/* Reads {"when","user"?,"topic"?,"path"?,"times"?,"do":{…}}; gives its id, or 0 with
 * ERR_ARGUMENT naming what is wrong. */
int64_t faults_add(struct faults *faults, const struct json *order, struct err *err);
bool faults_del(struct faults *faults, int64_t id); /* false: no such */

/* The first fault ordered for this place, used up by one. False: none, all is well. */
bool faults_take(struct faults *faults, const struct fault_site *site, struct fault *out);

/* Adds an array of the faults that are left to `parent` under `name`. */
void faults_describe(const struct faults *faults, struct json *parent, const char *name);

#endif
