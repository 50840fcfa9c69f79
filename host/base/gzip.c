#include "base/gzip.h"

#include "base/must.h"

#include <limits.h>
#include <zlib.h>

enum {
    GZIP_WINDOW = 15 + 16, /* 16: with a gzip header */
    GZIP_STEP = 4096,      /* least room given to zlib at a time */
};

/* Points zlib at free room in the buf, growing it; false when the buf is full. */
static bool give_room(z_stream *z, struct buf *out)
{
    size_t room = out->cap > out->len + 1 ? out->cap - out->len - 1 : 0;
    if (room == 0) {
        room = out->len > GZIP_STEP ? out->len : GZIP_STEP;
        if (room > out->max - out->len)
            room = out->max - out->len;
        if (room == 0)
            return false;
        buf_reserve(out, room);
    }
    z->next_out = (unsigned char *)out->at + out->len;
    z->avail_out = room < UINT_MAX ? (unsigned)room : UINT_MAX;
    return true;
}

static void take_output(z_stream *z, struct buf *out)
{
    out->len = (size_t)((char *)z->next_out - out->at);
    out->at[out->len] = '\0';
}

/* A full buf is fine if all that is left to read is the end. */
static bool only_end_left(z_stream *z)
{
    unsigned char extra;
    z->next_out = &extra;
    z->avail_out = 1;
    return inflate(z, Z_NO_FLUSH) == Z_STREAM_END && z->avail_out == 1;
}

static bool inflate_all(z_stream *z, struct buf *out, struct err *err)
{
    for (;;) {
        if (!give_room(z, out))
            return only_end_left(z) ||
                   err_set(err, ERR_LIMIT, "unpacks to more than %zu bytes", out->max);
        int got = inflate(z, Z_NO_FLUSH);
        take_output(z, out);
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
    must(inflateInit2(&z, GZIP_WINDOW) == Z_OK); /* fails only without memory */
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

static bool deflate_all(z_stream *z, struct buf *out, struct err *err)
{
    for (;;) {
        if (!give_room(z, out))
            return err_set(err, ERR_LIMIT, "packs to more than %zu bytes", out->max);
        int got = deflate(z, Z_FINISH);
        take_output(z, out);
        if (got == Z_STREAM_END)
            return true;
        must(got == Z_OK || got == Z_BUF_ERROR); /* wants more room */
    }
}

bool gzip_pack(struct buf *out, struct str bytes, struct err *err)
{
    size_t before = out->len;
    z_stream z = { 0 };
    if (bytes.len > UINT_MAX)
        return err_set(err, ERR_LIMIT, "%zu bytes are too many to pack", bytes.len);
    must(deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, 8,
                      Z_DEFAULT_STRATEGY) == Z_OK);
    z.next_in = (z_const Bytef *)bytes.at;
    z.avail_in = (unsigned)bytes.len;
    bool done = deflate_all(&z, out, err);
    deflateEnd(&z);
    if (!done)
        buf_cut(out, before);
    return done;
}
