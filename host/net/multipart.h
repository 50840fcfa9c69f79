/*
 * multipart: the body of an HTTP form with files (RFC 7578). Pure: bytes in, views of
 * them out.
 *
 *     struct multipart form;
 *     struct multipart_part part;
 *     if (multipart_open(&form, content_type, body, err))
 *         while (multipart_next(&form, &part))
 *             ...
 *     if (!form.done) it is no whole form; what was read of it does not count
 *
 * Layer: net.  Thread: any.
 */
#ifndef NET_MULTIPART_H
#define NET_MULTIPART_H

#include "base/err.h"
#include "base/str.h"

#define MULTIPART_PARTS_MAX 64
#define MULTIPART_BOUNDARY_MAX 70

struct multipart {
    struct str rest; /* begins with a delimiter, without the line end before it */
    char delimiter[2 + 2 + MULTIPART_BOUNDARY_MAX]; /* CR LF "--" boundary */
    size_t delimiter_len;
    size_t count; /* of parts so far */
    bool done;    /* the closing delimiter was met */
};

/* Borrowed from the body. */
struct multipart_part {
    struct str name;
    struct str file_name; /* STR_NONE: no file */
    struct str type;      /* Content-Type; STR_NONE when not said */
    struct str bytes;
};

/* Copies the boundary out of `content_type`. ERR_PROTO: that is no form with a boundary.
 */
bool multipart_open(struct multipart *form, struct str content_type, struct str body,
                    struct err *err);

/* The next part; false at the end, and where the body is malformed. */
bool multipart_next(struct multipart *form, struct multipart_part *out);

#endif
