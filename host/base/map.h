/*
 * map: strings to pointers. Keys are copied and hashed with a per-process secret, so a
 * stranger cannot choose colliding ones.
 *
 * Layer: base.  Thread: any, one at a time.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/str.h"

struct map_slot;

struct map {
    struct map_slot *slots;
    size_t cap;
    size_t len; /* entries */
    size_t dead;
};

/* An all-zero struct is an empty map too. */
void map_init(struct map *map);

/* Frees the table and keys, not what the values point to. */
void map_clear(struct map *map);

void *map_get(const struct map *map, struct str key); /* NULL if absent */

/* Stores `value` (not NULL); returns the value it replaced, or NULL. */
void *map_set(struct map *map, struct str key, void *value);

/* Removes; returns the value that was there, or NULL. */
void *map_del(struct map *map, struct str key);

/* Walks in no particular order: start with *at = 0; false at the end. The entry just
 * returned may be deleted during the walk; nothing may be added. */
bool map_next(const struct map *map, size_t *at, struct str *key, void **value);

/* The hash the map uses, for own tables. */
uint64_t map_hash(struct str key);

#endif
