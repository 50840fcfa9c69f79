#include "script/limits_arena.h"

#include "base/mem.h"
#include "script/limits_guard.h"

#include <stdint.h>
#include <string.h>

#define SMALL_MAX ((size_t)4096)
#define POOL_KEEP 256 /* free chunks kept for the next state: 4 MiB */

struct limits_chunk {
    struct limits_chunk *next;
    size_t pad; /* keeps blocks aligned to 16 bytes */
};

struct limits_large {
    struct limits_large *next, **link;
};

/* 16 bytes apart up to 512, then four classes per doubling up to 4 KiB. */
static unsigned class_of(size_t size)
{
    if (size <= 512)
        return (unsigned)((size + 15) / 16 - 1);
    unsigned top = 63u - (unsigned)__builtin_clzll(size - 1); /* 9, 10 or 11 */
    return 32 + (top - 9) * 4 + (unsigned)(((size - 1) >> (top - 2)) & 3);
}

static size_t class_size(unsigned class)
{
    if (class < 32)
        return (size_t)(class + 1) * 16;
    unsigned top = 9 + (class - 32) / 4;
    return ((size_t)1 << top) + (size_t)((class - 32) % 4 + 1) * ((size_t)1 << (top - 2));
}

/* The rest of a chunk is given to the free lists, so that little is wasted. */
static void keep_rest(struct limits_arena *arena)
{
    while (arena->end - arena->at >= 16) {
        size_t left = (size_t)(arena->end - arena->at);
        unsigned class = class_of(left < SMALL_MAX ? left : SMALL_MAX);
        while (class_size(class) > left)
            class --;
        *(void **)(void *)arena->at = arena->lists[class];
        arena->lists[class] = arena->at;
        arena->at += class_size(class);
    }
}

static void add_chunk(struct limits_arena *arena)
{
    struct limits_pool *pool = arena->pool;
    guard_hold();
    struct limits_chunk *chunk = pool->chunks;
    if (chunk) {
        pool->chunks = chunk->next;
        pool->free_count--;
    } else {
        chunk = mem_alloc(LIMITS_CHUNK);
    }
    pool->out_count++;
    chunk->next = arena->chunks;
    arena->chunks = chunk;
    guard_release();
    arena->at = (char *)(chunk + 1);
    arena->end = (char *)chunk + LIMITS_CHUNK;
}

static void *take_small(struct limits_arena *arena, unsigned class)
{
    void *block = arena->lists[class];
    if (block) {
        memcpy(&arena->lists[class], block, sizeof(void *));
        return block;
    }
    size_t size = class_size(class);
    if ((size_t)(arena->end - arena->at) < size) {
        keep_rest(arena);
        add_chunk(arena);
    }
    block = arena->at;
    arena->at += size;
    return block;
}

static void give_small(struct limits_arena *arena, void *block, unsigned class)
{
    memcpy(block, &arena->lists[class], sizeof(void *));
    arena->lists[class] = block;
}

static void link_large(struct limits_arena *arena, struct limits_large *large)
{
    large->next = arena->large;
    large->link = &arena->large;
    if (large->next)
        large->next->link = &large->next;
    arena->large = large;
}

static void unlink_large(struct limits_large *large)
{
    *large->link = large->next;
    if (large->next)
        large->next->link = large->link;
}

/* The list is changed only while held: a stop in between would lose or break it. */
static void *resize_large(struct limits_arena *arena, struct limits_large *large,
                          size_t size)
{
    guard_hold();
    if (large)
        unlink_large(large);
    else
        arena->pool->out_count++;
    large = mem_realloc(large, sizeof(*large) + size);
    link_large(arena, large);
    guard_release();
    return large + 1;
}

static void free_large(struct limits_arena *arena, struct limits_large *large)
{
    guard_hold();
    unlink_large(large);
    free(large);
    arena->pool->out_count--;
    guard_release();
}

static void *take(struct limits_arena *arena, size_t size)
{
    return size <= SMALL_MAX ? take_small(arena, class_of(size))
                             : resize_large(arena, NULL, size);
}

static void give(struct limits_arena *arena, void *at, size_t size)
{
    if (size <= SMALL_MAX)
        give_small(arena, at, class_of(size));
    else
        free_large(arena, (struct limits_large *)at - 1);
}

void limits_arena_init(struct limits_arena *arena, struct limits_pool *pool)
{
    memset(arena, 0, sizeof(*arena));
    arena->pool = pool;
}

void *limits_arena_realloc(struct limits_arena *arena, void *at, size_t old, size_t size)
{
    arena->used = arena->used - old + size;
    if (size == 0) {
        if (at && old > 0)
            give(arena, at, old);
        return NULL;
    }
    if (!at || old == 0)
        return take(arena, size);
    if (old > SMALL_MAX && size > SMALL_MAX)
        return resize_large(arena, (struct limits_large *)at - 1, size);
    if (old <= SMALL_MAX && size <= SMALL_MAX && class_of(old) == class_of(size))
        return at;
    void *block = take(arena, size);
    memcpy(block, at, old < size ? old : size);
    give(arena, at, old);
    return block;
}

void limits_arena_drop(struct limits_arena *arena)
{
    struct limits_pool *pool = arena->pool;
    while (arena->chunks) {
        struct limits_chunk *chunk = arena->chunks;
        arena->chunks = chunk->next;
        pool->out_count--;
        if (pool->free_count >= POOL_KEEP) {
            free(chunk);
            continue;
        }
        chunk->next = pool->chunks;
        pool->chunks = chunk;
        pool->free_count++;
    }
    while (arena->large) {
        struct limits_large *large = arena->large;
        arena->large = large->next;
        free(large);
        pool->out_count--;
    }
    limits_arena_init(arena, pool);
}

void limits_pool_clear(struct limits_pool *pool)
{
    while (pool->chunks) {
        struct limits_chunk *chunk = pool->chunks;
        pool->chunks = chunk->next;
        free(chunk);
    }
    pool->free_count = 0;
}
