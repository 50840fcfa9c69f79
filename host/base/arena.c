#include "base/arena.h"

#include "base/mem.h"

#include <stdalign.h>
#include <string.h>

enum { BLOCK_FIRST = 2048, BLOCK_MOST = 256 * 1024 };

struct arena_block {
    struct arena_block *next;
    size_t size;
    size_t used;
    alignas(max_align_t) char at[];
};

void arena_init(struct arena *arena, size_t max)
{
    *arena = (struct arena){ NULL, 0, max };
}

/* Blocks double, so that a large message needs few of them. */
static struct arena_block *add_block(struct arena *arena, size_t least)
{
    size_t size = arena->blocks != NULL ? arena->blocks->size * 2 : BLOCK_FIRST;
    if (size > BLOCK_MOST)
        size = BLOCK_MOST;
    if (size < least)
        size = least;
    struct arena_block *block = mem_alloc(sizeof(*block) + size);
    block->next = arena->blocks;
    block->size = size;
    block->used = 0;
    arena->blocks = block;
    return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    const size_t align = alignof(max_align_t);
    if (size > arena->max)
        return NULL;
    size = size > 0 ? (size + align - 1) / align * align : align;
    if (size > arena->max - arena->used)
        return NULL;
    struct arena_block *block = arena->blocks;
    if (block == NULL || size > block->size - block->used)
        block = add_block(arena, size);
    void *at = block->at + block->used;
    block->used += size;
    arena->used += size;
    return memset(at, 0, size);
}

struct str arena_copy(struct arena *arena, struct str s)
{
    char *at = s.len < SIZE_MAX ? arena_alloc(arena, s.len + 1) : NULL;
    if (at == NULL)
        return STR_NONE;
    if (s.len > 0)
        memcpy(at, s.at, s.len);
    return str_of(at, s.len);
}

static void free_blocks(struct arena_block *block)
{
    while (block != NULL) {
        struct arena_block *next = block->next;
        free(block);
        block = next;
    }
}

void arena_reset(struct arena *arena)
{
    arena->used = 0;
    if (arena->blocks == NULL)
        return;
    free_blocks(arena->blocks->next);
    arena->blocks->next = NULL;
    arena->blocks->used = 0;
}

void arena_clear(struct arena *arena)
{
    free_blocks(arena->blocks);
    arena->blocks = NULL;
    arena->used = 0;
}
