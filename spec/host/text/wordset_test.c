/* text/wordset: many words in one pass. */
#include "text/wordset.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char found[4096];

static bool note(void *arg, uint32_t value, struct str match)
{
    (void)arg;
    size_t len = strlen(found);
    snprintf(found + len, sizeof(found) - len, "%u=%.*s ", value, STR_ARG(match));
    return true;
}

static const char *find(struct wordset *words, const char *text)
{
    found[0] = '\0';
    wordset_find(words, str_from(text), note, NULL);
    return found;
}

static void overlapping_words_are_all_found(void **state)
{
    (void)state;
    struct wordset *words = wordset_new();
    assert_true(wordset_add(words, STR("赌博"), 1));
    assert_true(wordset_add(words, STR("网络赌博"), 2));
    assert_true(wordset_add(words, STR("博彩"), 3));
    assert_string_equal(find(words, "去网络赌博彩票"), "2=网络赌博 1=赌博 3=博彩 ");
    assert_string_equal(find(words, "赌 博"), "");
    assert_string_equal(find(words, ""), "");
    wordset_free(words);
}

static void letters_match_in_either_case_and_stand_alone(void **state)
{
    (void)state;
    struct wordset *words = wordset_new();
    assert_true(wordset_add(words, STR("CaSino"), 1));
    assert_true(wordset_add(words, STR("ass"), 2));
    assert_true(wordset_add(words, STR("free money"), 3));
    assert_true(wordset_add(words, STR("ass"), 4));
    assert_string_equal(find(words, "casino, CASINO! 在casino玩"),
                        "1=casino 1=CASINO 1=casino ");
    assert_string_equal(find(words, "a class, assets"), "");
    assert_string_equal(find(words, "Ass."), "4=Ass 2=Ass ");
    assert_string_equal(find(words, "FREE money"), "3=FREE money ");
    wordset_free(words);
}

static bool only_one(void *arg, uint32_t value, struct str match)
{
    (void)value;
    (void)match;
    ++*(int *)arg;
    return false;
}

static void finding_ends_when_asked(void **state)
{
    (void)state;
    struct wordset *words = wordset_new();
    assert_true(wordset_add(words, STR("x"), 1));
    int count = 0;
    wordset_find(words, STR("x x x"), only_one, &count);
    assert_int_equal(count, 1);
    wordset_free(words);
}

static void room_is_limited(void **state)
{
    (void)state;
    static char big[WORDSET_BYTES_MAX];
    memset(big, 'y', sizeof(big));
    struct wordset *words = wordset_new();
    assert_false(wordset_add(words, STR(""), 1));
    assert_true(wordset_add(words, str_of(big, sizeof(big)), 1));
    assert_false(wordset_add(words, STR("z"), 1));
    wordset_free(words);
}

/* Against the plain way, over random words and texts of a small alphabet. */
static bool count_it(void *arg, uint32_t value, struct str match)
{
    (void)match;
    ((int *)arg)[value]++;
    return true;
}

static void random_texts_agree_with_plain_search(void **state)
{
    (void)state;
    static const char letters[] = "\xe4\xb8\x80-+"; /* no borders among these */
    srand(7);
    for (int round = 0; round < 300; round++) {
        char list[8][8], text[64];
        int want[8] = { 0 }, have[8] = { 0 };
        struct wordset *words = wordset_new();
        for (int i = 0; i < 8; i++) {
            size_t len = 1 + (size_t)rand() % 4;
            for (size_t j = 0; j < len; j++)
                list[i][j] = letters[rand() % 5];
            list[i][len] = '\0';
            assert_true(wordset_add(words, str_from(list[i]), (uint32_t)i));
        }
        for (size_t j = 0; j < sizeof(text) - 1; j++)
            text[j] = letters[rand() % 5];
        text[sizeof(text) - 1] = '\0';
        for (int i = 0; i < 8; i++)
            for (const char *at = text; (at = strstr(at, list[i])); at++)
                want[i]++;
        wordset_find(words, str_from(text), count_it, have);
        assert_memory_equal(want, have, sizeof(want));
        wordset_free(words);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(overlapping_words_are_all_found),
        cmocka_unit_test(letters_match_in_either_case_and_stand_alone),
        cmocka_unit_test(finding_ends_when_asked),
        cmocka_unit_test(room_is_limited),
        cmocka_unit_test(random_texts_agree_with_plain_search),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
