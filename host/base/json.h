/*
 * json: the one door to cJSON. Input is checked for UTF-8 first, `\u0000` becomes U+FFFD,
 * names are compared with letter case, depth is limited to 64 (design.md 12).
 *
 * A `struct json` node belongs to its root; only roots are freed. Getters accept NULL
 * and the wrong type and then give the "nothing" value, so chains need no checks.
 *
 * Layer: base.  Thread: any, one at a time.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/buf.h"
#include "base/err.h"

struct json;

enum json_kind {
    JSON_ABSENT, /* node is NULL */
    JSON_NULL,
    JSON_BOOL,
    JSON_NUMBER,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT,
};

/* Gives a root (json_free it), or NULL with ERR_PROTO naming the byte offset. */
struct json *json_parse(struct str text, struct err *err);
void json_free(struct json *root); /* NULL is fine */

enum json_kind json_kind(const struct json *node);
/* The member of that name; of a name given twice the last. NULL if there is none. */
const struct json *json_get(const struct json *object, const char *name);
struct str json_str(const struct json *node); /* STR_NONE unless a string */
int64_t json_int(const struct json *node, int64_t otherwise); /* also reads "123" */
double json_number(const struct json *node, double otherwise);
bool json_bool(const struct json *node, bool otherwise); /* also 0/1, "0"/"1", "true" */

/* Members of an array or object in order: NULL starts, NULL ends. */
const struct json *json_next(const struct json *parent, const struct json *last);
struct str json_name(const struct json *member); /* its name inside an object */
size_t json_size(const struct json *node);       /* members of an array or object */

/* Building. The add functions take `value`; `name` NULL appends to an array. Invalid
 * UTF-8 in strings becomes U+FFFD. */
struct json *json_object(void);
struct json *json_array(void);
struct json *json_add(struct json *parent, const char *name, struct json *value);
void json_add_str(struct json *parent, const char *name, struct str value);
void json_add_int(struct json *parent, const char *name,
                  int64_t value); /* exact to 2^53 */
void json_add_number(struct json *parent, const char *name, double value);
void json_add_bool(struct json *parent, const char *name, bool value);
void json_add_null(struct json *parent, const char *name);
/* Members of objects in any order; two absent nodes are equal. */
bool json_equal(const struct json *a, const struct json *b);

struct json *json_copy(const struct json *node);

/* Appends compact text; false when the buf is full or the tree deeper than 64. */
bool json_write(const struct json *node, struct buf *out);

/* Appends `s` as a quoted JSON string, without building a tree. */
bool json_write_str(struct buf *out, struct str s);

#endif
