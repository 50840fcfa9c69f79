/* Forms with files, and text in addresses. */
#include "net/multipart.h"
#include "net/url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define TYPE "multipart/form-data; boundary=XX"
#define FIELD(name, value)                                                               \
    "--XX\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n" value "\r\n"

static void open_form(struct multipart *form, const char *type, struct str body)
{
    struct err err = { 0 };
    if (!multipart_open(form, str_from(type), body, &err))
        fail_msg("%s", err.text);
}

static void expect(struct str have, const char *want)
{
    if (!str_eq(have, str_from(want)))
        fail_msg("\"%.*s\", not \"%s\"", STR_ARG(have), want);
}

static void test_fields_and_file(void **state)
{
    struct multipart form;
    struct multipart_part part;
    (void)state;
    open_form(
        &form, TYPE,
        STR(FIELD("token", "t") FIELD(
            "empty",
            "") "--XX\r\ncontent-type: image/png\r\n"
                "CONTENT-DISPOSITION: form-data; filename=\"a; b.png\"; name=file\r\n"
                "\r\n\x89PNG\r\n--X\r\n\0\r\n--XX--\r\n"));
    assert_true(multipart_next(&form, &part));
    expect(part.name, "token");
    expect(part.bytes, "t");
    assert_null(part.file_name.at);
    assert_null(part.type.at);
    assert_true(multipart_next(&form, &part));
    expect(part.name, "empty");
    assert_int_equal(part.bytes.len, 0);
    assert_true(multipart_next(&form, &part));
    expect(part.name, "file");
    expect(part.file_name, "a; b.png");
    expect(part.type, "image/png");
    assert_true(str_eq(part.bytes, STR("\x89PNG\r\n--X\r\n\0")));
    assert_false(multipart_next(&form, &part));
    assert_true(form.done);
}

static void test_boundaries(void **state)
{
    static const char *const bad[] = {
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=\"x",
        ("multipart/form-data; boundary=1234567890123456789012345678901234567890123456789"
         "0123456789012345678901"),
        "multipart/mixed; boundary=XX",
        "application/x-www-form-urlencoded",
        "",
    };
    struct multipart form;
    struct multipart_part part;
    struct err err = { 0 };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(multipart_open(&form, str_from(bad[i]), STR("--XX--"), &err));
        assert_int_equal(err.code, ERR_PROTO);
    }
    open_form(&form, "Multipart/Form-Data; charset=x; Boundary=\"X X\"",
              STR("--X X\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--X X--"));
    assert_true(multipart_next(&form, &part));
    expect(part.bytes, "1");
    assert_false(multipart_next(&form, &part));
    assert_true(form.done);
}

static void test_malformed(void **state)
{
    static const char *const bodies[] = {
        "",
        "--XX",
        "--XX\r\n",
        "-XX--",
        " --XX--",
        FIELD("a", "1"),
        FIELD("a", "1") "--XX",
        FIELD("a", "1") "--XX-",
        "--XX\r\n\r\nnobody knows its name\r\n--XX--",
        "--XX\r\nContent-Disposition: form-data\r\n\r\n1\r\n--XX--",
        "--XX\r\nno header\r\n\r\n1\r\n--XX--",
        "--XX\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--XX--",
        "--XX\r\nContent-Disposition: form-data; name=a\r\n1\r\n--XX--",
    };
    (void)state;
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        struct multipart form;
        struct multipart_part part;
        int count = 0;
        open_form(&form, TYPE, str_from(bodies[i]));
        while (multipart_next(&form, &part))
            count++;
        if (form.done || count > 1)
            fail_msg("taken for a form: %s", bodies[i]);
    }
}

static void test_too_many_parts(void **state)
{
    char body[8192] = "";
    struct multipart form;
    struct multipart_part part;
    int count = 0;
    (void)state;
    for (int i = 0; i <= MULTIPART_PARTS_MAX; i++)
        strcat(body, FIELD("a", "1"));
    strcat(body, "--XX--");
    open_form(&form, TYPE, str_from(body));
    while (multipart_next(&form, &part))
        count++;
    assert_int_equal(count, MULTIPART_PARTS_MAX);
    assert_false(form.done);
}

static void test_escaping(void **state)
{
    struct str text = STR("a-Z_0.~/+ %\xc3\xa9\0b");
    struct buf escaped, back;
    (void)state;
    buf_init(&escaped, 200);
    buf_init(&back, 200);
    assert_true(url_escape(&escaped, text));
    assert_string_equal(escaped.at, "a-Z_0.~%2F%2B%20%25%C3%A9%00b");
    assert_true(url_unescape(&back, buf_str(&escaped)));
    assert_true(str_eq(buf_str(&back), text));
    buf_reset(&back);
    assert_true(url_unescape(&back, STR("%4a+%%4x%4")));
    assert_string_equal(back.at, "J+%%4x%4");
    buf_clear(&back);
    buf_clear(&escaped);
    buf_init(&escaped, 2);
    assert_false(url_escape(&escaped, STR("/")));
    buf_clear(&escaped);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields_and_file), cmocka_unit_test(test_boundaries),
        cmocka_unit_test(test_malformed),       cmocka_unit_test(test_too_many_parts),
        cmocka_unit_test(test_escaping),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
