/* proto/messages: the captured payloads and made-up ones of every table, both ways. */
#include "../../support/frames.h"

#include "base/gzip.h"
#include "base/map.h"
#include "proto/messages.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct samples samples;
static struct arena arena;
static struct buf out;
static union {
    uint32_t has;
    max_align_t align;
    char room[1024];
} message; /* of whichever type */

static int load(void **state)
{
    (void)state;
    samples_load(&samples);
    arena_init(&arena, 1 << 20);
    buf_init(&out, 1 << 20);
    return 0;
}

static int unload(void **state)
{
    (void)state;
    samples_free(&samples);
    arena_clear(&arena);
    buf_clear(&out);
    return 0;
}

static void decode(const struct pb_type *type, struct str bytes, struct str name)
{
    struct err err;
    assert_true(type->size <= sizeof(message));
    arena_reset(&arena);
    if (!pb_decode(type, &message, bytes, &arena, &err))
        fail_msg("%.*s: %s", STR_ARG(name), err.text);
}

static void encode_same(const struct pb_type *type, struct str bytes, struct str name)
{
    buf_reset(&out);
    assert_true(pb_encode(type, &message, &out, NULL));
    if (!str_eq(buf_str(&out), bytes))
        fail_msg("%.*s: other bytes", STR_ARG(name));
}

/* The payload types a capture names are the ones the topic table gives, but for one: the
 * capture calls the newer request by the older one's name and misses its later fields. */
static bool older_name(const struct sample *sample)
{
    return str_eq(sample->topic, STR("qnUrl")) &&
           str_eq(sample->type_name, STR("GetQNdownloadUrlInput"));
}

static const struct pb_type *type_of(const struct sample *sample)
{
    const struct pb_type *request, *answer;
    assert_true(messages_for_topic(sample->topic, &request, &answer));
    bool is_answer = str_eq(json_str(json_get(sample->decoded, "type")), STR("QUERYACK"));
    const struct pb_type *type = is_answer ? answer : request;
    if (older_name(sample))
        assert_ptr_equal(type, &get_download_url_input_type);
    else if (sample->type_name.len > 0)
        assert_ptr_equal(type, samples_type(sample->type_name));
    else
        assert_null(type);
    return type;
}

#ifdef MOONDOCK_TESTING
static const struct pb_tail *tail_of(const struct pb_type *type, const void *at)
{
    const struct pb_tail *tail;
    memcpy(&tail, (const char *)at + type->tail, sizeof(tail));
    return tail;
}
#endif

static void test_captured(void **state)
{
    (void)state;
    size_t count = 0;
    for (size_t i = 0; i < samples.count; i++) {
        const struct sample *sample = &samples.at[i];
        if (sample->topic.len == 0)
            continue;
        const struct pb_type *type = type_of(sample);
        if (type == NULL) {
            assert_int_equal(sample->payload.len, 0);
            continue;
        }
        decode(type, sample->payload, sample->name);
#ifdef MOONDOCK_TESTING
        if (tail_of(type, &message) != NULL)
            fail_msg("%.*s: %s has fields without a row", STR_ARG(sample->name),
                     type->name);
#endif
        encode_same(type, sample->payload, sample->name);
        count++;
    }
    assert_int_equal(count, 97);
}

/* "sent_time_ms" for "sentTimeMs"; the capture spells names the other way. */
static void snake(struct str camel, char *to, size_t size)
{
    size_t len = 0;
    for (size_t i = 0; i < camel.len; i++) {
        assert_true(len + 2 < size);
        if (isupper((unsigned char)camel.at[i]))
            to[len++] = '_';
        to[len++] = (char)tolower((unsigned char)camel.at[i]);
    }
    to[len] = '\0';
}

static void same_body(const struct pb_type *type, const void *at,
                      const struct json *body);

static void same_value(const struct pb_field *field, const void *at,
                       const struct json *want)
{
    switch ((enum pb_kind)field->kind) {
    case PB_INT:
        assert_int_equal(*(const int64_t *)at, json_int(want, -77));
        break;
    case PB_BOOL:
        assert_int_equal(*(const bool *)at, json_bool(want, !*(const bool *)at));
        break;
    case PB_STR:
        if (!str_eq(*(const struct str *)at, json_str(want)))
            fail_msg("%s: \"%.*s\"", field->name, STR_ARG(*(const struct str *)at));
        break;
    case PB_BYTES: /* the capture has them in one form or another: hex, text or decoded */
        assert_true(json_kind(want) != JSON_ABSENT);
        break;
    case PB_MSG:
        same_body(field->type, at, want);
        break;
    }
}

static void same_member(const struct pb_field *field, const void *at,
                        const struct json *want)
{
    struct {
        char *at;
        size_t count;
    } list;
    if (field->label != PB_REPEATED) {
        if (field->kind == PB_MSG)
            memcpy(&at, at, sizeof(at));
        same_value(field, at, want);
        return;
    }
    static const size_t sizes[] = { sizeof(int64_t), sizeof(bool), sizeof(struct str),
                                    sizeof(struct str) };
    size_t size = field->kind == PB_MSG ? field->type->size : sizes[field->kind];
    memcpy(&list, at, sizeof(list));
    assert_int_equal(list.count, json_size(want));
    const struct json *item = NULL;
    for (size_t i = 0; i < list.count; i++) {
        item = json_next(want, item);
        same_value(field, list.at + i * size, item);
    }
}

/* Somebody else's decoding of the same bytes says the same, field by field. */
static void same_body(const struct pb_type *type, const void *at, const struct json *body)
{
    uint32_t has, named = 0;
    memcpy(&has, at, sizeof(has));
    for (const struct json *want = NULL; (want = json_next(body, want)) != NULL;) {
        char name[64];
        int row = 0;
        snake(json_name(want), name, sizeof(name));
        while (row < type->count && strcmp(type->fields[row].name, name) != 0)
            row++;
        if (row == type->count)
            fail_msg("%s has no %s", type->name, name);
        if ((has >> row & 1) == 0)
            fail_msg("%s: %s was not seen", type->name, name);
        named |= 1u << row;
        same_member(&type->fields[row], (const char *)at + type->fields[row].offset,
                    want);
    }
    assert_int_equal(named, has);
}

static void test_captured_bodies(void **state)
{
    (void)state;
    size_t count = 0;
    for (size_t i = 0; i < samples.count; i++) {
        const struct sample *sample = &samples.at[i];
        if (sample->type_name.len == 0)
            continue;
        const struct pb_type *type =
            older_name(sample) ? &get_qndownload_url_input_type : type_of(sample);
        decode(type, sample->payload, sample->name);
        same_body(type, &message, json_get(sample->decoded, "body"));
        count++;
    }
    assert_int_equal(count, 97);
}

static const struct sample *find(const char *name)
{
    for (size_t i = 0; i < samples.count; i++)
        if (str_eq(samples.at[i].name, str_from(name)))
            return &samples.at[i];
    fail_msg("no frame is called %s", name);
    return NULL;
}

/* What an answer's compressed_data holds: unpacked, read and written again. */
static void unpack_answer(struct down_stream_messages *inner, struct str packed)
{
    struct buf plain;
    struct err err;
    buf_init(&plain, 65536);
    if (!gzip_unpack(&plain, packed, &err))
        fail_msg("%s", err.text);
    struct str copy = arena_copy(&arena, buf_str(&plain)); /* outlives `plain` */
    buf_clear(&plain);
    assert_true(pb_decode(&down_stream_messages_type, inner, copy, &arena, &err));
    buf_reset(&out);
    assert_true(pb_encode(&down_stream_messages_type, inner, &out, &err));
    assert_true(str_eq(buf_str(&out), copy));
}

static void test_compressed_answer(void **state)
{
    (void)state;
    struct down_stream_messages outer, inner;
    arena_reset(&arena);
    assert_true(pb_decode(&down_stream_messages_type, &outer,
                          find("pullMsg (gzip answer) / QUERYACK")->payload, &arena,
                          NULL));
    assert_true(outer.compress_enabled);
    assert_int_equal(outer.list.count, 0);
    unpack_answer(&inner, outer.compressed_data);
    assert_true(pb_has(inner, down_stream_messages, sync_time));
    assert_true(inner.finished);
}

/* The same the other way: a list packed by us, inside an answer. */
static void test_compressing_an_answer(void **state)
{
    (void)state;
    struct down_stream_messages outer = { 0 }, back, inner;
    struct str plain = find("pullMsg (with messages) / QUERYACK")->payload;
    struct buf packed;
    buf_init(&packed, 65536);
    arena_reset(&arena);
    assert_true(gzip_pack(&packed, plain, NULL));
    pb_put(outer, down_stream_messages, sync_time, 7);
    pb_put(outer, down_stream_messages, compress_enabled, true);
    pb_put(outer, down_stream_messages, compressed_data, buf_str(&packed));
    buf_reset(&out);
    assert_true(pb_encode(&down_stream_messages_type, &outer, &out, NULL));
    assert_true(
        pb_decode(&down_stream_messages_type, &back, buf_str(&out), &arena, NULL));
    unpack_answer(&inner, back.compressed_data);
    assert_true(inner.list.count > 0);
    assert_true(str_eq(buf_str(&out), plain));
    buf_clear(&packed);
}

/* Room lists hold encoded messages (wire.md F.7). */
static void test_messages_inside_bytes(void **state)
{
    (void)state;
    struct str pushed = find("s_msg push (private text)")->payload;
    struct str entries[] = { pushed, pushed };
    struct chrm_down_stream_messages list = { 0 }, back;
    arena_reset(&arena);
    pb_put(list, chrm_down_stream_messages, sync_time, 1);
    pb_put_list(list, chrm_down_stream_messages, list, entries, 2);
    buf_reset(&out);
    assert_true(pb_encode(&chrm_down_stream_messages_type, &list, &out, NULL));
    struct str bytes = arena_copy(&arena, buf_str(&out));
    assert_true(pb_decode(&chrm_down_stream_messages_type, &back, bytes, &arena, NULL));
    assert_int_equal(back.list.count, 2);
    struct down_stream_message entry;
    assert_true(
        pb_decode(&down_stream_message_type, &entry, back.list.at[1], &arena, NULL));
    assert_true(str_eq(entry.object_name, STR("RC:TxtMsg")));
    buf_reset(&out);
    assert_true(pb_encode(&down_stream_message_type, &entry, &out, NULL));
    assert_true(str_eq(buf_str(&out), pushed));
}

/* Fills every field of a message with values that differ from each other. */
static void *make(const struct pb_type *type, int64_t *seed, int depth);

static void make_value(const struct pb_field *field, void *at, int64_t *seed, int depth)
{
    static const int64_t odd[] = { -1, INT64_MIN, INT64_MAX, 0, 127, 128 };
    int64_t n = (*seed)++;
    switch ((enum pb_kind)field->kind) {
    case PB_INT:
        *(int64_t *)at = n % 3 == 0 ? odd[n / 3 % 6] : n * 1000003;
        break;
    case PB_BOOL:
        *(bool *)at = n % 2 == 0;
        break;
    case PB_STR:
    case PB_BYTES:
        *(struct str *)at =
            n % 5 == 0 ? STR("") : arena_copy(&arena, STR("\xe4\xb8\x96 text"));
        break;
    case PB_MSG:
        memcpy(at, make(field->type, seed, depth + 1), field->type->size);
        break;
    }
}

static void *make(const struct pb_type *type, int64_t *seed, int depth)
{
    char *at = arena_alloc(&arena, type->size);
    assert_non_null(at);
    uint32_t has = 0;
    for (int row = 0; row < type->count; row++) {
        const struct pb_field *field = &type->fields[row];
        char *member = at + field->offset;
        bool nested = field->kind == PB_MSG;
        if (nested && depth > 3)
            continue;
        has |= 1u << row;
        if (field->label != PB_REPEATED && !nested) {
            make_value(field, member, seed, depth);
            continue;
        }
        static const size_t sizes[] = { sizeof(int64_t), sizeof(bool), sizeof(struct str),
                                        sizeof(struct str) };
        size_t size = nested ? field->type->size : sizes[field->kind];
        size_t count = field->label == PB_REPEATED ? 2 : 1;
        char *values = arena_alloc(&arena, count * size);
        assert_non_null(values);
        for (size_t i = 0; i < count; i++)
            make_value(field, values + i * size, seed, depth);
        memcpy(member, &values, sizeof(values));
        if (field->label == PB_REPEATED)
            memcpy(member + sizeof(values), &count, sizeof(count));
    }
    memcpy(at, &has, sizeof(has));
    return at;
}

static void test_made_up(void **state)
{
    (void)state;
    size_t count;
    const struct pb_type *const *types = messages_types(&count);
    struct buf first, printed;
    buf_init(&first, 1 << 20);
    buf_init(&printed, 1 << 20);
    int64_t seed = 1;
    for (size_t i = 0; i < count; i++) {
        struct err err;
        arena_reset(&arena);
        buf_reset(&first);
        buf_reset(&printed);
        void *made = make(types[i], &seed, 0);
        if (!pb_encode(types[i], made, &first, &err))
            fail_msg("%s", err.text);
        assert_true(pb_print(types[i], made, &printed));
        char *want = str_dup(buf_str(&printed));
        decode(types[i], buf_str(&first), str_from(types[i]->name));
        encode_same(types[i], buf_str(&first), str_from(types[i]->name));
        buf_reset(&printed);
        assert_true(pb_print(types[i], &message, &printed));
        assert_string_equal(printed.at, want);
        free(want);
    }
    buf_clear(&first);
    buf_clear(&printed);
}

/* wire.md: what is marked M in F.1 to F.8, and what H.1 sends. */
static const char *const musts[] = {
    "ppMsgP",
    "pgMsgP",
    "chatMsg",
    "recallMsg",
    "s_msg",
    "s_ntf",
    "s_cmd", /* F.1 */
    "pullMsg",
    "pullEventChange", /* F.4 */
    "qryPMsg",
    "qryGMsg",
    "qrySMsg",
    "qryCMsg", /* F.5 */
    "joinChrm",
    "joinChrmR",
    "exitChrm",
    "chrmPull", /* F.7 */
    "channelCreate",
    "upChannelInfo",
    "qChannelInfo",
    "channelMemJoin", /* F.8 */
    "channelMemKick",
    "channelMemQuit",
    "upChannelManager",
    "qChannelMem",
    "qChannelSpeMem",
    "channelApplyResp",
    "qChannelApplyList",
    "qAppBot",
    "pullUS",
    "pullSeAtts",
    "pullOwnProfile",
    "reportsdk",
    "pullModifyMsg", /* H.1 */
};

static void test_covered(void **state)
{
    (void)state;
    struct map captured;
    map_init(&captured);
    for (size_t i = 0; i < samples.count; i++)
        if (samples.at[i].topic.len > 0)
            map_set(&captured, samples.at[i].topic, &samples.at[i]);
    for (size_t i = 0; i < sizeof(musts) / sizeof(musts[0]); i++)
        if (!messages_for_topic(str_from(musts[i]), NULL, NULL))
            fail_msg("%s has no table", musts[i]);
    size_t count, seen = 0;
    const struct message_topic *topics = messages_topics(&count);
    printf("covered: payloads of %zu topics; * from captured frames, others made up:",
           count);
    for (size_t i = 0; i < count; i++) {
        bool was_captured = map_get(&captured, str_from(topics[i].topic)) != NULL;
        printf(" %s%s", topics[i].topic, was_captured ? "*" : "");
        seen += was_captured;
    }
    printf("\n");
    assert_int_equal(seen, captured.len); /* no captured topic is without a table */
    map_clear(&captured);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_captured),
        cmocka_unit_test(test_captured_bodies),
        cmocka_unit_test(test_compressed_answer),
        cmocka_unit_test(test_compressing_an_answer),
        cmocka_unit_test(test_messages_inside_bytes),
        cmocka_unit_test(test_made_up),
        cmocka_unit_test(test_covered),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
