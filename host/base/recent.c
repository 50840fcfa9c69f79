#include "base/recent.h"

#include "base/map.h"
#include "base/mem.h"

#define KEEP_MS 60000
#define KEEP_MOST 100000

struct kept {
    struct kept *next; /* the next younger one */
    struct str key, text;
    int64_t time;
};

struct recent {
    struct map map;
    struct kept *oldest, *newest;
};

struct recent *recent_new(void)
{
    return MEM_NEW(struct recent);
}

static void drop_oldest(struct recent *recent)
{
    struct kept *kept = recent->oldest;
    recent->oldest = kept->next;
    if (!recent->oldest)
        recent->newest = NULL;
    if (map_get(&recent->map, kept->key) == kept)
        map_del(&recent->map, kept->key);
    free((char *)kept->key.at);
    free((char *)kept->text.at);
    free(kept);
}

void recent_clear(struct recent *recent)
{
    while (recent->oldest)
        drop_oldest(recent);
    map_clear(&recent->map);
}

void recent_free(struct recent *recent)
{
    if (!recent)
        return;
    recent_clear(recent);
    free(recent);
}

struct str recent_find(struct recent *recent, struct str key, int64_t now)
{
    while (recent->oldest && recent->oldest->time + KEEP_MS <= now)
        drop_oldest(recent);
    const struct kept *kept = map_get(&recent->map, key);
    return kept ? kept->text : STR_NONE;
}

void recent_add(struct recent *recent, struct str key, struct str text, int64_t now)
{
    if (recent->map.len >= KEEP_MOST)
        drop_oldest(recent);
    struct kept *kept = MEM_NEW(struct kept);
    kept->key = (struct str){ str_dup(key), key.len };
    kept->text = (struct str){ str_dup(text), text.len };
    kept->time = now;
    if (recent->newest)
        recent->newest->next = kept;
    else
        recent->oldest = kept;
    recent->newest = kept;
    map_set(&recent->map, kept->key, kept);
}
