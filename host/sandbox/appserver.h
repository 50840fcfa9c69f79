/*
 * appserver: an App Server (app-server.md 3, profile 1): sessions, and the pages of
 * app_*.c: accounts, users, friends, groups, conversations.
 *
 * As the integration guide describes it, a log-in answers with the token that was stored
 * when the account was made, whether it has ended or not; /user/get_token asks the Server
 * API for another and stores that. Beside a token that ends stands "expires" (ms), an
 * addition.
 *
 * Layer: sandbox.  Thread: loop thread only.
 */
#ifndef SANDBOX_APPSERVER_H
#define SANDBOX_APPSERVER_H

#include "sandbox/box.h"

bool appserver_serves(struct str path);
void appserver_answer(struct sandbox *box, struct server_request *request,
                      struct str path);

#endif
