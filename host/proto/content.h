/*
 * content: the JSON inside a chat message (wire.md G): what kind it is, what is in it,
 * and writing the kinds a bot sends.
 *
 * Anybody can send anything: a field that is missing or of the wrong type reads as
 * nothing, only text that is no JSON object is an error. Of a name given twice the last
 * one counts.
 *
 * Layer: proto.  Thread: any, one at a time. Pure.
 */
#ifndef PROTO_CONTENT_H
#define PROTO_CONTENT_H

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"

enum { CONTENT_MAX = 131072 }; /* bytes of content one message may carry */

enum content_kind {
    CONTENT_OTHER,        /* custom types, and built-in ones nobody asks about */
    CONTENT_TEXT,         /* RC:TxtMsg */
    CONTENT_IMAGE,        /* RC:ImgMsg, RC:GIFMsg */
    CONTENT_VOICE,        /* RC:VcMsg, RC:HQVCMsg */
    CONTENT_VIDEO,        /* RC:SightMsg */
    CONTENT_FILE,         /* RC:FileMsg */
    CONTENT_QUOTE,        /* RC:ReferenceMsg: a text that answers a message */
    CONTENT_INFO,         /* RC:InfoNtf: a grey line */
    CONTENT_GROUP_NOTICE, /* RC:GrpNtf, ST:GrpNtf: see wire.md G.1 */
    CONTENT_CONTACT,      /* RC:ContactNtf: about being friends */
    CONTENT_RECALL,       /* RC:RcCmd: "recall that message" */
    CONTENT_RECALLED,     /* RC:RcNtf: stands in history for a recalled message */
    CONTENT_INTERCEPT,    /* RC:InterceptMsg: a message of ours was blocked */
    CONTENT_TYPING,       /* RC:TypSts */
    CONTENT_READ,         /* RC:ReadNtf */
    CONTENT_READ_ASKED,   /* RC:RRReqMsg: "who of the group has read it?" */
    CONTENT_READ_GROUP,   /* RC:RRRspMsg: the answer */
    CONTENT_EXPANSION,    /* RC:MsgExMsg */
    CONTENT_COMMAND,      /* RC:CmdMsg, RC:CmdNtf */
};

/* The kind of an object name. */
enum content_kind content_kind(struct str object_name);

/* What is known of built-in types: whether they are stored and counted as unread. False
 * for names not known; both are false then. */
bool content_type_flags(struct str object_name, bool *stored, bool *counted);

/* Types that travel as status messages: not stored, no UID (ppMsgS, pgMsgS). */
bool content_is_status(struct str object_name);

enum { MENTION_NONE = 0, MENTION_ALL = 1, MENTION_USERS = 2 };

struct content_user {
    struct str id, name, portrait;
};

struct content_recall {
    int64_t type; /* conversation type */
    struct str target;
    struct str uid; /* of the message recalled */
    int64_t sent_ms;
    struct str channel;
    bool is_delete, is_admin;
};

struct content_notice {
    struct str operator_id;
    struct str operator_name; /* data.operatorNickname */
    struct str operation;     /* "Add", "Quit", "Kicked", ... */
    struct str message;
    struct str group_name;      /* data.targetGroupName, of "Create" and "Rename" */
    struct str nickname, extra; /* data's, of "SetMember"; moondock's own */
    int64_t minutes;            /* data.minutes, of "MuteMember"; moondock's own */
    int64_t timestamp;
    const struct str *targets; /* user ids */
    const struct str *names;   /* as many, possibly empty */
    size_t target_count;
};

struct content_contact {
    struct str operation; /* "Request", "AcceptResponse", "RejectResponse" */
    struct str source, target;
};

struct content_intercept {
    struct str uid; /* of the message blocked */
    int64_t type;   /* 1 word list, 2 own word list, 3 third party */
    struct str extra;
};

/* Strings borrow from the content itself; all ends with content_clear. */
struct content {
    enum content_kind kind;
    struct json *root; /* the whole */
    struct json *data; /* of a group notice whose `data` came as JSON text */
    struct str text;   /* TEXT, QUOTE: what was written; INFO, GROUP_NOTICE, CONTACT: the
                        line */
    struct str extra;
    struct content_user user;
    int mention; /* MENTION_* */
    struct str *mentioned;
    size_t mentioned_count;
    struct content_recall recall;       /* RECALL */
    struct content_notice notice;       /* GROUP_NOTICE */
    struct content_contact contact;     /* CONTACT */
    struct content_intercept intercept; /* INTERCEPT */
    struct str *lists;                  /* what mentioned, targets and names point into */
};

/* Parses the content of a message. On failure (ERR_PROTO) nothing is held. */
bool content_parse(struct content *out, struct str object_name, struct str json,
                   struct err *err);
void content_clear(struct content *content);

/* The text of RC:TxtMsg and nothing else, which is what the router needs of every
 * message; `text` borrows `json`, or `scratch` (reset first) if it had to be put there.
 * False and STR_NONE when there is no such text or no room for it. */
bool content_read_text(struct str json, struct buf *scratch, struct str *text);

/* --- writing: each appends one JSON object. ERR_LIMIT when it passes CONTENT_MAX or the
 * buf's maximum; nothing is added then --- */

/* RC:TxtMsg. `mentions` may be NULL; with `mention_all` they are ignored. */
bool content_text(struct buf *out, struct str text, const struct str *mentions,
                  size_t mention_count, bool mention_all, struct err *err);

/* RC:RcCmd, byte for byte as the official SDK writes it. */
bool content_recall(struct buf *out, const struct content_recall *recall,
                    struct err *err);

/* RC:GrpNtf with `data` as an object (wire.md G.1). `names` may be NULL. */
bool content_group_notice(struct buf *out, const struct content_notice *notice,
                          struct err *err);

/* RC:InfoNtf. */
bool content_info(struct buf *out, struct str message, struct err *err);

/* RC:InterceptMsg. */
bool content_intercept(struct buf *out, const struct content_intercept *intercept,
                       struct err *err);

#endif
