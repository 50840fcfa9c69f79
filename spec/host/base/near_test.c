/* base/near: slips are recognised, other words are not. */
#include "base/near.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const char *hint(const char *word)
{
    static char room[NEAR_HINT_MAX];
    static const char *const known[] = { "default", "help", "type", "min", "max", "" };
    struct near near = near_to(str_from(word));
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
        near_try(&near, str_from(known[i]));
    return near_hint(&near, room);
}

static void slips_are_recognised(void **state)
{
    (void)state;
    assert_string_equal(hint("defualt"), "; did you mean default?"); /* swapped */
    assert_string_equal(hint("defaults"), "; did you mean default?");
    assert_string_equal(hint("dfault"), "; did you mean default?");
    assert_string_equal(hint("hekp"), "; did you mean help?");
    assert_string_equal(hint("tpye"), "; did you mean type?");
    assert_string_equal(hint("mix"), "; did you mean min?");
}

static void other_words_are_not(void **state)
{
    (void)state;
    assert_string_equal(hint("range"), "");
    assert_string_equal(hint("m"), "");
    assert_string_equal(hint(""), "");
    assert_string_equal(hint("hxxp"), "");
    assert_string_equal(hint("defaultdefaultdefaultdefaultdefaultdefaultdefaultdefault"),
                        "");
}

static void the_longest_words_fit(void **state)
{
    (void)state;
    char word[NEAR_WORD_MAX + 1], room[NEAR_HINT_MAX];
    memset(word, 'a', NEAR_WORD_MAX);
    word[NEAR_WORD_MAX] = '\0';
    struct near near = near_to(str_from(word));
    near_try(&near, str_of(word, NEAR_WORD_MAX - 1));
    assert_int_equal(near.distance, 1);
    near_try(&near, str_from(word));
    assert_int_equal(near.distance, 0);
    assert_int_equal(strlen(near_hint(&near, room)), NEAR_WORD_MAX + 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slips_are_recognised),
        cmocka_unit_test(other_words_are_not),
        cmocka_unit_test(the_longest_words_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
