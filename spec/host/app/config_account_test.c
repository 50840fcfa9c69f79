/* config: where an account's token comes from. */
#include "config_fixture.h"

#include <sys/stat.h>

static void test_token_source_needs_its_secret(void **state)
{
    (void)state;
    expect_problems(
        "return { state = 'v', bots = { b = {\n account = { app_key = 'k',\n"
        "  user = 'u',\n  token = { from = 'server_api' } } } } }",
        (const char *const[]){ "2: bots.b.account.secret: is needed for token.from "
                               "= \"server_api\"",
                               NULL });
    expect_problems("return { state = 'v', bots = { b = {\n account = { app_key = 'k',\n"
                    "  user = 'u',\n  token = { from = 'static' } } } } }",
                    (const char *const[]){ "4: bots.b.account.token.value: is needed for "
                                           "token.from = \"static\"",
                                           NULL });
}

static void test_token_from_a_program(void **state)
{
    (void)state;
    struct buf problems;
    buf_init(&problems, 1 << 16);
    struct config *config =
        read_text("return { state = 'var', bots = { b = {\n"
                  " account = { app_key = 'k', user = 'u',\n"
                  "  token = { from = 'command', env = { 'VAULT_ADDR' },\n"
                  "   argv = { './get-token', '--for', 'u' } } } } } }",
                  &problems);
    assert_non_null(config);
    const struct config_bot *bot = config_bot(config, STR("b"));
    const struct account_command *command = &bot->account.command;
    assert_int_equal(bot->account.token_from, ACCOUNT_TOKEN_COMMAND);
    assert_int_equal(command->argv_count, 3);
    assert_true(str_eq(command->argv[2], STR("u")));
    assert_int_equal(command->env_count, 1);
    assert_true(str_eq(command->env[0], STR("VAULT_ADDR")));
    assert_true(str_eq(command->folder, str_from(folder)));
    /* Beside the file, not where we happen to be. */
    assert_false(config_check_account(config, bot, &problems));
    assert_non_null(strstr(problems.at, ":4: bots.b.account.token.argv: there is no "
                                        "program ./get-token to run\n"));
    char program[128];
    snprintf(program, sizeof(program), "%s/get-token", folder);
    assert_int_equal(symlink("/bin/sh", program), 0);
    buf_reset(&problems);
    assert_true(config_check_account(config, bot, &problems));
    assert_int_equal(problems.len, 0);
    unlink(program);
    config_free(config);
    buf_clear(&problems);
    expect_problems("return { state = 'v', bots = { b = {\n account = { app_key = 'k',\n"
                    "  user = 'u',\n  token = { from = 'command',\n   argv = {},\n"
                    "   env = { 'A', 'B=1' } } } } } }",
                    (const char *const[]){
                        "5: bots.b.account.token.argv: is needed for token.from = "
                        "\"command\"",
                        "6: bots.b.account.token.env[2]: must be the name of a variable "
                        "that the program gets to see",
                        NULL });
}

static void test_programs_are_found_on_the_path(void **state)
{
    (void)state;
    struct buf problems;
    buf_init(&problems, 1 << 16);
    struct config *config =
        read_text("return { state = 'var', bots = {\n"
                  " a = { account = { app_key = 'k', user = 'u',\n"
                  "  token = { from = 'command', argv = { 'sh' } } } },\n"
                  " b = { account = { app_key = 'k', user = 'u',\n"
                  "  token = { from = 'command', argv = { 'no-such-program' } } } } } }",
                  &problems);
    assert_non_null(config);
    assert_true(config_check_account(config, config_bot(config, STR("a")), &problems));
    assert_false(config_check_account(config, config_bot(config, STR("b")), &problems));
    config_free(config);
    buf_clear(&problems);
}

static void test_token_from_the_app_server(void **state)
{
    (void)state;
    struct buf problems;
    buf_init(&problems, 1 << 16);
    struct config *config =
        read_text("return { state = 'var', bots = { b = {\n"
                  " account = { app_key = 'k', user = 'u',\n"
                  "  app_server = { url = 'https://app.example.org/api',\n"
                  "   account = 'bot', password = 'pw' },\n"
                  "  token = { from = 'app_server' } } } } }",
                  &problems);
    assert_non_null(config);
    const struct account_config *account = &config_bot(config, STR("b"))->account;
    assert_int_equal(account->token_from, ACCOUNT_TOKEN_APP_SERVER);
    assert_true(str_eq(account->app_server.url, STR("https://app.example.org/api")));
    assert_true(str_eq(account->app_server.account, STR("bot")));
    assert_true(str_eq(account->app_server.password, STR("pw")));
    assert_string_equal(config_token_word(account->token_from), "app_server");
    config_free(config);
    buf_clear(&problems);
    expect_problems("return { state = 'v', bots = { b = {\n account = { app_key = 'k',\n"
                    "  user = 'u',\n  token = { from = 'app_server' } } } } }",
                    (const char *const[]){ "2: bots.b.account.app_server: is needed for "
                                           "token.from = \"app_server\"",
                                           NULL });
    /* A variable that is not set leaves the key out. */
    expect_problems("return { state = 'v', bots = { b = {\n account = { app_key = 'k',\n"
                    "  user = 'u', app_server = {\n   url = 'https://a.example.org',\n"
                    "   account = 'b', password = env('MOONDOCK_NO_SUCH') },\n"
                    "  token = { from = 'app_server' } } } } }",
                    (const char *const[]){
                        "5: bots.b.account.app_server.password: is missing", NULL });
}

static void test_passwords_do_not_travel_in_clear(void **state)
{
    static const struct {
        const char *url, *problem;
    } rows[] = {
        { "https://app.example.org", NULL },
        { "http://127.0.0.1:7800", NULL },
        { "http://localhost:7800/app/", NULL },
        { "http://[::1]:7800", NULL },
        { "http://app.example.org",
          "must be an https:// address: the password goes there "
          "(http:// only on this machine)" },
        { "http://127.0.0.1.example.org",
          "must be an https:// address: the password goes "
          "there (http:// only on this machine)" },
        { "wss://app.example.org",
          "must be an https:// address, to which paths can be added" },
        { "https://app.example.org/?x=1",
          "must be an https:// address, to which paths can be added" },
        { "https://bot:pw@app.example.org",
          "must be an https:// address, to which paths can be added" },
        { "", "must be an https:// address, to which paths can be added" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char text[400], line[200];
        snprintf(text, sizeof(text),
                 "return { state = 'v', bots = { b = { account = { app_key = 'k', user = "
                 "'u',\n app_server = { account = 'a', password = 'p',\n  url = '%s' },\n"
                 " token = { from = 'app_server' } } } } }",
                 rows[i].url);
        snprintf(line, sizeof(line), "3: bots.b.account.app_server.url: %s",
                 rows[i].problem ? rows[i].problem : "");
        if (rows[i].problem) {
            expect_problems(text, (const char *const[]){ line, NULL });
            continue;
        }
        struct buf problems;
        buf_init(&problems, 1 << 16);
        struct config *config = read_text(text, &problems);
        assert_non_null(config);
        config_free(config);
        buf_clear(&problems);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SPEC(test_token_source_needs_its_secret),    SPEC(test_token_from_a_program),
        SPEC(test_programs_are_found_on_the_path),   SPEC(test_token_from_the_app_server),
        SPEC(test_passwords_do_not_travel_in_clear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
