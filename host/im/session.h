/*
 * session: keeps an account connected: token, navi, address, link, and what to do after
 * each way a link can fail (design.md 6).
 *
 * One state machine: token -> navi -> address after address -> CONNACK -> up; from every
 * step a failure leads to a class of im/refusal, and the class says when to begin anew.
 *
 * Layer: im.  Thread: loop thread only.
 */
#ifndef IM_SESSION_H
#define IM_SESSION_H

#include "im/account.h"
#include "im/link.h"
#include "im/oss.h"
#include "im/token.h"

struct session;

struct session_events {
    /* CONNACK came; link calls may be made. */
    void (*on_up)(void *arg, struct link *link);
    /* The link is gone; its waiting calls were answered. */
    void (*on_down)(void *arg);
    void (*on_publish)(void *arg, const struct frame *frame, struct str uid,
                       int64_t sent_ms);
    /* session_state or session_detail changed. */
    void (*on_changed)(void *arg);
};

/* Copies the config, borrows the rest. Nothing happens before session_start. */
struct session *session_new(struct net *net, struct store *store, struct token *token,
                            const struct account_config *config,
                            const struct session_events *events, void *arg);
void session_free(struct session *session);
void session_start(struct session *session);

/* The backlog was pulled: the connection is good, delays start small again. */
void session_proved(struct session *session);

/* CONNECTING, SYNCING (up), OFFLINE, BLOCKED or one that needs a person. */
enum account_state session_state(const struct session *session);
struct str session_detail(const struct session *session);
bool session_pings_late(const struct session *session);

struct str session_user(const struct session *session); /* as CONNACK says */
int64_t session_up_ms(const struct session *session);   /* server time of the CONNACK */

/* Navi said that RongCloud keeps groups, friends and profiles for the app. */
bool session_hosting(const struct session *session);

/* Where navi said that files are posted to; may be none. */
const struct oss_list *session_stores(const struct session *session);

/* The server's clock, as far as it is known; when ours is set meanwhile, it stays. */
int64_t session_server_ms(const struct session *session);

#endif
