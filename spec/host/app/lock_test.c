/* lock: one owner of a state folder at a time; the second is told who the first is. */
#include "app/lock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void test_second_owner_is_refused(void **state)
{
    (void)state;
    char folder[] = "/tmp/moondock-lock-XXXXXX";
    assert_non_null(mkdtemp(folder));
    char inner[64], file[80], want[32];
    snprintf(inner, sizeof(inner), "%s/var", folder);
    snprintf(file, sizeof(file), "%s/lock", inner);
    snprintf(want, sizeof(want), "process %d", (int)getpid());

    struct err err = { 0 };
    int first = lock_take(inner, &err);
    assert_true(first >= 0);
    struct stat info;
    assert_int_equal(stat(inner, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0700);
    assert_int_equal(stat(file, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);

    assert_int_equal(lock_take(inner, &err), -1);
    assert_int_equal(err.code, ERR_EXISTS);
    assert_non_null(strstr(err.text, want));

    lock_release(first);
    int again = lock_take(inner, &err);
    assert_true(again >= 0);
    lock_release(again);
    unlink(file);
    rmdir(inner);
    rmdir(folder);
}

static void test_folder_that_cannot_be_made(void **state)
{
    (void)state;
    struct err err = { 0 };
    assert_int_equal(lock_take("/proc/nowhere/var", &err), -1);
    assert_int_equal(err.code, ERR_STORAGE);
    assert_non_null(strstr(err.text, "/proc/nowhere/var"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_second_owner_is_refused),
        cmocka_unit_test(test_folder_that_cannot_be_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
