#include "base/buf.h"

#include "base/mem.h"
#include "base/must.h"

#include <stdio.h>
#include <string.h>

enum { BUF_FIRST = 128 };

/* What an empty buf points to: never written, because its cap is 0. */
static const char nothing[1];

void buf_init(struct buf *buf, size_t max)
{
    must(max < SIZE_MAX);
    *buf = (struct buf){ (char *)nothing, 0, 0, max };
}

void buf_clear(struct buf *buf)
{
    if (buf->cap > 0)
        free(buf->at);
    buf_init(buf, buf->max);
}

void buf_reset(struct buf *buf)
{
    buf_cut(buf, 0);
}

void buf_cut(struct buf *buf, size_t len)
{
    must(len <= buf->len);
    buf->len = len;
    if (buf->cap > 0)
        buf->at[len] = '\0';
}

bool buf_reserve(struct buf *buf, size_t len)
{
    if (len > buf->max - buf->len)
        return false;
    size_t need = buf->len + len + 1;
    if (need <= buf->cap)
        return true;
    size_t cap = buf->cap > 0 ? buf->cap : BUF_FIRST;
    while (cap < need)
        cap = cap > SIZE_MAX / 2 ? need : cap * 2;
    if (cap > buf->max + 1)
        cap = buf->max + 1;
    bool empty = buf->cap == 0;
    buf->at = mem_realloc(empty ? NULL : buf->at, cap);
    buf->cap = cap;
    if (empty)
        buf->at[0] = '\0';
    return true;
}

bool buf_add(struct buf *buf, const void *at, size_t len)
{
    if (len == 0)
        return true;
    if (!buf_reserve(buf, len))
        return false;
    memcpy(buf->at + buf->len, at, len);
    buf->len += len;
    buf->at[buf->len] = '\0';
    return true;
}

bool buf_add_str(struct buf *buf, struct str s)
{
    return buf_add(buf, s.at, s.len);
}

bool buf_add_byte(struct buf *buf, uint8_t byte)
{
    return buf_add(buf, &byte, 1);
}

bool buf_add_format(struct buf *buf, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    must(len >= 0);
    bool fits = buf_reserve(buf, (size_t)len);
    if (fits) {
        vsnprintf(buf->at + buf->len, (size_t)len + 1, format, again);
        buf->len += (size_t)len;
    }
    va_end(again);
    va_end(args);
    return fits;
}

void buf_shift(struct buf *buf, size_t len)
{
    if (len == 0)
        return;
    if (len >= buf->len) {
        buf_reset(buf);
        return;
    }
    memmove(buf->at, buf->at + len, buf->len - len);
    buf->len -= len;
    buf->at[buf->len] = '\0';
}

struct str buf_str(const struct buf *buf)
{
    return str_of(buf->at, buf->len);
}

char *buf_take(struct buf *buf, size_t *len)
{
    char *at = buf->cap > 0 ? buf->at : mem_zero(1);
    at[buf->len] = '\0'; /* after buf_reserve the caller wrote the content itself */
    if (len != NULL)
        *len = buf->len;
    buf_init(buf, buf->max);
    return at;
}
