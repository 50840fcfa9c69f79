/*
 * pb: protobuf payloads, driven by field tables.
 *
 * A message struct begins with `uint32_t has`, one bit per table row in order. The reader
 * sets the bits; the writer writes exactly the fields whose bit is set, in ascending
 * field number, zero or not (official payloads carry explicit zeros). Repeated fields are
 * { at, count } and written when their bit is set. Negative integers take ten bytes. A
 * missing required field is an error both ways. Unknown fields are skipped; a test build
 * keeps them in `tail`, which the writer appends, so that a dropped field shows.
 *
 * Strings borrow from the bytes decoded; nested and repeated values live in the arena.
 *
 * Each message is declared once, as a list of fields:
 *
 *   #define NOTIFY_MSG_FIELDS(F, M) \
 *       F(M, 1, INT, REQUIRED, type) \
 *       F(M, 2, INT, OPTIONAL, time)
 *   PB_MESSAGE(notify_msg, NOTIFY_MSG_FIELDS)     // in messages.h: the struct and its bits
 *
 * and used so:
 *
 *   struct notify_msg m = { 0 };
 *   pb_put(m, notify_msg, type, 1);
 *   if (pb_has(m, notify_msg, time)) ...
 *   pb_encode(&notify_msg_type, &m, out, err);
 *
 * Layer: proto.  Thread: any. Pure.
 */
#ifndef PROTO_PB_H
#define PROTO_PB_H

#endif
