#include "base/mem.h"

#include "base/must.h"

#include <string.h>

/* A size of zero still gives memory of its own, so that NULL always means "absent". */
static size_t at_least_one(size_t size)
{
    return size > 0 ? size : 1;
}

void *mem_alloc(size_t size)
{
    void *at = malloc(at_least_one(size));
    must(at != NULL);
    return at;
}

void *mem_zero(size_t size)
{
    void *at = calloc(1, at_least_one(size));
    must(at != NULL);
    return at;
}

void *mem_realloc(void *at, size_t size)
{
    void *moved = realloc(at, at_least_one(size));
    must(moved != NULL);
    return moved;
}

void *mem_dup(const void *at, size_t size)
{
    void *copy = mem_alloc(size);
    if (size > 0)
        memcpy(copy, at, size);
    return copy;
}
