/* net/wsframe: a whole frame that is understood is written again with the same bytes. */
#include "fuzz.h"

#include "base/mem.h"
#include "net/wsframe.h"

#include <string.h>

enum { MOST = 5000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *bytes = mem_dup(data, size); /* it is unmasked in place */
    uint8_t head[WSFRAME_HEAD_MAX], mask[4];
    struct wsframe frame;
    size_t used, len;

    switch (wsframe_read(bytes, size, MOST, &frame, &used)) {
    case WSFRAME_MORE:
        must(used > size && used <= MOST + WSFRAME_HEAD_MAX);
        break;
    case WSFRAME_DONE:
        must(used <= size && frame.len <= MOST && frame.at + frame.len == bytes + used);
        memcpy(mask, frame.at - 4, 4);
        len = wsframe_head(head, frame.kind, frame.len, mask);
        must(len + frame.len == used);
        if (!frame.final)
            head[0] &= 0x7f;
        must(memcmp(head, data, len) == 0);
        wsframe_mask(frame.at, frame.len, mask);
        must(memcmp(frame.at, data + len, frame.len) == 0);
        break;
    case WSFRAME_BAD:
    case WSFRAME_LARGE:
        break;
    }
    free(bytes);
    return 0;
}
