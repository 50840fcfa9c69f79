/*
 * linecut: pieces of a stream put together into lines. Pure.
 *
 * Layer: net.  Thread: any.
 */
#ifndef NET_LINECUT_H
#define NET_LINECUT_H

#include "base/buf.h"

#define LINECUT_MAX ((size_t)1 << 20)

struct linecut {
    struct buf start; /* of a line whose end has not come */
};

/* False: stop, and do not touch the linecut again. */
typedef bool linecut_fn(void *arg, struct str line);

enum linecut_state { LINECUT_FED, LINECUT_STOPPED, LINECUT_LONG };

void linecut_init(struct linecut *cut);
void linecut_clear(struct linecut *cut);

/* Calls `on_line` for each whole line. LINECUT_LONG: a line without end is longer than
 * LINECUT_MAX; the rest of `bytes` is lost. */
enum linecut_state linecut_feed(struct linecut *cut, struct str bytes,
                                linecut_fn *on_line, void *arg);

/* The stream has ended: what has come of a last line is a line. */
enum linecut_state linecut_end(struct linecut *cut, linecut_fn *on_line, void *arg);

#endif
