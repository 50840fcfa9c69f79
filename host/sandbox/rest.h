/*
 * rest: the Server API: signature, parameters, the envelope of answers, and the table of
 * paths (server-api.md 2, 3, 6, 9).
 *
 * A handler reads its parameters with the rest_ getters, which answer a bad one by
 * themselves and return false; then it returns at once. What it adds to call->answer goes
 * beside "code": 200.
 *
 * Layer: sandbox.  Thread: loop thread only.
 */
#ifndef SANDBOX_REST_H
#define SANDBOX_REST_H

#include "base/json.h"
#include "sandbox/box.h"

void rest_answer(struct sandbox *box, struct server_request *request, struct str path);

/* Answers with an error envelope that a fault ordered. */
void rest_refuse(struct sandbox *box, struct server_request *request, int http, int code);

/* Whom a request is about (userId or fromUserId of a form), for faults. */
struct str rest_user(struct sandbox *box, struct server_request *request);

/* The codes of server-api.md 6.3 that the sandbox gives. */
enum {
    REST_INTERNAL = 1000,
    REST_KEY = 1001,
    REST_PARAMETER = 1002,
    REST_SIGNATURE = 1004,
    REST_TOO_LONG = 1005,
    REST_NOT_ENABLED = 1009,
    REST_TOO_MANY_WORDS = 1019,
};

struct pair_of {
    struct str name, value;
};

struct call {
    struct sandbox *box;
    struct str path;
    struct str place; /* where the caller reached us: "127.0.0.1:7800" */
    int64_t now;
    struct pair_of
        *pairs; /* the form, decoded, in order; JSON bodies are turned into it */
    size_t count, room;
    const struct json *json; /* a JSON body; NULL otherwise */
    struct json *answer;
    int http, code; /* of a refusal; 0: none */
    char why[160];
};

/* Reads the body (a form, or JSON by its content type) and does what call->path says, for
 * a call whose signature is right. False: refused, and `http`, `code` and `why` say why.
 */
bool rest_run(struct call *call, struct str type, struct str body);

typedef bool rest_fn(struct call *call);

struct endpoint {
    const char *path; /* NULL ends a table */
    rest_fn *fn;
};

extern const struct endpoint user_endpoints[];
extern const struct endpoint user_rule_endpoints[];
extern const struct endpoint group_endpoints[];
extern const struct endpoint group_mute_endpoints[];
extern const struct endpoint message_endpoints[];
extern const struct endpoint template_endpoints[];
extern const struct endpoint account_endpoints[];
extern const struct endpoint member_endpoints[];
extern const struct endpoint bot_endpoints[];
extern const struct endpoint chat_endpoints[];
extern const struct endpoint entry_endpoints[];
extern const struct endpoint expand_endpoints[];
extern const struct endpoint log_endpoints[];
extern const struct endpoint past_endpoints[];
extern const struct endpoint tag_endpoints[];
extern const struct endpoint word_endpoints[];
extern const struct endpoint room_endpoints[];
extern const struct endpoint edit_endpoints[];
extern const struct endpoint hosted_endpoints[];
extern const struct endpoint profile_endpoints[];

/* Whether the app has the hosting service; refuses when not. */
bool rest_hosting(struct call *call);

/* Refuses the call: HTTP 400 and `code`. Always false. */
bool rest_fail(struct call *call, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The first value of a parameter; STR_NONE when absent or empty. */
struct str rest_get(const struct call *call, const char *name);

/* A text of 1..max bytes. */
bool rest_text(struct call *call, const char *name, size_t max, struct str *out);
/* The same, but it may be absent: then STR_NONE. */
bool rest_text_maybe(struct call *call, const char *name, size_t max, struct str *out);
/* An id of a user, group or room. */
bool rest_id(struct call *call, const char *name, struct str *out);
/* A whole number from `min` to `max`; `otherwise` when absent (min - 1: it is required).
 */
bool rest_int(struct call *call, const char *name, int64_t min, int64_t max,
              int64_t otherwise, int64_t *out);
/* 0, 1, true or false in any letter case; `otherwise` when absent. */
bool rest_flag(struct call *call, const char *name, bool otherwise, bool *out);

struct ids {
    struct str *at;
    size_t count;
};

/* All values of a repeated parameter (a comma list counts, too), each an id: 1..max. */
bool rest_ids(struct call *call, const char *name, size_t max, struct ids *out);
/* The same, but none is fine. */
bool rest_ids_maybe(struct call *call, const char *name, size_t max, struct ids *out);
/* All values of a repeated parameter as they are. */
bool rest_list(struct call *call, const char *name, size_t max, struct ids *out);

/* The id in the name of an indexed parameter, "LIST[ID]"; STR_NONE of another. */
struct str rest_bracketed(struct str name, const char *list);

/* "2026-11-22 21:09:09" in Beijing time, as the API writes times. */
void rest_add_time(struct json *to, const char *name, int64_t ms);

/* The end of a mute or block of `minutes`; 0 is for ever. */
int64_t rest_until(const struct call *call, int64_t minutes);

#endif
