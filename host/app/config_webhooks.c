#include "app/config_webhooks.h"
#include "app/config_inside.h"

#include "base/duration.h"
#include "net/address.h"

#include <stdio.h>
#include <stdlib.h>

#define WINDOW_MS 600000
#define DEADLINE_MS 1000
#define DEADLINE_MOST_MS 2500 /* RongCloud waits three seconds */
#define PATH_BYTES_MAX 200

const struct schema_row config_webhook_rows[] = {
    { .name = "route", .kind = SCHEMA_STRING },
    { .name = "precheck", .kind = SCHEMA_STRING },
    { .name = "online", .kind = SCHEMA_STRING },
    { .name = "operations", .kind = SCHEMA_STRING },
    { .name = "audits", .kind = SCHEMA_STRING },
    { .name = "groups", .kind = SCHEMA_STRING },
    { .name = "rooms", .kind = SCHEMA_STRING },
    { .name = "users", .kind = SCHEMA_STRING },
    { .name = "bots", .kind = SCHEMA_STRING },
    { .name = "feed", .kind = SCHEMA_STRING },
    { .name = "chats", .kind = SCHEMA_STRINGS },
    { .name = "from", .kind = SCHEMA_STRINGS },
    { .name = "proxies", .kind = SCHEMA_STRINGS },
    { .name = "window", .kind = SCHEMA_DURATION },
    { .name = "deadline", .kind = SCHEMA_DURATION },
    { .name = "otherwise", .kind = SCHEMA_STRING, .words = "allow|deny" },
    { .name = NULL },
};

static void problem(const struct config *config, const struct config_bot *bot,
                    const char *key, struct buf *problems, const char *what)
{
    char path[200];
    snprintf(path, sizeof(path), "bots.%.*s.account.webhooks%s%s", STR_ARG(bot->name),
             *key ? "." : "", key);
    schema_problem(config->data, path, problems, "%s", what);
}

/* "/rc/route", compared as it comes: nothing in it that could be written two ways. */
static bool is_path(struct str path)
{
    for (size_t i = 0; i < path.len; i++) {
        char c = path.at[i];
        if (c <= ' ' || c >= 0x7f || c == '?' || c == '#' || c == '%')
            return false;
    }
    return path.len > 1 && path.len <= PATH_BYTES_MAX && path.at[0] == '/';
}

static int64_t read_ms(const struct json *node, int64_t otherwise)
{
    int64_t ms = otherwise;
    if (json_kind(node) == JSON_NUMBER)
        return (int64_t)(json_number(node, 0) * 1000);
    if (node)
        duration_parse(json_str(node), &ms);
    return ms;
}

static struct str_list read_blocks(const struct config *config,
                                   const struct config_bot *bot, const struct json *node,
                                   const char *key, struct buf *problems)
{
    struct str_list list = config_list(json_get(node, key));
    for (size_t i = 0; i < list.count; i++)
        if (!address_is_block(list.at[i]))
            problem(config, bot, key, problems,
                    "must be addresses like \"192.0.2.1\" or \"192.0.2.0/24\"");
    return list;
}

void config_read_webhooks(const struct config *config, struct config_bot *bot,
                          struct buf *problems)
{
    const struct json *node = json_get(json_get(bot->node, "account"), "webhooks");
    struct config_webhooks *webhooks = &bot->webhooks;
    for (int i = 0; i < WEBHOOKS; i++) {
        const struct json *path = json_get(node, webhook_word((enum webhook)i));
        webhooks->paths[i] = json_str(path);
        if (path && !is_path(webhooks->paths[i]))
            problem(config, bot, webhook_word((enum webhook)i), problems,
                    "must be a path like \"/rc/route\", without % ? # and blanks");
    }
    bot->account.webhook = webhooks->paths[WEBHOOK_ROUTE].len > 0;
    webhooks->chats = config_list(json_get(node, "chats"));
    webhooks->from = read_blocks(config, bot, node, "from", problems);
    webhooks->proxies = read_blocks(config, bot, node, "proxies", problems);
    if (!bot->account.webhook && !json_get(json_get(bot->node, "account"), "token")) {
        char key[200];
        snprintf(key, sizeof(key), "bots.%.*s.account.token", STR_ARG(bot->name));
        schema_problem(config->data, key, problems, "is missing");
    }
    webhooks->window_ms = read_ms(json_get(node, "window"), WINDOW_MS);
    webhooks->deadline_ms = read_ms(json_get(node, "deadline"), DEADLINE_MS);
    webhooks->deny = str_eq(json_str(json_get(node, "otherwise")), STR("deny"));
    if (webhooks->deadline_ms < 1 || webhooks->deadline_ms > DEADLINE_MOST_MS)
        problem(config, bot, "deadline", problems, "must be at most 2.5 seconds");
    if (node && bot->account.secret.len == 0)
        problem(config, bot, "", problems, "needs account.secret, which signs them");
    if (node && config->http.len == 0)
        problem(config, bot, "", problems, "needs listen.http");
}

void config_free_webhooks(struct config_bot *bot)
{
    free(bot->webhooks.chats.at);
    free(bot->webhooks.from.at);
    free(bot->webhooks.proxies.at);
}

/* The first part of a path is that of a bot's plugins, or of the host's own pages. */
static bool is_taken(const struct config *config, struct str path)
{
    struct str first = STR_NONE;
    str_split(&path, '/', &first); /* nothing: it begins with one */
    str_split(&path, '/', &first);
    return str_eq(first, STR("metrics")) || config_bot(config, first) != NULL;
}

static void check_pair(const struct config *config, const struct config_bot *bot,
                       int kind, const struct config_bot *other, struct buf *problems)
{
    struct str path = bot->webhooks.paths[kind];
    for (int i = 0; i < WEBHOOKS; i++) {
        if (path.len == 0 || !str_eq(path, other->webhooks.paths[i]))
            continue;
        if (i != kind)
            problem(config, bot, webhook_word((enum webhook)kind), problems,
                    "this path is that of another webhook, too");
        else if (bot->worker != other->worker)
            problem(config, bot, webhook_word((enum webhook)kind), problems,
                    "bots that share a path need the same worker (key \"worker\")");
    }
}

void config_check_webhooks(const struct config *config, struct buf *problems)
{
    for (size_t i = 0; i < config->bot_count; i++) {
        const struct config_bot *bot = &config->bots[i];
        for (int kind = 0; kind < WEBHOOKS; kind++) {
            if (is_taken(config, bot->webhooks.paths[kind]))
                problem(config, bot, webhook_word((enum webhook)kind), problems,
                        "a path may not begin with a bot's name, or with /metrics");
            for (size_t j = 0; j <= i; j++)
                check_pair(config, bot, kind, &config->bots[j], problems);
        }
    }
}
