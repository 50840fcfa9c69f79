/*
 * http_pool: libcurl's multi handle on our loop. One for each net; it keeps connections
 * for whoever asks the same server next.
 *
 * Private to net/http.  Layer: net.
 */
#ifndef NET_HTTP_POOL_H
#define NET_HTTP_POOL_H

#include "net/net.h"

#include <curl/curl.h>
#include <uv.h>

struct http_pool {
    CURLM *multi;
    uv_timer_t timer;
    struct loop *loop;
    size_t calls;           /* the lost ones too */
    struct http_call *lost; /* nobody waits for them any more */
    size_t lost_count;
    struct curl_slist *pretended; /* names and their addresses, in tests */
};

struct http_pool *http_pool_of(struct net *net); /* made when first needed */

/* http.c: the call that is an easy handle's CURLINFO_PRIVATE ended with a CURLcode. */
void http_call_over(void *call, int code);

/* http.c: ends what nobody waits for any more. */
void http_end_lost(struct http_pool *pool);

#endif
