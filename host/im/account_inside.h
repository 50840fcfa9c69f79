/*
 * account_inside: what account.c and account_calls.c share.
 *
 * Layer: im.
 */
#ifndef IM_ACCOUNT_INSIDE_H
#define IM_ACCOUNT_INSIDE_H

#include "im/account.h"
#include "im/app_names.h"
#include "im/changes.h"
#include "im/chatrooms.h"
#include "im/edits.h"
#include "im/feed.h"
#include "im/inbox.h"
#include "im/marks.h"
#include "im/media.h"
#include "im/orders.h"
#include "im/outbox.h"
#include "im/requests.h"
#include "im/roster.h"
#include "im/session.h"
#include "im/token.h"

/* Who waits for the commit of a message. */
struct receipt {
    struct receipt *next;
    account_done_fn *done;
    void *arg;
};

struct account {
    struct net *net;
    struct loop *loop;
    struct store *store;
    struct account_events events;
    void *arg;
    char *user;
    struct governor *own_governor; /* NULL: one was given */
    struct governor_line *line;
    struct server_api *api;   /* NULL: no secret */
    bool webhook;             /* no socket */
    struct receipt *receipts; /* messages to be committed */
    struct token *token;
    struct session *session;
    struct feed *feed;
    struct inbox *inbox;
    struct outbox *outbox;
    struct requests *requests;
    struct orders *orders;
    struct changes *changes;
    struct chatrooms *chatrooms;
    struct edits *edits;
    struct marks *marks;
    struct roster *roster;   /* NULL: members are not compared */
    struct app_names *names; /* NULL: no App Server */
    struct media *media;
    enum account_state state;
    char detail[512];
    int64_t since_ms;
    int64_t handled;
    char storage[400]; /* why the last commit failed; empty: it did not */
    struct loop_hook hook;
    struct loop_timer storage_timer, prune_timer;
};

#endif
