#include "app/quarantine.h"

#include "base/clock.h"
#include "base/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define SHORTEST_MS (60 * INT64_C(1000))
#define LONGEST_MS (60 * SHORTEST_MS)

static struct quarantined **link_of(struct quarantine *list, uint64_t who)
{
    struct quarantined **link = &list->first;
    while (*link && (*link)->who != who)
        link = &(*link)->next;
    return link;
}

static struct quarantined *entry_of(struct quarantine *list, uint64_t who)
{
    struct quarantined **link = link_of(list, who);
    if (!*link) {
        *link = MEM_NEW(struct quarantined);
        (*link)->who = who;
    }
    return *link;
}

int64_t quarantine_add(struct quarantine *list, uint64_t who, const char *why)
{
    int64_t now_ms = clock_mono_ms(), length_ms = SHORTEST_MS;
    struct quarantined *entry = entry_of(list, who);
    if (now_ms - entry->until_ms > 2 * LONGEST_MS)
        entry->times = 0;
    for (int i = 0; i < entry->times && length_ms < LONGEST_MS; i++)
        length_ms *= 2;
    if (length_ms > LONGEST_MS)
        length_ms = LONGEST_MS;
    entry->times++;
    entry->until_ms = now_ms + length_ms;
    snprintf(entry->why, sizeof(entry->why), "%s", why);
    return length_ms;
}

const struct quarantined *quarantine_find(const struct quarantine *list, uint64_t who)
{
    for (const struct quarantined *at = list->first; at; at = at->next)
        if (at->who == who && at->until_ms > clock_mono_ms())
            return at;
    return NULL;
}

void quarantine_end(struct quarantine *list, uint64_t who)
{
    struct quarantined **link = link_of(list, who), *entry = *link;
    if (!entry)
        return;
    *link = entry->next;
    free(entry);
}

void quarantine_clear(struct quarantine *list)
{
    while (list->first)
        quarantine_end(list, list->first->who);
}

struct json *quarantine_write(const struct quarantine *list)
{
    struct json *array = json_array();
    int64_t now_ms = clock_mono_ms();
    for (const struct quarantined *at = list->first; at; at = at->next) {
        if (at->until_ms <= now_ms)
            continue;
        struct json *row = json_add(array, NULL, json_object());
        quarantine_add_id(row, "who", at->who);
        json_add_int(row, "left_ms", at->until_ms - now_ms);
        json_add_str(row, "why", str_from(at->why));
    }
    return array;
}

void quarantine_read(struct quarantine *list, const struct json *array)
{
    for (const struct json *row = json_next(array, NULL); row;
         row = json_next(array, row)) {
        struct quarantined *entry = entry_of(list, quarantine_id(json_get(row, "who")));
        entry->until_ms = clock_mono_ms() + json_int(json_get(row, "left_ms"), 0);
        snprintf(entry->why, sizeof(entry->why), "%.*s",
                 STR_ARG(json_str(json_get(row, "why"))));
    }
}

void quarantine_add_id(struct json *object, const char *name, uint64_t who)
{
    char text[17];
    snprintf(text, sizeof(text), "%016" PRIx64, who);
    json_add_str(object, name, str_of(text, 16));
}

uint64_t quarantine_id(const struct json *node)
{
    char text[17];
    struct str given = json_str(node);
    if (given.len != 16)
        return 0;
    snprintf(text, sizeof(text), "%.*s", STR_ARG(given));
    return strtoull(text, NULL, 16);
}
