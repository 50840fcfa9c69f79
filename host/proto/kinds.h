/*
 * kinds: what a message carries, under names that say what it is. A place is
 * {"latitude", "longitude", "name"} and not RC:LBSMsg with a `poi`; what was read can be
 * written, under the same names. Bots and their authors see messages so; the cloud sees
 * the types of wire.md G.
 *
 * Reading is lenient: a field that is missing or of another kind of value is left out.
 * Writing is strict, and says which field is wrong. What official apps count on is
 * written even when it was not given, empty.
 *
 * Layer: proto.  Thread: any, one at a time. Pure.
 */
#ifndef PROTO_KINDS_H
#define PROTO_KINDS_H

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"

/* "location" for "RC:LBSMsg"; STR_NONE for types that are no kind. */
struct str kinds_word(struct str object_name);

/* Whether there is such a kind. */
bool kinds_has(struct str word);

/* Gives an object with what `content` holds of it; NULL when the type is no kind. */
struct json *kinds_read(struct str object_name, const struct json *content);

/* A message to write. */
struct kinds_message {
    struct str word; /* a kind: kinds_has */
    /* Its fields; or a text alone, for the first of them: a grey line, the place of an
     * image. */
    const struct json *given;
    const struct str *mentions; /* user ids; may be NULL, and is ignored with */
    size_t mention_count;
    bool mention_all;
};

/* Appends the content and sets the type it is of, which is static. ERR_ARGUMENT names the
 * field ("content.location.latitude is missing"), ERR_LIMIT says that it is too large;
 * nothing is added then. */
bool kinds_write(const struct kinds_message *message, struct buf *out,
                 struct str *object_name, struct err *err);

#endif
