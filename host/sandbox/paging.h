/*
 * paging: lists of the group and friend services, page by page, as ChannelsListResult
 * (wire.md F.8). A page token is the place of the next entry, as text.
 *
 * Layer: sandbox.  Thread: loop thread only.
 */
#ifndef SANDBOX_PAGING_H
#define SANDBOX_PAGING_H

#include "sandbox/topics.h"

enum { PAGE_MOST = 100 };

struct page {
    struct str ids[PAGE_MOST];
    size_t count, total, next; /* next 0: this is the last */
};

/* Sets `page` from the request's parameters (may be NULL) and `ids`, in order. */
bool page_of(const struct channels_page_param *asked, const struct str *ids, size_t count,
             struct page *page);
/* The keys of a map, sorted. */
bool page_of_map(struct ask *ask, const struct channels_page_param *asked,
                 const struct map *map, struct page *page);

/* Writes the answer; `result` is the encoded list. */
int page_answer(struct ask *ask, const struct page *page, int list_type,
                struct str result);

#endif
