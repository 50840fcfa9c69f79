#include "sandbox/paging.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

#define PAGE_USUAL 50

bool page_of(const struct channels_page_param *asked, const struct str *ids, size_t count,
             struct page *page)
{
    int64_t from = 0, size = asked && asked->size > 0 ? asked->size : PAGE_USUAL;
    if (asked && asked->page_token.len > 0 &&
        (!str_to_i64(asked->page_token, &from) || from < 0))
        return false;
    if (size > PAGE_MOST)
        size = PAGE_MOST;
    *page = (struct page){ .total = count };
    for (size_t i = (size_t)from; i < count && page->count < (size_t)size; i++)
        page->ids[page->count++] = ids[i];
    if ((size_t)from + page->count < count)
        page->next = (size_t)from + page->count;
    return true;
}

static int compare(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

bool page_of_map(struct ask *ask, const struct channels_page_param *asked,
                 const struct map *map, struct page *page)
{
    struct str *ids = arena_alloc(&ask->box->arena, (map->len + 1) * sizeof *ids);
    size_t count = 0;
    void *value;
    if (!ids)
        return false;
    for (size_t at = 0; map_next(map, &at, &ids[count], &value);)
        count++;
    qsort(ids, count, sizeof *ids, compare);
    return page_of(asked, ids, count, page);
}

int page_answer(struct ask *ask, const struct page *page, int list_type,
                struct str result)
{
    char token[24] = "";
    struct channels_page_param param = { 0 };
    struct channels_list_result answer = { 0 };
    if (page->next)
        snprintf(token, sizeof token, "%zu", page->next);
    pb_put(param, channels_page_param, page_token, str_from(token));
    pb_put(param, channels_page_param, has_next, page->next != 0);
    pb_put(param, channels_page_param, total, (int64_t)page->total);
    pb_put(answer, channels_list_result, list_type, list_type);
    pb_put(answer, channels_list_result, result, result);
    pb_put(answer, channels_list_result, page, &param);
    return ask_write(ask, &channels_list_result_type, &answer);
}
