#include "script/data_lines.h"

#include "base/buf.h"
#include "base/map.h"
#include "base/mem.h"

#include <string.h>

#define DEPTH_MAX 64
#define PATH_MAX_BYTES 4096

struct place {
    int line;
    size_t order;
};

struct data_lines {
    struct map places; /* key path to struct place */
    int root_line;
    size_t count;
};

enum token_kind { TOKEN_END, TOKEN_NAME, TOKEN_STRING, TOKEN_NUMBER, TOKEN_OTHER };

struct token {
    enum token_kind kind;
    struct str text; /* of a string: what is between the quotes */
    char first;      /* of TOKEN_OTHER */
    int line;
};

struct scanner {
    const char *at, *end;
    int line;
    struct token now;
    struct data_lines *lines;
};

static bool is_name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '_';
}

/* At "[[", "[=[" ...: the level; -1 when it is a plain bracket. */
static int long_level(const struct scanner *in)
{
    const char *p = in->at + 1;
    while (p < in->end && *p == '=')
        p++;
    return p < in->end && *p == '[' ? (int)(p - in->at - 1) : -1;
}

/* Skips a long bracket and returns what is inside. */
static struct str skip_long(struct scanner *in, int level)
{
    in->at += level + 2;
    const char *start = in->at;
    for (; in->at < in->end; in->at++) {
        if (*in->at == '\n')
            in->line++;
        if (*in->at != ']')
            continue;
        const char *p = in->at + 1;
        while (p < in->end && *p == '=')
            p++;
        if (p < in->end && *p == ']' && p - in->at - 1 == level) {
            struct str inside = str_of(start, (size_t)(in->at - start));
            in->at = p + 1;
            return inside;
        }
    }
    return str_of(start, (size_t)(in->at - start));
}

static struct str skip_quoted(struct scanner *in)
{
    char quote = *in->at++;
    const char *start = in->at;
    while (in->at < in->end && *in->at != quote) {
        if (*in->at == '\\' && in->at + 1 < in->end)
            in->at++;
        if (*in->at == '\n')
            in->line++;
        in->at++;
    }
    struct str inside = str_of(start, (size_t)(in->at - start));
    if (in->at < in->end)
        in->at++;
    return inside;
}

static void skip_comment(struct scanner *in)
{
    in->at += 2;
    int level = in->at < in->end && *in->at == '[' ? long_level(in) : -1;
    if (level >= 0) {
        skip_long(in, level);
        return;
    }
    while (in->at < in->end && *in->at != '\n')
        in->at++;
}

static void skip_blank(struct scanner *in)
{
    while (in->at < in->end) {
        if (*in->at == '\n')
            in->line++;
        if (*in->at == '-' && in->at + 1 < in->end && in->at[1] == '-')
            skip_comment(in);
        else if (strchr(" \t\r\n\f\v", *in->at) && *in->at)
            in->at++;
        else
            return;
    }
}

static void next_token(struct scanner *in)
{
    skip_blank(in);
    struct token *token = &in->now;
    *token = (struct token){ .kind = TOKEN_END, .line = in->line };
    if (in->at >= in->end)
        return;
    const char *start = in->at;
    char c = *start;
    int level = c == '[' ? long_level(in) : -1;
    if (c == '"' || c == '\'') {
        token->kind = TOKEN_STRING;
        token->text = skip_quoted(in);
    } else if (level >= 0) {
        token->kind = TOKEN_STRING;
        token->text = skip_long(in, level);
    } else if (is_name_byte(c)) {
        token->kind = c >= '0' && c <= '9' ? TOKEN_NUMBER : TOKEN_NAME;
        while (in->at < in->end && is_name_byte(*in->at))
            in->at++;
        token->text = str_of(start, (size_t)(in->at - start));
    } else {
        token->kind = TOKEN_OTHER;
        token->first = c;
        in->at++;
        /* "==" must not look like the "=" of a field. */
        if (strchr("=~<>", c) && in->at < in->end && *in->at == '=') {
            in->at++;
            token->first = '~';
        }
        token->text = str_of(start, (size_t)(in->at - start));
    }
}

static bool is_other(const struct token *token, char c)
{
    return token->kind == TOKEN_OTHER && token->first == c;
}

static void add_place(struct scanner *in, struct str path, int line)
{
    struct place *place = MEM_NEW(struct place);
    *place = (struct place){ .line = line, .order = in->lines->count++ };
    free(map_set(&in->lines->places, path, place));
}

/* Reads on to the "," or ";" or "}" that ends a field's value, over nested brackets. */
static void skip_value(struct scanner *in)
{
    int depth = 0;
    while (in->now.kind != TOKEN_END) {
        if (is_other(&in->now, '(') || is_other(&in->now, '{') || is_other(&in->now, '['))
            depth++;
        else if (depth > 0 && (is_other(&in->now, ')') || is_other(&in->now, '}') ||
                               is_other(&in->now, ']')))
            depth--;
        else if (depth == 0 && (is_other(&in->now, ',') || is_other(&in->now, ';') ||
                                is_other(&in->now, '}')))
            return;
        next_token(in);
    }
}

/* At a field: adds its key to `path` and moves to its value. */
static void read_key(struct scanner *in, struct buf *path, size_t *index)
{
    struct scanner mark = *in;
    struct token key = in->now;
    bool bracket = is_other(&key, '[');
    if (bracket) {
        next_token(in);
        key = in->now;
        next_token(in);
        bracket = is_other(&in->now, ']');
        if (!bracket) { /* a computed key: unknown to us */
            key.kind = TOKEN_OTHER;
            while (in->now.kind != TOKEN_END && !is_other(&in->now, ']'))
                next_token(in);
        }
    }
    next_token(in);
    bool named = is_other(&in->now, '=') &&
                 (bracket || key.kind == TOKEN_NAME || is_other(&mark.now, '['));
    if (!named) {
        *in = mark;
        buf_add_format(path, "[%zu]", ++*index);
        return;
    }
    next_token(in);
    if (key.kind == TOKEN_NUMBER)
        buf_add_format(path, "[%.*s]", STR_ARG(key.text));
    else if (key.kind == TOKEN_OTHER)
        buf_add_format(path, ".?");
    else
        buf_add_format(path, "%s%.*s", path->len ? "." : "", STR_ARG(key.text));
}

/* At the token after "{"; leaves at the one after "}". */
static void read_table(struct scanner *in, struct buf *path, int depth)
{
    size_t index = 0;
    while (in->now.kind != TOKEN_END && !is_other(&in->now, '}')) {
        size_t mark = path->len;
        int line = in->now.line;
        read_key(in, path, &index);
        add_place(in, buf_str(path), line);
        if (is_other(&in->now, '{') && depth < DEPTH_MAX) {
            next_token(in);
            read_table(in, path, depth + 1);
        }
        skip_value(in);
        path->len = mark;
        if (is_other(&in->now, ',') || is_other(&in->now, ';'))
            next_token(in);
    }
    next_token(in);
}

struct data_lines *data_lines_new(struct str source)
{
    struct data_lines *lines = MEM_NEW(struct data_lines);
    lines->root_line = 1;
    struct scanner in = { source.at, source.at + source.len, 1, { 0 }, lines };
    struct scanner table = in;
    bool found = false;
    int depth = 0; /* a `return` inside brackets is that of a nested function */
    for (next_token(&in); in.now.kind != TOKEN_END; next_token(&in)) {
        if (is_other(&in.now, '(') || is_other(&in.now, '{') || is_other(&in.now, '['))
            depth++;
        if (is_other(&in.now, ')') || is_other(&in.now, '}') || is_other(&in.now, ']'))
            depth--;
        if (depth > 0 || in.now.kind != TOKEN_NAME || !str_eq(in.now.text, STR("return")))
            continue;
        struct scanner after = in;
        next_token(&after);
        if (is_other(&after.now, '{')) {
            table = after;
            found = true;
        }
    }
    if (found) {
        struct buf path;
        buf_init(&path, PATH_MAX_BYTES);
        lines->root_line = table.now.line;
        next_token(&table);
        read_table(&table, &path, 0);
        buf_clear(&path);
    }
    return lines;
}

void data_lines_free(struct data_lines *lines)
{
    if (!lines)
        return;
    size_t at = 0;
    struct str path;
    void *place;
    while (map_next(&lines->places, &at, &path, &place))
        free(place);
    map_clear(&lines->places);
    free(lines);
}

int data_lines_find(const struct data_lines *lines, struct str key_path)
{
    while (key_path.len > 0) {
        const struct place *place = map_get(&lines->places, key_path);
        if (place)
            return place->line;
        do
            key_path.len--;
        while (key_path.len > 0 && key_path.at[key_path.len] != '.' &&
               key_path.at[key_path.len] != '[');
    }
    return lines->root_line;
}

size_t data_lines_order(const struct data_lines *lines, struct str key_path)
{
    const struct place *place = map_get(&lines->places, key_path);
    return place ? place->order : SIZE_MAX;
}
