/*
 * web: the HTTP side of the port: sends each request to navi, the Server API or the
 * control interface, with the faults ordered for it.
 *
 * Layer: sandbox.  Thread: loop thread only.
 */
#ifndef SANDBOX_WEB_H
#define SANDBOX_WEB_H

#include "sandbox/box.h"

void web_request(struct sandbox *box, struct server_request *request);
void web_gone(struct sandbox *box, struct server_request *request);

/* The one way to answer: a fault may want the answer lost. */
void web_reply(struct sandbox *box, struct server_request *request, int status,
               const char *content_type, const struct server_header_pair *headers,
               struct str body);

/* The path without doubled slashes, in the arena. */
struct str web_path(struct sandbox *box, struct server_request *request);

#endif
