#include "app/watch.h"

#include "app/rollout.h"
#include "base/log.h"
#include "base/mem.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>

enum { PERIOD_MS = 500, DEPTH_MAX = 8 };

/* A plugin, for all bots that name it. */
struct watched {
    struct watch *watch;
    char *name;
    uint64_t loaded, seen; /* fingerprints: of what was loaded, of the last look */
    struct rollout *rollout;
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

static uint64_t fingerprint(const struct watched *watched)
{
    uint64_t print = 0;
    const struct config *config = worker_config(watched->watch->worker);
    char *folder = config_plugin_folder(config, str_from(watched->name), NULL);
    if (folder)
        add_files(folder, 0, &print);
    free(folder);
    return print;
}

static void on_rolled(void *arg, struct str report, const struct err *why)
{
    struct watched *watched = arg;
    struct str line;
    watched->rollout = NULL;
    while (str_split(&report, '\n', &line))
        log_info(LOG_APP, "watch: %.*s", STR_ARG(line));
    if (why)
        log_error(LOG_APP, "watch: %s", why->text);
}

/* Reloads what has changed and now stays as it is; whether the content is another one is
 * the reload's to tell. */
static void look(struct watched *watched)
{
    struct err err = { 0 };
    uint64_t print = fingerprint(watched);
    bool settled = print == watched->seen;
    watched->seen = print;
    if (!settled || print == watched->loaded || watched->rollout)
        return;
    watched->loaded = print;
    watched->rollout = rollout_start(watched->watch->worker, str_from(watched->name),
                                     ROLLOUT_RELOAD, on_rolled, watched, &err);
    if (!watched->rollout)
        log_info(LOG_APP, "watch: %s", err.text);
}

static void on_look(void *arg)
{
    struct watch *watch = arg;
    for (size_t i = 0; i < watch->count; i++)
        look(&watch->plugins[i]);
    loop_timer_start(worker_loop(watch->worker), &watch->timer, PERIOD_MS, on_look,
                     watch);
}

static void add_plugin(struct watch *watch, struct str name)
{
    for (size_t i = 0; i < watch->count; i++)
        if (str_eq(str_from(watch->plugins[i].name), name))
            return;
    struct watched *watched = &watch->plugins[watch->count++];
    watched->watch = watch;
    watched->name = str_dup(name);
    watched->loaded = watched->seen = fingerprint(watched);
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
    for (size_t i = 0; i < config->bot_count; i++)
        for (size_t j = 0;
             worker_owns(worker, &config->bots[i]) && j < config->bots[i].plugin_count;
             j++)
            add_plugin(watch, config->bots[i].plugins[j].name);
    loop_timer_start(worker_loop(worker), &watch->timer, PERIOD_MS, on_look, watch);
    return watch;
}

void watch_close(struct watch *watch)
{
    loop_timer_stop(worker_loop(watch->worker), &watch->timer);
    for (size_t i = 0; i < watch->count; i++) {
        if (watch->plugins[i].rollout)
            rollout_cancel(watch->plugins[i].rollout);
        free(watch->plugins[i].name);
    }
    free(watch->plugins);
    free(watch);
}
