/*
 * mem: allocation that never returns NULL. Out of memory aborts: sizes that come from
 * outside are checked before they get here. Free with free().
 *
 * Layer: base.  Thread: any.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>
#include <stdlib.h>

void *mem_alloc(size_t size);
void *mem_zero(size_t size); /* zero-filled */
void *mem_realloc(void *at, size_t size);
void *mem_dup(const void *at, size_t size);

/* A zero-filled object of the type. */
#define MEM_NEW(type) ((type *)mem_zero(sizeof(type)))

#endif
