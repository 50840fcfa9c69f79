#include "base/gzip.h"

#include <limits.h>
#include <zlib.h>

enum { GZIP_WINDOW = 15 + 16 }; /* 16: with a gzip header */

/* Inflates into what room the buf has, growing it; true at the end of the stream. */
static bool inflate_all(z_stream *z, struct buf *out, struct err *err)
{
    for (;;) {
        size_t room = out->cap > out->len + 1 ? out->cap - out->len - 1 : 0;
        if (room == 0) {
            size_t more = out->len > 4096 ? out->len : 4096;
            if (more > out->max - out->len)
                more = out->max - out->len;
            if (more == 0) {
                /* Exactly full is fine if nothing more comes. */
                unsigned char extra;
                z->next_out = &extra;
                z->avail_out = 1;
                int end = inflate(z, Z_NO_FLUSH);
                if (end == Z_STREAM_END && z->avail_out == 1)
                    return true;
                return err_set(err, ERR_LIMIT, "unpacks to more than %zu bytes",
                               out->max);
            }
            buf_reserve(out, more);
            continue;
        }
        if (room > UINT_MAX)
            room = UINT_MAX;
        z->next_out = (unsigned char *)out->at + out->len;
        z->avail_out = (unsigned)room;
        int got = inflate(z, Z_NO_FLUSH);
        out->len += room - z->avail_out;
        out->at[out->len] = '\0';
        if (got == Z_STREAM_END)
            return true;
        if (got != Z_OK || (z->avail_in == 0 && z->avail_out > 0))
            return err_set(err, ERR_PROTO, "not a whole gzip stream");
    }
}

bool gzip_unpack(struct buf *out, struct str packed, struct err *err)
{
    size_t before = out->len;
    z_stream z = { 0 };
    if (packed.len > UINT_MAX)
        return err_set(err, ERR_LIMIT, "%zu packed bytes are too many", packed.len);
    if (inflateInit2(&z, GZIP_WINDOW) != Z_OK)
        return err_set(err, ERR_INTERNAL, "zlib does not start");
    z.next_in = (z_const Bytef *)packed.at;
    z.avail_in = (unsigned)packed.len;
    bool done = inflate_all(&z, out, err);
    if (done && z.avail_in > 0)
        done = err_set(err, ERR_PROTO, "%u bytes after the gzip stream", z.avail_in);
    inflateEnd(&z);
    if (!done)
        buf_cut(out, before);
    return done;
}

bool gzip_pack(struct buf *out, struct str bytes, struct err *err)
{
    size_t before = out->len;
    z_stream z = { 0 };
    if (bytes.len > UINT_MAX / 2)
        return err_set(err, ERR_LIMIT, "%zu bytes are too many to pack", bytes.len);
    if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, 8,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        return err_set(err, ERR_INTERNAL, "zlib does not start");
    size_t most = deflateBound(&z, bytes.len);
    bool done = buf_reserve(out, most);
    if (!done) {
        err_set(err, ERR_LIMIT, "no room for %zu packed bytes", most);
        goto out;
    }
    z.next_in = (z_const Bytef *)bytes.at;
    z.avail_in = (unsigned)bytes.len;
    z.next_out = (unsigned char *)out->at + out->len;
    z.avail_out = (unsigned)most;
    done = deflate(&z, Z_FINISH) == Z_STREAM_END;
    if (done) {
        out->len += most - z.avail_out;
        out->at[out->len] = '\0';
    } else {
        err_set(err, ERR_INTERNAL, "zlib does not finish");
        buf_cut(out, before);
    }
out:
    deflateEnd(&z);
    return done;
}
