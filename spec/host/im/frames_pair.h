/*
 * frames_pair: compares the last frame of a kind that our account sent with that of the
 * official SDK, and keeps count of what was compared. For frames_test alone.
 */
#ifndef SPEC_IM_FRAMES_PAIR_H
#define SPEC_IM_FRAMES_PAIR_H

#include "../../support/frames.h"
#include "fixture.h"

#include "base/digest.h"
#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static struct samples samples;
static bool *compared; /* of each sample: it was compared with ours */

static int load(void **state)
{
    (void)state;
    samples_load(&samples);
    compared = mem_zero(samples.count * sizeof(*compared));
    return 0;
}

static int unload(void **state)
{
    (void)state;
    free(compared);
    samples_free(&samples);
    return 0;
}

static struct str sample_bytes(const char *name)
{
    for (size_t i = 0; i < samples.count; i++) {
        if (!str_eq(samples.at[i].name, str_from(name)))
            continue;
        compared[i] = true;
        return samples.at[i].bytes;
    }
    fail_msg("frames.json has no \"%s\"", name);
    return STR_NONE;
}

struct pair {
    struct frame ours, theirs;
    struct arena arena;
    struct str want;
};

static void open_pair(struct pair *pair, const char *name, enum frame_type type,
                      const char *topic)
{
    pair->ours = wire_last(fix->wire, type, topic)->frame;
    pair->want = sample_bytes(name);
    arena_init(&pair->arena, 1 << 20);
    assert_true(frame_decode(&pair->theirs, pair->want, FRAME_FROM_CLIENT, 3, NULL));
    pair->ours.id = pair->theirs.id;
}

/* `payload` NULL: compared as it came. */
static void close_pair(struct pair *pair, const struct pb_type *type, const void *payload)
{
    struct buf body, out, ours, theirs;
    struct buf *all[] = { &body, &out, &ours, &theirs };
    for (int i = 0; i < 4; i++)
        buf_init(all[i], 1 << 20);
    if (payload) {
        assert_true(pb_encode(type, payload, &body, NULL));
        pair->ours.payload = buf_str(&body);
    }
    assert_true(frame_encode(&out, &pair->ours, FRAME_FROM_CLIENT, 3, NULL));
    assert_true(digest_hex(&ours, buf_str(&out)));
    assert_true(digest_hex(&theirs, pair->want));
    assert_string_equal(ours.at, theirs.at);
    for (int i = 0; i < 4; i++)
        buf_clear(all[i]);
    arena_clear(&pair->arena);
}

/* The same bytes but for the id. */
static void compare(const char *name, enum frame_type type, const char *topic)
{
    struct pair pair;
    open_pair(&pair, name, type, topic);
    close_pair(&pair, NULL, NULL);
}

static void decode(struct pair *pair, const struct pb_type *type, void *ours,
                   void *theirs)
{
    assert_true(pb_decode(type, ours, pair->ours.payload, &pair->arena, NULL));
    assert_true(pb_decode(type, theirs, pair->theirs.payload, &pair->arena, NULL));
}

#endif
