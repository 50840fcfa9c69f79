/*
 * box: the one struct that the files of this room share, and its settings.
 *
 * Layer: sandbox, private.  Thread: loop thread only.
 */
#ifndef SANDBOX_BOX_H
#define SANDBOX_BOX_H

#include "base/arena.h"
#include "base/buf.h"
#include "net/server.h"
#include "sandbox/state.h"

#define BOX_MESSAGES 100000             /* kept at most */
#define BOX_OFFLINE_MS (7 * 86400000ll) /* a pull returns nothing older */

/* What `POST /_sandbox/limits` sets. */
struct limits {
    int64_t messages_per_second; /* per connection, 0: any; beyond it 20604 */
    bool notice;                 /* announce messages by s_ntf instead of s_msg */
    bool history;                /* false: history queries answer 25102 */
    bool pull_send;              /* false: pullMsg never lists own messages */
    bool keep_acked;             /* false: what was acknowledged is not pulled again */
    bool gzip;                   /* compress large answers when the client allows it */
    size_t page;                 /* messages in one answer of pullMsg */
    int64_t token_ms;            /* lifetime of new tokens, 0: permanent */
    bool open_anti;              /* navi asks clients for protocolVer 4 */
    bool hosting;                /* groups, friends and profiles are kept by the cloud */
};

struct counters {
    uint64_t navi, connects, publishes, queries, pings, pushes, pulls, rest, messages,
        uploads, app;
};

struct files;
struct words;
struct faults;
struct save;
struct recent;
struct hooks;

/* What is posted to an app's server. */
enum hook {
    HOOK_ROUTE,
    HOOK_PRECHECK,
    HOOK_ONLINE,
    HOOK_OPERATIONS,
    HOOK_AUDITS,
    HOOK_GROUPS,
    HOOK_ROOMS,
    HOOK_USERS,
    HOOK_BOTS,
    HOOK_FEED, /* of the App Server: app_feed.h */
    HOOKS,
};

struct sandbox {
    struct net *net;
    struct loop *loop;
    struct server *server;
    struct str host, app_key, app_secret; /* owned */
    bool notices, hosting, tls;           /* as the sandbox was opened */
    bool closing;
    struct limits limits;
    struct counters counters;
    struct state state;
    struct mail mail;
    struct words *words;
    struct faults *faults;
    struct files *files;
    struct save *save;     /* NULL: in memory only */
    struct recent *recent; /* msgRandom of the last minute */
    struct hooks *hooks;
    struct conn *conns; /* all sockets */
    size_t conn_count;
    struct arena arena; /* of the frame or request being handled */
    struct buf frame;   /* one outgoing frame */
    struct buf payload; /* one answer's payload */
    struct buf scratch; /* one nested message or text */
    struct buf notice;  /* the NotifyMsg of the message being delivered */
};

/* The settings of a new sandbox. */
void limits_reset(struct limits *limits);

/* Closes all sockets and forgets everything but the sandbox's own options. */
void box_reset(struct sandbox *box);

/* Where a client reaches us: what it said in a Host header, if that looks like an
 * address. In the arena, or borrowed from `host`. */
struct str box_place(struct sandbox *box, struct str host);

/* A copy of `s` in the arena of the request at hand; STR_NONE when it is full. */
struct str box_copy(struct sandbox *box, struct str s);

#endif
