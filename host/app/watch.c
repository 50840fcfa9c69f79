#include "app/watch.h"

#include "base/log.h"
#include "base/mem.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>

enum { PERIOD_MS = 500, DEPTH_MAX = 8 };

/* One plugin of one bot, with a fingerprint of its files. */
struct watched {
    struct bot *bot;
    struct str plugin;
    uint64_t print;
};

struct watch {
    struct worker *worker;
    struct loop_timer timer;
    struct watched *plugins;
    size_t count;
};

static void add_files(const char *folder, int depth, uint64_t *print)
{
    DIR *dir = depth < DEPTH_MAX ? opendir(folder) : NULL;
    struct dirent *entry;
    while (dir && (entry = readdir(dir)) != NULL) {
        char path[4096];
        struct stat info;
        int len = snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        bool usable = entry->d_name[0] != '.' && len > 0 && (size_t)len < sizeof(path);
        if (!usable || lstat(path, &info) != 0)
            continue;
        if (S_ISDIR(info.st_mode)) {
            add_files(path, depth + 1, print);
        } else {
            /* A sum: the order in which a folder lists its files does not matter. */
            uint64_t name = (uint64_t)info.st_mtim.tv_sec;
            for (const char *c = path; *c; c++)
                name = name * 31 + (unsigned char)*c;
            *print += (uint64_t)info.st_size * 0x9E3779B97F4A7C15U + name * 1000003U +
                      (uint64_t)info.st_mtim.tv_nsec;
        }
    }
    if (dir)
        closedir(dir);
}

static uint64_t fingerprint(const struct watch *watch, struct str plugin)
{
    uint64_t print = 0;
    char *folder = config_plugin_folder(worker_config(watch->worker), plugin, NULL);
    if (folder)
        add_files(folder, 0, &print);
    free(folder);
    return print;
}

static void on_look(void *arg)
{
    struct watch *watch = arg;
    for (size_t i = 0; i < watch->count; i++) {
        struct watched *watched = &watch->plugins[i];
        uint64_t print = fingerprint(watch, watched->plugin);
        if (print == watched->print)
            continue;
        watched->print = print;
        struct err err = { 0 };
        struct buf report;
        buf_init(&report, 1000);
        if (bot_reload(watched->bot, watched->plugin, false, &report, &err))
            log_info(LOG_APP, "watch: %.*s", STR_ARG(buf_str(&report)));
        else
            log_error(LOG_APP, "watch: %s; %.*s", err.text, STR_ARG(buf_str(&report)));
        buf_clear(&report);
    }
    loop_timer_start(worker_loop(watch->worker), &watch->timer, PERIOD_MS, on_look,
                     watch);
}

struct watch *watch_open(struct worker *worker)
{
    struct watch *watch = MEM_NEW(struct watch);
    const struct config *config = worker_config(worker);
    watch->worker = worker;
    size_t total = 0;
    for (size_t i = 0; i < config->bot_count; i++)
        total += config->bots[i].plugin_count;
    watch->plugins = mem_zero((total + 1) * sizeof(*watch->plugins));
    for (size_t i = 0; i < config->bot_count; i++) {
        for (size_t j = 0; j < config->bots[i].plugin_count; j++) {
            struct watched *watched = &watch->plugins[watch->count++];
            watched->bot = worker_bot(worker, i);
            watched->plugin = config->bots[i].plugins[j].name;
            watched->print = fingerprint(watch, watched->plugin);
        }
    }
    loop_timer_start(worker_loop(worker), &watch->timer, PERIOD_MS, on_look, watch);
    return watch;
}

void watch_close(struct watch *watch)
{
    loop_timer_stop(worker_loop(watch->worker), &watch->timer);
    free(watch->plugins);
    free(watch);
}
