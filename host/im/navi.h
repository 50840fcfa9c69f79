/*
 * navi: where the IM servers are (wire.md A). Asks the URLs one after the other, each in
 * format 2 and, when that is not understood, in format 1.
 *
 * Layer: im.  Thread: loop thread only.
 */
#ifndef IM_NAVI_H
#define IM_NAVI_H

#include "im/oss.h"
#include "net/net.h"

enum { NAVI_ADDRESSES = 16, NAVI_HOST = 256 };

struct navi_address {
    char host[NAVI_HOST]; /* "host:port" */
    bool secure;          /* wss */
    int64_t weight;
};

struct navi_answer {
    struct navi_address list[NAVI_ADDRESSES]; /* best first */
    size_t count;                             /* at least 1 */
    bool anti;                                /* protocolVer 4 is wanted */
    bool hosting;           /* groups, friends and profiles are kept by the cloud */
    struct oss_list stores; /* where files are posted to */
};

struct navi_call;

struct navi_request {
    const struct str *urls; /* configured base URLs; the hosts of the token come first */
    size_t url_count;
    struct str app_key, token, version;
};

/* `answer` NULL: `why`: ERR_TOKEN (401, 403), ERR_REFUSED 416 (licence), ERR_NETWORK and
 * the like (nobody could be asked), ERR_NOT_FOUND (no usable address). */
typedef void navi_fn(void *arg, const struct navi_answer *answer, const struct err *why);

/* Copies the request; calls `fn` once, never before this returns. */
struct navi_call *navi_ask(struct net *net, const struct navi_request *request,
                           navi_fn *fn, void *arg);
void navi_cancel(struct navi_call *call);

/* Reads an answer of either format, JSON or JSONP. `secure`: navi itself was https. */
bool navi_read(struct str body, bool secure, struct navi_answer *out, struct err *err);

/* For the cache: adds the answer to a JSON object, and reads it back. */
void navi_write(const struct navi_answer *answer, struct json *out);
bool navi_restore(const struct json *from, struct navi_answer *out);

#endif
