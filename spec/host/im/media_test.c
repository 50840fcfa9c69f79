/* Files on their way to the store, and what can go wrong on it. */
#include "fixture.h"

#include "base/clock.h"
#include "base/mem.h"
#include "im/oss.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct outcome {
    int done;
    char url[512];
    struct err err;
    int64_t sent, total;
    int steps;
} got;

static void on_done(void *arg, struct str url, const struct err *why)
{
    assert_ptr_equal(arg, &got);
    got.done++;
    snprintf(got.url, sizeof(got.url), "%.*s", STR_ARG(url));
    got.err = why ? *why : (struct err){ 0 };
}

static void on_progress(void *arg, int64_t sent, int64_t total)
{
    assert_ptr_equal(arg, &got);
    got.sent = sent;
    got.total = total;
    got.steps++;
}

static bool is_done(void *arg)
{
    (void)arg;
    return got.done > 0;
}

static FILE *make_file(size_t size)
{
    FILE *file = tmpfile();
    assert_non_null(file);
    for (size_t i = 0; i < size; i++)
        fputc("picture!"[i % 8], file);
    fflush(file);
    return file;
}

static struct account_call *begin(FILE *file, int64_t size)
{
    struct media_upload upload = { .kind = MEDIA_IMAGE,
                                   .fd = fileno(file),
                                   .size = size,
                                   .name = STR("a \"cat\".jpg"),
                                   .type = STR("image/jpeg"),
                                   .progress = on_progress };
    struct err err = { 0 };
    got = (struct outcome){ 0 };
    struct account_call *call =
        account_upload(fix->account, &upload, on_done, &got, &err);
    if (!call)
        fail_msg("%s", err.text);
    fclose(file);
    assert_int_equal(got.done, 0);
    return call;
}

static void upload(FILE *file, int64_t size)
{
    begin(file, size);
    wire_until(fix->wire, is_done, NULL);
    assert_int_equal(got.done, 1);
}

static const char *posted(size_t index)
{
    size_t stores = 0;
    for (size_t i = 0; i < fix->wire->call_count; i++)
        if (strncmp(fix->wire->calls[i].path, "/store", 6) == 0 && stores++ == index)
            return fix->wire->calls[i].body;
    fail_msg("nothing was posted");
    return NULL;
}

static void expect_posted(size_t index, const char *part)
{
    if (!strstr(posted(index), part))
        fail_msg("posted\n%s\nnot %s", posted(index), part);
}

static void a_file_gets_an_address(void **state)
{
    (void)state;
    char want[100];
    fix->wire->oss = "\"[{\\\"qiniu\\\":\\\"http://127.0.0.1:@/store\\\"}]\"";
    fixture_online();
    upload(make_file(200000), 200000);
    assert_int_equal(got.err.code, ERR_NONE);
    snprintf(want, sizeof(want), "%s/stored", fix->wire->url);
    assert_string_equal(got.url, want);
    assert_int_equal(got.sent, 200000);
    assert_int_equal(got.total, 200000);
    assert_true(got.steps > 1);
    expect_posted(0, "name=\"token\"\r\n\r\ntkn\r\n");
    expect_posted(0, "name=\"key\"\r\n\r\n1__RC-");
    expect_posted(0,
                  "filename=\"a %22cat%22.jpg\"\r\nContent-Type: image/jpeg\r\n\r\npict");
    assert_true(account_is_ours(fix->account, str_from(got.url)));
    assert_false(account_is_ours(fix->account, STR("http://127.0.0.1:1/x")));
    assert_false(account_is_ours(fix->account, STR("http://evil/")));
}

/* The next store when one cannot be reached or says no; their order is what navi says. */
static void stores_are_tried_in_order(void **state)
{
    (void)state;
    fix->wire->oss = "[{\"minio\":\"http://m\",\"p\":\"1\"},"
                     "{\"qiniu\":\"http://127.0.0.1:@/store3\",\"p\":\"3\"},"
                     "{\"qiniu\":\"http://127.0.0.1:1/store1\",\"p\":1},"
                     "{\"qiniu\":\"http://127.0.0.1:@/store2\",\"p\":\"2\"}]";
    fix->wire->store_status[0] = 503;
    fixture_online();
    upload(make_file(10), 10);
    assert_int_equal(got.err.code, ERR_NONE);
    assert_int_equal(fix->wire->stored, 2);
    assert_string_equal(fix->wire->calls[fix->wire->call_count - 1].path, "/store3");
    fix->wire->store_status[2] = fix->wire->store_status[3] = 403;
    upload(make_file(10), 10);
    assert_int_equal(got.err.code, ERR_REFUSED);
    assert_int_equal(got.err.status, 403);
}

static void what_can_go_wrong(void **state)
{
    (void)state;
    fixture_online();
    upload(make_file(10), 10);
    assert_int_equal(got.err.code, ERR_UNSUPPORTED);
    fixture_close();
    fix->wire->oss = "[{\"qiniu\":\"http://127.0.0.1:@/store\",\"p\":\"1\"},"
                     "{\"qiniu\":\"http://127.0.0.1:@/store\",\"p\":\"2\"}]";
    fix->path = NULL;
    fixture_online();
    fix->wire->upload_status = 26106;
    upload(make_file(10), 10);
    assert_int_equal(got.err.code, ERR_REFUSED);
    assert_int_equal(got.err.status, 26106);
    fix->wire->upload_status = 0;
    upload(make_file(10), 200000); /* shorter than was said */
    assert_int_equal(got.err.code, ERR_STORAGE);
    assert_int_equal(fix->wire->stored, 0);
    fix->wire->file_url = "ftp://x/y";
    upload(make_file(10), 10);
    assert_int_equal(got.err.code, ERR_PROTO);
}

static void closing_and_cancelling(void **state)
{
    (void)state;
    fix->wire->oss = "[{\"qiniu\":\"http://127.0.0.1:@/store\",\"p\":\"1\"}]";
    fix->wire->store_hold = true;
    fixture_online();
    account_cancel(begin(make_file(10), 10));
    struct account_call *call = begin(make_file(10), 10);
    for (int i = 0; i < 1000 && fix->wire->call_count == 0; i++)
        loop_turn(fix->wire->loop, 20);
    account_cancel(call);
    assert_int_equal(got.done, 0);
    begin(make_file(10), 10);
    fixture_close();
    assert_int_equal(got.done, 1);
    assert_int_equal(got.err.code, ERR_CLOSED);
}

/* The other stores' forms, as their own documentation and the official SDK have them. */
static void forms(void **state)
{
    (void)state;
    struct oss_list list;
    struct http_field fields[OSS_FIELDS];
    struct get_qnup_token_output token = {
        .token = STR("t"),
        .osskey_id = STR("id"),
        .oss_bucket_name = STR("ob"),
        .s3_bucket_name = STR("sb"),
        .s3_credential = STR("cred"),
    };
    struct buf url;
    struct json *config = json_parse(STR("[{\"aliyun\":\"oss.example\",\"p\":\"2\"},"
                                         "{\"s3\":\"https://s3.example\",\"p\":\"1\"},"
                                         "{\"other\":\"x\"},{\"qiniu\":\"no place\"},7]"),
                                     NULL);
    buf_init(&url, 512);
    oss_read(config, STR("unused"), &list);
    json_free(config);
    assert_int_equal(list.count, 2);
    assert_string_equal(oss_topic(list.at[0].kind), "s3Url");
    assert_int_equal(
        oss_form(&list.at[0], &token, STR("k"), STR("text/html"), fields, &url), 8);
    assert_string_equal(url.at, "https://sb.s3.example");
    assert_true(str_eq(fields[0].value, STR("inline;")));
    assert_true(str_eq(fields[2].value, STR("cred")));
    buf_reset(&url);
    assert_string_equal(oss_topic(list.at[1].kind), "aliUrl");
    assert_int_equal(oss_form(&list.at[1], &token, STR("k"), STR("a/b"), fields, &url),
                     6);
    assert_string_equal(url.at, "https://ob.oss.example");
    assert_true(str_eq(fields[1].name, STR("OSSAccessKeyId")));
    buf_clear(&url);
    config = oss_write(&list);
    struct oss_list again;
    oss_read(config, STR_NONE, &again);
    json_free(config);
    assert_int_equal(again.count, 2);
    assert_string_equal(again.at[1].url, "https://oss.example");
    assert_int_equal(again.at[1].order, 2);
    oss_read(NULL, STR("up.example"), &list);
    assert_int_equal(list.count, 1);
    assert_string_equal(list.at[0].url, "https://up.example");
    oss_read(NULL, STR(""), &list);
    assert_int_equal(list.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name)                                                                       \
    cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
        TEST(a_file_gets_an_address),
        TEST(stores_are_tried_in_order),
        TEST(what_can_go_wrong),
        TEST(closing_and_cancelling),
        TEST(forms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
