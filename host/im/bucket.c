/* bucket: see the header. */
#include "im/bucket.h"

#include <string.h>

#define PAUSE_FIRST_MS 1000
#define PAUSE_LONGEST_MS 60000
#define CALM_MS 10000
#define CALM_AT_CEILING_MS 60000
#define UNLIMITED_FROM 1000 /* a learned limit that high is none */

void bucket_init(struct bucket *bucket, int quota, int start)
{
    *bucket = (struct bucket){ .quota = quota, .start = start, .limit = quota };
}

void bucket_set_quota(struct bucket *bucket, int quota)
{
    bool learned = bucket->limit != bucket->quota;
    bucket->quota = quota;
    if (!learned || (quota > 0 && bucket->limit > quota))
        bucket->limit = quota;
}

/* Forgets the slices that are more than a second old. */
static void advance(struct bucket *bucket, int64_t now_ms)
{
    int64_t slice = now_ms / BUCKET_SLICE_MS;
    if (slice - bucket->slice >= BUCKET_SLICES) {
        memset(bucket->counts, 0, sizeof(bucket->counts));
        bucket->sum = 0;
        bucket->slice = slice;
    }
    while (bucket->slice < slice) {
        uint32_t *count = &bucket->counts[++bucket->slice % BUCKET_SLICES];
        bucket->sum -= *count;
        *count = 0;
    }
}

/* How long until the oldest slice that holds something is forgotten. */
static int64_t until_room(const struct bucket *bucket, int64_t now_ms)
{
    int64_t slice = bucket->slice - BUCKET_SLICES + 1;
    while (slice < bucket->slice && bucket->counts[slice % BUCKET_SLICES] == 0)
        slice++;
    return (slice + BUCKET_SLICES) * BUCKET_SLICE_MS - now_ms;
}

static void grow(struct bucket *bucket, int64_t now_ms)
{
    while (bucket->limit != bucket->quota) {
        bool known = bucket->quota > 0 || bucket->ceiling > 0;
        int limit = known ? bucket->limit + 1 + bucket->limit / 8 : bucket->limit * 2;
        bool risky = bucket->ceiling > 0 && limit >= bucket->ceiling;
        int64_t calm_ms = risky ? CALM_AT_CEILING_MS : CALM_MS;
        if (now_ms - bucket->changed_ms < calm_ms)
            return;
        bucket->changed_ms += calm_ms;
        bucket->limit = limit;
        if (risky)
            bucket->ceiling = 0;
        if (bucket->quota > 0 ? limit >= bucket->quota : limit >= UNLIMITED_FROM)
            bucket->limit = bucket->quota;
    }
}

int64_t bucket_ask(struct bucket *bucket, const void *who, int64_t now_ms)
{
    if (bucket->limit == 0)
        return 0;
    if (now_ms < bucket->closed_until_ms)
        return bucket->closed_until_ms - now_ms;
    grow(bucket, now_ms);
    if (bucket->limit == 0)
        return 0;
    advance(bucket, now_ms);
    bool reserved = bucket->other && now_ms < bucket->other_until_ms;
    if (reserved && bucket->last == who)
        return BUCKET_SLICE_MS;
    if (bucket->sum < (uint32_t)bucket->limit)
        return 0;
    int64_t wait_ms = until_room(bucket, now_ms);
    if (bucket->last != who && (!reserved || bucket->other == who)) {
        bucket->other = who;
        bucket->other_until_ms = now_ms + wait_ms + 2 * BUCKET_SLICE_MS;
    }
    return wait_ms;
}

void bucket_take(struct bucket *bucket, const void *who)
{
    bucket->last = who;
    if (bucket->other == who)
        bucket->other = NULL;
    if (bucket->limit == 0)
        return;
    bucket->counts[bucket->slice % BUCKET_SLICES]++;
    bucket->sum++;
}

bool bucket_too_fast(struct bucket *bucket, int64_t now_ms)
{
    if (now_ms < bucket->closed_until_ms)
        return false;
    if (bucket->limit == 0) {
        bucket->limit = bucket->start;
    } else {
        bucket->ceiling = bucket->limit;
        bucket->limit = bucket->limit > 4 ? bucket->limit * 3 / 4
                                          : bucket->limit - (bucket->limit > 1);
    }
    bucket->pause_ms = bucket->pause_ms ? bucket->pause_ms * 2 : PAUSE_FIRST_MS;
    if (bucket->pause_ms > PAUSE_LONGEST_MS)
        bucket->pause_ms = PAUSE_LONGEST_MS;
    bucket->closed_until_ms = now_ms + bucket->pause_ms;
    bucket->changed_ms = bucket->closed_until_ms;
    return true;
}

void bucket_went_well(struct bucket *bucket, int64_t now_ms)
{
    if (now_ms >= bucket->closed_until_ms)
        bucket->pause_ms = 0;
}

bool bucket_learns(const struct bucket *bucket)
{
    return bucket->limit != bucket->quota;
}

bool bucket_is_fresh(const struct bucket *bucket, int64_t now_ms)
{
    return !bucket_learns(bucket) && now_ms >= bucket->closed_until_ms &&
           now_ms / BUCKET_SLICE_MS - bucket->slice >= BUCKET_SLICES;
}
