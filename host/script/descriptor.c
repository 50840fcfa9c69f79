#include "script/descriptor.h"

#include "base/digest.h"
#include "base/mem.h"
#include "base/must.h"
#include "script/router.h"

#include <stdlib.h>
#include <string.h>

#define CONFIG_MAX ((size_t)256 << 10)

struct descriptor {
    int references;
    char key[DIGEST_SHA256_HEX];
    struct handler *handlers; /* of no instance */
    bool saves;
};

static struct map descriptors; /* by key */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Of the grants, in an order that does not depend on the map. */
static void add_grants(struct buf *out, const struct map *grants)
{
    char **names = mem_zero((grants->len + 1) * sizeof(*names));
    struct str name;
    void *value;
    size_t count = 0;
    for (size_t at = 0; map_next(grants, &at, &name, &value);)
        names[count++] = str_dup(name);
    qsort(names, count, sizeof(*names), by_text);
    for (size_t i = 0; i < count; i++) {
        buf_add_format(out, "%s\n", names[i]);
        free(names[i]);
    }
    free(names);
}

/* False when there is too much of it. */
static bool make_key(const struct instance *instance, char key[DIGEST_SHA256_HEX])
{
    const struct version *version = instance->version;
    struct buf config, grants;
    buf_init(&config, CONFIG_MAX);
    buf_init(&grants, CONFIG_MAX);
    bool ok = json_write(version->config, &config);
    add_grants(&grants, &version->grants);
    const struct str parts[] = {
        str_from(version->digest),
        str_of(version->name, strlen(version->name) + 1),
        str_of(instance->runtime->language, strlen(instance->runtime->language) + 1),
        buf_str(&grants),
        STR("\n"),
        buf_str(&config),
    };
    digest_sha256_hex(parts, sizeof(parts) / sizeof(*parts), key);
    buf_clear(&config);
    buf_clear(&grants);
    return ok;
}

void descriptor_release(struct descriptor *descriptor)
{
    if (!descriptor || --descriptor->references > 0)
        return;
    must(map_del(&descriptors, str_from(descriptor->key)) == descriptor);
    if (descriptors.len == 0)
        map_clear(&descriptors);
    while (descriptor->handlers) {
        struct handler *handler = descriptor->handlers;
        descriptor->handlers = handler->next;
        handler_free(handler);
    }
    free(descriptor);
}

static void hold(struct version *version, struct descriptor *descriptor)
{
    descriptor->references++;
    descriptor_release(version->descriptor);
    version->descriptor = descriptor;
}

/* Whether all it did was to register handlers. */
static bool only_registered(const struct instance *instance)
{
    return !instance->busy && !instance->timers && !instance->crons &&
           !instance->routes && !instance->emits && instance->task_count == 0 &&
           instance->export_ref == 0;
}

void descriptor_record(struct instance *instance)
{
    char key[DIGEST_SHA256_HEX];
    if (!instance->version->folder || !only_registered(instance) ||
        !make_key(instance, key) || map_get(&descriptors, str_from(key)))
        return;
    struct descriptor *descriptor = MEM_NEW(struct descriptor);
    struct handler **link = &descriptor->handlers;
    memcpy(descriptor->key, key, sizeof(key));
    descriptor->saves = instance->saves;
    for (struct handler *at = instance->handlers; at; at = at->next) {
        if (at->off)
            continue;
        *link = handler_copy(at, NULL);
        link = &(*link)->next;
    }
    map_set(&descriptors, str_from(key), descriptor);
    hold(instance->version, descriptor);
}

bool descriptor_apply(struct instance *instance)
{
    char key[DIGEST_SHA256_HEX];
    must(!instance->L && !instance->handlers);
    if (!make_key(instance, key))
        return false;
    struct descriptor *descriptor = map_get(&descriptors, str_from(key));
    if (!descriptor)
        return false;
    hold(instance->version, descriptor);
    instance->saves = descriptor->saves;
    for (struct handler *at = descriptor->handlers; at; at = at->next)
        handler_copy(at, instance);
    return true;
}
