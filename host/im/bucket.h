/*
 * bucket: one quota of so many in a second, and what was learned about it.
 *
 * Any second that ends now holds at most the limit: what was taken is counted in slices
 * of 50 ms. When the server says "too fast" nothing is given for a second, two, four ...
 * up to a minute, and the limit falls by a quarter; after ten calm seconds it grows
 * again, by an eighth a step. Where the server complained before, it waits a minute with
 * that step. Without a quota there is no limit until the first complaint, and then it
 * doubles in each step until a second one.
 *
 * Layer: im.  Thread: loop thread only.
 */
#ifndef IM_BUCKET_H
#define IM_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

enum { BUCKET_SLICES = 21, BUCKET_SLICE_MS = 50 };

struct bucket {
    int quota;   /* 0: none */
    int start;   /* the limit after the first complaint when there is no quota */
    int limit;   /* what holds now; 0: none */
    int ceiling; /* the limit the server complained about last; 0: none */
    uint32_t counts[BUCKET_SLICES], sum;
    int64_t slice; /* the newest */
    int64_t closed_until_ms, pause_ms, changed_ms;
    const void *last, *other; /* who took last; who else came in vain since then */
    int64_t other_until_ms;
};

void bucket_init(struct bucket *bucket, int quota, int start);

/* Another quota; what was learned stays. */
void bucket_set_quota(struct bucket *bucket, int quota);

/* 0: one may be taken. Else how many ms later to ask again. When several take from it, it
 * is asked with who they are: who was told to wait comes before who took last. */
int64_t bucket_ask(struct bucket *bucket, const void *who, int64_t now_ms);

/* After the answer 0. */
void bucket_take(struct bucket *bucket, const void *who);

/* What was taken has been refused as too fast (false: it left before an earlier complaint
 * and counts with that), or went well. */
bool bucket_too_fast(struct bucket *bucket, int64_t now_ms);
void bucket_went_well(struct bucket *bucket, int64_t now_ms);

/* It holds less than its quota, or is closed. */
bool bucket_learns(const struct bucket *bucket);

/* Nothing was taken within a second and nothing was learned: as good as new. */
bool bucket_is_fresh(const struct bucket *bucket, int64_t now_ms);

#endif
