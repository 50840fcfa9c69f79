/* wire_seen: what the client sent to the scripted RongCloud. */
#include "wire_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

size_t wire_count(const struct wire *wire, enum frame_type type, const char *topic)
{
    size_t count = 0;
    for (size_t i = 0; i < wire->frame_count; i++)
        count += wire->frames[i].frame.type == type &&
                 (!topic || str_eq(wire->frames[i].frame.topic, str_from(topic)));
    return count;
}

const struct wire_frame *wire_last(const struct wire *wire, enum frame_type type,
                                   const char *topic)
{
    for (size_t i = wire->frame_count; i-- > 0;) {
        const struct wire_frame *in = &wire->frames[i];
        if (in->frame.type == type &&
            (!topic || str_eq(in->frame.topic, str_from(topic))))
            return in;
    }
    fail_msg("no such frame");
    return NULL;
}

size_t wire_accepted(const struct wire *wire)
{
    size_t count = 0;
    for (size_t i = 0; i < wire->message_count; i++)
        count += wire->messages[i].own;
    return count;
}
