#include "proto/content.h"

#include <endian.h>
#include <string.h>

/*
 * The text of a message without a tree, for what clients usually send: objects, strings
 * without \u, whole numbers, not nested deeply. It takes less than base/json does, never
 * more, and finds the same; whatever else there is goes through the tree. spec/fuzz
 * compares the two.
 */

enum { DEPTH_MAX = 8, DIGITS_MAX = 15 };

struct scan {
    const char *at, *end;
    struct str text; /* of the last "content" in the outer object; STR_NONE: none */
    bool escaped;    /* it has escapes */
};

#define EACH(byte) (0x0101010101010101u * (byte))

/* The first quote, backslash or control character, or the end. By eight bytes: each sets
 * the top bit of its byte in `found`; a byte above one that is found may be set wrongly.
 */
static const char *after_plain(const char *at, const char *end)
{
    uint64_t word;
    for (; end - at >= (ptrdiff_t)sizeof(word); at += sizeof(word)) {
        memcpy(&word, at, sizeof(word));
        word = le64toh(word);
        uint64_t quote = word ^ EACH('"'), slash = word ^ EACH('\\');
        uint64_t found = (((word - EACH(' ')) & ~word) | ((quote - EACH(1)) & ~quote) |
                          ((slash - EACH(1)) & ~slash)) &
                         EACH(0x80);
        if (found != 0)
            return at + __builtin_ctzll(found) / 8;
    }
    while (at < end && (unsigned char)*at >= ' ' && *at != '"' && *at != '\\')
        at++;
    return at;
}

static inline bool is_space(char c)
{
    return (unsigned char)c <= ' ' && (c == ' ' || c == '\n' || c == '\r' || c == '\t');
}

/* What comes next after white space; 0 at the end. */
static inline char peek(struct scan *scan)
{
    while (scan->at < scan->end && is_space(*scan->at))
        scan->at++;
    return scan->at < scan->end ? *scan->at : '\0';
}

static inline bool take(struct scan *scan, char c)
{
    if (peek(scan) != c)
        return false;
    scan->at++;
    return true;
}

static const char escapes[] = "\"\\/bfnrt", escaped_bytes[] = "\"\\/\b\f\n\r\t";

/* With its quotes. */
static bool take_string(struct scan *scan, struct str *out, bool *escaped)
{
    *escaped = false;
    if (!take(scan, '"'))
        return false;
    const char *from = scan->at, *at = after_plain(from, scan->end);
    while (scan->end - at >= 2 && *at == '\\' &&
           memchr(escapes, at[1], sizeof(escapes) - 1)) {
        *escaped = true;
        at = after_plain(at + 2, scan->end);
    }
    if (at == scan->end || *at != '"')
        return false;
    *out = str_of(from, (size_t)(at - from));
    scan->at = at + 1;
    return true;
}

/* Whole, and of a size that reads the same everywhere. */
static bool take_number(struct scan *scan)
{
    if (scan->at < scan->end && *scan->at == '-')
        scan->at++;
    const char *from = scan->at;
    while (scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9')
        scan->at++;
    ptrdiff_t digits = scan->at - from;
    return digits > 0 && digits <= DIGITS_MAX && (*from != '0' || digits == 1);
}

static bool take_word(struct scan *scan, struct str word)
{
    if (!str_starts(str_of(scan->at, (size_t)(scan->end - scan->at)), word))
        return false;
    scan->at += word.len;
    return true;
}

static bool take_object(struct scan *scan, int depth);
static bool take_array(struct scan *scan, int depth);

static bool take_value(struct scan *scan, int depth)
{
    struct str ignored;
    bool escaped;
    switch (peek(scan)) {
    case '"':
        return take_string(scan, &ignored, &escaped);
    case '{':
        return take_object(scan, depth + 1);
    case '[':
        return take_array(scan, depth + 1);
    case 't':
        return take_word(scan, STR("true"));
    case 'f':
        return take_word(scan, STR("false"));
    case 'n':
        return take_word(scan, STR("null"));
    default:
        return take_number(scan);
    }
}

static bool take_array(struct scan *scan, int depth)
{
    if (depth > DEPTH_MAX || !take(scan, '['))
        return false;
    if (take(scan, ']'))
        return true;
    do
        if (!take_value(scan, depth))
            return false;
    while (take(scan, ','));
    return take(scan, ']');
}

/* Of a name given twice the last one counts, whatever it has. */
static bool take_content(struct scan *scan)
{
    if (peek(scan) == '"')
        return take_string(scan, &scan->text, &scan->escaped);
    scan->text = STR_NONE;
    return take_value(scan, 1);
}

static bool take_object(struct scan *scan, int depth)
{
    struct str name;
    bool escaped;
    if (depth > DEPTH_MAX || !take(scan, '{'))
        return false;
    if (take(scan, '}'))
        return true;
    do {
        if (!take_string(scan, &name, &escaped) || escaped || !take(scan, ':'))
            return false;
        bool wanted = depth == 1 && name.len == 7 && memcmp(name.at, "content", 7) == 0;
        if (!(wanted ? take_content(scan) : take_value(scan, depth)))
            return false;
    } while (take(scan, ','));
    return take(scan, '}');
}

static bool read_through_tree(struct str json, struct buf *scratch, struct str *text)
{
    struct json *root = json_parse(json, NULL);
    const struct json *content = json_get(root, "content");
    bool found =
        json_kind(content) == JSON_STRING && buf_add_str(scratch, json_str(content));
    if (found)
        *text = scratch->len > 0 ? buf_str(scratch) : STR("");
    json_free(root);
    return found;
}

static bool unescape(struct str from, struct buf *scratch)
{
    if (!buf_reserve(scratch, from.len))
        return false;
    char *out = scratch->at;
    for (size_t i = 0; i < from.len; i++) {
        char c = from.at[i];
        *out++ = c != '\\' ? c : escaped_bytes[strchr(escapes, from.at[++i]) - escapes];
    }
    scratch->len = (size_t)(out - scratch->at);
    return true;
}

bool content_read_text(struct str json, struct buf *scratch, struct str *text)
{
    struct scan scan = { json.at, json.at + json.len, STR_NONE, false };
    buf_reset(scratch);
    *text = STR_NONE;
    if (!str_is_utf8(json))
        return false;
    if (!take_object(&scan, 1) || peek(&scan) != '\0' || scan.at != scan.end)
        return read_through_tree(json, scratch, text);
    if (scan.escaped && scan.text.at) {
        if (unescape(scan.text, scratch))
            *text = buf_str(scratch);
    } else {
        *text = scan.text;
    }
    return text->at != NULL;
}
