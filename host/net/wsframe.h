/*
 * wsframe: one WebSocket frame (RFC 6455) to and from bytes. Pure.
 *
 * Layer: net.  Thread: any.
 */
#ifndef NET_WSFRAME_H
#define NET_WSFRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum wsframe_kind {
    WSFRAME_CONTINUE = 0,
    WSFRAME_TEXT = 1,
    WSFRAME_BINARY = 2,
    WSFRAME_CLOSE = 8,
    WSFRAME_PING = 9,
    WSFRAME_PONG = 10,
};

#define WSFRAME_HEAD_MAX 14
#define WSFRAME_CONTROL_MAX 125 /* bytes in a close, ping or pong */

struct wsframe {
    bool final;
    enum wsframe_kind kind;
    char *at; /* unmasked, in place */
    size_t len;
};

enum wsframe_state { WSFRAME_MORE, WSFRAME_DONE, WSFRAME_BAD, WSFRAME_LARGE };

/* Reads a client's (masked) frame at the start of the `len` bytes and unmasks it where it
 * lies. `*used` is its whole length; with WSFRAME_MORE what must be there to go on. */
enum wsframe_state wsframe_read(char *at, size_t len, size_t max, struct wsframe *out,
                                size_t *used);

/* Writes the header of a final frame; `mask` NULL: not masked. Returns its length. */
size_t wsframe_head(uint8_t out[WSFRAME_HEAD_MAX], enum wsframe_kind kind, size_t len,
                    const uint8_t mask[4]);

/* Applies the mask in place; twice gives the original. */
void wsframe_mask(char *at, size_t len, const uint8_t mask[4]);

#endif
