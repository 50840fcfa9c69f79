/*
 * arena: memory that is freed all at once; what decoding a message needs.
 *
 * Layer: base.  Thread: any, one at a time.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/str.h"

struct arena_block;

struct arena {
    struct arena_block *blocks;
    size_t used; /* bytes given out */
    size_t max;  /* most bytes it will give out */
};

void arena_init(struct arena *arena, size_t max);

/* Zero-filled, aligned for any type. NULL when the maximum would be passed. */
void *arena_alloc(struct arena *arena, size_t size);

/* A NUL-terminated copy. STR_NONE-like `at == NULL` when the maximum would be passed. */
struct str arena_copy(struct arena *arena, struct str s);

/* Everything given out becomes invalid; one block is kept for the next use. */
void arena_reset(struct arena *arena);

/* Frees all. */
void arena_clear(struct arena *arena);

#endif
