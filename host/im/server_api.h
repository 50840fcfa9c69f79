/*
 * server_api: signed calls to RongCloud's Server API (server-api.md 2 to 6).
 *
 * Every call here may be repeated without harm, so one that met a network error or HTTP
 * 5xx is tried once more on the other host, which then stays the first choice; hosts are
 * changed at most once in 30 s.
 *
 * Calls of one path leave in the order they were started, as fast as the governor lets
 * them. One refused as too fast (1008, HTTP 429) is sent again, for half a minute.
 *
 * Layer: im.  Thread: loop thread only.
 */
#ifndef IM_SERVER_API_H
#define IM_SERVER_API_H

#include "base/json.h"
#include "im/governor.h"
#include "net/net.h"

struct server_api;
struct server_api_call;

/* Copies all but `line`, which is borrowed. `hosts` are base URLs in order of preference,
 * at least one. */
struct server_api *server_api_new(struct net *net, struct governor_line *line,
                                  struct str app_key, struct str secret,
                                  const struct str *hosts, size_t count);

/* No call may be under way. NULL is fine. */
void server_api_free(struct server_api *api);

/* `answer` NULL: it failed, `why` says so: ERR_REFUSED with the code of
 * server-api.md 6.3, ERR_LIMIT: it waited too long for its turn, ERR_NETWORK, ERR_TLS,
 * ERR_TIMEOUT or ERR_PROTO. Borrowed for the call. */
typedef void server_api_fn(void *arg, const struct json *answer, const struct err *why);

/* POSTs the form body (copied) to `path` ("/user/getToken.json"). `fn` is called exactly
 * once, never before this returns. NULL when it cannot be started. */
struct server_api_call *server_api_start(struct server_api *api, const char *path,
                                         struct str body, server_api_fn *fn, void *arg,
                                         struct err *err);

/* The same for who has a pace of his own: a refusal as too fast is told at once, and
 * nothing is learned from it. */
struct server_api_call *server_api_start_once(struct server_api *api, const char *path,
                                              struct str body, server_api_fn *fn,
                                              void *arg, struct err *err);

/* `fn` will not be called. What was sent stays sent. */
void server_api_cancel(struct server_api_call *call);

/* True for the codes that trying again can cure. */
bool server_api_passes(int code);

#endif
