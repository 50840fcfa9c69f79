/* A script's requests over net/http. */
#include "script/script.h"

static void *start(void *net, const struct http_request *request, http_done_fn *done,
                   void *arg, struct err *err)
{
    return http_start(net, request, done, arg, err);
}

static void cancel(void *net, void *call)
{
    (void)net;
    http_cancel(call);
}

struct script_web script_web_net(struct net *net)
{
    return (struct script_web){ net, start, cancel };
}
