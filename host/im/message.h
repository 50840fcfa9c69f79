/*
 * message: a chat message as the rooms above see it, in and out.
 *
 * Layer: im.  Thread: loop thread only.
 */
#ifndef IM_MESSAGE_H
#define IM_MESSAGE_H

#include "base/buf.h"
#include "base/err.h"

/* RongCloud's conversation types (server-api.md 8). */
enum conversation_type {
    CONVERSATION_PRIVATE = 1,
    CONVERSATION_GROUP = 3,
    CONVERSATION_CHATROOM = 4,
    CONVERSATION_SYSTEM = 6,
};

/* An incoming message. All strings are borrowed for the length of the callback. */
struct message {
    enum conversation_type type;
    struct str target; /* the conversation: group or room id; in private the other user */
    struct str sender;
    struct str object_name; /* "RC:TxtMsg" */
    struct str content;     /* JSON text, as received */
    struct str uid;         /* may be empty (status messages) */
    int64_t sent_ms;        /* the server's clock */
    int64_t received_ms;    /* when the frame came, by the server's clock */
    int64_t status;         /* bits of wire.md F.3 */
    int64_t client_unique_id;
    bool own;         /* sent by this account (sync copy, or pulled) */
    bool offline;     /* sent before this connection was made */
    bool redelivered; /* handed up before, in an earlier life of the process */
    int64_t row;      /* journal row; 0 when it was not journaled */
    /* Of one that a person hands up again to one plugin; else both are empty. */
    struct str plugin;
    struct str event; /* its id as an event, which is another one than the UID */
};

/* What names the event: the UID, but of one that is handed up again. */
static inline struct str message_event(const struct message *message)
{
    return message->event.len > 0 ? message->event : message->uid;
}

/* An outgoing message. */
struct outgoing {
    enum conversation_type type;
    struct str target;
    struct str object_name;
    struct str content;  /* JSON text, UTF-8, at most 131,072 bytes */
    int stored, counted; /* 1/0; -1: what wire.md G says for the type (own types: 1, 1) */
    bool mention;        /* content holds mentionedInfo */
    bool status_only;    /* ppMsgS / pgMsgS: no answer is awaited, nothing is journaled */
    const struct str *to_users; /* directional group message */
    size_t to_user_count;
    bool silent; /* nobody is notified */
    struct str push_text, push_data;
    struct str
        expansion;      /* {"name":{"v":"value"}}: it can be changed; empty: it cannot */
    int64_t timeout_ms; /* 0: 30,000 for the answer of the server */
    int64_t wait_ms;    /* it may wait so long before it leaves; 0: as the account says */
    bool broadcast;     /* gives way to answers when not all can leave */
    bool repeat;        /* when nobody can tell whether it arrived: send it again */
    /* Names this send for ever: "EVENT/PLUGIN/TASK/N". A second send with the same key
     * does not act, it reports what the first one did. Empty: no such promise. */
    struct str key;
    bool retries; /* one with that key that was refused, or never left, is made anew */
    struct str record; /* saved with it (store/history.h) */
};

struct sent {
    struct str uid;
    int64_t sent_ms;
};

/* A page of a conversation's history. */
struct history_query {
    enum conversation_type type;
    struct str target;
    bool newer;      /* than `from_ms`, the oldest first; else older, the newest first */
    int64_t from_ms; /* 0: from the end that comes first */
    int count;       /* 1 to 100 */
};

/* UIDs of messages made from something else than a message (im/changes) begin so; the
 * cloud's never do. */
#define MESSAGE_MADE_HERE "moondock/"
bool message_is_made_here(const struct message *message);

/* Of what the App Server tells (im/webhook_feed). */
#define MESSAGE_FEED MESSAGE_MADE_HERE "feed/"
/* Of what comparing members shows (im/roster). */
#define MESSAGE_POLLED MESSAGE_MADE_HERE "poll/"

/* The UID of the message that this one says was edited (im/edits); empty: it is none. */
#define MESSAGE_EDITED MESSAGE_MADE_HERE "edit/"
enum { MESSAGE_UID_MAX = 64 };
struct str message_edited(const struct message *message);

/* What is known of built-in types (wire.md G): stored and counted flags. False for
 * unknown names. */
bool message_type_flags(struct str object_name, bool *stored, bool *counted);

/* Builds content of `RC:TxtMsg`. `mentions` may be NULL; with `mention_all` they are
 * ignored. Appends JSON to `out`. */
bool message_text(struct buf *out, struct str text, const struct str *mentions,
                  size_t mention_count, bool mention_all, struct err *err);

#endif
