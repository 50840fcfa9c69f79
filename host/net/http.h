/*
 * http: the HTTP client (libcurl multi on our loop). Certificates are verified, proxies
 * of the environment are not used, redirects are told but not followed.
 *
 * Layer: net.  Thread: loop thread only.
 */
#ifndef NET_HTTP_H
#define NET_HTTP_H

#include "net/net.h"

#define HTTP_HEADERS_MAX 64
#define HTTP_ANSWER_HEADERS_MAX ((size_t)64 << 10)

struct http_call;

/* Whether the call may go to this number ("192.0.2.1"). Asked with the call's `arg`
 * before a connection is made, and again before the request leaves on one, whoever made
 * it; so what a name resolves to in between makes no difference. */
typedef bool http_may_fn(void *arg, struct str number);

/* A form with a file (RFC 7578), read from it piece by piece as the network takes it. */
struct http_field {
    struct str name, value;
};

/* Bytes of the file so far, and in all. It may neither start nor cancel a call. */
typedef void http_progress_fn(void *arg, int64_t done, int64_t total);

struct http_form {
    const struct http_field *fields;
    size_t field_count;
    int fd; /* a regular file; the call works on a duplicate */
    int64_t size;
    struct str file_name, file_type; /* of the last field, "file" */
    http_progress_fn *progress;      /* may be NULL */
};

/* A piece of the answer's body, with the call's `arg`; as http_progress_fn. False ends
 * the call with ERR_STORAGE. */
typedef bool http_take_fn(void *arg, struct str bytes);

struct http_request {
    const char *method;        /* NULL: GET, or POST with a body */
    struct str url;            /* http:// or https:// */
    const struct str *headers; /* "Name: value" lines */
    size_t header_count;
    struct str body;
    const struct http_form *form; /* instead of `body`; NULL: none */
    int64_t timeout_ms;           /* whole call; 0: 10,000 */
    size_t answer_max;            /* 0: 1 MiB */
    http_take_fn *take;           /* gets the body of a 2xx answer; NULL: it is kept */
    http_may_fn *may;             /* NULL: anywhere */
};

/* Borrowed for the callback. */
struct http_answer {
    int status;
    struct str body;
    struct str content_type;
    struct str headers;  /* "Name: value" lines, each with its CRLF */
    struct str redirect; /* where it points to, as a whole address; maybe no http one */
};

/* `answer` NULL: it failed and `why` says so (ERR_NETWORK, ERR_TLS, ERR_TIMEOUT,
 * ERR_LIMIT, ERR_DENIED: `may` said no). Both are borrowed for the callback. */
typedef void http_done_fn(void *arg, const struct http_answer *answer,
                          const struct err *why);

/* Starts the call (copies everything) and calls `done` exactly once, never before this
 * returns. NULL when the url is malformed, and with ERR_LIMIT when too many calls were
 * given up whose names are still being looked up. */
struct http_call *http_start(struct net *net, const struct http_request *request,
                             http_done_fn *done, void *arg, struct err *err);

/* Ends the call; `done` is not called. Once `done` runs the call ends by itself. */
void http_cancel(struct http_call *call);

/* From now on the name is taken for the address: "example.org:8080:192.0.2.1". For tests.
 */
void http_pretend(struct net *net, const char *line);

#endif
