/* What the tests of the configuration share: a file in a folder of its own. */
#ifndef SPEC_HOST_APP_CONFIG_FIXTURE_H
#define SPEC_HOST_APP_CONFIG_FIXTURE_H

#include "app/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64];
static char file[128];
static struct app app = { .data = "/data" };

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/moondock-config-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(file, sizeof(file), "%s/moondock.lua", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(file);
    rmdir(folder);
    return 0;
}

static struct config *read_text(const char *text, struct buf *problems)
{
    FILE *out = fopen(file, "w");
    assert_non_null(out);
    fputs(text, out);
    fclose(out);
    return config_read(&app, file, problems);
}

static void expect_problems(const char *text, const char *const *lines)
{
    struct buf problems;
    buf_init(&problems, 1 << 16);
    assert_null(read_text(text, &problems));
    struct str rest = buf_str(&problems), line;
    for (size_t i = 0; lines[i]; i++) {
        char want[400];
        snprintf(want, sizeof(want), "%s:%s", file, lines[i]);
        assert_true(str_split(&rest, '\n', &line));
        char *got = str_dup(line);
        assert_string_equal(got, want);
        free(got);
    }
    assert_int_equal(rest.len, 0);
    buf_clear(&problems);
}

#define ACCOUNT                                                                          \
    "account = { app_key = 'k', user = 'u', secret = 's', token = { from = "             \
    "'server_api' } }"

#define SPEC(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

#endif
