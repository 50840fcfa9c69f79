/* The ring of messages, the logs that list them, and the word list. */
#include "base/mem.h"
#include "sandbox/mail.h"
#include "sandbox/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static struct message *add(struct mail *mail, int64_t time)
{
    struct str to[] = { STR("bob"), STR("carol") };
    struct letter letter = {
        .type = CHAT_GROUP,
        .from = STR("alice"),
        .target = STR("g"),
        .object = STR("RC:TxtMsg"),
        .content = STR("{}"),
        .to = to,
        .to_count = 2,
    };
    return mail_add(mail, &letter, time, STR_NONE, STR("encoded"));
}

static void end(struct mail *mail)
{
    mail_clear(mail);
    free(mail->ring);
}

static void test_messages_own_their_text(void **state)
{
    struct mail mail;
    (void)state;
    mail_init(&mail, 4);
    const struct message *message = add(&mail, 5);
    assert_true(str_eq(message->letter.from, STR("alice")));
    assert_true(str_eq(message->letter.to[1], STR("carol")));
    assert_true(str_eq(message->down, STR("encoded")));
    assert_null(message->letter.extra_content.at);
    end(&mail);
}

static void test_reserved_uids(void **state)
{
    struct mail mail;
    char uid[MAIL_UID_LEN + 1];
    (void)state;
    mail_init(&mail, 3);
    mail_reserve_uid(&mail, uid);
    assert_null(mail_find(&mail, str_from(uid)));
    const struct message *first = add(&mail, 1);
    assert_false(str_eq(str_from(first->uid), str_from(uid)));
    const struct message *late =
        mail_add(&mail, &first->letter, 2, str_from(uid), first->down);
    assert_ptr_equal(mail_find(&mail, str_from(uid)), late);
    for (int i = 0; i < 3; i++)
        add(&mail, 3 + i);
    assert_null(mail_find(&mail, str_from(uid)));
    assert_int_equal(mail.reserved.len, 0);
    end(&mail);
}

static void test_a_letter_may_borrow_from_the_oldest(void **state)
{
    struct mail mail;
    (void)state;
    mail_init(&mail, 2);
    struct message *oldest = add(&mail, 1);
    add(&mail, 2);
    struct message *copy = mail_add(&mail, &oldest->letter, 3, STR_NONE, oldest->down);
    assert_true(str_eq(copy->letter.content, STR("{}")));
    assert_null(mail_get(&mail, 1));
    assert_non_null(mail_get(&mail, 2));
    end(&mail);
}

static void test_uids_find_their_message(void **state)
{
    struct mail mail;
    char next[MAIL_UID_LEN + 1], uid[MAIL_UID_LEN + 1];
    (void)state;
    mail_init(&mail, 4);
    mail_next_uid(&mail, next);
    struct message *first = add(&mail, 1);
    assert_ptr_equal(mail_find(&mail, str_from(first->uid)), first);
    assert_int_equal(first->uid[4], '-');
    assert_int_equal(first->uid[14], '-');
    snprintf(uid, sizeof uid, "%s", first->uid);
    uid[18] = uid[18] == '2' ? '3' : '2'; /* the right number is not enough */
    assert_null(mail_find(&mail, str_from(uid)));
    assert_null(mail_find(&mail, STR("")));
    assert_null(mail_find(&mail, STR("0000-0000-0000-0000")));
    snprintf(uid, sizeof uid, "%s", first->uid);
    for (int i = 0; i < 4; i++)
        add(&mail, 2 + i);
    assert_null(mail_find(&mail, str_from(uid))); /* dropped */
    end(&mail);
}

static void test_logs_list_and_search(void **state)
{
    struct mail mail;
    struct log log = { 0 };
    (void)state;
    mail_init(&mail, 8);
    for (int i = 1; i <= 20; i++)
        log_add(&log, &mail, add(&mail, i * 10));
    assert_int_equal(log.last_ms, 200);
    assert_int_equal(log_at(&log, &mail, log.len - 1)->time, 200);
    size_t at = log_after(&log, &mail, 165);
    assert_int_equal(log_at(&log, &mail, at)->time, 170);
    at = log_after(&log, &mail, 170);
    assert_int_equal(log_at(&log, &mail, at)->time, 180);
    assert_int_equal(log_after(&log, &mail, 200), log.len);
    at = log_after(&log, &mail, 0); /* the oldest that is left */
    assert_int_equal(log_at(&log, &mail, at)->time, 130);
    assert_true(log.len <= 9); /* dropped entries do not pile up */
    log_clear(&log);
    end(&mail);
}

static void test_numbers_may_be_skipped(void **state)
{
    struct mail mail;
    (void)state;
    mail_init(&mail, 4);
    mail_skip_to(&mail, 1000000);
    struct message *message = add(&mail, 1);
    assert_int_equal(message->number, 1000000);
    mail_skip_to(&mail, 1000003);
    assert_null(mail_get(&mail, 1000001));
    assert_ptr_equal(mail_get(&mail, 1000000), message);
    mail_skip_to(&mail, 1000009);
    assert_null(mail_get(&mail, 1000000));
    end(&mail);
}

static void test_words(void **state)
{
    struct words *words = words_new();
    struct buf out;
    (void)state;
    buf_init(&out, 1000);
    assert_int_equal(words_check(words, STR("anything"), &out), WORDS_CLEAN);
    assert_true(words_add(words, STR("ass"), STR("donkey")));
    assert_true(words_add(words, STR("asset"), STR("thing")));
    assert_true(words_add(words, STR("\xe5\x9d\x8f"), STR("*")));
    assert_true(words_add(words, STR("spam"), STR("")));
    assert_int_equal(words_check(words, STR("an Asset, an ass"), &out), WORDS_REPLACED);
    assert_string_equal(out.at, "an thing, an donkey"); /* the longest first */
    assert_int_equal(words_check(words, STR("x\xe5\x9d\x8fy"), &out), WORDS_REPLACED);
    assert_string_equal(out.at, "x*y");
    assert_int_equal(words_check(words, STR("ass and spam"), &out), WORDS_BLOCKED);
    assert_true(words_del(words, STR("spam")));
    assert_false(words_del(words, STR("spam")));
    assert_int_equal(words_count(words), 3);
    assert_true(words_ok(STR("x")));
    assert_true(words_ok(STR("\xe5\x9d\x8f")));
    assert_false(words_ok(STR("-")));
    assert_false(words_ok(STR("")));
    assert_false(words_ok(STR("\xff")));
    assert_false(words_ok(STR("123456789012345678901234567890123")));
    buf_clear(&out);
    words_free(words);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages_own_their_text),
        cmocka_unit_test(test_reserved_uids),
        cmocka_unit_test(test_a_letter_may_borrow_from_the_oldest),
        cmocka_unit_test(test_uids_find_their_message),
        cmocka_unit_test(test_logs_list_and_search),
        cmocka_unit_test(test_numbers_may_be_skipped),
        cmocka_unit_test(test_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
