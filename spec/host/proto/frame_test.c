/* proto/frame: the captured frames both ways, and bytes that are no frames. */
#include "../../support/frames.h"

#include "proto/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BYTES(...)                                                                       \
    str_of((const unsigned char[]){ __VA_ARGS__ },                                       \
           sizeof((const unsigned char[]){ __VA_ARGS__ }))

static struct samples samples;

static int load(void **state)
{
    (void)state;
    samples_load(&samples);
    return 0;
}

static int unload(void **state)
{
    (void)state;
    samples_free(&samples);
    return 0;
}

static void assert_str(struct str got, struct str want)
{
    if (!str_eq(got, want))
        fail_msg("got \"%.*s\", want \"%.*s\"", STR_ARG(got), STR_ARG(want));
}

static enum frame_from side(const struct sample *sample)
{
    return sample->from_server ? FRAME_FROM_SERVER : FRAME_FROM_CLIENT;
}

static void decode(struct frame *out, const struct sample *sample)
{
    struct err err;
    if (!frame_decode(out, sample->bytes, side(sample), sample->protocol, &err))
        fail_msg("%.*s: %s", STR_ARG(sample->name), err.text);
}

static void test_same_bytes(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 65536);
    assert_int_equal(samples.count, 131);
    for (size_t i = 0; i < samples.count; i++) {
        const struct sample *sample = &samples.at[i];
        struct frame frame;
        decode(&frame, sample);
        buf_reset(&out);
        assert_true(frame_encode(&out, &frame, side(sample), sample->protocol, NULL));
        if (!str_eq(buf_str(&out), sample->bytes))
            fail_msg("%.*s: other bytes", STR_ARG(sample->name));
    }
    buf_clear(&out);
}

static int64_t number(const struct sample *sample, const char *name)
{
    return json_int(json_get(sample->decoded, name), 0);
}

static struct str text(const struct sample *sample, const char *name)
{
    return json_str(json_get(sample->decoded, name));
}

/* The capture was decoded by somebody else's program. */
static void test_same_fields(void **state)
{
    (void)state;
    for (size_t i = 0; i < samples.count; i++) {
        const struct sample *sample = &samples.at[i];
        struct frame frame;
        decode(&frame, sample);
        assert_str(str_from(frame_name(frame.type)), text(sample, "type"));
        assert_int_equal(frame.qos, number(sample, "qos"));
        assert_int_equal(frame.dup, number(sample, "dup"));
        assert_int_equal(frame.retain, number(sample, "retain"));
        assert_int_equal(frame.status, number(sample, "status"));
        assert_int_equal(frame.seconds, number(sample, "date"));
        assert_int_equal(frame.millis, number(sample, "millisecond"));
        assert_str(frame.uid, text(sample, "messageUId"));
        assert_str(frame.topic, text(sample, "topic"));
        assert_str(frame.target, text(sample, "targetId"));
        assert_str(frame.user, text(sample, "userId"));
        assert_str(frame.session, text(sample, "sessionId"));
        assert_str(frame.payload, sample->payload);
        assert_int_equal(frame.id + frame.first_id, number(sample, "messageId"));
        if (frame.type == FRAME_CONNACK)
            assert_int_equal(frame.time_ms, number(sample, "timestamp"));
    }
}

/* Every frame, cut at every byte: refused, or (when only the payload lost its end) taken.
 */
static void test_cut_off(void **state)
{
    (void)state;
    size_t refused = 0;
    for (size_t i = 0; i < samples.count; i++) {
        const struct sample *sample = &samples.at[i];
        struct frame whole, cut;
        decode(&whole, sample);
        size_t head = sample->bytes.len - whole.payload.len;
        for (size_t len = 0; len < head; len++) {
            /* A copy of its own, so that a sanitizer sees any byte read too many. */
            char *bytes = str_dup(str_sub(sample->bytes, 0, len));
            struct err err;
            assert_false(frame_decode(&cut, str_of(bytes, len), side(sample),
                                      sample->protocol, &err));
            assert_int_equal(err.code, ERR_PROTO);
            free(bytes);
            refused++;
        }
    }
    assert_true(refused > 1000);
}

static void refuse(struct str bytes, enum frame_from from, int protocol, const char *why)
{
    struct frame frame;
    struct err err = { 0 };
    assert_false(frame_decode(&frame, bytes, from, protocol, &err));
    assert_int_equal(err.code, ERR_PROTO);
    if (strstr(err.text, why) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", err.text, why);
}

static void test_no_frames(void **state)
{
    (void)state;
    refuse(STR_NONE, FRAME_FROM_CLIENT, 3, "empty");
    refuse(BYTES(0x00), FRAME_FROM_CLIENT, 3, "unknown frame type 0");
    refuse(BYTES(0x10, 0), FRAME_FROM_CLIENT, 3, "unknown frame type 1");
    refuse(BYTES(0xf0), FRAME_FROM_SERVER, 3, "unknown frame type 15");
    refuse(BYTES(0xc0), FRAME_FROM_SERVER, 3, "PINGREQ from the wrong side");
    refuse(BYTES(0xd0), FRAME_FROM_CLIENT, 3, "PINGRESP from the wrong side");
    refuse(BYTES(0x20, 0, 0), FRAME_FROM_CLIENT, 3, "CONNACK from the wrong side");
    refuse(BYTES(0x62, 0, 1), FRAME_FROM_CLIENT, 3, "QUERYACK from the wrong side");
    refuse(BYTES(0x32, 0xff, 0xff, 'a'), FRAME_FROM_CLIENT, 3,
           "string of 65535 bytes, have 1");
    refuse(BYTES(0x20, 0, 0), FRAME_FROM_SERVER, 4, "CONNACK: want 1 bytes, have 0");
}

static void test_connack_flags(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 1024);
    for (unsigned has = 0; has < 16; has++) {
        struct frame frame = { .type = FRAME_CONNACK, .has = (uint8_t)has };
        if (has & FRAME_HAS_USER)
            frame.user = STR("alice");
        if (has & FRAME_HAS_SESSION)
            frame.session = STR("s1");
        if (has & FRAME_HAS_TIME)
            frame.time_ms = 1795376569155;
        if (has & FRAME_HAS_FIRST_ID)
            frame.first_id = 65535;
        struct frame back;
        buf_reset(&out);
        assert_true(frame_encode(&out, &frame, FRAME_FROM_SERVER, 4, NULL));
        assert_true(frame_decode(&back, buf_str(&out), FRAME_FROM_SERVER, 4, NULL));
        assert_int_equal(back.has, has);
        assert_str(back.user, frame.user);
        assert_str(back.session, frame.session);
        assert_int_equal(back.time_ms, frame.time_ms);
        assert_int_equal(back.first_id, frame.first_id);
    }
    buf_clear(&out);
}

/* A client's sign-off, and a server's with data behind the status. */
static void test_disconnect(void **state)
{
    (void)state;
    struct frame frame;
    assert_true(frame_decode(&frame, BYTES(0xe0, 0, 4), FRAME_FROM_CLIENT, 3, NULL));
    assert_int_equal(frame.status, 4);
    assert_int_equal(frame.payload.len, 0);
    assert_true(
        frame_decode(&frame, BYTES(0xe0, 0, 1, 'x', 'y'), FRAME_FROM_SERVER, 3, NULL));
    assert_int_equal(frame.status, 1);
    assert_str(frame.payload, STR("xy"));
}

static void test_bytes_behind_are_ignored(void **state)
{
    (void)state;
    struct frame frame;
    assert_true(
        frame_decode(&frame, BYTES(0x70, 0, 9, 1, 2), FRAME_FROM_CLIENT, 3, NULL));
    assert_int_equal(frame.id, 9);
}

static void test_too_long_to_write(void **state)
{
    (void)state;
    struct buf out;
    struct err err;
    buf_init(&out, 200000);
    char *long_text = calloc(1, 65536);
    struct frame frame = { .type = FRAME_PUBLISH, .target = str_of(long_text, 65536) };
    assert_false(frame_encode(&out, &frame, FRAME_FROM_CLIENT, 3, &err));
    assert_int_equal(err.code, ERR_LIMIT);
    assert_int_equal(out.len, 0);
    frame.target.len = 65535;
    assert_true(frame_encode(&out, &frame, FRAME_FROM_CLIENT, 3, &err));
    struct frame back;
    assert_true(frame_decode(&back, buf_str(&out), FRAME_FROM_CLIENT, 3, &err));
    assert_int_equal(back.target.len, 65535);

    struct buf small;
    buf_init(&small, 100);
    assert_false(frame_encode(&small, &frame, FRAME_FROM_CLIENT, 3, &err));
    assert_int_equal(err.code, ERR_LIMIT);
    assert_int_equal(small.len, 0);
    buf_clear(&small);
    buf_clear(&out);
    free(long_text);
}

/* Frames are appended: what the buf held stays. */
static void test_appends(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 1024);
    struct frame ping = { .type = FRAME_PINGREQ },
                 con = { .type = FRAME_QUERYCON, .id = 258 };
    assert_true(frame_encode(&out, &ping, FRAME_FROM_CLIENT, 3, NULL));
    assert_true(frame_encode(&out, &con, FRAME_FROM_CLIENT, 3, NULL));
    assert_str(buf_str(&out), BYTES(0xc0, 0x70, 1, 2));
    buf_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_bytes),
        cmocka_unit_test(test_same_fields),
        cmocka_unit_test(test_cut_off),
        cmocka_unit_test(test_no_frames),
        cmocka_unit_test(test_connack_flags),
        cmocka_unit_test(test_disconnect),
        cmocka_unit_test(test_bytes_behind_are_ignored),
        cmocka_unit_test(test_too_long_to_write),
        cmocka_unit_test(test_appends),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
