#include "net/wsframe.h"

#include <string.h>

void wsframe_mask(char *at, size_t len, const uint8_t mask[4])
{
    uint64_t wide, word;
    uint8_t twice[8];
    size_t i = 0;

    memcpy(twice, mask, 4);
    memcpy(twice + 4, mask, 4);
    memcpy(&wide, twice, 8);
    for (; i + 8 <= len; i += 8) {
        memcpy(&word, at + i, 8);
        word ^= wide;
        memcpy(at + i, &word, 8);
    }
    for (; i < len; i++)
        at[i] = (char)(at[i] ^ mask[i & 3]);
}

size_t wsframe_head(uint8_t out[WSFRAME_HEAD_MAX], enum wsframe_kind kind, size_t len,
                    const uint8_t mask[4])
{
    uint8_t masked = mask != NULL ? 0x80 : 0;
    size_t size = 2;

    out[0] = (uint8_t)(0x80 | kind);
    if (len <= 125) {
        out[1] = (uint8_t)(masked | len);
    } else if (len <= 0xffff) {
        out[1] = masked | 126;
        out[2] = (uint8_t)(len >> 8);
        out[3] = (uint8_t)len;
        size = 4;
    } else {
        out[1] = masked | 127;
        for (int i = 0; i < 8; i++)
            out[2 + i] = (uint8_t)((uint64_t)len >> (56 - 8 * i));
        size = 10;
    }
    if (mask != NULL) {
        memcpy(out + size, mask, 4);
        size += 4;
    }
    return size;
}

static bool is_known(unsigned kind)
{
    return kind <= WSFRAME_BINARY || (kind >= WSFRAME_CLOSE && kind <= WSFRAME_PONG);
}

enum wsframe_state wsframe_read(char *at, size_t len, size_t max, struct wsframe *out,
                                size_t *used)
{
    const uint8_t *head = (const uint8_t *)at;
    size_t size = 2;
    uint64_t body;

    *used = size;
    if (len < size)
        return WSFRAME_MORE;
    out->final = (head[0] & 0x80) != 0;
    out->kind = head[0] & 0x0f;
    /* No extension was agreed on, and clients must mask. */
    if ((head[0] & 0x70) != 0 || !is_known(head[0] & 0x0f) || (head[1] & 0x80) == 0)
        return WSFRAME_BAD;
    body = head[1] & 0x7f;
    if (out->kind >= WSFRAME_CLOSE && (body > WSFRAME_CONTROL_MAX || !out->final))
        return WSFRAME_BAD;
    if (body >= 126) {
        int bytes = body == 126 ? 2 : 8;

        size += (size_t)bytes;
        *used = size;
        if (len < size)
            return WSFRAME_MORE;
        body = 0;
        for (int i = 0; i < bytes; i++)
            body = body << 8 | head[2 + i];
        if (body < (bytes == 2 ? 126u : 0x10000u))
            return WSFRAME_BAD; /* not the shortest form */
    }
    if (body > max)
        return WSFRAME_LARGE;
    size += 4;
    *used = size + (size_t)body;
    if (len < *used)
        return WSFRAME_MORE;
    out->at = at + size;
    out->len = (size_t)body;
    wsframe_mask(out->at, out->len, head + size - 4);
    return WSFRAME_DONE;
}
