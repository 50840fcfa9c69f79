#include "base/json.h"

#include "base/mem.h"
#include "base/must.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { JSON_DEPTH = 64 };

static const double INT_EXACT = 9007199254740992.0; /* 2^53 */

/* A `struct json` is never defined: it is what others see of a cJSON. */
static const cJSON *inside(const struct json *node)
{
    return (const cJSON *)node;
}

static struct json *outside(cJSON *node)
{
    must(node != NULL); /* cJSON gives NULL only without memory */
    return (struct json *)node;
}

/* The value of four hex digits, or -1. */
static int hex4(const char *at)
{
    int value = 0;
    for (int i = 0; i < 4; i++) {
        char c = at[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

static bool is_high(int unit)
{
    return unit >= 0xd800 && unit <= 0xdbff;
}

static bool is_low(int unit)
{
    return unit >= 0xdc00 && unit <= 0xdfff;
}

/* Rewrites the escape at `*i` if cJSON would cut or refuse the string because of it: a
 * NUL, or half of a surrogate pair. Leaves `*i` at the last byte looked at. False when
 * the digits are none: cJSON would read them as NUL. */
static bool mend_escape(char *text, size_t len, size_t *i)
{
    char *at = text + *i;
    size_t left = len - *i;
    if (left < 2 || at[1] != 'u') {
        *i += 1;
        return true;
    }
    int unit = left >= 6 ? hex4(at + 2) : -1;
    if (unit < 0)
        return false;
    if (is_high(unit) && left >= 12 && at[6] == '\\' && at[7] == 'u' &&
        is_low(hex4(at + 8))) {
        *i += 11;
        return true;
    }
    if (unit == 0 || is_high(unit) || is_low(unit))
        memcpy(at + 2, "fffd", 4);
    *i += 5;
    return true;
}

/* One pass before the parser: escapes it would mishandle, and the depth. */
static bool mend(char *text, size_t len, struct err *err)
{
    bool quoted = false;
    int depth = 0;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (quoted) {
            if (c == '\\' && !mend_escape(text, len, &i))
                return err_set(err, ERR_PROTO, "JSON: escape cut off at byte %zu", i);
            if (c == '\0')
                return err_set(err, ERR_PROTO, "JSON: NUL at byte %zu", i);
            quoted = c != '"';
        } else if (c == '"') {
            quoted = true;
        } else if (c == '[' || c == '{') {
            if (++depth > JSON_DEPTH)
                return err_set(err, ERR_PROTO, "JSON: deeper than %d at byte %zu",
                               JSON_DEPTH, i);
        } else if (c == ']' || c == '}') {
            depth--;
        } else if ((unsigned char)c < ' ' && c != '\t' && c != '\n' && c != '\r') {
            return err_set(err, ERR_PROTO, "JSON: control character at byte %zu", i);
        }
    }
    return true;
}

static size_t first_bad_utf8(struct str text)
{
    size_t at = 0;
    while (at < text.len) {
        size_t size = str_utf8_char(str_sub(text, at, 4));
        if (size == 0)
            break;
        at += size;
    }
    return at;
}

struct json *json_parse(struct str text, struct err *err)
{
    if (!str_is_utf8(text)) {
        err_set(err, ERR_PROTO, "JSON: not UTF-8 at byte %zu", first_bad_utf8(text));
        return NULL;
    }
    char *copy = str_dup(text);
    const char *end = copy;
    cJSON *root = NULL;
    if (!mend(copy, text.len, err))
        goto out;
    root = cJSON_ParseWithLengthOpts(copy, text.len + 1, &end, 0);
    size_t at = end != NULL ? (size_t)(end - copy) : 0;
    bool parsed = root != NULL;
    if (parsed && str_trim(str_sub(text, at, text.len)).len == 0)
        at = text.len;
    if (!parsed || at != text.len) {
        cJSON_Delete(root);
        root = NULL;
        err_set(err, ERR_PROTO, "JSON: unexpected byte %zu of %zu", at, text.len);
    }
out:
    free(copy);
    return (struct json *)root;
}

void json_free(struct json *root)
{
    cJSON_Delete((cJSON *)root);
}

enum json_kind json_kind(const struct json *node)
{
    if (node == NULL)
        return JSON_ABSENT;
    switch (inside(node)->type & 0xff) {
    case cJSON_False:
    case cJSON_True:
        return JSON_BOOL;
    case cJSON_Number:
        return JSON_NUMBER;
    case cJSON_String:
        return JSON_STRING;
    case cJSON_Array:
        return JSON_ARRAY;
    case cJSON_Object:
        return JSON_OBJECT;
    default:
        return JSON_NULL;
    }
}

const struct json *json_get(const struct json *object, const char *name)
{
    if (json_kind(object) != JSON_OBJECT)
        return NULL;
    /* Of a name given twice the last one counts, as in the official SDKs: a filter must
     * see what people see. */
    const cJSON *found = NULL;
    for (const cJSON *at = inside(object)->child; at != NULL; at = at->next)
        if (strcmp(at->string, name) == 0)
            found = at;
    return (const struct json *)found;
}

struct str json_str(const struct json *node)
{
    if (json_kind(node) != JSON_STRING)
        return STR_NONE;
    return str_from(inside(node)->valuestring);
}

int64_t json_int(const struct json *node, int64_t otherwise)
{
    int64_t value;
    if (str_to_i64(json_str(node), &value))
        return value;
    if (json_kind(node) != JSON_NUMBER)
        return otherwise;
    double number = inside(node)->valuedouble;
    /* 2^63 itself does not fit; NaN fails both comparisons. */
    if (!(number >= -0x1p63 && number < 0x1p63))
        return otherwise;
    return (int64_t)number;
}

double json_number(const struct json *node, double otherwise)
{
    return json_kind(node) == JSON_NUMBER ? inside(node)->valuedouble : otherwise;
}

bool json_bool(const struct json *node, bool otherwise)
{
    if (json_kind(node) == JSON_BOOL)
        return cJSON_IsTrue(inside(node)) != 0;
    struct str text = json_str(node);
    if (str_eq(text, STR("true")) || json_int(node, 0) == 1)
        return true;
    if (str_eq(text, STR("false")) || json_int(node, 1) == 0)
        return false;
    return otherwise;
}

const struct json *json_next(const struct json *parent, const struct json *last)
{
    enum json_kind kind = json_kind(parent);
    if (kind != JSON_ARRAY && kind != JSON_OBJECT)
        return NULL;
    const cJSON *next = last != NULL ? inside(last)->next : inside(parent)->child;
    return (const struct json *)next;
}

struct str json_name(const struct json *member)
{
    return member != NULL ? str_from(inside(member)->string) : STR_NONE;
}

size_t json_size(const struct json *node)
{
    size_t count = 0;
    for (const struct json *at = NULL; (at = json_next(node, at)) != NULL;)
        count++;
    return count;
}

struct json *json_object(void)
{
    return outside(cJSON_CreateObject());
}

struct json *json_array(void)
{
    return outside(cJSON_CreateArray());
}

struct json *json_add(struct json *parent, const char *name, struct json *value)
{
    must(json_kind(parent) == (name != NULL ? JSON_OBJECT : JSON_ARRAY));
    cJSON *to = (cJSON *)parent, *node = (cJSON *)value;
    must(name != NULL ? cJSON_AddItemToObject(to, name, node)
                      : cJSON_AddItemToArray(to, node));
    return value;
}

/* A clean C string: NUL and bytes that are no UTF-8 become U+FFFD. */
static char *clean(struct str s)
{
    char *out = mem_alloc(s.len * 3 + 1);
    size_t len = 0;
    while (s.len > 0) {
        size_t size = s.at[0] != '\0' ? str_utf8_char(s) : 0;
        if (size > 0) {
            memcpy(out + len, s.at, size);
            len += size;
        } else {
            memcpy(out + len, "\xef\xbf\xbd", 3);
            len += 3;
        }
        s = str_sub(s, size > 0 ? size : 1, s.len);
    }
    out[len] = '\0';
    return out;
}

void json_add_str(struct json *parent, const char *name, struct str value)
{
    char *text = clean(value);
    json_add(parent, name, outside(cJSON_CreateString(text)));
    free(text);
}

void json_add_int(struct json *parent, const char *name, int64_t value)
{
    json_add_number(parent, name, (double)value);
}

void json_add_number(struct json *parent, const char *name, double value)
{
    json_add(parent, name, outside(cJSON_CreateNumber(value)));
}

void json_add_bool(struct json *parent, const char *name, bool value)
{
    json_add(parent, name, outside(cJSON_CreateBool(value)));
}

void json_add_null(struct json *parent, const char *name)
{
    json_add(parent, name, outside(cJSON_CreateNull()));
}

struct json *json_copy(const struct json *node)
{
    return outside(cJSON_Duplicate(inside(node), 1));
}

static bool same_members(const struct json *a, const struct json *b)
{
    const struct json *other = NULL;
    bool named = json_kind(a) == JSON_OBJECT;
    for (const struct json *at = json_next(a, NULL); at; at = json_next(a, at)) {
        other = named ? json_get(b, inside(at)->string) : json_next(b, other);
        if (!other || !json_equal(at, other))
            return false;
    }
    return true;
}

bool json_equal(const struct json *a, const struct json *b)
{
    enum json_kind kind = json_kind(a);
    if (kind != json_kind(b))
        return false;
    switch (kind) {
    case JSON_BOOL:
        return json_bool(a, false) == json_bool(b, false);
    case JSON_NUMBER: {
        double x = json_number(a, 0), y = json_number(b, 0);
        return !(x < y) && !(x > y);
    }
    case JSON_STRING:
        return str_eq(json_str(a), json_str(b));
    case JSON_ARRAY:
    case JSON_OBJECT:
        return json_size(a) == json_size(b) && same_members(a, b);
    default:
        return true;
    }
}

static bool write_number(struct buf *out, double value)
{
    if (!isfinite(value))
        return buf_add_str(out, STR("null"));
    if (value == trunc(value) && fabs(value) <= INT_EXACT)
        return buf_add_format(out, "%lld", (long long)value);
    char text[40];
    snprintf(text, sizeof(text), "%.15g", value);
    if (strtod(text, NULL) != value)
        snprintf(text, sizeof(text), "%.17g", value);
    return buf_add_str(out, str_from(text));
}

static bool write_node(struct buf *out, const cJSON *node, int depth)
{
    const struct json *outer = (const struct json *)node;
    enum json_kind kind = json_kind(outer);
    if (kind == JSON_STRING)
        return json_write_str(out, json_str(outer));
    if (kind == JSON_NUMBER)
        return write_number(out, node->valuedouble);
    if (kind == JSON_BOOL)
        return buf_add_str(out, cJSON_IsTrue(node) ? STR("true") : STR("false"));
    if (kind != JSON_ARRAY && kind != JSON_OBJECT)
        return buf_add_str(out, STR("null"));
    if (depth == JSON_DEPTH || !buf_add_byte(out, kind == JSON_ARRAY ? '[' : '{'))
        return false;
    for (const cJSON *at = node->child; at != NULL; at = at->next) {
        if (at != node->child && !buf_add_byte(out, ','))
            return false;
        if (kind == JSON_OBJECT &&
            (!json_write_str(out, str_from(at->string)) || !buf_add_byte(out, ':')))
            return false;
        if (!write_node(out, at, depth + 1))
            return false;
    }
    return buf_add_byte(out, kind == JSON_ARRAY ? ']' : '}');
}

bool json_write(const struct json *node, struct buf *out)
{
    size_t before = out->len;
    bool written = write_node(out, inside(node), 0);
    if (!written)
        buf_cut(out, before);
    return written;
}

static bool write_escaped(struct buf *out, unsigned char c)
{
    static const char shorts[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
    const char *found = c != '\0' ? strchr(shorts, c) : NULL;
    if (found != NULL) {
        char pair[2] = { '\\', letters[found - shorts] };
        return buf_add(out, pair, 2);
    }
    return buf_add_format(out, "\\u%04x", c);
}

static bool write_quoted(struct buf *out, struct str s)
{
    if (!buf_add_byte(out, '"'))
        return false;
    while (s.len > 0) {
        /* As much as needs no change in one piece. */
        size_t plain = 0, size = 0;
        while (plain < s.len) {
            unsigned char c = (unsigned char)s.at[plain];
            size = c < 0x80 ? 1 : str_utf8_char(str_sub(s, plain, 4));
            if (c < ' ' || c == '"' || c == '\\' || size == 0)
                break;
            plain += size;
        }
        if (!buf_add(out, s.at, plain))
            return false;
        s = str_sub(s, plain, s.len);
        if (s.len == 0)
            break;
        if (!(size == 0 ? buf_add_str(out, STR("\xef\xbf\xbd"))
                        : write_escaped(out, (unsigned char)s.at[0])))
            return false;
        s = str_sub(s, 1, s.len);
    }
    return buf_add_byte(out, '"');
}

bool json_write_str(struct buf *out, struct str s)
{
    size_t before = out->len;
    bool written = write_quoted(out, s);
    if (!written)
        buf_cut(out, before);
    return written;
}
