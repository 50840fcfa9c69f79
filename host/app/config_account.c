/* The account of a bot: who it is, where its servers are, and how it proves itself. */
#include "app/config_inside.h"

#include "app/config_webhooks.h"
#include "net/url.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define CLOUD_NAVI_1 "https://nav.cn.ronghub.com"
#define CLOUD_NAVI_2 "https://nav2-cn.ronghub.com"
#define CLOUD_API_1 "https://api.rong-api.com"
#define CLOUD_API_2 "https://api-b.rong-api.com"

static const struct schema_row token_rows[] = {
    { .name = "from",
      .kind = SCHEMA_STRING,
      .required = true,
      .words = "server_api|static|command|app_server" },
    { .name = "value", .kind = SCHEMA_STRING },
    { .name = "argv", .kind = SCHEMA_STRINGS },
    { .name = "env", .kind = SCHEMA_STRINGS },
    { .name = NULL },
};

static const struct schema_row app_server_rows[] = {
    { .name = "url", .kind = SCHEMA_STRING, .required = true },
    { .name = "account", .kind = SCHEMA_STRING, .required = true },
    { .name = "password", .kind = SCHEMA_STRING, .required = true },
    { .name = NULL },
};

static const struct schema_row quota_rows[] = {
    { .name = "connection", .kind = SCHEMA_COUNT },
    { .name = "group", .kind = SCHEMA_COUNT },
    { .name = "calls", .kind = SCHEMA_COUNT },
    { .name = NULL },
};

const struct schema_row config_account_rows[] = {
    { .name = "app_key", .kind = SCHEMA_STRING, .required = true },
    { .name = "user", .kind = SCHEMA_STRING, .required = true },
    { .name = "name", .kind = SCHEMA_STRING },
    { .name = "secret", .kind = SCHEMA_STRING },
    { .name = "navi", .kind = SCHEMA_STRINGS },
    { .name = "api", .kind = SCHEMA_STRINGS },
    { .name = "token", .kind = SCHEMA_TABLE, .rows = token_rows },
    { .name = "app_server", .kind = SCHEMA_TABLE, .rows = app_server_rows },
    { .name = "ca", .kind = SCHEMA_STRING },
    { .name = "sdk_version", .kind = SCHEMA_STRING },
    { .name = "api_version", .kind = SCHEMA_STRING },
    { .name = "quotas", .kind = SCHEMA_TABLE, .rows = quota_rows },
    { .name = "webhooks", .kind = SCHEMA_TABLE, .rows = config_webhook_rows },
    { .name = NULL },
};

static bool is_http(struct str text)
{
    struct url url;
    return url_parse(text, &url, NULL) && str_starts(url.scheme, STR("http"));
}

static void check_servers(const struct config *config, const struct config_bot *bot,
                          const char *key, const struct str_list *servers,
                          struct buf *problems)
{
    for (size_t i = 0; i < servers->count; i++) {
        if (is_http(servers->at[i]))
            continue;
        char path[200];
        snprintf(path, sizeof(path), "bots.%.*s.account.%s[%zu]", STR_ARG(bot->name), key,
                 i + 1);
        schema_problem(config->data, path, problems,
                       "must be an http:// or https:// address, is %.*s",
                       STR_ARG(str_sub(servers->at[i], 0, 100)));
    }
}

/* What RongCloud documents, for RongCloud's own servers; others have no quotas but those
 * that were set. */
static struct governor_quotas read_quotas(const struct json *node)
{
    const struct json *quotas = json_get(node, "quotas");
    bool cloud_im = json_size(json_get(node, "navi")) == 0;
    bool cloud_api = json_size(json_get(node, "api")) == 0;
    return (struct governor_quotas){
        .connection = (int)json_int(json_get(quotas, "connection"), cloud_im ? 5 : 0),
        .group = (int)json_int(json_get(quotas, "group"), cloud_im ? 20 : 0),
        .calls = (int)json_int(json_get(quotas, "calls"), cloud_api ? 100 : 0),
    };
}

/* ---- where the token comes from ---- */

static const char *const token_words[] = {
    [ACCOUNT_TOKEN_STATIC] = "static",
    [ACCOUNT_TOKEN_SERVER_API] = "server_api",
    [ACCOUNT_TOKEN_COMMAND] = "command",
    [ACCOUNT_TOKEN_APP_SERVER] = "app_server",
};

const char *config_token_word(enum account_token_from from)
{
    return token_words[from];
}

static enum account_token_from read_from(struct str word)
{
    int from = 0;
    if (word.len == 0)
        return ACCOUNT_TOKEN_SERVER_API;
    while (!str_eq(word, str_from(token_words[from]))) /* the schema knows the words */
        from++;
    return (enum account_token_from)from;
}

__attribute__((format(printf, 5, 6))) static void
problem(const struct config *config, const struct config_bot *bot, const char *key,
        struct buf *problems, const char *format, ...)
{
    char path[200], text[300];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    snprintf(path, sizeof(path), "bots.%.*s.account.%s", STR_ARG(bot->name), key);
    schema_problem(config->data, path, problems, "%s", text);
}

/* What the source of the token cannot do without. */
static void check_token(const struct config *config, const struct config_bot *bot,
                        struct buf *problems)
{
    const struct account_config *account = &bot->account;
    const char *missing = NULL;
    switch (account->token_from) {
    case ACCOUNT_TOKEN_STATIC:
        missing = account->token.len ? NULL : "token.value";
        break;
    case ACCOUNT_TOKEN_SERVER_API:
        missing = account->secret.len ? NULL : "secret";
        break;
    case ACCOUNT_TOKEN_COMMAND:
        missing = bot->argv.count && bot->argv.at[0].len ? NULL : "token.argv";
        break;
    case ACCOUNT_TOKEN_APP_SERVER:
        missing = account->app_server.url.at ? NULL : "app_server";
        break;
    }
    if (missing)
        problem(config, bot, missing, problems, "is needed for token.from = \"%s\"",
                config_token_word(account->token_from));
}

/* Names of variables, not values: those would be in the file. */
static void check_env(const struct config *config, const struct config_bot *bot,
                      struct buf *problems)
{
    for (size_t i = 0; i < bot->env.count; i++) {
        struct str name = bot->env.at[i];
        char key[40];
        if (name.len > 0 && str_index(name, '=') < 0)
            continue;
        snprintf(key, sizeof(key), "token.env[%zu]", i + 1);
        problem(config, bot, key, problems,
                "must be the name of a variable that the program gets to see");
    }
}

static bool is_this_machine(struct str host)
{
    for (size_t i = 0; i < host.len && str_starts(host, STR("127.")); i++)
        if (host.at[i] != '.' && (host.at[i] < '0' || host.at[i] > '9'))
            return false;
    return str_eq(host, STR("localhost")) || str_eq(host, STR("::1")) ||
           str_starts(host, STR("127."));
}

/* The bot's password goes there. The address is not shown: people put passwords into
 * addresses. */
static void read_app_server(struct config *config, struct config_bot *bot,
                            const struct json *node, struct buf *problems)
{
    struct account_app_server *server = &bot->account.app_server;
    struct url url;
    server->url = json_str(json_get(node, "url"));
    server->account = json_str(json_get(node, "account"));
    server->password = json_str(json_get(node, "password"));
    if (!node)
        return;
    if (!url_parse(server->url, &url, NULL) || !str_starts(url.scheme, STR("http")) ||
        str_index(url.target, '?') >= 0)
        problem(config, bot, "app_server.url", problems,
                "must be an https:// address, to which paths can be added");
    else if (!url.secure && !is_this_machine(url.host))
        problem(config, bot, "app_server.url", problems,
                "must be an https:// address: the password goes there (http:// only on "
                "this machine)");
    if (server->account.len == 0)
        problem(config, bot, "app_server.account", problems, "is empty");
    if (server->password.len == 0)
        problem(config, bot, "app_server.password", problems, "is empty");
}

static void read_token(struct config *config, struct config_bot *bot,
                       const struct json *token, struct buf *problems)
{
    struct account_config *account = &bot->account;
    account->token_from = read_from(json_str(json_get(token, "from")));
    account->token = json_str(json_get(token, "value"));
    bot->argv = config_list(json_get(token, "argv"));
    bot->env = config_list(json_get(token, "env"));
    account->command = (struct account_command){
        .argv = bot->argv.at,
        .argv_count = bot->argv.count,
        .env = bot->env.at,
        .env_count = bot->env.count,
        .folder = str_from(config->folder),
    };
    check_token(config, bot, problems);
    check_env(config, bot, problems);
}

/* ---- the account ---- */

void config_account_read(struct config *config, struct config_bot *bot,
                         const struct json *node, struct buf *problems)
{
    struct account_config *account = &bot->account;
    account->app_key = json_str(json_get(node, "app_key"));
    account->user = json_str(json_get(node, "user"));
    account->name = config_str_or(json_str(json_get(node, "name")), account->user);
    account->secret = json_str(json_get(node, "secret"));
    account->sdk_version = json_str(json_get(node, "sdk_version"));
    account->api_version = json_str(json_get(node, "api_version"));
    account->quotas = read_quotas(node);
    bot->navi = config_list_or(json_get(node, "navi"), CLOUD_NAVI_1, CLOUD_NAVI_2);
    bot->api = config_list_or(json_get(node, "api"), CLOUD_API_1, CLOUD_API_2);
    check_servers(config, bot, "navi", &bot->navi, problems);
    check_servers(config, bot, "api", &bot->api, problems);
    account->navi = bot->navi.at;
    account->navi_count = bot->navi.count;
    account->api = bot->api.at;
    account->api_count = bot->api.count;
    struct str ca = json_str(json_get(node, "ca"));
    bot->ca = ca.len > 0 ? str_from(config_keep(config, config->folder, ca)) : STR_NONE;
    if (ca.len > 0 && access(bot->ca.at, R_OK) != 0)
        problem(config, bot, "ca", problems, "cannot read %s", bot->ca.at);
    read_app_server(config, bot, json_get(node, "app_server"), problems);
    read_token(config, bot, json_get(node, "token"), problems);
}

void config_account_clear(struct config_bot *bot)
{
    free(bot->navi.at);
    free(bot->api.at);
    free(bot->argv.at);
    free(bot->env.at);
}

/* ---- moondock check ---- */

static bool can_run(struct str folder, struct str name)
{
    char path[4096];
    int len = snprintf(path, sizeof(path), "%.*s%s%.*s", STR_ARG(folder),
                       folder.len ? "/" : "", STR_ARG(name));
    return len > 0 && (size_t)len < sizeof(path) && access(path, X_OK) == 0;
}

/* Where the program would be found: below the configuration's folder if its name has a
 * slash, else on the PATH. */
static bool finds_program(const struct config *config, struct str name)
{
    struct str path = str_from(getenv("PATH")), folder;
    if (str_index(name, '/') >= 0)
        return can_run(name.at[0] == '/' ? STR_NONE : str_from(config->folder), name);
    while (str_split(&path, ':', &folder))
        if (can_run(folder.len ? folder : str_from(config->folder), name))
            return true;
    return false;
}

bool config_check_account(const struct config *config, const struct config_bot *bot,
                          struct buf *problems)
{
    bool good = bot->account.token_from != ACCOUNT_TOKEN_COMMAND ||
                finds_program(config, bot->argv.at[0]);
    if (!good)
        problem(config, bot, "token.argv", problems, "there is no program %.*s to run",
                STR_ARG(str_sub(bot->argv.at[0], 0, 200)));
    return good;
}
