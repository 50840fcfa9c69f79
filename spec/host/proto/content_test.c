/* proto/content: reading what people send, writing what bots send. */
#include "../../support/frames.h"

#include "proto/content.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct content content;
static struct buf out;
static struct err err;

static int start(void **state)
{
    (void)state;
    memset(&content, 0, sizeof(content));
    buf_init(&out, 1 << 20);
    return 0;
}

static int end(void **state)
{
    (void)state;
    content_clear(&content);
    buf_clear(&out);
    return 0;
}

static void assert_str(struct str got, const char *want)
{
    if (!str_eq(got, str_from(want)))
        fail_msg("got \"%.*s\", want \"%s\"", STR_ARG(got), want);
}

static void parse(const char *object_name, struct str json)
{
    content_clear(&content);
    if (!content_parse(&content, str_from(object_name), json, &err))
        fail_msg("%s", err.text);
}

static void test_text(void **state)
{
    (void)state;
    parse("RC:TxtMsg",
          STR("{\"content\":\"hi \\u4e16\",\"extra\":\"x\",\"user\":{\"id\":\"bob\","
              "\"name\":\"Bob\",\"portraitUri\":\"u\",\"portrait\":\"p\"}}"));
    assert_int_equal(content.kind, CONTENT_TEXT);
    assert_str(content.text, "hi \xe4\xb8\x96");
    assert_str(content.extra, "x");
    assert_str(content.user.id, "bob");
    assert_str(content.user.name, "Bob");
    assert_str(content.user.portrait, "p");
    assert_int_equal(content.mention, MENTION_NONE);
    parse("RC:TxtMsg", STR("{\"user\":{\"portraitUri\":\"u\"}}"));
    assert_str(content.user.portrait, "u");
    assert_str(content.text, "");
    /* Only of texts it is what was written: an image has its thumbnail there. */
    parse("RC:ImgMsg", STR("{\"content\":\"aGk=\"}"));
    assert_int_equal(content.kind, CONTENT_IMAGE);
    assert_str(content.text, "");
    parse("moon:card", STR("{\"content\":\"x\"}"));
    assert_int_equal(content.kind, CONTENT_OTHER);
    assert_str(content.text, "");
    parse("RC:InfoNtf", STR("{\"message\":\"m\"}"));
    assert_str(content.text, "m");
}

static void test_mentions(void **state)
{
    (void)state;
    parse("RC:TxtMsg",
          STR("{\"content\":\"x\",\"mentionedInfo\":{\"type\":2,\"userIdList\":"
              "[\"bob\",7,\"eve\"],\"mentionedContent\":\"\"}}"));
    assert_int_equal(content.mention, MENTION_USERS);
    assert_int_equal(content.mentioned_count, 3);
    assert_str(content.mentioned[0], "bob");
    assert_str(content.mentioned[1], "");
    assert_str(content.mentioned[2], "eve");
    parse("RC:TxtMsg", STR("{\"mentionedInfo\":{\"type\":1,\"userIdList\":[\"bob\"]}}"));
    assert_int_equal(content.mention, MENTION_ALL);
    assert_int_equal(content.mentioned_count, 0);
    parse("RC:TxtMsg", STR("{\"mentionedInfo\":{\"type\":9,\"userIdList\":[\"bob\"]}}"));
    assert_int_equal(content.mention, MENTION_NONE);
    parse("RC:TxtMsg",
          STR("{\"mentionedInfo\":{\"type\":2,\"userIdList\":{\"a\":\"b\"}}}"));
    assert_int_equal(content.mention, MENTION_USERS);
    assert_int_equal(content.mentioned_count, 0);
}

static void assert_added(void)
{
    assert_int_equal(content.kind, CONTENT_GROUP_NOTICE);
    assert_str(content.notice.operator_id, "alice");
    assert_str(content.notice.operator_name, "Alice");
    assert_str(content.notice.operation, "Add");
    assert_str(content.notice.group_name, "g");
    assert_str(content.notice.message, "m");
    assert_str(content.text, "m");
    assert_true(content.notice.timestamp == 1700000000000);
    assert_int_equal(content.notice.target_count, 2);
    assert_str(content.notice.targets[0], "bob");
    assert_str(content.notice.targets[1], "eve");
    assert_str(content.notice.names[0], "Bob");
    assert_str(content.notice.names[1], "");
}

/* `data` comes as an object or as JSON text, and under two object names (wire.md G.1). */
static void test_group_notice(void **state)
{
    (void)state;
    parse("RC:GrpNtf",
          STR("{\"operatorUserId\":\"alice\",\"operation\":\"Add\",\"data\":{"
              "\"operatorNickname\":\"Alice\",\"targetUserIds\":[\"bob\",\"eve\"],"
              "\"targetUserDisplayNames\":[\"Bob\"],\"targetGroupName\":\"g\","
              "\"timestamp\":1700000000000},\"message\":\"m\",\"extra\":\"\"}"));
    assert_added();
    parse("ST:GrpNtf",
          STR("{\"operatorUserId\":\"alice\",\"operation\":\"Add\",\"data\":\"{"
              "\\\"operatorNickname\\\":\\\"Alice\\\",\\\"targetUserIds\\\":[\\\"bob\\\","
              "\\\"eve\\\"],\\\"targetUserDisplayNames\\\":[\\\"Bob\\\"],"
              "\\\"targetGroupName\\\":\\\"g\\\",\\\"timestamp\\\":\\\"1700000000000\\\"}"
              "\","
              "\"message\":\"m\"}"));
    assert_added();
    parse("RC:GrpNtf", STR("{\"operation\":\"Dismiss\",\"data\":\"no json\"}"));
    assert_str(content.notice.operation, "Dismiss");
    assert_int_equal(content.notice.target_count, 0);
    parse("RC:GrpNtf", STR("{\"data\":{\"targetUserIds\":[\"a\"],"
                           "\"targetUserDisplayNames\":[\"1\",\"2\",\"3\"]}}"));
    assert_int_equal(content.notice.target_count, 1);
    assert_str(content.notice.names[0], "1");
}

static void test_wrong_types(void **state)
{
    (void)state;
    parse("RC:TxtMsg",
          STR("{\"content\":{},\"user\":[],\"mentionedInfo\":\"x\",\"extra\":1}"));
    assert_str(content.text, "");
    assert_str(content.user.id, "");
    assert_str(content.extra, "");
    parse("RC:GrpNtf", STR("{\"operation\":1,\"data\":{\"targetUserIds\":\"bob\"}}"));
    assert_int_equal(content.notice.target_count, 0);
    parse("RC:RcCmd",
          STR("{\"conversationType\":\"3\",\"sentTime\":\"12\",\"isAdmin\":\"1\"}"));
    assert_int_equal(content.recall.type, 3);
    assert_int_equal(content.recall.sent_ms, 12);
    assert_true(content.recall.is_admin);
    static const char *const bad[] = {
        "", "hello", "[]", "\"x\"", "{\"content\":", "{}x"
    };
    content_clear(&content);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(content_parse(&content, STR("RC:TxtMsg"), str_from(bad[i]), &err));
        assert_int_equal(err.code, ERR_PROTO);
    }
    assert_false(
        content_parse(&content, STR("RC:TxtMsg"), STR("{\"content\":\"\xff\"}"), &err));
}

/* What was captured is written again with the same bytes. */
static void test_contact(void **state)
{
    (void)state;
    parse("RC:ContactNtf", STR("{\"operation\":\"Request\",\"sourceUserId\":\"bob\","
                               "\"targetUserId\":\"bot\",\"message\":\"please\"}"));
    assert_int_equal(content.kind, CONTENT_CONTACT);
    assert_true(str_eq(content.contact.operation, STR("Request")));
    assert_true(str_eq(content.contact.source, STR("bob")));
    assert_true(str_eq(content.contact.target, STR("bot")));
    assert_true(str_eq(content.text, STR("please")));
    parse("RC:ContactNtf", STR("{\"operation\":1,\"sourceUserId\":[],\"message\":{}}"));
    assert_int_equal(content.contact.operation.len, 0);
    assert_int_equal(content.contact.source.len, 0);
    assert_int_equal(content.text.len, 0);
}

static void test_recall(void **state)
{
    (void)state;
    struct samples samples;
    struct arena arena;
    size_t seen = 0;
    samples_load(&samples);
    arena_init(&arena, 65536);
    for (size_t i = 0; i < samples.count; i++) {
        struct up_stream_message up;
        if (!str_eq(samples.at[i].topic, STR("recallMsg")))
            continue;
        seen++;
        assert_true(
            pb_decode(&up_stream_message_type, &up, samples.at[i].payload, &arena, NULL));
        assert_true(content_parse(&content, up.object_name, up.content, &err));
        assert_int_equal(content.kind, CONTENT_RECALL);
        assert_int_equal(content.recall.type, 3);
        assert_str(content.recall.target, "g-demo");
        assert_true(content_recall(&out, &content.recall, &err));
        assert_true(str_eq(buf_str(&out), up.content));
    }
    assert_int_equal(seen, 1);
    arena_clear(&arena);
    samples_free(&samples);
}

static void test_write_text(void **state)
{
    (void)state;
    struct str users[] = { STR("bob"), STR("e\"ve") };
    assert_true(content_text(&out, STR("a\"b\n\xe4\xb8\x96"), NULL, 0, false, &err));
    assert_string_equal(out.at, "{\"content\":\"a\\\"b\\n\xe4\xb8\x96\"}");
    buf_reset(&out);
    assert_true(content_text(&out, STR("x"), users, 2, false, &err));
    assert_string_equal(out.at,
                        "{\"content\":\"x\",\"mentionedInfo\":{\"type\":2,\"userIdList\":"
                        "[\"bob\",\"e\\\"ve\"],\"mentionedContent\":\"\"}}");
    parse("RC:TxtMsg", buf_str(&out));
    assert_int_equal(content.mentioned_count, 2);
    assert_str(content.mentioned[1], "e\"ve");
    buf_reset(&out);
    assert_true(content_text(&out, STR("x"), users, 2, true, &err));
    assert_string_equal(out.at,
                        "{\"content\":\"x\",\"mentionedInfo\":{\"type\":1,\"userIdList\":"
                        "[],\"mentionedContent\":\"\"}}");
}

static void test_write_others(void **state)
{
    (void)state;
    struct str targets[] = { STR("bob") }, names[] = { STR("Bob") };
    struct content_notice notice = {
        .operator_id = STR("alice"),
        .operator_name = STR("Alice"),
        .operation = STR("Add"),
        .group_name = STR("g"),
        .timestamp = 1700000000000,
        .targets = targets,
        .names = names,
        .target_count = 1,
    };
    assert_true(content_group_notice(&out, &notice, &err));
    assert_string_equal(out.at,
                        "{\"operatorUserId\":\"alice\",\"operation\":\"Add\",\"data\":{"
                        "\"operatorNickname\":\"Alice\",\"targetUserIds\":[\"bob\"],"
                        "\"targetUserDisplayNames\":[\"Bob\"],\"targetGroupName\":\"g\","
                        "\"timestamp\":1700000000000},\"message\":\"\",\"extra\":\"\"}");
    buf_reset(&out);
    notice.names = NULL;
    assert_true(content_group_notice(&out, &notice, &err));
    assert_non_null(strstr(out.at, "\"targetUserDisplayNames\":[]"));
    buf_reset(&out);
    assert_true(content_info(&out, STR("joined"), &err));
    assert_string_equal(out.at, "{\"message\":\"joined\"}");
    buf_reset(&out);
    struct content_intercept intercept = { STR("U-1"), 1, STR("") };
    assert_true(content_intercept(&out, &intercept, &err));
    parse("RC:InterceptMsg", buf_str(&out));
    assert_int_equal(content.kind, CONTENT_INTERCEPT);
    assert_str(content.intercept.uid, "U-1");
    assert_int_equal(content.intercept.type, 1);
}

static void test_too_large(void **state)
{
    (void)state;
    char *text = malloc(CONTENT_MAX);
    memset(text, 'a', CONTENT_MAX);
    buf_add_str(&out, STR("kept"));
    size_t most = CONTENT_MAX - strlen("{\"content\":\"\"}");
    assert_false(content_text(&out, str_of(text, most + 1), NULL, 0, false, &err));
    assert_int_equal(err.code, ERR_LIMIT);
    assert_non_null(strstr(err.text, "131072"));
    assert_string_equal(out.at, "kept");
    assert_true(content_text(&out, str_of(text, most), NULL, 0, false, &err));
    assert_int_equal(out.len, 4 + CONTENT_MAX);
    struct buf small;
    buf_init(&small, 10);
    assert_false(content_info(&small, STR("twelve bytes"), &err));
    assert_int_equal(err.code, ERR_LIMIT);
    assert_int_equal(small.len, 0);
    buf_clear(&small);
    free(text);
}

static void test_read_text(void **state)
{
    (void)state;
    struct str text;
    assert_true(content_read_text(STR("{\"content\":\"a\\nb\"}"), &out, &text));
    assert_str(text, "a\nb");
    /* A filter must see what people see: the last of two. */
    assert_true(content_read_text(STR("{\"content\":\"nice\",\"content\":\"bad\"}"), &out,
                                  &text));
    assert_str(text, "bad");
    assert_false(content_read_text(STR("{\"content\":1}"), &out, &text));
    assert_false(content_read_text(STR("{\"Content\":\"x\"}"), &out, &text));
    assert_false(content_read_text(STR("nonsense"), &out, &text));
    assert_null(text.at);
    assert_true(content_read_text(STR("{\"content\":\"\"}"), &out, &text));
    assert_non_null(text.at);
    assert_int_equal(text.len, 0);
}

/* It is read without a tree where that is possible: the same as the tree has. */
static void test_read_text_as_the_tree(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "{}",
        "{\"content\":\"plain text of more than eight bytes\"}",
        " {\r\n\t\"content\" : \"x\" , \"extra\" : \"\" } ",
        "{\"content\":\"x\"} y",
        "{\"content\":\"x\"}{}",
        "{\"content\":\"x\",}",
        "{\"content\":\"x\"",
        "{\"content\":\"x",
        "{\"content\":\"x\\",
        "{\"content\"",
        "{",
        "\"content\"",
        "[\"content\",\"x\"]",
        "{\"content\":\"a\\\"b\\\\c\\/d\\b\\f\\n\\r\\te\"}",
        "{\"content\":\"a\\u4e16b\\ud83d\\ude00\\ud800\\u0000\"}",
        "{\"content\":\"a\\xb\"}",
        "{\"content\":\"a\tb\"}",
        "{\"content\":\"a\x01 b\"}",
        "{\"content\":\"\xe4\xb8\x96\xe7\x95\x8c\"}",
        "{\"content\":\"\xff\"}",
        "{\"content\":\"x\",\"user\":{\"name\":\"\xed\xa0\x80\"}}",
        "{\"conten\\u0074\":\"x\"}",
        "{\"content\":\"x\",\"content\":{}}",
        "{\"content\":7,\"content\":\"x\\ny\",\"content\":\"z\"}",
        "{\"user\":{\"content\":\"inner\"}}",
        "{\"user\":{\"id\":\"b\",\"n\":[1,-2,0,{\"k\":null}]},\"content\":\"x\"}",
        "{\"t\":true,\"f\":false,\"content\":\"x\"}",
        "{\"n\":01,\"content\":\"x\"}",
        "{\"n\":-,\"content\":\"x\"}",
        "{\"n\":1.5e3,\"content\":\"x\"}",
        "{\"n\":1234567890123456789012345,\"content\":\"x\"}",
        "{\"n\":truex,\"content\":\"x\"}",
        "{\"n\":nul,\"content\":\"x\"}",
        "{\"n\":[[[[[[[[[[1]]]]]]]]]],\"content\":\"x\"}",
        "{\"n\":[1,],\"content\":\"x\"}",
        "{n:1,\"content\":\"x\"}",
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct str text, json = str_from(cases[i]);
        struct json *root = json_parse(json, NULL);
        const struct json *want = json_get(root, "content");
        bool found = content_read_text(json, &out, &text);
        if (found != (json_kind(want) == JSON_STRING) || !str_eq(text, json_str(want)))
            fail_msg("%s gave \"%.*s\"", cases[i], STR_ARG(text));
        json_free(root);
    }
    struct buf small;
    struct str text;
    buf_init(&small, 3);
    assert_true(content_read_text(STR("{\"content\":\"long\"}"), &small, &text));
    assert_false(content_read_text(STR("{\"content\":\"ab\\nc\"}"), &small, &text));
    assert_null(text.at);
    buf_clear(&small);
}

static void test_types(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool known, stored, counted, status;
    } types[] = {
        { "RC:TxtMsg", true, true, true, false },
        { "RC:FileMsg", true, true, true, false },
        { "RC:InfoNtf", true, true, false, false },
        { "RC:GrpNtf", true, true, false, false },
        { "RC:RcCmd", true, true, false, false },
        { "RC:CmdMsg", true, false, false, false },
        { "RC:ReadNtf", true, false, false, false },
        { "RC:TypSts", true, false, false, true },
        { "moon:card", false, false, false, false },
        { "", false, false, false, false },
    };
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        struct str name = str_from(types[i].name);
        bool stored = true, counted = true;
        assert_int_equal(content_type_flags(name, &stored, &counted), types[i].known);
        assert_int_equal(stored, types[i].stored);
        assert_int_equal(counted, types[i].counted);
        assert_int_equal(content_is_status(name), types[i].status);
    }
    assert_int_equal(content_kind(STR("RC:SightMsg")), CONTENT_VIDEO);
    assert_int_equal(content_kind(STR("RC:txtmsg")), CONTENT_OTHER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_text, start, end),
        cmocka_unit_test_setup_teardown(test_mentions, start, end),
        cmocka_unit_test_setup_teardown(test_group_notice, start, end),
        cmocka_unit_test_setup_teardown(test_wrong_types, start, end),
        cmocka_unit_test_setup_teardown(test_contact, start, end),
        cmocka_unit_test_setup_teardown(test_recall, start, end),
        cmocka_unit_test_setup_teardown(test_write_text, start, end),
        cmocka_unit_test_setup_teardown(test_write_others, start, end),
        cmocka_unit_test_setup_teardown(test_too_large, start, end),
        cmocka_unit_test_setup_teardown(test_read_text, start, end),
        cmocka_unit_test_setup_teardown(test_read_text_as_the_tree, start, end),
        cmocka_unit_test_setup_teardown(test_types, start, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
