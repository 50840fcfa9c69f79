/*
 * form: name=value pairs, percent-encoded, for URLs and form bodies.
 *
 * Layer: im.  Thread: any. Pure.
 */
#ifndef IM_FORM_H
#define IM_FORM_H

#include "base/buf.h"

/* Appends `text` encoded as JavaScript's encodeURIComponent does. */
bool form_encode(struct buf *out, struct str text);

/* Appends "name=value", after a '&' unless `out` is empty or ends with '?' or '&'. */
bool form_add(struct buf *out, const char *name, struct str value);
bool form_add_int(struct buf *out, const char *name, int64_t value);

#endif
