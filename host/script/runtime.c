#include "script/runtime.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/random.h"
#include "script/code.h"
#include "script/files.h"
#include "store/meta.h"

#include <string.h>

#define NAME_AGE_MS (10 * 60 * 1000)
#define NAMES_MAX 10000
#define NAME_BYTES 256
#define SECRET STR("script/secret")
#define LIBRARY_SOURCE_MAX ((size_t)256 << 10)

struct shown_name {
    int64_t at_ms;
    size_t len;
    char text[];
};

static void add_all(struct map *set, const struct str *items, size_t count)
{
    for (size_t i = 0; i < count; i++)
        map_set(set, items[i], set);
}

void runtime_init(struct runtime *runtime, const struct script_options *options)
{
    memset(runtime, 0, sizeof(*runtime));
    runtime->loop = options->loop;
    runtime->store = options->store;
    if (options->im)
        runtime->im = *options->im;
    if (options->web)
        runtime->web = *options->web;
    buf_init(&runtime->chunk, (size_t)4 << 20);
    runtime->forgets = store_durable(options->store) == STORE_OFF;
    runtime->bot = str_dup(options->bot);
    runtime->language = str_dup(options->language.len ? options->language : STR("en"));
    runtime->library = str_dup(options->library);
    runtime->zone = options->zone;
    add_all(&runtime->owners, options->owners, options->owner_count);
    add_all(&runtime->moderators, options->moderators, options->moderator_count);
    add_all(&runtime->notices_from, options->notices_from, options->notices_from_count);
    if (options->notices_from_count == 0)
        map_set(&runtime->notices_from, STR("__system__"), runtime);
    runtime->command_max_age_ms = options->command_max_age_ms;
    runtime->serves = options->serves;
    runtime->memory_limit =
        options->memory_limit ? options->memory_limit : (size_t)8 << 20;
    runtime->cpu_limit_ms = options->cpu_limit_ms ? options->cpu_limit_ms : 100;
    runtime->cpu_minute_ms = options->cpu_minute_ms ? options->cpu_minute_ms : 30 * 1000;
}

uint64_t runtime_secret(struct runtime *runtime)
{
    struct buf kept;
    buf_init(&kept, 64);
    if (runtime->secret == 0 && meta_get(runtime->store, SECRET, &kept) &&
        kept.len == sizeof(runtime->secret))
        memcpy(&runtime->secret, kept.at, sizeof(runtime->secret));
    buf_clear(&kept);
    if (runtime->secret == 0) {
        runtime->secret = random_u64() | 1;
        meta_set(runtime->store, SECRET,
                 str_of((const char *)&runtime->secret, sizeof(runtime->secret)));
    }
    return runtime->secret;
}

static void hand_up_again(void *arg)
{
    struct runtime *runtime = arg;
    int64_t *rows = runtime->again;
    size_t count = runtime->again_count;
    runtime->again = NULL;
    runtime->again_count = 0;
    for (size_t i = 0; i < count; i++)
        if (runtime->im.again)
            runtime->im.again(runtime->im.arg, rows[i]);
    free(rows);
}

/* Behind script_settle, which was deferred before this was due. */
static void on_again_due(void *arg)
{
    struct runtime *runtime = arg;
    loop_defer(runtime->loop, hand_up_again, runtime);
}

void runtime_again(struct runtime *runtime, int64_t row)
{
    size_t count = runtime->again_count + 1;
    runtime->again = mem_realloc(runtime->again, count * sizeof(row));
    runtime->again[runtime->again_count++] = row;
    loop_timer_start(runtime->loop, &runtime->again_due, 0, on_again_due, runtime);
}

static void free_names(struct map *names)
{
    struct str id;
    void *name;
    for (size_t at = 0; map_next(names, &at, &id, &name);)
        free(name);
    map_clear(names);
}

void runtime_clear(struct runtime *runtime)
{
    struct str name;
    void *value;
    for (size_t at = 0; map_next(&runtime->code, &at, &name, &value);)
        code_release(value);
    map_clear(&runtime->code);
    free_names(&runtime->names[NAME_OF_USER]);
    free_names(&runtime->names[NAME_OF_GROUP]);
    map_clear(&runtime->owners);
    map_clear(&runtime->moderators);
    map_clear(&runtime->granted);
    map_clear(&runtime->notices_from);
    loop_timer_stop(runtime->loop, &runtime->again_due);
    loop_defer_cancel(runtime->loop, hand_up_again, runtime);
    free(runtime->again);
    buf_clear(&runtime->chunk);
    limits_pool_clear(&runtime->pool);
    free(runtime->spare_origin);
    free(runtime->bot);
    free(runtime->language);
    free(runtime->library);
}

struct code *runtime_code(struct runtime *runtime, const char *name, struct err *err)
{
    struct code *code = map_get(&runtime->code, str_from(name));
    if (code)
        return code;
    struct buf text;
    buf_init(&text, LIBRARY_SOURCE_MAX + 1);
    if (files_read_below(runtime->library, name, LIBRARY_SOURCE_MAX, &text, err)) {
        code = code_of_library(str_from(name), buf_str(&text));
        map_set(&runtime->code, str_from(name), code);
    }
    buf_clear(&text);
    return code;
}

void runtime_note_name(struct runtime *runtime, enum name_of whose, struct str id,
                       struct str name)
{
    struct map *names = &runtime->names[whose];
    if (id.len == 0 || name.len == 0)
        return;
    name = str_cut_utf8(name, NAME_BYTES);
    struct shown_name *known = map_get(names, id);
    if (known && str_eq(str_of(known->text, known->len), name)) {
        known->at_ms = clock_mono_ms();
        return;
    }
    if (!known && names->len >= NAMES_MAX)
        free_names(names); /* they come back with the next messages */
    struct shown_name *shown = mem_alloc(sizeof(*shown) + name.len);
    shown->at_ms = clock_mono_ms();
    shown->len = name.len;
    memcpy(shown->text, name.at, name.len);
    free(map_set(names, id, shown));
}

struct str runtime_name(const struct runtime *runtime, enum name_of whose, struct str id)
{
    const struct shown_name *known = map_get(&runtime->names[whose], id);
    if (!known || clock_mono_ms() - known->at_ms > NAME_AGE_MS)
        return STR_NONE;
    return str_of(known->text, known->len);
}
