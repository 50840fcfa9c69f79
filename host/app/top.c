#include "app/top.h"

#include "base/mem.h"

#include <stdio.h>

struct row {
    struct str bot;
    const struct json *plugin;
    int64_t cpu_ms;
};

static int by_cpu(const void *a, const void *b)
{
    int64_t x = ((const struct row *)a)->cpu_ms, y = ((const struct row *)b)->cpu_ms;
    return (x < y) - (x > y);
}

static long long number(const struct row *row, const char *field)
{
    return (long long)json_int(json_get(row->plugin, field), 0);
}

void top_print(const struct json *bots)
{
    struct row *rows = NULL;
    size_t count = 0;
    for (const struct json *bot = json_next(bots, NULL); bot;
         bot = json_next(bots, bot)) {
        const struct json *plugins = json_get(bot, "plugins");
        for (const struct json *plugin = json_next(plugins, NULL); plugin;
             plugin = json_next(plugins, plugin)) {
            rows = mem_realloc(rows, (count + 1) * sizeof(*rows));
            rows[count++] =
                (struct row){ json_str(json_get(bot, "name")), plugin,
                              json_int(json_get(plugin, "cpu_minute_ms"), 0) };
        }
    }
    if (count > 0)
        qsort(rows, count, sizeof(*rows), by_cpu);
    printf("%10s %9s %7s %6s  %-8s %s\n", "CPU/MIN", "MEMORY", "ERRORS", "TASKS", "STATE",
           "PLUGIN");
    for (size_t i = 0; i < count; i++)
        printf("%8lldms %8lldK %7lld %6lld  %-8.*s %.*s/%.*s\n",
               number(&rows[i], "cpu_minute_ms"), number(&rows[i], "memory") / 1024,
               number(&rows[i], "errors"), number(&rows[i], "tasks"),
               STR_ARG(json_str(json_get(rows[i].plugin, "state"))), STR_ARG(rows[i].bot),
               STR_ARG(json_str(json_get(rows[i].plugin, "name"))));
    free(rows);
}
