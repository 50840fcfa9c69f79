#include "base/map.h"

#include "base/mem.h"
#include "base/must.h"
#include "base/random.h"

#include <pthread.h>
#include <string.h>

/* Open addressing with linear probing; cap is a power of two, at most 3/4 of the slots
 * are in use or dead. */
struct map_slot {
    char *key;   /* NULL: never used */
    void *value; /* NULL with a key: dead, its key already freed */
    size_t len;
    uint64_t hash;
};

enum { MAP_FIRST = 8 };

static char dead_key; /* what a dead slot's key points to */

static uint64_t secret[2];
static pthread_once_t secret_once = PTHREAD_ONCE_INIT;

static void make_secret(void)
{
    random_bytes(secret, sizeof(secret));
}

static uint64_t turn(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = turn(v[1], 13) ^ v[0];
    v[0] = turn(v[0], 32);
    v[2] += v[3];
    v[3] = turn(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = turn(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = turn(v[1], 17) ^ v[2];
    v[2] = turn(v[2], 32);
}

/* SipHash with one round per word and three at the end. */
uint64_t map_hash(struct str key)
{
    pthread_once(&secret_once, make_secret);
    uint64_t v[4] = {
        secret[0] ^ 0x736f6d6570736575u,
        secret[1] ^ 0x646f72616e646f6du,
        secret[0] ^ 0x6c7967656e657261u,
        secret[1] ^ 0x7465646279746573u,
    };
    size_t at = 0;
    for (; key.len - at >= 8; at += 8) {
        uint64_t word;
        memcpy(&word, key.at + at, 8);
        v[3] ^= word;
        sip_round(v);
        v[0] ^= word;
    }
    uint64_t last = (uint64_t)key.len << 56;
    for (size_t i = 0; at + i < key.len; i++)
        last |= (uint64_t)(unsigned char)key.at[at + i] << (8 * i);
    v[3] ^= last;
    sip_round(v);
    v[0] ^= last;
    v[2] ^= 0xff;
    for (int i = 0; i < 3; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

void map_init(struct map *map)
{
    *map = (struct map){ NULL, 0, 0, 0 };
}

void map_clear(struct map *map)
{
    for (size_t i = 0; i < map->cap; i++)
        if (map->slots[i].value != NULL)
            free(map->slots[i].key);
    free(map->slots);
    map_init(map);
}

static struct map_slot *find(const struct map *map, struct str key, uint64_t hash)
{
    if (map->len == 0)
        return NULL;
    for (size_t i = hash & (map->cap - 1);; i = (i + 1) & (map->cap - 1)) {
        struct map_slot *slot = &map->slots[i];
        if (slot->key == NULL)
            return NULL;
        if (slot->value != NULL && slot->hash == hash &&
            str_eq(str_of(slot->key, slot->len), key))
            return slot;
    }
}

void *map_get(const struct map *map, struct str key)
{
    struct map_slot *slot = map->len > 0 ? find(map, key, map_hash(key)) : NULL;
    return slot != NULL ? slot->value : NULL;
}

static struct map_slot *free_slot(const struct map *map, uint64_t hash)
{
    size_t i = hash & (map->cap - 1);
    while (map->slots[i].value != NULL)
        i = (i + 1) & (map->cap - 1);
    return &map->slots[i];
}

/* Makes room for one more and drops the dead. */
static void rehash(struct map *map)
{
    struct map old = *map;
    map->cap = old.cap > 0 ? old.cap : MAP_FIRST;
    while ((old.len + 1) * 2 > map->cap)
        map->cap *= 2;
    map->slots = mem_zero(map->cap * sizeof(*map->slots));
    map->dead = 0;
    for (size_t i = 0; i < old.cap; i++)
        if (old.slots[i].value != NULL)
            *free_slot(map, old.slots[i].hash) = old.slots[i];
    free(old.slots);
}

void *map_set(struct map *map, struct str key, void *value)
{
    must(value != NULL);
    uint64_t hash = map_hash(key);
    struct map_slot *slot = find(map, key, hash);
    if (slot != NULL) {
        void *before = slot->value;
        slot->value = value;
        return before;
    }
    if ((map->len + map->dead + 1) * 4 > map->cap * 3)
        rehash(map);
    slot = free_slot(map, hash);
    if (slot->key != NULL)
        map->dead--;
    *slot = (struct map_slot){ str_dup(key), value, key.len, hash };
    map->len++;
    return NULL;
}

void *map_del(struct map *map, struct str key)
{
    struct map_slot *slot = find(map, key, map_hash(key));
    if (slot == NULL)
        return NULL;
    void *value = slot->value;
    free(slot->key);
    slot->key = &dead_key;
    slot->value = NULL;
    map->len--;
    map->dead++;
    return value;
}

bool map_next(const struct map *map, size_t *at, struct str *key, void **value)
{
    for (; *at < map->cap; (*at)++) {
        struct map_slot *slot = &map->slots[*at];
        if (slot->value == NULL)
            continue;
        if (key != NULL)
            *key = str_of(slot->key, slot->len);
        if (value != NULL)
            *value = slot->value;
        (*at)++;
        return true;
    }
    return false;
}
