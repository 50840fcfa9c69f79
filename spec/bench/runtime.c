/* What the plugin runtime costs, as ratios to a baseline of the same run: entering a
 * state, waking handlers, making instances, reloading; and memory per instance and per
 * bot. Interleaved rounds, the median of each, in CPU time of the thread.
 *
 * `runtime WORK COUNT` does one of the works COUNT times and nothing else, for counting
 * instructions: valgrind --tool=callgrind --toggle-collect=run_handler ... handler 1000
 */
#include "../support/bench_plugins.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/must.h"
#include "net/loop.h"
#include "proto/content.h"
#include "script/code.h"
#include "script/inside.h"
#include "script/router.h"
#include "store/db.h"

#include <lauxlib.h>
#include <lualib.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 11, PLUGINS = 20, INSTANCES = 500, COMPILED = 50 };
enum { SOURCES = (ROUNDS + 1) * COMPILED };

struct lab {
    char folder[64], library[512];
    struct loop *loop;
    struct store *store;
    struct script *plain, *picky, *busy, *idle; /* a bot each */
    struct code *sources[SOURCES];              /* of "usual", not compiled yet */
    size_t source_count;
    lua_State *bare;
    int bare_ref;
};

/* --- bots --- */

static struct script *new_bot(const struct lab *lab)
{
    struct err err = { 0 };
    struct script_options options = {
        .loop = lab->loop,
        .store = lab->store,
        .bot = STR("bench"),
        .library = str_from(lab->library),
    };
    struct script *script = script_new(&options, &err);
    must(script);
    return script;
}

static void load(const struct lab *lab, struct script *script, const char *name)
{
    char folder[256];
    struct err err = { 0 };
    snprintf(folder, sizeof(folder), "%s/%s", lab->folder, name);
    struct script_plugin given = { .name = str_from(name), .folder = str_from(folder) };
    if (!script_load(script, &given, &err)) {
        fprintf(stderr, "%s\n", err.text);
        exit(1);
    }
}

/* The code is `begin`, the number of the plugin, `end`. */
static void load_many(const struct lab *lab, struct script *script, const char *prefix,
                      const char *begin, const char *end)
{
    char name[32], code[512];
    for (int i = 1; i <= PLUGINS; i++) {
        snprintf(name, sizeof(name), "%s%d", prefix, i);
        snprintf(code, sizeof(code), "local bot = ...\n%s%d%s\n", begin, i, end);
        bench_write(lab->folder, name, code);
        load(lab, script, name);
    }
}

/* --- what is measured --- */

static void say(struct script *script, const char *content)
{
    struct message message = {
        .type = CONVERSATION_GROUP,
        .target = STR("g1"),
        .sender = STR("alice"),
        .object_name = STR("RC:TxtMsg"),
        .content = str_from(content),
        .uid = STR("B0C1-D2E3-F4G5-H6I7"),
        .sent_ms = 1700000000000,
        .received_ms = 1700000000000,
    };
    script_message(script, &message);
}

static void run_pcall(struct lab *lab)
{
    lua_rawgeti(lab->bare, LUA_REGISTRYINDEX, lab->bare_ref);
    lua_pcall(lab->bare, 0, 0, 0);
}

/* What no event can cost less than: an entry, and a thread that is there already. */
static int floor_body(void *arg)
{
    struct task *task = arg;
    int results;
    lua_rawgeti(task->T, LUA_REGISTRYINDEX, task->instance->handlers->function_ref);
    return guard_resume(task->T, NULL, 0, &results);
}

static void run_floor(struct lab *lab)
{
    struct instance *instance = lab->plain->plugins->live;
    guard_run(&instance->limits, instance->L, floor_body, instance->idle);
}

static void run_event(struct lab *lab)
{
    struct instance *instance = lab->plain->plugins->live;
    struct task_start start = { .function_ref = instance->handlers->function_ref };
    task_start(instance, &start);
}

#define HELLO "{\"content\":\"hello there\"}"

static void run_text(struct lab *lab)
{
    struct str text;
    must(content_read_text(STR(HELLO), &lab->plain->scratch, &text));
}

static void run_handler(struct lab *lab)
{
    say(lab->plain, HELLO);
}

static void run_nobody(struct lab *lab)
{
    say(lab->picky, HELLO);
}

static void run_one(struct lab *lab)
{
    say(lab->picky, "{\"content\":\"tell word7 of it\"}");
}

static void run_all(struct lab *lab)
{
    say(lab->busy, "{\"content\":\"tell word7 of it\"}");
}

static void run_bare_state(struct lab *lab)
{
    (void)lab;
    lua_State *L = luaL_newstate();
    luaL_openlibs(L);
    lua_close(L);
}

static void run_create(struct lab *lab)
{
    struct err err = { 0 };
    struct plugin *plugin = lab->idle->plugins;
    struct instance *instance = instance_new(&lab->idle->runtime, plugin->version);
    instance->order = plugin->order;
    must(instance_start(instance, &err));
    instance_free(instance);
}

/* Different texts, so that each is compiled once. */
static void add_sources(struct lab *lab)
{
    static unsigned serial;
    struct version *version = lab->idle->plugins->version;
    struct str text = code_text(map_get(&version->sources, STR("init.lua")));
    struct buf changed;
    buf_init(&changed, 32768);
    while (lab->source_count < SOURCES) {
        buf_reset(&changed);
        must(buf_add_format(&changed, "%.*s-- %u\n", STR_ARG(text), serial++));
        lab->sources[lab->source_count++] =
            code_of(STR("usual/init.lua"), buf_str(&changed));
    }
    buf_clear(&changed);
}

static void run_compile(struct lab *lab)
{
    struct map *sources = &lab->idle->plugins->version->sources;
    if (lab->source_count == 0) /* not while it is measured: there are enough */
        add_sources(lab);
    struct code *compiled =
        map_set(sources, STR("init.lua"), lab->sources[--lab->source_count]);
    run_create(lab);
    code_release(map_set(sources, STR("init.lua"), compiled));
}

static void run_reload(struct lab *lab)
{
    struct err err = { 0 };
    struct buf report;
    buf_init(&report, 1024);
    must(script_reload(lab->idle, STR("usual"), true, &report, &err));
    buf_clear(&report);
    loop_turn(lab->loop, 0); /* the old one goes */
}

static const struct work {
    const char *word, *name;
    void (*run)(struct lab *lab);
    int count;
} works[] = {
    { "pcall", "lua_pcall of an empty function", run_pcall, 200000 },
    { "event", "empty event: guarded, pooled coroutine", run_event, 100000 },
    { "floor", "guard and pooled coroutine alone", run_floor, 100000 },
    { "text", "text of a message, from its JSON", run_text, 20000 },
    { "nobody", "message nobody of 20 wants", run_nobody, 20000 },
    { "handler", "message, one handler reads two fields", run_handler, 20000 },
    { "one", "message that wakes 1 of 20 instances", run_one, 10000 },
    { "all", "message that wakes 20 of 20", run_all, 2000 },
    { "state", "stock state with its libraries, closed", run_bare_state, 200 },
    { "create", "instance from bytecode, ended", run_create, 100 },
    { "source", "instance from source, ended", run_compile, COMPILED },
    { "reload", "reload", run_reload, 50 },
};
enum { WORKS = sizeof(works) / sizeof(*works) };
enum {
    PCALL,
    EVENT,
    FLOOR,
    TEXT,
    NOBODY,
    HANDLER,
    ONE,
    ALL,
    STATE,
    CREATE,
    COMPILE,
    RELOAD
};

static int64_t cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double once(struct lab *lab, const struct work *work)
{
    int64_t before = cpu_ns();
    for (int i = 0; i < work->count; i++)
        work->run(lab);
    return (double)(cpu_ns() - before) / work->count;
}

static void open_lab(struct lab *lab)
{
    struct err err = { 0 };
    lab->loop = loop_new(&err);
    lab->store = store_open(":memory:", STORE_NORMAL, &err);
    must(lab->loop && lab->store);
}

static void open_bots(struct lab *lab)
{
    open_lab(lab);
    lab->plain = new_bot(lab);
    bench_write(lab->folder, "plain",
                "local bot = ...\n"
                "bot.on('connected', function() end)\n"
                "local last\n"
                "bot.on('message', function(msg)\n"
                "  local text, id = msg.text, msg.id\n"
                "  if text == id then last = text end\n"
                "end)\n");
    load(lab, lab->plain, "plain");
    lab->picky = new_bot(lab);
    load_many(lab, lab->picky, "picky", "bot.words({ 'word", "' }, function() end)");
    lab->busy = new_bot(lab);
    load_many(lab, lab->busy, "busy", "bot.on('message', function() return ", " end)");
    lab->idle = new_bot(lab);
    load(lab, lab->idle, "usual");
    add_sources(lab);
    lab->bare = luaL_newstate();
    must(luaL_loadstring(lab->bare, "return function() end") == LUA_OK);
    lua_call(lab->bare, 0, 1);
    lab->bare_ref = luaL_ref(lab->bare, LUA_REGISTRYINDEX);
    for (int i = 0; i < WORKS; i++) /* once unmeasured: caches fill */
        works[i].run(lab);
}

static void close_bots(struct lab *lab)
{
    while (lab->source_count > 0)
        code_release(lab->sources[--lab->source_count]);
    lua_close(lab->bare);
    script_free(lab->plain);
    script_free(lab->picky);
    script_free(lab->busy);
    script_free(lab->idle);
    store_close(lab->store);
    loop_free(lab->loop);
}

static void measure(struct lab *lab, double median[WORKS])
{
    static double times[WORKS][ROUNDS];
    open_bots(lab);
    for (int round = 0; round < ROUNDS; round++)
        for (int i = 0; i < WORKS; i++)
            times[i][round] = once(lab, &works[i]);
    for (int i = 0; i < WORKS; i++) {
        qsort(times[i], ROUNDS, sizeof(double), by_size);
        median[i] = times[i][ROUNDS / 2];
    }
    close_bots(lab);
}

/* A profiler makes an instruction take fifty times as long: the ticks of the guard, which
 * would end what it runs, are held back. */
static void repeat(struct lab *lab, const char *name, int count)
{
    sigset_t ticks;
    sigemptyset(&ticks);
    for (int signal_number = SIGRTMIN; signal_number <= SIGRTMAX; signal_number++)
        sigaddset(&ticks, signal_number);
    sigprocmask(SIG_BLOCK, &ticks, NULL);
    open_bots(lab);
    for (int i = 0; i < WORKS; i++)
        for (int done = 0; done < count && strcmp(works[i].word, name) == 0; done++)
            works[i].run(lab);
    close_bots(lab);
}

/* --- memory, a process for each kind --- */

static double resident_kib(void)
{
    long pages = 0;
    FILE *in = fopen("/proc/self/statm", "r");
    must(in && fscanf(in, "%*d %ld", &pages) == 1);
    fclose(in);
    return (double)pages * (double)sysconf(_SC_PAGESIZE) / 1024;
}

static double instances_kib(struct lab *lab)
{
    struct err err = { 0 };
    struct script *script = new_bot(lab);
    load(lab, script, "usual");
    double before = resident_kib();
    for (int i = 0; i < INSTANCES; i++)
        must(instance_start(instance_new(&script->runtime, script->plugins->version),
                            &err));
    return (resident_kib() - before) / INSTANCES;
}

/* Live ones, put to sleep: what is kept for them. Their blocks went back to the pool. */
static double asleep_kib(struct lab *lab)
{
    struct err err = { 0 };
    struct script *script = new_bot(lab);
    load(lab, script, "usual");
    double before = resident_kib();
    for (int i = 0; i < INSTANCES; i++) {
        struct instance *instance =
            instance_new(&script->runtime, script->plugins->version);
        instance->order = script->plugins->order;
        must(instance_start(instance, &err));
        instance_commit(instance);
        instance_sleep(instance);
    }
    return (resident_kib() - before) / INSTANCES;
}

static double bots_kib(struct lab *lab, bool loaded)
{
    load(lab, new_bot(lab), "usual");
    double before = resident_kib();
    for (int i = 0; i < INSTANCES; i++) {
        struct script *script = new_bot(lab);
        if (loaded)
            load(lab, script, "usual");
    }
    return (resident_kib() - before) / INSTANCES;
}

static double in_child(struct lab *lab, int kind)
{
    int ends[2];
    double result = 0;
    must(pipe(ends) == 0);
    pid_t child = fork();
    must(child >= 0);
    if (child == 0) {
        open_lab(lab);
        result = kind == 0   ? instances_kib(lab)
                 : kind == 3 ? asleep_kib(lab)
                             : bots_kib(lab, kind == 2);
        must(write(ends[1], &result, sizeof(result)) == sizeof(result));
        _exit(0);
    }
    must(read(ends[0], &result, sizeof(result)) == sizeof(result));
    waitpid(child, NULL, 0);
    close(ends[0]);
    close(ends[1]);
    return result;
}

static void report(const double *median, const double *kib)
{
    for (int i = 0; i < WORKS; i++)
        printf("%-42s %9.3f us\n", works[i].name, median[i] / 1000);
    printf("\n%-42s %8s %8s\n", "gate", "here", "goal");
    printf("%-42s %8.2f\n", "guard and coroutine alone / lua_pcall",
           median[FLOOR] / median[PCALL]);
    printf("%-42s %8.2f %8s\n", "empty event / lua_pcall", median[EVENT] / median[PCALL],
           "2");
    printf("%-42s %8.2f %8s\n", "one handler, us", median[HANDLER] / 1000, "0.3");
    printf("%-42s %8.2f\n", "one handler without the JSON, us",
           (median[HANDLER] - median[TEXT]) / 1000);
    printf("%-42s %8.1f\n", "one handler / lua_pcall", median[HANDLER] / median[PCALL]);
    printf("%-42s %8.2f\n", "waking 1 of 20 / waking 20", median[ONE] / median[ALL]);
    printf("%-42s %8.1f %8s\n", "instance from bytecode, us", median[CREATE] / 1000,
           "60");
    printf("%-42s %8.2f\n", "instance / stock state", median[CREATE] / median[STATE]);
    printf("%-42s %8.2f\n", "instance from source / from bytecode",
           median[COMPILE] / median[CREATE]);
    printf("%-42s %8.2f\n", "reload / instance", median[RELOAD] / median[CREATE]);
    printf("%-42s %8.1f\n", "KiB resident, an instance", kib[0]);
    printf("%-42s %8.1f\n", "KiB resident, a sleeping instance", kib[3]);
    printf("%-42s %8.1f\n", "KiB resident, a bot without plugins", kib[1]);
    printf("%-42s %8.1f\n", "KiB resident, a bot with a plugin", kib[2]);
}

int main(int argc, char **argv)
{
    static struct lab lab;
    double kib[4], median[WORKS];
    strcpy(lab.folder, "/tmp/moondock_bench_XXXXXX");
    must(mkdtemp(lab.folder) && getcwd(lab.library, sizeof(lab.library) - 16));
    strcat(lab.library, "/scripts");
    log_set_level(LOG_WARN);
    bench_write_usual(lab.folder);
    if (argc == 3) {
        repeat(&lab, argv[1], atoi(argv[2]));
    } else {
        for (int kind = 0; kind < 4; kind++)
            kib[kind] = in_child(&lab, kind);
        measure(&lab, median);
        report(median, kib);
    }
    char command[128];
    snprintf(command, sizeof(command), "rm -r %s", lab.folder);
    return system(command) == 0 ? 0 : 1;
}
