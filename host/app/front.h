/*
 * front: the HTTP port of a worker, listen.http of the configuration. A request to
 * /BOT/PLUGIN/… goes to what the plugin serves (script/serve.h), /metrics is for
 * Prometheus (app/metrics.h), the paths of account.webhooks are for RongCloud
 * (app/webhooks.h); 404 elsewhere.
 *
 * Layer: app.  Thread: loop thread only.
 */
#ifndef APP_FRONT_H
#define APP_FRONT_H

#include "app/worker.h"

struct front;

/* Listens at `listen` ("127.0.0.1:7801"), the second worker at the next port and so on.
 * ERR_NETWORK names the address. */
struct front *front_open(struct worker *worker, struct net *net, struct str listen,
                         struct err *err);

/* From now on everybody is told to come again later. */
void front_hold(struct front *front);

/* After the bots, which answer what they have in hand; what they still have is cut off.
 */
void front_close(struct front *front);

/* "127.0.0.1:7801", with the port that was found. */
struct str front_address(const struct front *front);

#endif
