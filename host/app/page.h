/*
 * page: a page of memory that a worker writes and its supervisor reads, also when the
 * worker can say nothing any more; and how a text is left for a worker that is about to
 * be started. Both are files without a name (memfd), known by their descriptors.
 *
 * Layer: app.
 */
#ifndef APP_PAGE_H
#define APP_PAGE_H

#include "base/buf.h"
#include "base/err.h"

#include <stdint.h>

/* What a worker finds open when it starts: see app/leash.h. The texts are of the
 * configuration in force and of one that may follow it. */
enum {
    PAGE_LEASH_FD = 3,
    PAGE_FD = 4,
    PAGE_TEXT_FD = 5,
    PAGE_NEXT_FD = 6,
    PAGE_LOCK_FD = 7
};

struct page {
    volatile uint64_t beat;   /* grows while the loop turns */
    volatile uint64_t inside; /* the plugin that runs just now (script_id); 0: none */
    volatile uint32_t opened; /* the bots are open: it was able to start */
};

/* Makes one, all zero, and gives its descriptor. NULL with ERR_INTERNAL. */
struct page *page_make(int *fd, struct err *err);

/* The one behind a descriptor; NULL with ERR_INTERNAL when it is none. */
struct page *page_map(int fd, struct err *err);
void page_unmap(struct page *page); /* NULL is fine */

/* A descriptor for texts, and what it holds. */
int page_text_make(struct err *err); /* -1 with ERR_INTERNAL */
bool page_text_put(int fd, struct str text, struct err *err);
bool page_text_get(int fd, struct buf *out, struct err *err);

#endif
