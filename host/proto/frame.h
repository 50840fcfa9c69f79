/*
 * frame: the signalling frames of the Web IM protocol (wire.md C).
 *
 * One frame is one binary WebSocket message; there is no length field. Decoded strings
 * borrow from the bytes given. Pure: no I/O, no clock, no globals.
 *
 * Layer: proto.  Thread: any.
 */
#ifndef PROTO_FRAME_H
#define PROTO_FRAME_H

#include "base/buf.h"
#include "base/err.h"

enum frame_type {
    FRAME_CONNACK = 2,
    FRAME_PUBLISH = 3,
    FRAME_PUBACK = 4,
    FRAME_QUERY = 5,
    FRAME_QUERYACK = 6,
    FRAME_QUERYCON = 7,
    FRAME_PINGREQ = 12,
    FRAME_PINGRESP = 13,
    FRAME_DISCONNECT = 14,
};

enum frame_from { FRAME_FROM_CLIENT, FRAME_FROM_SERVER };

/* CONNACK of protocolVer 4: which fields follow (wire.md C.3). */
enum {
    FRAME_HAS_USER = 1,
    FRAME_HAS_SESSION = 2,
    FRAME_HAS_TIME = 4,
    FRAME_HAS_FIRST_ID = 8
};

struct frame {
    enum frame_type type;
    uint8_t qos; /* 0..3 */
    bool dup;    /* on a server's PUBLISH: sync copy (C.6) */
    bool retain;
    struct str topic;   /* PUBLISH, QUERY */
    struct str target;  /* PUBLISH, QUERY */
    uint16_t id;        /* all but CONNACK, ping and DISCONNECT */
    uint32_t seconds;   /* server's PUBLISH, PUBACK, QUERYACK */
    uint16_t millis;    /* server's PUBACK */
    uint16_t status;    /* CONNACK, DISCONNECT (one byte), server's PUBACK, QUERYACK */
    struct str uid;     /* server's PUBACK */
    struct str payload; /* PUBLISH, QUERY, QUERYACK; DISCONNECT: the optional data */
    /* CONNACK with status 0 */
    uint8_t has; /* FRAME_HAS_*; protocolVer 3: always the first three */
    struct str user;
    struct str session;
    uint64_t time_ms;
    uint16_t first_id;
    uint8_t lead; /* the unused first byte of CONNACK and DISCONNECT, 0 */
};

/* `protocol` is the protocolVer of the socket, 3 or 4; it matters for CONNACK only. Bytes
 * after the last known field are ignored. */
bool frame_decode(struct frame *out, struct str bytes, enum frame_from from, int protocol,
                  struct err *err);

/* Appends the frame. Fails with ERR_LIMIT when a string passes 65,535 bytes. */
bool frame_encode(struct buf *out, const struct frame *frame, enum frame_from from,
                  int protocol, struct err *err);

/* "PUBLISH" for FRAME_PUBLISH; "?" for an unknown one. */
const char *frame_name(enum frame_type type);

#endif
