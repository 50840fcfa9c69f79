#include "net/net_inside.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/must.h"
#include "base/random.h"
#include "base/str.h"
#include "base/tls.h"

#include <libwebsockets.h>
#include <string.h>
#include <sys/resource.h>
#include <uv.h>

/* libwebsockets makes tables as long as the limit of open files, and looks through all of
 * a shorter one each time. So it is shown a limit of sensible size. */
#define FILES_MAX 32768

/* Our own deadlines are shorter; these only bound what they do not know of. */
#define LWS_TIMEOUT_SECONDS 3600

#define READ_SIZE 65536

static void on_lws_line(int level, const char *line)
{
    struct str text = str_trim(str_from(line));

    (void)level;
    log_debug(LOG_NET, "libwebsockets: %.*s", STR_ARG(text));
}

static void quiet_lws(void)
{
    lws_set_log_level(LLL_ERR | LLL_WARN, on_lws_line);
}

static struct lws_context *new_context(struct loop *loop)
{
    void *loops[] = { loop_uv(loop) };
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN,
        .gid = (gid_t)-1,
        .uid = (uid_t)-1,
        .options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
                   LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT,
        .foreign_loops = loops,
        .pt_serv_buf_size = READ_SIZE,
        .max_http_header_data = 16384,
        .timeout_secs = LWS_TIMEOUT_SECONDS,
    };
    struct rlimit files, fewer;
    struct lws_context *context;
    bool limited = getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur > FILES_MAX;

    if (limited) {
        fewer = files;
        fewer.rlim_cur = FILES_MAX;
        setrlimit(RLIMIT_NOFILE, &fewer);
    }
    context = lws_create_context(&info);
    if (limited)
        setrlimit(RLIMIT_NOFILE, &files);
    return context;
}

struct net *net_new(struct loop *loop, const char *ca_file, struct err *err)
{
    struct net *net;

    if (ca_file != NULL && !tls_check_authorities(ca_file, err))
        return NULL;
    net = MEM_NEW(struct net);
    net->loop = loop;
    net->ca_file = ca_file != NULL ? str_dup(str_from(ca_file)) : NULL;
    quiet_lws();
    net->context = new_context(loop);
    if (net->context == NULL) {
        err_set(err, ERR_UNSUPPORTED,
                "libwebsockets cannot run on libuv here: is its libuv plugin installed "
                "(package libwebsockets-evlib-uv)?");
        free(net->ca_file);
        free(net);
        return NULL;
    }
    loop_hook_add_last(loop, &net->flush, net_ws_flush, net);
    return net;
}

struct lws_vhost *net_vhost(struct net *net, bool secure, struct err *err)
{
    struct lws_vhost **vhost = secure ? &net->secure : &net->plain;
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN,
        .vhost_name = secure ? "secure" : "plain",
        .protocols = net_ws_protocols,
        .options =
            LWS_SERVER_OPTION_LIBUV | (secure ? LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT : 0),
        .connect_timeout_secs = LWS_TIMEOUT_SECONDS,
        .http_proxy_address = "", /* not the one of the environment */
        .client_ssl_ca_filepath = secure ? net->ca_file : NULL,
    };

    if (*vhost == NULL)
        *vhost = lws_create_vhost(net->context, &info);
    if (*vhost == NULL)
        err_set(err, ERR_INTERNAL, "libwebsockets cannot make a client");
    return *vhost;
}

void net_mask(struct net *net, uint8_t mask[4])
{
    if (net->random_left == 0) {
        random_bytes(net->random, sizeof(net->random));
        net->random_left = sizeof(net->random);
    }
    net->random_left -= 4;
    memcpy(mask, net->random + net->random_left, 4);
}

/* libwebsockets hands its handles back to the loop in the first call and frees the rest
 * in the second, once the loop has closed them. */
static void free_context(struct net *net)
{
    lws_context_destroy(net->context);
    for (int turns = 0; turns < 8; turns++)
        uv_run(loop_uv(net->loop), UV_RUN_NOWAIT);
    lws_context_destroy(net->context);
}

void net_free(struct net *net)
{
    if (net == NULL)
        return;
    must(net->unsent == NULL);
    net_http_free(net->http);
    loop_hook_remove(&net->flush);
    free_context(net);
    free(net->ca_file);
    free(net);
}

struct loop *net_loop(const struct net *net)
{
    return net->loop;
}
