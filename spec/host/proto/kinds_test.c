/* proto/kinds: what messages carry, read and written under names of our own. */
#include "../../support/frames.h"

#include "proto/kinds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct buf out;

static int start(void **state)
{
    (void)state;
    buf_init(&out, 1 << 20);
    return 0;
}

static int end(void **state)
{
    (void)state;
    buf_clear(&out);
    return 0;
}

/* What is read of a content, as JSON text in `out`. */
static const char *reading(const char *type, const char *content)
{
    struct json *root = json_parse(str_from(content), NULL);
    struct json *carried = kinds_read(str_from(type), root);
    assert_non_null(carried);
    buf_reset(&out);
    assert_true(json_write(carried, &out) && buf_add_byte(&out, '\0'));
    json_free(carried);
    json_free(root);
    return out.at;
}

/* "TYPE CONTENT", or what is wrong. */
static const char *writing(const char *word, const char *given)
{
    static char line[8192];
    struct err err = { 0 };
    struct str type;
    struct json *root = json_parse(str_from(given), NULL);
    struct kinds_message message = { .word = str_from(word), .given = root };
    buf_reset(&out);
    if (kinds_write(&message, &out, &type, &err))
        snprintf(line, sizeof(line), "%.*s %.*s", STR_ARG(type), STR_ARG(buf_str(&out)));
    else
        snprintf(line, sizeof(line), "%s", err.text);
    assert_true(err.code == ERR_NONE || out.len == 0);
    json_free(root);
    return line;
}

/* Each kind: how it looks on the wire and how to us; both ways. */
static const struct {
    const char *word, *type, *wire, *ours;
} pairs[] = {
    { "image", "RC:ImgMsg",
      "{\"imageUri\":\"http://a/i.png\",\"content\":\"aGk=\",\"thumWidth\":24,"
      "\"thumHeight\":18,\"extra\":\"x\"}",
      "{\"url\":\"http://a/i.png\",\"thumbnail\":\"aGk=\",\"width\":24,\"height\":18,"
      "\"extra\":\"x\"}" },
    { "gif", "RC:GIFMsg",
      "{\"remoteUrl\":\"u\",\"width\":2,\"height\":3,\"gifDataSize\":4}",
      "{\"url\":\"u\",\"width\":2,\"height\":3,\"size\":4}" },
    { "voice", "RC:HQVCMsg",
      "{\"remoteUrl\":\"u\",\"duration\":3,\"format\":\"aac\",\"sampleRate\":16000,"
      "\"numberOfChannels\":1}",
      "{\"url\":\"u\",\"duration\":3,\"format\":\"aac\",\"sample_rate\":16000,"
      "\"channels\":1}" },
    { "voice", "RC:VcMsg", "{\"content\":\"QU1S\",\"duration\":3}",
      "{\"data\":\"QU1S\",\"duration\":3}" },
    { "file", "RC:FileMsg",
      "{\"fileUrl\":\"u\",\"name\":\"f.txt\",\"size\":3,\"type\":\"txt\"}",
      "{\"url\":\"u\",\"name\":\"f.txt\",\"size\":3,\"format\":\"txt\"}" },
    { "video", "RC:SightMsg",
      "{\"sightUrl\":\"u\",\"duration\":9,\"content\":\"aGk=\",\"size\":5,\"name\":"
      "\"v\"}",
      "{\"url\":\"u\",\"duration\":9,\"thumbnail\":\"aGk=\",\"size\":5,\"name\":\"v\"}" },
    { "location", "RC:LBSMsg",
      "{\"latitude\":47.375,\"longitude\":-8.5,\"poi\":\"Z\",\"content\":\"aGk=\"}",
      "{\"latitude\":47.375,\"longitude\":-8.5,\"name\":\"Z\",\"thumbnail\":\"aGk=\"}" },
    { "link", "RC:ImgTextMsg",
      "{\"url\":\"u\",\"title\":\"t\",\"content\":\"c\",\"imageUri\":\"i\"}",
      "{\"url\":\"u\",\"title\":\"t\",\"text\":\"c\",\"image\":\"i\"}" },
    { "quote", "RC:ReferenceMsg",
      "{\"content\":\"yes\",\"referMsgUid\":\"U-1\",\"referMsgUserId\":\"bob\","
      "\"objName\":\"RC:TxtMsg\",\"referMsg\":{\"content\":\"tea?\"}}",
      "{\"text\":\"yes\",\"id\":\"U-1\",\"user\":\"bob\",\"type\":\"RC:TxtMsg\","
      "\"content\":{\"content\":\"tea?\"}}" },
    { "combined", "RC:CombineMsg",
      "{\"remoteUrl\":\"u\",\"nameList\":[\"A\",\"B\"],\"summaryList\":[\"A: hi\"],"
      "\"conversationType\":3}",
      "{\"url\":\"u\",\"names\":[\"A\",\"B\"],\"summaries\":[\"A: hi\"],"
      "\"chat\":\"group\"}" },
    { "combined", "RC:CombineV2Msg",
      "{\"nameList\":[\"A\"],\"summaryList\":[],\"conversationType\":1,\"msgNum\":1,"
      "\"msgList\":[{\"objectName\":\"RC:TxtMsg\"}]}",
      "{\"names\":[\"A\"],\"summaries\":[],\"chat\":\"private\",\"count\":1,"
      "\"messages\":[{\"objectName\":\"RC:TxtMsg\"}]}" },
    { "info", "RC:InfoNtf", "{\"message\":\"m\"}", "{\"text\":\"m\"}" },
    { "notice", "RC:GrpNtf",
      "{\"operation\":\"Add\",\"operatorUserId\":\"alice\",\"data\":{\"a\":[1]},"
      "\"message\":\"\",\"extra\":\"\"}",
      "{\"operation\":\"Add\",\"operator\":\"alice\",\"data\":{\"a\":[1]},\"text\":\"\","
      "\"extra\":\"\"}" },
    { "command", "RC:CmdMsg", "{\"name\":\"n\",\"data\":\"d\"}",
      "{\"name\":\"n\",\"data\":\"d\"}" },
    { "command", "RC:CmdNtf", "{\"name\":\"n\",\"data\":{\"a\":1}}",
      "{\"name\":\"n\",\"data\":{\"a\":1},\"stored\":true}" },
};

static void what_is_read_can_be_written(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        char want[1024];
        assert_string_equal(reading(pairs[i].type, pairs[i].wire), pairs[i].ours);
        snprintf(want, sizeof(want), "%s %s", pairs[i].type, pairs[i].wire);
        assert_string_equal(writing(pairs[i].word, pairs[i].ours), want);
        struct str word = kinds_word(str_from(pairs[i].type));
        assert_true(str_eq(word, str_from(pairs[i].word)) && kinds_has(word));
    }
    assert_true(kinds_word(STR("MY:Card")).len == 0 && !kinds_has(STR("card")));
    assert_null(kinds_read(STR("MY:Card"), NULL));
}

/* What the official SDK sent is read in full: written again, nothing is missing. */
static void contents_of_the_official_sdk_are_read(void **state)
{
    (void)state;
    struct samples samples;
    int seen = 0;
    samples_load(&samples);
    for (size_t i = 0; i < samples.count; i++) {
        const struct json *body = json_get(samples.at[i].decoded, "body");
        struct str type = json_str(json_get(body, "objectName")), written;
        struct str word = kinds_word(type);
        if (word.len == 0 || str_eq(word, STR("text")))
            continue;
        struct json *sent = json_parse(json_str(json_get(body, "content")), NULL);
        struct json *carried = kinds_read(type, sent);
        struct kinds_message message = { .word = word, .given = carried };
        assert_int_equal(json_size(carried), json_size(sent));
        buf_reset(&out);
        assert_true(kinds_write(&message, &out, &written, NULL));
        assert_true(str_eq(written, type));
        struct json *again = json_parse(buf_str(&out), NULL);
        for (const struct json *at = NULL; (at = json_next(sent, at)) != NULL;) {
            char name[32];
            snprintf(name, sizeof(name), "%.*s", STR_ARG(json_name(at)));
            assert_true(str_eq(json_str(json_get(again, name)), json_str(at)));
            assert_int_equal(json_int(json_get(again, name), 0), json_int(at, 0));
        }
        seen++;
        json_free(again);
        json_free(carried);
        json_free(sent);
    }
    assert_true(seen >= 2);
    samples_free(&samples);
}

static void what_does_not_fit_is_left_out(void **state)
{
    (void)state;
    assert_string_equal(reading("RC:ImgMsg", "{\"imageUri\":7,\"thumWidth\":-1}"), "{}");
    assert_string_equal(reading("RC:LBSMsg", "{\"latitude\":91,\"longitude\":\"8\"}"),
                        "{}");
    assert_string_equal(reading("RC:FileMsg", "{\"size\":\"12\",\"type\":null}"),
                        "{\"size\":12}");
    assert_string_equal(
        reading("RC:CombineMsg", "{\"nameList\":[\"a\",1],\"conversationType\":9}"),
        "{\"names\":[\"a\"]}");
    assert_string_equal(reading("RC:HQVCMsg", "{\"type\":\"aac\"}"),
                        "{\"format\":\"aac\"}");
    assert_string_equal(reading("RC:ImgMsg", "[1]"), "{}");
    /* App Servers write `data` as text or as what it says. */
    assert_string_equal(
        reading("ST:GrpNtf", "{\"operation\":\"Add\",\"data\":\"{\\\"a\\\":1}\"}"),
        "{\"operation\":\"Add\",\"data\":{\"a\":1}}");
    assert_string_equal(reading("RC:GrpNtf", "{\"data\":\"12\"}"), "{\"data\":\"12\"}");
}

static void errors_name_the_field(void **state)
{
    (void)state;
    static const char *const rows[][3] = {
        { "location", "{\"latitude\":91,\"longitude\":0}",
          "content.location.latitude: want a number of degrees" },
        { "location", "{\"latitude\":9}",
          "content.location.longitude is missing: want a number of degrees" },
        { "location", "{\"lat\":9}", "content.location.lat: there is no such field" },
        { "voice", "{\"url\":\"u\",\"duration\":1.5}",
          "content.voice.duration: want a whole number from 0 on" },
        { "voice", "{\"data\":\"u\"}",
          "content.voice.duration is missing: want a whole number from 0 on" },
        { "voice", "{\"data\":\"u\",\"url\":\"v\",\"duration\":1}",
          "content.voice.data: there is no such field" },
        { "combined", "{\"url\":\"u\",\"names\":[1],\"summaries\":[],\"chat\":\"group\"}",
          "content.combined.names: want a list of texts" },
        { "combined", "{\"url\":\"u\",\"names\":[],\"summaries\":{},\"chat\":\"room\"}",
          "content.combined.chat: want \"private\" or \"group\"" },
        { "command", "{\"name\":\"n\",\"stored\":false}",
          "content.command.stored: want true" },
        { "quote", "{\"user\":\"u\",\"type\":\"t\",\"content\":\"[1]\"}",
          "content.quote.content: want the content of a message" },
        { "image", "7", "content.image: want a table or a text" },
        { "image", "[]", "content.image: want a table or a text" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_string_equal(writing(rows[i][0], rows[i][1]), rows[i][2]);
}

static void a_text_alone_is_the_first_field(void **state)
{
    (void)state;
    assert_string_equal(writing("info", "\"tea\""), "RC:InfoNtf {\"message\":\"tea\"}");
    assert_string_equal(writing("image", "\"http://a/b\""),
                        "RC:ImgMsg {\"imageUri\":\"http://a/b\",\"content\":\"\"}");
    assert_string_equal(writing("voice", "\"u\""), "content.voice.duration is missing: "
                                                   "want a whole number from 0 on");
}

static void a_quote_takes_json_text(void **state)
{
    (void)state;
    assert_string_equal(
        writing("quote",
                "{\"user\":\"u\",\"type\":\"t\",\"content\":\"{\\\"a\\\":[]}\"}"),
        "RC:ReferenceMsg {\"content\":\"\",\"referMsgUid\":\"\",\"referMsgUserId\":\"u\","
        "\"objName\":\"t\",\"referMsg\":{\"a\":[]}}");
    assert_string_equal(reading("RC:ReferenceMsg", "{\"referMsg\":\"x\"}"), "{}");
}

static void mentions_go_with_every_kind(void **state)
{
    (void)state;
    const struct str ids[] = { STR("bob"), STR("eve") };
    struct json *given = json_parse(STR("\"u\""), NULL);
    struct kinds_message message = { STR("image"), given, ids, 2, false };
    struct str type;
    assert_true(kinds_write(&message, &out, &type, NULL));
    assert_true(str_ends(buf_str(&out),
                         STR(",\"mentionedInfo\":{\"type\":2,\"userIdList\":[\"bob\","
                             "\"eve\"],\"mentionedContent\":\"\"}}")));
    buf_reset(&out);
    message.mention_all = true;
    assert_true(kinds_write(&message, &out, &type, NULL));
    assert_true(str_ends(
        buf_str(&out), STR("{\"type\":1,\"userIdList\":[],\"mentionedContent\":\"\"}}")));
    json_free(given);
}

static void what_is_too_large_adds_nothing(void **state)
{
    (void)state;
    struct err err = { 0 };
    struct str type;
    char *long_text = malloc(140000);
    memset(long_text, 'x', 140000);
    struct json *given = json_object();
    json_add_str(given, "url", str_of(long_text, 140000));
    struct kinds_message message = { .word = STR("image"), .given = given };
    assert_true(buf_add_str(&out, STR("before")));
    assert_false(kinds_write(&message, &out, &type, &err));
    assert_int_equal(err.code, ERR_LIMIT);
    assert_int_equal(out.len, 6);
    json_free(given);
    free(long_text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_read_can_be_written, start, end),
        cmocka_unit_test_setup_teardown(contents_of_the_official_sdk_are_read, start,
                                        end),
        cmocka_unit_test_setup_teardown(what_does_not_fit_is_left_out, start, end),
        cmocka_unit_test_setup_teardown(errors_name_the_field, start, end),
        cmocka_unit_test_setup_teardown(a_text_alone_is_the_first_field, start, end),
        cmocka_unit_test_setup_teardown(a_quote_takes_json_text, start, end),
        cmocka_unit_test_setup_teardown(mentions_go_with_every_kind, start, end),
        cmocka_unit_test_setup_teardown(what_is_too_large_adds_nothing, start, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
