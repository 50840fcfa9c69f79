/*
 * mail: the messages the sandbox keeps, and the logs (inboxes, outboxes, conversations)
 * that list them by number.
 *
 * Messages get ascending numbers; beyond `max` of them the oldest is dropped, and a log
 * entry that names a dropped one is simply gone. So a log costs eight bytes an entry
 * whoever else lists the same message. Within a log times strictly increase.
 *
 * Layer: sandbox.  Thread: loop thread only.
 */
#ifndef SANDBOX_MAIL_H
#define SANDBOX_MAIL_H

#include "base/map.h"

#define MAIL_UID_LEN 19
#define MAIL_LOG_MAX 50000 /* entries of one log; the oldest go first */

/* Conversation types of the protocol. */
enum {
    CHAT_PRIVATE = 1,
    CHAT_GROUP = 3,
    CHAT_ROOM = 4,
    CHAT_SERVICE = 5, /* with customer service, which is not played */
    CHAT_SYSTEM = 6
};

/* session_id bits of a message. */
enum { SESSION_STORED = 1, SESSION_COUNTED = 2, SESSION_MENTION = 4 };

/* What a message says, borrowed from a frame or a request, or from a kept message. */
struct letter {
    int type;
    struct str from, target; /* target: user, group or room */
    struct str object, content;
    struct str extra_content; /* expansion; at NULL: none */
    struct str push_text;     /* at NULL: none */
    int64_t client_id;
    int64_t session, config_flag, option_bits;
    int64_t edited_ms;    /* 0: never */
    const struct str *to; /* directional: only these members; count 0: everybody */
    size_t to_count;
};

struct message {
    uint64_t number;
    int64_t time;
    char uid[MAIL_UID_LEN + 1];
    bool recalled;
    struct letter letter; /* points into this allocation */
    struct str down;      /* encoded DownStreamMessage as receivers get it */
};

struct mail {
    struct message **ring;
    size_t max;
    uint64_t oldest, next; /* numbers kept: oldest <= n < next */
    struct map reserved;   /* uid -> the message that got a later number */
};

struct log {
    uint64_t *numbers;
    size_t head, len, cap; /* cap is a power of two */
    int64_t last_ms;       /* time of the newest ever added */
};

void mail_init(struct mail *mail, size_t max);
void mail_clear(struct mail *mail); /* drops everything; numbers go on */

/* Keeps a copy of `letter` with its encoded form; `uid` STR_NONE: made up. The message
 * stays until the ring comes round. */
struct message *mail_add(struct mail *mail, const struct letter *letter, int64_t time,
                         struct str uid, struct str down);
/* Gives the message another content, and its encoded form; the old one is gone. */
struct message *mail_edit(struct mail *mail, struct message *message,
                          const struct letter *letter, struct str down);
/* The next message gets this number; for loading, in ascending order. */
void mail_skip_to(struct mail *mail, uint64_t number);
/* The uid the next message gets, so that it can be encoded before it is added. */
void mail_next_uid(const struct mail *mail, char uid[MAIL_UID_LEN + 1]);

/* A uid for a message that is added later, with this uid, or never. */
void mail_reserve_uid(struct mail *mail, char uid[MAIL_UID_LEN + 1]);

struct message *mail_get(const struct mail *mail, uint64_t number); /* NULL: dropped */
struct message *mail_find(const struct mail *mail, struct str uid);

void log_add(struct log *log, const struct mail *mail, const struct message *message);
/* Entry `at` (0 is the oldest listed); NULL if dropped. */
struct message *log_at(const struct log *log, const struct mail *mail, size_t at);
/* The first entry later than `time`; log->len if there is none. */
size_t log_after(const struct log *log, const struct mail *mail, int64_t time);
/* Takes out the entry of message `number`, if it is listed. */
void log_remove(struct log *log, uint64_t number);
/* Takes out the oldest `count` of them, at most what it has. */
void log_drop(struct log *log, size_t count);
void log_clear(struct log *log);

#endif
