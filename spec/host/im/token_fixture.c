/* token_fixture: see the header. */
#include "token_fixture.h"

#include "base/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

char token_logged[65536];

static void sink(void *arg, enum log_level level, struct str line)
{
    (void)arg;
    (void)level;
    size_t len = strlen(token_logged);
    snprintf(token_logged + len, sizeof(token_logged) - len, "%.*s\n", STR_ARG(line));
}

char token_folder[64];
static char token_app_url[96];

int token_set_up(void **state)
{
    fixture_set_up(state);
    strcpy(token_folder, "/tmp/moondock-token-XXXXXX");
    assert_non_null(mkdtemp(token_folder));
    snprintf(token_app_url, sizeof(token_app_url), "%s/app/", fix->wire->url);
    token_logged[0] = '\0';
    log_set_sink(sink, NULL);
    log_set_level(LOG_DEBUG);
    return 0;
}

int token_tear_down(void **state)
{
    char command[100];
    log_set_sink(NULL, NULL);
    log_set_level(LOG_ERROR);
    fixture_tear_down(state);
    snprintf(command, sizeof(command), "rm -r %s", token_folder);
    return system(command);
}

const char *token_detail(void)
{
    return fix->details[fix->state_count - 1];
}

static bool has_detail(void *arg)
{
    return strstr(account_detail(fix->account).at, arg) != NULL;
}

void token_until_detail(const char *text)
{
    wire_until(fix->wire, has_detail, (void *)text);
}

static bool is_logged(void *arg)
{
    return strstr(token_logged, arg) != NULL;
}

void token_until_logged(const char *text)
{
    wire_until(fix->wire, is_logged, (void *)text);
}

struct str token_words[3];

void token_use_command(const char *script)
{
    token_words[0] = STR("/bin/sh");
    token_words[1] = STR("-c");
    token_words[2] = str_from(script);
    fix->config.token_from = ACCOUNT_TOKEN_COMMAND;
    fix->config.secret = STR_NONE;
    fix->config.command = (struct account_command){ .argv = token_words,
                                                    .argv_count = 3,
                                                    .folder = str_from(token_folder) };
}

char *token_read_file(const char *name)
{
    static char text[4096];
    char path[128];
    snprintf(path, sizeof(path), "%s/%s", token_folder, name);
    FILE *file = fopen(path, "r");
    size_t len = file ? fread(text, 1, sizeof(text) - 1, file) : 0;
    text[len] = '\0';
    if (file)
        fclose(file);
    return text;
}

void token_use_app_server(void)
{
    fix->config.token_from = ACCOUNT_TOKEN_APP_SERVER;
    fix->config.secret = STR_NONE;
    fix->config.app_server = (struct account_app_server){ .url = str_from(token_app_url),
                                                          .account = STR("bot-1"),
                                                          .password = STR("pa\"ss") };
}
