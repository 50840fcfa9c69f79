/* The log of all messages of an hour. */
#include "rest_stage.h"

#include <time.h>

#define TEXT "objectName=RC:TxtMsg&content=%7B%22content%22%3A%22hi%22%7D"
#define HOUR_MS 3600000

/* "date=" and the hour it is in Beijing, `back` hours ago. */
static const char *hour(int back)
{
    static char form[32];
    time_t seconds = (time_t)(clock_wall_ms() / 1000 + (8 - back) * 3600);
    struct tm parts;
    gmtime_r(&seconds, &parts);
    strftime(form, sizeof form, "date=%Y%m%d%H", &parts);
    return form;
}

static struct http_wait waited;

/* The file behind the address of the last answer. */
static int fetch_log(void)
{
    char place[64], path[128];
    struct str url = reply_str("url");
    snprintf(place, sizeof place, "http://127.0.0.1:%d", stage.port);
    assert_true(str_starts(url, str_from(place)));
    snprintf(path, sizeof path, "%.*s", STR_ARG(str_sub(url, strlen(place), SIZE_MAX)));
    http_begin(&waited, "GET", path, NULL, 0, "");
    WAIT_FOR(waited.done);
    json_free(waited.json);
    return waited.status;
}

static uint32_t number(const char *at)
{
    const unsigned char *byte = (const unsigned char *)at;
    return byte[0] | (uint32_t)byte[1] << 8 | (uint32_t)byte[2] << 16 |
           (uint32_t)byte[3] << 24;
}

/* Unpacks the only file of the zip fetched: a gzip of the same bytes. */
static void unzip(struct buf *out)
{
    const char *zip = waited.text;
    struct buf gzip;
    assert_memory_equal(zip, "PK\3\4", 4);
    uint32_t name = (uint32_t)(unsigned char)zip[26];
    assert_int_equal(name, 14); /* 2026112307.txt */
    buf_init(&gzip, 8192);
    buf_add(&gzip, "\x1f\x8b\x08\0\0\0\0\0\0\3", 10);
    buf_add(&gzip, zip + 30 + name, number(zip + 18));
    buf_add(&gzip, zip + 14, 4);
    buf_add(&gzip, zip + 22, 4);
    assert_true(gzip_unpack(out, buf_str(&gzip), NULL)); /* the checksum is right */
    assert_memory_equal(zip + 30 + name + number(zip + 18), "PK\1\2", 4);
    buf_clear(&gzip);
}

static void test_hour(void **state)
{
    struct buf lines;
    struct str rest_of, line;
    (void)state;
    buf_init(&lines, 8192);
    fine("/group/create.json", "groupId=g&groupName=G&userId=bob");
    fine("/message/private/publish.json", "fromUserId=a&toUserId=bob&" TEXT);
    fine("/message/group/publish.json", "fromUserId=a&toGroupId=g&" TEXT);
    fine("/message/history.json", hour(0));
    assert_str(reply_str("url"), ""); /* the hour is not over */
    clock_add_ms(HOUR_MS);
    fine("/message/private/publish.json", "fromUserId=late&toUserId=bob&" TEXT);
    fine("/message/history.json", hour(1));
    assert_int_equal(fetch_log(), 200);
    unzip(&lines);
    rest_of = buf_str(&lines);
    assert_true(str_split(&rest_of, '\n', &line));
    struct json *one = json_parse(line, NULL);
    assert_str(json_str(json_get(one, "appId")), KEY);
    assert_str(json_str(json_get(one, "fromUserId")), "a");
    assert_str(json_str(json_get(one, "targetId")), "bob");
    assert_int_equal(json_int(json_get(one, "targetType"), 0), 1);
    assert_str(json_str(json_get(one, "classname")), "RC:TxtMsg");
    assert_str(json_str(json_get(one, "content")), "{\"content\":\"hi\"}");
    assert_int_equal(json_str(json_get(one, "dateTime")).len, 23);
    assert_int_equal(json_str(json_get(one, "msgUID")).len, 19);
    json_free(one);
    assert_true(str_split(&rest_of, '\n', &line));
    one = json_parse(line, NULL);
    assert_str(json_str(json_get(one, "GroupId")), "g");
    json_free(one);
    assert_int_equal(rest_of.len, 0);
    fine("/message/history.json", hour(2));
    assert_str(reply_str("url"), ""); /* nothing was said then */
    buf_clear(&lines);
}

static void test_three_days(void **state)
{
    (void)state;
    fine("/message/private/publish.json", "fromUserId=a&toUserId=bob&" TEXT);
    clock_add_ms(72 * HOUR_MS);
    fine("/message/history.json", hour(72));
    assert_true(reply_str("url").len > 0);
    clock_add_ms(HOUR_MS);
    fine("/message/history.json", hour(73));
    assert_str(reply_str("url"), "");
}

static void test_delete(void **state)
{
    (void)state;
    fine("/message/private/publish.json", "fromUserId=a&toUserId=bob&" TEXT);
    fine("/message/history/delete.json", hour(0)); /* not there yet */
    clock_add_ms(HOUR_MS);
    fine("/message/history.json", hour(1));
    assert_true(reply_str("url").len > 0);
    fine("/message/history/delete.json", hour(1));
    fine("/message/history.json", hour(1));
    assert_str(reply_str("url"), "");
}

static void test_bad_dates(void **state)
{
    static const char *const bad[] = {
        "",
        "date=",
        "date=202611230",
        "date=20261123070",
        "date=2026112324",
        "date=2026113007&date=x",
        "date=2026113107",
        "date=2026023007",
        "date=2026130107",
        "date=2026000007",
        "date=-026112307",
        "date=yyyymmddhh",
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        bool good = i == 5; /* the first value counts */
        assert_int_equal(rest("/message/history.json", bad[i]), good ? 200 : 400);
        assert_int_equal(rest("/message/history/delete.json", bad[i]), good ? 200 : 400);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUN(test_hour),
        RUN(test_three_days),
        RUN(test_delete),
        RUN(test_bad_dates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
