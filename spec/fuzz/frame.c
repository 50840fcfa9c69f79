/* proto/frame: what is understood is written again with the same bytes. */
#include "fuzz.h"

#include "proto/frame.h"

#include <string.h>

static void try_one(struct buf *out, struct str bytes, enum frame_from from, int protocol)
{
    struct frame frame;
    struct err err;
    if (!frame_decode(&frame, bytes, from, protocol, &err)) {
        must(err.code == ERR_PROTO && err.text[0] != '\0');
        return;
    }
    buf_reset(out);
    must(frame_encode(out, &frame, from, protocol, NULL));
    /* Only bytes behind the last field may be lost. */
    must(str_starts(bytes, buf_str(out)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf out;
    struct str bytes = str_of(data, size);
    buf_init(&out, 1 << 20);
    for (int protocol = 3; protocol <= 4; protocol++) {
        try_one(&out, bytes, FRAME_FROM_CLIENT, protocol);
        try_one(&out, bytes, FRAME_FROM_SERVER, protocol);
    }
    buf_clear(&out);
    return 0;
}
