#include "net/linecut.h"

void linecut_init(struct linecut *cut)
{
    buf_init(&cut->start, LINECUT_MAX);
}

void linecut_clear(struct linecut *cut)
{
    buf_clear(&cut->start);
}

enum linecut_state linecut_feed(struct linecut *cut, struct str bytes,
                                linecut_fn *on_line, void *arg)
{
    ptrdiff_t end;

    while ((end = str_index(bytes, '\n')) >= 0) {
        struct str line = str_sub(bytes, 0, (size_t)end);

        bytes = str_sub(bytes, (size_t)end + 1, SIZE_MAX);
        if (line.len > LINECUT_MAX - cut->start.len)
            return LINECUT_LONG;
        if (cut->start.len > 0) {
            buf_add_str(&cut->start, line);
            line = buf_str(&cut->start);
        }
        if (!on_line(arg, line))
            return LINECUT_STOPPED;
        buf_reset(&cut->start);
    }
    return buf_add_str(&cut->start, bytes) ? LINECUT_FED : LINECUT_LONG;
}

enum linecut_state linecut_end(struct linecut *cut, linecut_fn *on_line, void *arg)
{
    if (cut->start.len > 0 && !on_line(arg, buf_str(&cut->start)))
        return LINECUT_STOPPED;
    buf_reset(&cut->start);
    return LINECUT_FED;
}
