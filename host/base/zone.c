#include "base/zone.h"

#include "base/mem.h"
#include "base/zone_rule.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER "/usr/share/zoneinfo"
#define FILE_MAX ((size_t)256 << 10)
#define NAME_MAX_LEN 64
#define HEAD 44
#define TYPES_MAX 256
#define DAY 86400

struct change {
    int64_t utc;
    uint8_t type;
};

struct zone {
    struct change *changes;
    size_t change_count;
    struct zone_offset types[TYPES_MAX]; /* the abbreviations lie in `names` */
    size_t type_count;
    char *names;
    bool has_rule;
    struct zone_rule rule; /* for times after the last change */
};

/* --- the file --- */

/* One of the file's two blocks: a head, then tables of these lengths. The first has times
 * of four bytes, the second, if the version is 2 or more, of eight. */
struct block {
    struct str body; /* behind the head */
    int version;
    uint32_t utc_marks, standard_marks, leaps, changes, types, name_bytes;
};

static uint64_t read_be(const char *at, size_t len)
{
    uint64_t value = 0;
    for (size_t i = 0; i < len; i++)
        value = value << 8 | (uint8_t)at[i];
    return value;
}

static int64_t read_time(const char *at, size_t len)
{
    uint64_t value = read_be(at, len);
    return len == 4 ? (int32_t)(uint32_t)value : (int64_t)value;
}

/* False when the tables do not lie in `bytes`. */
static bool read_block(struct str bytes, size_t time_len, struct block *block,
                       size_t *len)
{
    if (bytes.len < HEAD || memcmp(bytes.at, "TZif", 4) != 0)
        return false;
    const char *counts = bytes.at + 20;
    uint32_t *fields[] = {
        &block->utc_marks, &block->standard_marks, &block->leaps,
        &block->changes,   &block->types,          &block->name_bytes
    };
    for (size_t i = 0; i < 6; i++) {
        *fields[i] = (uint32_t)read_be(counts + 4 * i, 4);
        if (*fields[i] > FILE_MAX)
            return false;
    }
    block->version = bytes.at[4] == '\0' ? 1 : bytes.at[4] - '0';
    *len = block->changes * (time_len + 1) + block->types * 6 + block->name_bytes +
           block->leaps * (time_len + 4) + block->standard_marks + block->utc_marks;
    block->body = str_sub(bytes, HEAD, *len);
    *len += HEAD;
    return *len <= bytes.len;
}

static bool bad(struct err *err, const char *what)
{
    return err_set(err, ERR_PROTO, "not a time zone file: %s", what);
}

static bool read_types(struct zone *zone, const struct block *block, const char *at,
                       struct err *err)
{
    const char *names = at + block->types * 6;
    if (block->types == 0 || block->types > TYPES_MAX || block->name_bytes == 0 ||
        block->name_bytes > 4096 || names[block->name_bytes - 1] != '\0')
        return bad(err, "its kinds of local time");
    zone->names = mem_alloc(block->name_bytes);
    memcpy(zone->names, names, block->name_bytes);
    zone->type_count = block->types;
    for (size_t i = 0; i < block->types; i++, at += 6) {
        int64_t offset = read_time(at, 4);
        uint8_t name = (uint8_t)at[5];
        if (offset < -26 * 3600 || offset > 26 * 3600 || name >= block->name_bytes)
            return bad(err, "an offset out of range");
        zone->types[i] =
            (struct zone_offset){ (int)offset, at[4] != 0, zone->names + name };
    }
    return true;
}

static bool read_tables(struct zone *zone, const struct block *block, size_t time_len,
                        struct err *err)
{
    const char *times = block->body.at, *kinds = times + block->changes * time_len;
    if (block->leaps > 0)
        return bad(err, "it counts leap seconds");
    if (!read_types(zone, block, kinds + block->changes, err))
        return false;
    zone->changes = mem_alloc((block->changes + 1) * sizeof(*zone->changes));
    for (size_t i = 0; i < block->changes; i++) {
        struct change change = { read_time(times + i * time_len, time_len),
                                 (uint8_t)kinds[i] };
        if (change.type >= zone->type_count)
            return bad(err, "a change to no kind of local time");
        if (i > 0 && change.utc <= zone->changes[i - 1].utc)
            return bad(err, "changes out of order");
        zone->changes[zone->change_count++] = change;
    }
    return true;
}

/* "\nRULE\n" */
static bool read_rule(struct zone *zone, struct str rest, struct err *err)
{
    if (rest.len < 2 || rest.at[0] != '\n')
        return bad(err, "its rule is cut off");
    rest = str_sub(rest, 1, rest.len);
    ptrdiff_t end = str_index(rest, '\n');
    if (end < 0)
        return bad(err, "its rule is cut off");
    struct str text = str_sub(rest, 0, (size_t)end);
    zone->has_rule = text.len > 0;
    if (text.len > 0 && !zone_rule_parse(text, &zone->rule))
        return bad(err, "its rule");
    return true;
}

static bool read_file(struct zone *zone, struct str bytes, struct err *err)
{
    struct block block;
    size_t len;
    if (!read_block(bytes, 4, &block, &len))
        return bad(err, "its first block");
    if (block.version < 2)
        return read_tables(zone, &block, 4, err);
    bytes = str_sub(bytes, len, bytes.len);
    if (!read_block(bytes, 8, &block, &len))
        return bad(err, "its second block");
    return read_tables(zone, &block, 8, err) &&
           read_rule(zone, str_sub(bytes, len, bytes.len), err);
}

struct zone *zone_parse(struct str bytes, struct err *err)
{
    struct zone *zone = MEM_NEW(struct zone);
    if (read_file(zone, bytes, err))
        return zone;
    zone_free(zone);
    return NULL;
}

void zone_free(struct zone *zone)
{
    if (!zone)
        return;
    free(zone->changes);
    free(zone->names);
    free(zone);
}

static struct zone *read_path(const char *path, struct err *err)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        err_set(err, ERR_NOT_FOUND, "%s: %s", path, strerror(errno));
        return NULL;
    }
    char *bytes = mem_alloc(FILE_MAX);
    size_t len = fread(bytes, 1, FILE_MAX, file);
    fclose(file);
    struct zone *zone = zone_parse(str_of(bytes, len), err);
    if (!zone && err)
        err_wrap(err, "%s", path);
    free(bytes);
    return zone;
}

/* Letters, digits, _ + - and single slashes inside: nothing that leaves the folder. */
static bool is_name(struct str name)
{
    if (name.len == 0 || name.len > NAME_MAX_LEN || name.at[0] == '/' ||
        name.at[name.len - 1] == '/')
        return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.at[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !(c >= '0' && c <= '9') && !strchr("_+-/", c))
            return false;
    }
    return true;
}

struct zone *zone_open(struct str name, struct err *err)
{
    static const char utc[] = "TZif2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                              "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                              "TZif2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                              "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\4"
                              "\0\0\0\0\0\0UTC\0\nUTC0\n";
    char path[sizeof(FOLDER) + NAME_MAX_LEN + 2];
    if (str_eq(name, STR("UTC")))
        return zone_parse(str_of(utc, sizeof(utc) - 1), err);
    if (!is_name(name)) {
        err_set(err, ERR_NOT_FOUND, "want a name like \"Asia/Shanghai\", not \"%.*s\"",
                STR_ARG(str_sub(name, 0, NAME_MAX_LEN)));
        return NULL;
    }
    snprintf(path, sizeof(path), "%s/%.*s", FOLDER, STR_ARG(name));
    struct err why = { 0 };
    struct zone *zone = read_path(path, &why);
    if (!zone && why.code == ERR_NOT_FOUND)
        err_set(err, ERR_NOT_FOUND, "there is no zone \"%.*s\" in %s (tzdata)",
                STR_ARG(name), FOLDER);
    else if (!zone)
        err_set(err, why.code, "%s", why.text);
    return zone;
}

struct zone *zone_open_system(void)
{
    const char *name = getenv("TZ");
    if (name && name[0] == ':')
        name++;
    struct zone *zone = name && name[0] ? zone_open(str_from(name), NULL) : NULL;
    if (!zone)
        zone = read_path("/etc/localtime", NULL);
    return zone ? zone : zone_open(STR("UTC"), NULL);
}

/* --- using it --- */

struct zone_offset zone_at(const struct zone *zone, int64_t utc)
{
    static const struct zone_offset greenwich = { 0, false, "UTC" };
    if (!zone)
        return greenwich;
    size_t low = 0, high = zone->change_count; /* how many changes are not after `utc` */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (zone->changes[middle].utc <= utc)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == zone->change_count && zone->has_rule)
        return zone_rule_at(&zone->rule, utc);
    return low == 0 ? zone->types[0] : zone->types[zone->changes[low - 1].type];
}

/* The first moment in (from, to] at which the clocks are not `offset` ahead any more. */
static int64_t find_change(const struct zone *zone, int64_t from, int64_t to, int offset)
{
    while (to - from > 1) {
        int64_t middle = from + (to - from) / 2;
        if (zone_at(zone, middle).seconds == offset)
            from = middle;
        else
            to = middle;
    }
    return to;
}

int64_t zone_utc(const struct zone *zone, int64_t local)
{
    int before = zone_at(zone, local - DAY).seconds;
    int after = zone_at(zone, local + DAY).seconds;
    int64_t first = local - before, second = local - after;
    if (before == after || zone_at(zone, first).seconds == before)
        return first;
    if (zone_at(zone, second).seconds == after)
        return second;
    return find_change(zone, second, first, before);
}
