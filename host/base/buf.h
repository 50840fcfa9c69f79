/*
 * buf: bytes that grow, up to a maximum fixed at birth.
 *
 * A buf always owns its bytes. Every add either takes the whole addition or changes
 * nothing and returns false (the maximum would be passed). There is always one NUL byte
 * after the content, not counted, so buf.at is a C string when the content has none.
 *
 * Layer: base.  Thread: any, one at a time.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/str.h"

#include <stdarg.h>

struct buf {
    char *at;
    size_t len;
    size_t cap;
    size_t max;
};

/* Starts empty, without allocating. */
void buf_init(struct buf *buf, size_t max);

/* Frees the bytes; the buf is empty and usable again with the same maximum. */
void buf_clear(struct buf *buf);

/* Forgets the content, keeps the memory. */
void buf_reset(struct buf *buf);

bool buf_add(struct buf *buf, const void *at, size_t len);
bool buf_add_str(struct buf *buf, struct str s);
bool buf_add_byte(struct buf *buf, uint8_t byte);
bool buf_add_format(struct buf *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Room for `len` more bytes at buf->at + buf->len; the caller writes them and adds to
 * buf->len itself. */
bool buf_reserve(struct buf *buf, size_t len);

/* Back to the first `len` bytes (at most what it has); takes back a half-made addition.
 */
void buf_cut(struct buf *buf, size_t len);

/* Drops `len` bytes (clamped) from the front. */
void buf_shift(struct buf *buf, size_t len);

/* Borrows the content, valid until the buf changes. */
struct str buf_str(const struct buf *buf);

/* Gives the bytes (NUL-terminated, free() them) and leaves the buf empty. Never NULL. */
char *buf_take(struct buf *buf, size_t *len);

#endif
