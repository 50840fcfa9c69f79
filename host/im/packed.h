/*
 * packed: a message as the bytes of its journal row.
 *
 * Layer: im.  Thread: any. Pure.
 */
#ifndef IM_PACKED_H
#define IM_PACKED_H

#include "im/message.h"

enum { PACKED_PARTS = 5 };

struct packed_head {
    uint8_t bytes[64];
};

/* Fills `parts`, which together are the body; they borrow from `head` and `message`. */
void packed_write(const struct message *message, struct packed_head *head,
                  struct str parts[PACKED_PARTS]);

/* Reads a body back; strings borrow from it. False when it makes no sense. */
bool packed_read(struct str body, struct message *out);

#endif
