#include "app/deal.h"

#include "app/schema.h"

#include <stdio.h>

/* Jump consistent hash (Lamping and Veach, 2014) of the name's FNV-1a. */
int deal_worker(struct str name, int workers)
{
    uint64_t key = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < name.len; i++)
        key = (key ^ (unsigned char)name.at[i]) * UINT64_C(0x100000001b3);
    int64_t at = 0, next = 0;
    while (next < workers) {
        at = next;
        key = key * UINT64_C(2862933555777941757) + 1;
        next = (int64_t)((double)(at + 1) * 2147483648.0 / (double)((key >> 33) + 1));
    }
    return (int)at + 1;
}

static int read_workers(const struct config *config, struct buf *problems)
{
    int64_t count = json_int(json_get(data_root(config->data), "workers"), 1);
    if (count >= 1 && count <= DEAL_WORKERS_MAX)
        return (int)count;
    schema_problem(config->data, "workers", problems, "must be 1 to %d",
                   DEAL_WORKERS_MAX);
    return 1;
}

/* Each worker listens at a port of its own. */
static void check_ports(const struct config *config, struct buf *problems)
{
    struct str host;
    int port;
    if (app_address(config->http, &host, &port) && port + config->workers - 1 > 65535)
        schema_problem(config->data, "listen.http", problems,
                       "%d workers need the ports %d to %d", config->workers, port,
                       port + config->workers - 1);
}

void deal_bots(struct config *config, struct buf *problems)
{
    config->workers = read_workers(config, problems);
    check_ports(config, problems);
    for (size_t i = 0; i < config->bot_count; i++) {
        struct config_bot *bot = &config->bots[i];
        const struct json *named = json_get(bot->node, "worker");
        int64_t number = json_int(named, deal_worker(bot->name, config->workers));
        bot->worker = (int)number;
        if (number >= 1 && number <= config->workers)
            continue;
        char path[300];
        snprintf(path, sizeof(path), "bots.%.*s.worker",
                 STR_ARG(str_sub(bot->name, 0, 200)));
        schema_problem(config->data, path, problems,
                       "must be 1 to %d, as many as there are workers", config->workers);
    }
}

void deal_compare(const struct config *old, const struct config *next,
                  struct buf *problems)
{
    if (old->workers != next->workers) {
        buf_add_format(problems,
                       "workers: %d cannot become %d while the host runs; restart it\n",
                       old->workers, next->workers);
        return;
    }
    for (size_t i = 0; i < next->bot_count; i++) {
        const struct config_bot *bot = &next->bots[i];
        const struct config_bot *was = config_bot(old, bot->name);
        if (was && was->worker != bot->worker)
            buf_add_format(problems,
                           "bots.%.*s.worker: %d cannot become %d while the host runs; "
                           "restart it\n",
                           STR_ARG(bot->name), was->worker, bot->worker);
    }
}
