/* config: every mistake is named with file, line and key; good files are taken apart. */
#include "config_fixture.h"

#include <sys/stat.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        SPEC(test_reads_a_good_file),
        SPEC(test_quotas),
        SPEC(test_names_every_mistake),
        SPEC(test_time_zones_are_looked_up),
        SPEC(test_refuses_names_that_are_no_file_names),
        SPEC(test_listens_where_it_says),
        SPEC(test_no_bots),
        SPEC(test_secrets_are_never_printed),
        SPEC(test_plugin_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
