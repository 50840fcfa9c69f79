/*
 * gzip: the compressed lists of wire.md F.4. The one door to zlib.
 *
 * Layer: base.  Thread: any.
 */
#ifndef BASE_GZIP_H
#define BASE_GZIP_H

#include "base/buf.h"
#include "base/err.h"

/* Appends the unpacked bytes; ERR_LIMIT when they pass out's maximum, ERR_PROTO when the
 * input is no gzip. */
bool gzip_unpack(struct buf *out, struct str packed, struct err *err);
bool gzip_pack(struct buf *out, struct str bytes, struct err *err);

#endif
