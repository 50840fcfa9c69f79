/*
 * wire_server: a small scripted RongCloud for tests of host/im: navi, getToken, and one
 * IM user's socket, with switches for everything a cloud can do wrong.
 *
 * All in one process with the client: wire_until turns the loop.
 */
#ifndef SUPPORT_WIRE_SERVER_H
#define SUPPORT_WIRE_SERVER_H

#include "net/server.h"
#include "proto/frame.h"
#include "proto/messages.h"

enum wire_publish {
    WIRE_ACCEPT,       /* stored and answered */
    WIRE_ACCEPT_QUIET, /* stored, no answer */
    WIRE_ACCEPT_CUT,   /* stored, the connection is cut */
    WIRE_DROP,         /* neither */
    WIRE_DROP_CUT,
    WIRE_REFUSE, /* answered with `refuse` */
};

/* A frame the client sent. */
struct wire_frame {
    struct frame frame; /* strings borrow from `bytes` */
    char *bytes;
    size_t len;
};

struct wire_message {
    bool own; /* the client sent it */
    int type;
    char target[64], sender[64], object_name[64], content[512], uid[64];
    int64_t sent_ms, client_unique_id;
};

enum { WIRE_CONNECTS = 64, WIRE_SILENT = -1, WIRE_CLOSE = -2 };

struct wire {
    struct loop *loop;
    struct net *net;
    struct server *server;
    struct server_peer *peer; /* the present socket; NULL: none */
    int port;
    char url[64];

    /* what happened */
    int navi_count, navi1_count, token_count, connects;
    char last_query[4096]; /* of the latest upgrade */
    char token[64];        /* decoded from it */
    struct wire_frame frames[4096];
    size_t frame_count;
    struct {
        char path[64];
        char *body;
    } calls[64]; /* Server API, getToken excepted */
    size_t call_count;

    /* what to do */
    int connack[WIRE_CONNECTS]; /* status of the n-th connect, or WIRE_*; 0: accept */
    int connack_always;         /* used when connack[n] is 0 */
    int protocol;
    const char *user; /* whom CONNACK names; "bot" */
    int navi_status;  /* HTTP; 0: 200 */
    int navi_code;    /* in the body; 0: 200 */
    bool navi_only_1; /* format 2 answers 404 */
    bool navi_gone;   /* the address navi names has no server */
    int token_code;   /* 0: 200 */
    bool no_pong, no_pull;
    bool no_pull_send, gzip;
    int history_status; /* 0: works */
    int query_status;   /* of pullMsg */
    int room_status;    /* of chrmPull */
    size_t page;        /* messages per pull; 0: all */
    enum wire_publish publish;
    int publish_times; /* then WIRE_ACCEPT; 0: for ever */
    int refuse;
    int api_code, api_status;
    const char *api_answer; /* NULL: two users */
    struct str changes;     /* the answer to the next pullEventChange */
    bool hosting;           /* navi says that the app's groups and friends are hosted */
    /* The App Server, at /app. A log-in gives the stored token, get_token a new one. */
    int app_logins, app_renewals;
    char app_body[256]; /* of the latest log-in */
    int app_status, app_code;
    const char *app_text; /* of refusals; NULL: "no" */
    const char *app_user; /* NULL: "bot" */
    int64_t app_life_ms;  /* of its tokens; 0: not told */
    int64_t app_expires_ms;
    const char *oss;      /* navi's ossConfig, as JSON text; @ is the port; NULL: none */
    int upload_status;    /* of qnTkn */
    const char *file_url; /* what qnUrl and the like answer; NULL: one at /stored */
    int store_status[4];  /* HTTP, of the n-th post to /store; 0: 200 */
    size_t stored;        /* posts to /store; the bodies are in `calls` */
    bool store_hold;      /* not answered */

    struct wire_message messages[2048];
    size_t message_count;
    int64_t last_ms;
    uint16_t push_id;
};

struct wire *wire_new(void);
void wire_free(struct wire *wire);

/* Of wire_http.c. */
void wire_on_request(void *arg, struct server_request *request);

/* Turns the loop until `done(arg)` (wait.h). */
void wire_until(struct wire *wire, bool (*done)(void *arg), void *arg);
/* Some turns, for what should not happen. */
void wire_idle(struct wire *wire);

/* A message for the client, in its inbox; gives its place in wire->messages. */
struct wire_message *wire_receive(struct wire *wire, int type, const char *target,
                                  const char *sender, const char *text);
void wire_push(struct wire *wire, const struct wire_message *message, bool status);
void wire_notify(struct wire *wire);
/* A sync copy of a message sent from another device; `complete` with its PUBACK. */
void wire_sync(struct wire *wire, const struct wire_message *message, bool complete);
void wire_disconnect(struct wire *wire, int status);
void wire_cut(struct wire *wire);

/* Of wire_seen.c: how many frames of the type (and topic, if not NULL) came. */
size_t wire_count(const struct wire *wire, enum frame_type type, const char *topic);
const struct wire_frame *wire_last(const struct wire *wire, enum frame_type type,
                                   const char *topic);
/* Own messages that were accepted. */
size_t wire_accepted(const struct wire *wire);

#endif
