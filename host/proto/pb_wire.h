/*
 * pb_wire: what the reader and the writer of payloads share. Private to them.
 *
 * Layer: proto.  Thread: any. Pure.
 */
#ifndef PROTO_PB_WIRE_H
#define PROTO_PB_WIRE_H

#include "proto/pb.h"

enum pb_wire { PB_WIRE_VARINT = 0, PB_WIRE_64 = 1, PB_WIRE_BYTES = 2, PB_WIRE_32 = 5 };

/* What every repeated member looks like, whatever it points to. Copied in and out, since
 * the members have types of their own. */
struct pb_list {
    void *at;
    size_t count;
};

/* How a value stands in the bytes, not packed. */
enum pb_wire pb_wire_of(const struct pb_field *field);

/* Bytes of one value in memory. */
size_t pb_value_size(const struct pb_field *field);

/* False and an error with `code` when a required field's bit is missing. */
bool pb_check_required(const struct pb_type *type, uint32_t has, enum err_code code,
                       struct err *err);

#endif
