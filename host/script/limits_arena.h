/*
 * limits_arena: the memory of one Lua state, freed all at once.
 *
 * Small blocks come from size classes inside 16 KiB chunks, larger ones from malloc on a
 * list. Dropping an arena is a walk over two lists and needs nothing from the state, so a
 * state that was stopped at any instant can be thrown away. Chunks go back to a pool that
 * the arenas of one script share.
 *
 * Layer: script.  Thread: loop thread only.
 */
#ifndef SCRIPT_LIMITS_ARENA_H
#define SCRIPT_LIMITS_ARENA_H

#include <stddef.h>

#define LIMITS_CHUNK ((size_t)16 << 10)
#define LIMITS_CLASSES 44

struct limits_chunk;
struct limits_large;

struct limits_pool {
    struct limits_chunk *chunks; /* free ones */
    size_t free_count;
    size_t out_count; /* chunks and large blocks held by arenas */
};

struct limits_arena {
    struct limits_pool *pool;
    struct limits_chunk *chunks;
    struct limits_large *large;
    char *at, *end; /* what is left of the newest chunk */
    void *lists[LIMITS_CLASSES];
    size_t used; /* bytes asked for and not given back */
};

void limits_pool_clear(struct limits_pool *pool);

/* Borrows `pool`. */
void limits_arena_init(struct limits_arena *arena, struct limits_pool *pool);

/* As lua_Alloc: `old` is the size of `at`, 0 for NULL. Never NULL for a size > 0. */
void *limits_arena_realloc(struct limits_arena *arena, void *at, size_t old, size_t size);

/* Frees everything. */
void limits_arena_drop(struct limits_arena *arena);

#endif
