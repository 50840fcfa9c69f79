#include "net/http_pool.h"

#include "base/mem.h"
#include "base/must.h"
#include "net/net_inside.h"

#include <uv.h>

/* libcurl tells which sockets to watch and when to be called at the latest; we call it
 * when either happens. */
struct watch {
    uv_poll_t poll;
    struct http_pool *pool;
    curl_socket_t fd;
};

/* A callback may cancel other calls: that takes their messages out of the list too. */
static void tell_done(struct http_pool *pool)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(pool->multi, &left)) != NULL) {
        char *call = NULL;

        must(message->msg == CURLMSG_DONE);
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &call);
        http_call_over(call, (int)message->data.result);
    }
}

static void on_timer(uv_timer_t *timer)
{
    struct http_pool *pool = timer->data;
    int running;

    curl_multi_socket_action(pool->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    tell_done(pool);
    loop_wake(pool->loop);
}

static int on_want_timer(CURLM *multi, long timeout_ms, void *arg)
{
    struct http_pool *pool = arg;

    (void)multi;
    if (timeout_ms < 0) {
        uv_timer_stop(&pool->timer);
        return 0;
    }
    uv_update_time(pool->timer.loop);
    uv_timer_start(&pool->timer, on_timer, (uint64_t)timeout_ms, 0);
    return 0;
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct watch *watch = poll->data;
    struct http_pool *pool = watch->pool;
    int what = status < 0 ? CURL_CSELECT_ERR : 0, running;

    if ((events & UV_READABLE) != 0)
        what |= CURL_CSELECT_IN;
    if ((events & UV_WRITABLE) != 0)
        what |= CURL_CSELECT_OUT;
    curl_multi_socket_action(pool->multi, watch->fd, what, &running);
    tell_done(pool);
}

static void on_watch_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static struct watch *add_watch(struct http_pool *pool, curl_socket_t fd)
{
    struct watch *watch = MEM_NEW(struct watch);

    watch->pool = pool;
    watch->fd = fd;
    if (uv_poll_init_socket(loop_uv(pool->loop), &watch->poll, fd) != 0) {
        free(watch);
        return NULL;
    }
    watch->poll.data = watch;
    curl_multi_assign(pool->multi, fd, watch);
    return watch;
}

static int on_want_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *known)
{
    struct http_pool *pool = arg;
    struct watch *watch = known;
    int events = 0;

    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        curl_multi_assign(pool->multi, fd, NULL);
        if (watch != NULL)
            uv_close((uv_handle_t *)&watch->poll, on_watch_closed);
        return 0;
    }
    if (watch == NULL)
        watch = add_watch(pool, fd);
    if (watch == NULL)
        return -1;
    if ((what & CURL_POLL_IN) != 0)
        events |= UV_READABLE;
    if ((what & CURL_POLL_OUT) != 0)
        events |= UV_WRITABLE;
    uv_poll_start(&watch->poll, events, on_poll);
    return 0;
}

struct http_pool *http_pool_of(struct net *net)
{
    struct http_pool *pool = net->http;

    if (pool != NULL)
        return pool;
    must(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
    pool = MEM_NEW(struct http_pool);
    pool->loop = net->loop;
    pool->multi = curl_multi_init();
    must(pool->multi != NULL);
    must(uv_timer_init(loop_uv(net->loop), &pool->timer) == 0);
    pool->timer.data = pool;
    curl_multi_setopt(pool->multi, CURLMOPT_SOCKETFUNCTION, on_want_socket);
    curl_multi_setopt(pool->multi, CURLMOPT_SOCKETDATA, pool);
    curl_multi_setopt(pool->multi, CURLMOPT_TIMERFUNCTION, on_want_timer);
    curl_multi_setopt(pool->multi, CURLMOPT_TIMERDATA, pool);
    net->http = pool;
    return pool;
}

static void on_pool_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void net_http_free(struct http_pool *pool)
{
    if (pool == NULL)
        return;
    http_end_lost(pool);
    must(pool->calls == 0);
    curl_multi_cleanup(pool->multi);
    curl_slist_free_all(pool->pretended);
    uv_close((uv_handle_t *)&pool->timer, on_pool_closed);
    curl_global_cleanup();
}
