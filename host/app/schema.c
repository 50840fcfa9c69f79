#include "app/schema.h"

#include "base/duration.h"
#include "base/near.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { PATH_SIZE = 512 };

void schema_problem(const struct data *data, const char *key_path, struct buf *problems,
                    const char *format, ...)
{
    char text[300];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof(text), format, list);
    va_end(list);
    buf_add_format(problems, "%s:%d: %s%s%s\n", data_path(data),
                   data_line(data, key_path), key_path, key_path[0] ? ": " : "", text);
}

static const char *kind_words(const struct json *node)
{
    static const char *const words[] = {
        [JSON_ABSENT] = "nothing",  [JSON_NULL] = "nil",        [JSON_BOOL] = "a boolean",
        [JSON_NUMBER] = "a number", [JSON_STRING] = "a string", [JSON_ARRAY] = "a list",
        [JSON_OBJECT] = "a table",
    };
    return words[json_kind(node)];
}

/* An empty Lua table is both an empty list and an empty table. */
static bool is_table(const struct json *node)
{
    return json_kind(node) == JSON_OBJECT ||
           (json_kind(node) == JSON_ARRAY && json_size(node) == 0);
}

static bool is_list(const struct json *node)
{
    return json_kind(node) == JSON_ARRAY ||
           (json_kind(node) == JSON_OBJECT && json_size(node) == 0);
}

static bool one_of(struct str word, const char *words)
{
    struct str rest = str_from(words), piece;
    while (str_split(&rest, '|', &piece))
        if (str_eq(piece, word))
            return true;
    return false;
}

static bool check_table(const struct data *data, const struct json *table,
                        const char *path, const struct schema_row *rows,
                        struct buf *problems);

static bool wrong(const struct data *data, const char *path, struct buf *problems,
                  const char *want, const struct json *node)
{
    schema_problem(data, path, problems, "must be %s, is %s", want, kind_words(node));
    return false;
}

static bool check_strings(const struct data *data, const struct json *node,
                          const char *path, struct buf *problems)
{
    if (!is_list(node))
        return wrong(data, path, problems, "a list of strings", node);
    bool good = true;
    size_t index = 0;
    for (const struct json *item = json_next(node, NULL); item;
         item = json_next(node, item)) {
        char inner[PATH_SIZE];
        snprintf(inner, sizeof(inner), "%.480s[%zu]", path, ++index);
        if (json_kind(item) != JSON_STRING)
            good = wrong(data, inner, problems, "a string", item);
    }
    return good;
}

static bool check_named(const struct data *data, const struct json *node,
                        const char *path, const struct schema_row *rows,
                        struct buf *problems)
{
    if (!is_table(node))
        return wrong(data, path, problems, "a table of names", node);
    bool good = true;
    for (const struct json *item = json_next(node, NULL); item;
         item = json_next(node, item)) {
        char inner[PATH_SIZE];
        snprintf(inner, sizeof(inner), "%.300s.%.*s", path,
                 STR_ARG(str_sub(json_name(item), 0, 200)));
        good = check_table(data, item, inner, rows, problems) && good;
    }
    return good;
}

static bool check_value(const struct data *data, const struct json *node,
                        const char *path, const struct schema_row *row,
                        struct buf *problems)
{
    int64_t ms;
    enum json_kind kind = json_kind(node);
    switch (row->kind) {
    case SCHEMA_STRING:
        if (kind != JSON_STRING)
            return wrong(data, path, problems, "a string", node);
        if (row->words && !one_of(json_str(node), row->words)) {
            schema_problem(data, path, problems, "must be one of %s", row->words);
            return false;
        }
        return true;
    case SCHEMA_BOOL:
        return kind == JSON_BOOL || wrong(data, path, problems, "true or false", node);
    case SCHEMA_COUNT:
        if (kind == JSON_NUMBER && json_number(node, -1) == (double)json_int(node, -1) &&
            json_int(node, -1) >= 0 && json_int(node, -1) <= INT32_MAX)
            return true;
        schema_problem(data, path, problems, "must be a whole number, 0 or more");
        return false;
    case SCHEMA_DURATION:
        if (kind == JSON_NUMBER && json_int(node, -1) >= 0)
            return true;
        if (kind != JSON_STRING || !duration_parse(json_str(node), &ms)) {
            schema_problem(data, path, problems,
                           "must be a duration such as \"10m\", or seconds");
            return false;
        }
        return true;
    case SCHEMA_STRINGS:
        return check_strings(data, node, path, problems);
    case SCHEMA_TABLE:
        return check_table(data, node, path, row->rows, problems);
    case SCHEMA_NAMED:
        return check_named(data, node, path, row->rows, problems);
    case SCHEMA_ANY:
        return true;
    }
    return false;
}

static const struct schema_row *find_row(const struct schema_row *rows, struct str name)
{
    for (const struct schema_row *row = rows; row->name; row++)
        if (str_eq(str_from(row->name), name))
            return row;
    return NULL;
}

static bool check_table(const struct data *data, const struct json *table,
                        const char *path, const struct schema_row *rows,
                        struct buf *problems)
{
    if (!is_table(table))
        return wrong(data, path, problems, "a table", table);
    bool good = true;
    char inner[PATH_SIZE];
    const char *dot = path[0] ? "." : "";
    for (const struct json *item = json_next(table, NULL); item;
         item = json_next(table, item)) {
        snprintf(inner, sizeof(inner), "%.300s%s%.*s", path, dot,
                 STR_ARG(str_sub(json_name(item), 0, 200)));
        const struct schema_row *row = find_row(rows, json_name(item));
        if (!row) {
            char hint[NEAR_HINT_MAX];
            struct near near = near_to(json_name(item));
            for (const struct schema_row *at = rows; at->name; at++)
                near_try(&near, str_from(at->name));
            schema_problem(data, inner, problems, "unknown key%s",
                           near_hint(&near, hint));
            good = false;
        } else {
            good = check_value(data, item, inner, row, problems) && good;
        }
    }
    for (const struct schema_row *row = rows; row->name; row++) {
        if (row->required && !json_get(table, row->name)) {
            snprintf(inner, sizeof(inner), "%.480s%s%s", path, dot, row->name);
            schema_problem(data, inner, problems, "is missing");
            good = false;
        }
    }
    return good;
}

bool schema_check(const struct data *data, const struct schema_row *rows,
                  struct buf *problems)
{
    return check_table(data, data_root(data), "", rows, problems);
}
