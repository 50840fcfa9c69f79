/* lock: one owner of a state folder at a time; the second is told who the first is. */
#include "app/lock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* What another process is told that wants the folder: 0, when it gets it. */
static enum err_code try_elsewhere(const char *folder, const char *want)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct err err = { 0 };
        bool taken = lock_take(folder, &err) >= 0;
        _exit(taken ? 0 : strstr(err.text, want) ? (int)err.code : 255);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return (enum err_code)WEXITSTATUS(status);
}

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

    assert_int_equal(try_elsewhere(inner, want), ERR_EXISTS);
    lock_release(first);
    int again = lock_take(inner, &err);
    assert_true(again >= 0);
    lock_release(again);
    unlink(file);
    rmdir(inner);
    rmdir(folder);
}

/* A worker outlives its supervisor for a moment, and has inherited the lock. */
static void test_orphans_are_waited_for(void **state)
{
    (void)state;
    char folder[] = "/tmp/moondock-lock-XXXXXX", file[64], byte;
    assert_non_null(mkdtemp(folder));
    int leash[2], status;
    assert_int_equal(pipe(leash), 0);
    pid_t supervisor = fork();
    assert_true(supervisor >= 0);
    if (supervisor == 0) {
        struct err err = { 0 };
        close(leash[1]);
        int lock = lock_take(folder, &err);
        if (lock < 0 || fork() != 0)
            _exit(lock < 0);
        _exit(read(leash[0], &byte, 1) != 0); /* the worker */
    }
    assert_int_equal(waitpid(supervisor, &status, 0), supervisor);
    assert_int_equal(status, 0);
    close(leash[0]);
    close(leash[1]);
    struct err err = { 0 };
    int lock = lock_take(folder, &err);
    assert_true(lock >= 0);
    lock_release(lock);
    snprintf(file, sizeof(file), "%s/lock", folder);
    unlink(file);
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
        cmocka_unit_test(test_orphans_are_waited_for),
        cmocka_unit_test(test_folder_that_cannot_be_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
