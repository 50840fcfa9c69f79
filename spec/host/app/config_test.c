/* config: every mistake is named with file, line and key; good files are taken apart. */
#include "app/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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

static void test_reads_a_good_file(void **state)
{
    (void)state;
    struct buf problems;
    buf_init(&problems, 1 << 16);
    struct config *config =
        read_text("return { state = 'var', plugin_path = { 'mine' },\n"
                  " bots = { b = { " ACCOUNT ",\n"
                  "  owners = { 'alice' }, command_max_age = '2m', cpu_per_minute = 20,\n"
                  "  time_zone = 'Asia/Shanghai', durable = 'full',\n"
                  "  plugins = { hello = {}, mod = { grants = { 'send' },"
                  " config = { n = 3 } } } } } }",
                  &problems);
    assert_int_equal(problems.len, 0);
    assert_non_null(config);
    char want[200];
    snprintf(want, sizeof(want), "%s/var", folder);
    assert_string_equal(config->state, want);
    assert_int_equal(config->plugin_path.count, 2);
    assert_string_equal(config->plugin_path.at[1].at, "/data/plugins");
    const struct config_bot *bot = config_bot(config, STR("b"));
    assert_non_null(bot);
    assert_int_equal(bot->command_max_age_ms, 120000);
    assert_int_equal(bot->cpu_minute_ms, 20000);
    assert_int_equal(bot->account.send_max_age_ms, 3600000);
    assert_int_equal(bot->account.quotas.connection, 5);
    assert_int_equal(bot->account.quotas.group, 20);
    assert_int_equal(bot->account.quotas.calls, 100);
    assert_int_equal(bot->durable, STORE_FULL);
    assert_true(str_eq(bot->owners.at[0], STR("alice")));
    assert_true(str_eq(bot->notices_from.at[0], STR("__system__")));
    assert_true(str_eq(bot->language, STR("en")));
    assert_int_equal(zone_at(bot->zone, 0).seconds, 8 * 3600);
    assert_int_equal(bot->account.token_from, ACCOUNT_TOKEN_SERVER_API);
    const struct config_plugin *plugin = config_plugin(bot, STR("mod"));
    assert_true(str_eq(plugin->grants.at[0], STR("send")));
    assert_int_equal(json_int(json_get(plugin->config, "n"), 0), 3);
    assert_null(config_bot(config, STR("other")));
    config_free(config);
    buf_clear(&problems);
}

/* RongCloud's quotas are not those of other servers. */
static void test_quotas(void **state)
{
    (void)state;
    struct buf problems;
    buf_init(&problems, 1 << 16);
    struct config *config =
        read_text("return { state = 'var', bots = { b = { send_max_age = '10m',\n"
                  " account = { app_key = 'k', user = 'u', secret = 's',\n"
                  "  navi = { 'http://127.0.0.1:1' }, quotas = { group = 7 },\n"
                  "  token = { from = 'server_api' } } } } }",
                  &problems);
    assert_non_null(config);
    const struct account_config *account = &config_bot(config, STR("b"))->account;
    assert_int_equal(account->send_max_age_ms, 600000);
    assert_int_equal(account->quotas.connection, 0);
    assert_int_equal(account->quotas.group, 7);
    assert_int_equal(account->quotas.calls, 100);
    config_free(config);
    buf_clear(&problems);
    expect_problems("return { state = 'v', bots = { b = {\n"
                    " account = { app_key = 'k', user = 'u', secret = 's',\n"
                    "  quotas = { calls = 1.5,\n"
                    "   connexion = 5,\n"
                    "   group = -1 },\n"
                    "  token = { from = 'server_api' } } } } }",
                    (const char *const[]){
                        "3: bots.b.account.quotas.calls: must be a whole number, 0 or "
                        "more",
                        "4: bots.b.account.quotas.connexion: unknown key; did you mean "
                        "connection?",
                        "5: bots.b.account.quotas.group: must be a whole number, 0 or "
                        "more",
                        NULL });
}

static void test_names_every_mistake(void **state)
{
    (void)state;
    expect_problems(
        "return {\n state = 7,\n stat = 'x',\n bots = {\n  b = {\n   account = {\n"
        "    app_key = 'k',\n    secrett = 's',\n    token = { from = 'magic' },\n"
        "   },\n   owners = { 'a', 2 },\n   command_max_age = 'soon',\n   durable = "
        "'on',\n  },\n },\n}",
        (const char *const[]){
            "2: state: must be a string, is a number",
            "3: stat: unknown key; did you mean state?",
            "8: bots.b.account.secrett: unknown key; did you mean secret?",
            "9: bots.b.account.token.from: must be one of "
            "server_api|static|command|app_server",
            "6: bots.b.account.user: is missing",
            "11: bots.b.owners[2]: must be a string, is a number",
            "12: bots.b.command_max_age: must be a duration such as \"10m\", or "
            "seconds",
            "13: bots.b.durable: must be one of off|normal|full", NULL });
}

static void test_time_zones_are_looked_up(void **state)
{
    (void)state;
    expect_problems("return { state = 'v', bots = { b = { " ACCOUNT ",\n"
                    " time_zone = 'Asia/Shanghay' } } }",
                    (const char *const[]){ "2: bots.b.time_zone: there is no zone "
                                           "\"Asia/Shanghay\" in /usr/share/zoneinfo "
                                           "(tzdata)",
                                           NULL });
    expect_problems("return { state = 'v', bots = { b = { " ACCOUNT ",\n"
                    " time_zone = 8 } } }",
                    (const char *const[]){
                        "2: bots.b.time_zone: must be a string, is a number", NULL });
}

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

static void test_refuses_names_that_are_no_file_names(void **state)
{
    (void)state;
    expect_problems(
        "return { state = 'v', bots = {\n ['../x'] = { " ACCOUNT " } } }",
        (const char *const[]){ "2: bots.../x: a bot's name is 1 to 64 letters, "
                               "digits, _ or -",
                               NULL });
}

static void test_listens_where_it_says(void **state)
{
    (void)state;
    struct buf problems;
    buf_init(&problems, 1 << 16);
    struct config *config =
        read_text("return { state = 'v', listen = { http = "
                  "'127.0.0.1:7801' }, bots = { b = { " ACCOUNT " } } }",
                  &problems);
    assert_non_null(config);
    assert_true(str_eq(config->http, STR("127.0.0.1:7801")));
    config_free(config);
    config =
        read_text("return { state = 'v', bots = { b = { " ACCOUNT " } } }", &problems);
    assert_int_equal(config->http.len, 0); /* nothing listens unless named */
    config_free(config);
    buf_clear(&problems);
    expect_problems(
        "return { state = 'v',\n listen = { http = '7801' },\n"
        " bots = { b = { " ACCOUNT " } } }",
        (const char *const[]){ "2: listen.http: must be \"HOST:PORT\", is 7801", NULL });
    expect_problems("return { state = 'v',\n listen = { https = ':1' },\n"
                    " bots = { b = { " ACCOUNT " } } }",
                    (const char *const[]){
                        "2: listen.https: unknown key; did you mean http?", NULL });
}

static void test_no_bots(void **state)
{
    (void)state;
    expect_problems("return { state = 'v',\n bots = {} }",
                    (const char *const[]){ "2: bots: names no bot", NULL });
}

static void test_secrets_are_never_printed(void **state)
{
    (void)state;
    struct buf problems;
    buf_init(&problems, 1 << 16);
    assert_null(
        read_text("return { state = 'v', bots = { b = { account = { app_key = 'k', "
                  "user = 'u', secret = { 'topsecret' }, token = { from = "
                  "'topsecret' } } } } }",
                  &problems));
    assert_true(problems.len > 0);
    assert_null(strstr(problems.at, "topsecret"));
    buf_clear(&problems);
}

static void test_plugin_folder(void **state)
{
    (void)state;
    struct buf problems;
    buf_init(&problems, 1 << 16);
    struct config *config =
        read_text("return { state = 'v', plugin_path = { 'mine' }, bots = "
                  "{ b = { " ACCOUNT " } } }",
                  &problems);
    char path[4][200];
    const char *const parts[] = { "mine", "mine/greet", "mine/greet/plugin.lua" };
    for (size_t i = 0; i < 3; i++)
        snprintf(path[i], sizeof(path[i]), "%s/%s", folder, parts[i]);
    assert_int_equal(mkdir(path[0], 0700), 0);
    assert_int_equal(mkdir(path[1], 0700), 0);
    fclose(fopen(path[2], "w"));
    char *found = config_plugin_folder(config, STR("greet"), NULL);
    assert_string_equal(found, path[1]);
    free(found);
    struct err err = { 0 };
    assert_null(config_plugin_folder(config, STR("../mine/greet"), &err));
    assert_null(config_plugin_folder(config, STR("absent"), &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
    assert_non_null(strstr(err.text, "/data/plugins"));
    unlink(path[2]);
    rmdir(path[1]);
    rmdir(path[0]);
    config_free(config);
    buf_clear(&problems);
}

#define SPEC(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SPEC(test_reads_a_good_file),
        SPEC(test_quotas),
        SPEC(test_names_every_mistake),
        SPEC(test_time_zones_are_looked_up),
        SPEC(test_token_source_needs_its_secret),
        SPEC(test_token_from_a_program),
        SPEC(test_programs_are_found_on_the_path),
        SPEC(test_token_from_the_app_server),
        SPEC(test_passwords_do_not_travel_in_clear),
        SPEC(test_refuses_names_that_are_no_file_names),
        SPEC(test_listens_where_it_says),
        SPEC(test_no_bots),
        SPEC(test_secrets_are_never_printed),
        SPEC(test_plugin_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
