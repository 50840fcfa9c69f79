/*
 * http: the HTTP client (libcurl multi on our loop). Certificates are verified, proxies
 * of the environment are not used, redirects are not followed.
 *
 * Layer: net.  Thread: loop thread only.
 */
#ifndef NET_HTTP_H
#define NET_HTTP_H

#include "net/net.h"

struct http_call;

struct http_request {
    const char *method;        /* NULL: GET, or POST with a body */
    struct str url;            /* http:// or https:// */
    const struct str *headers; /* "Name: value" lines */
    size_t header_count;
    struct str body;
    int64_t timeout_ms; /* whole call; 0: 10,000 */
    size_t answer_max;  /* 0: 1 MiB */
};

struct http_answer {
    int status;
    struct str body; /* borrowed for the callback */
    struct str content_type;
};

/* `answer` NULL: it failed and `why` says so (ERR_NETWORK, ERR_TLS, ERR_TIMEOUT,
 * ERR_LIMIT). Both are borrowed for the callback. */
typedef void http_done_fn(void *arg, const struct http_answer *answer,
                          const struct err *why);

/* Starts the call (copies everything) and calls `done` exactly once, never before this
 * returns. NULL when the url is malformed. */
struct http_call *http_start(struct net *net, const struct http_request *request,
                             http_done_fn *done, void *arg, struct err *err);

/* Ends the call; `done` is not called. Once `done` runs the call ends by itself. */
void http_cancel(struct http_call *call);

#endif
