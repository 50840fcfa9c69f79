#include "proto/pb_wire.h"

#include "base/json.h"
#include "base/must.h"

#include <string.h>

enum pb_wire pb_wire_of(const struct pb_field *field)
{
    return field->kind == PB_INT || field->kind == PB_BOOL ? PB_WIRE_VARINT
                                                           : PB_WIRE_BYTES;
}

size_t pb_value_size(const struct pb_field *field)
{
    switch ((enum pb_kind)field->kind) {
    case PB_INT:
        return sizeof(int64_t);
    case PB_BOOL:
        return sizeof(bool);
    case PB_STR:
    case PB_BYTES:
        return sizeof(struct str);
    case PB_MSG:
        break;
    }
    return field->type->size;
}

bool pb_check_required(const struct pb_type *type, uint32_t has, enum err_code code,
                       struct err *err)
{
    for (int i = 0; i < type->count; i++)
        if (type->fields[i].label == PB_REQUIRED && (has >> i & 1) == 0)
            return err_set(err, code, "%s without %s", type->name, type->fields[i].name);
    return true;
}

static size_t varint_size(uint64_t value)
{
    size_t size = 1;
    while (value >= 0x80) {
        value >>= 7;
        size++;
    }
    return size;
}

static uint64_t tag_of(const struct pb_field *field)
{
    return (uint64_t)field->number << 3 | pb_wire_of(field);
}

/* The values of a member: one or, of a repeated one, `count`. */
static struct pb_list values_of(const struct pb_field *field, const void *message)
{
    const char *member = (const char *)message + field->offset;
    struct pb_list values = { (void *)member, 1 };
    if (field->label == PB_REPEATED)
        memcpy(&values, member, sizeof(values));
    else if (field->kind == PB_MSG)
        memcpy(&values.at, member, sizeof(values.at));
    return values;
}

static uint64_t number_of(const struct pb_field *field, const void *value)
{
    if (field->kind == PB_BOOL)
        return *(const bool *)value;
    int64_t number = *(const int64_t *)value;
    return (uint64_t)number;
}

#ifdef MOONDOCK_TESTING
static const struct pb_tail *tail_of(const struct pb_type *type, const void *message)
{
    return *(struct pb_tail *const *)(const void *)((const char *)message + type->tail);
}
#endif

static bool measure(const struct pb_type *type, const void *message, int depth,
                    size_t *size, struct err *err);

static bool measure_value(const struct pb_field *field, const void *value, int depth,
                          size_t *size, struct err *err)
{
    size_t len = 0;
    *size += varint_size(tag_of(field));
    if (pb_wire_of(field) == PB_WIRE_VARINT) {
        *size += varint_size(number_of(field, value));
        return true;
    }
    if (field->kind != PB_MSG)
        len = ((const struct str *)value)->len;
    else if (value == NULL)
        return err_set(err, ERR_ARGUMENT, "%s is put but NULL", field->name);
    else if (!measure(field->type, value, depth + 1, &len, err))
        return err_wrap(err, "%s", field->name);
    *size += varint_size(len) + len;
    return true;
}

/* Adds up how many bytes the message takes, and checks it on the way. */
static bool measure(const struct pb_type *type, const void *message, int depth,
                    size_t *size, struct err *err)
{
    uint32_t has = *(const uint32_t *)message;
    if (depth > PB_DEPTH_MAX)
        return err_set(err, ERR_ARGUMENT, "messages nested deeper than %d", PB_DEPTH_MAX);
    if (!pb_check_required(type, has, ERR_ARGUMENT, err))
        return false;
    for (int i = 0; i < type->count; i++) {
        const struct pb_field *field = &type->fields[i];
        if ((has >> i & 1) == 0)
            continue;
        struct pb_list values = values_of(field, message);
        for (size_t k = 0; k < values.count; k++) {
            const char *value = values.at;
            if (!measure_value(field, k > 0 ? value + k * pb_value_size(field) : value,
                               depth, size, err))
                return false;
        }
    }
#ifdef MOONDOCK_TESTING
    for (const struct pb_tail *t = tail_of(type, message); t != NULL; t = t->next)
        *size += t->bytes.len;
#endif
    return true;
}

static char *write_varint(char *to, uint64_t value)
{
    while (value >= 0x80) {
        *to++ = (char)(value | 0x80);
        value >>= 7;
    }
    *to++ = (char)value;
    return to;
}

static char *write_bytes(char *to, struct str bytes)
{
    if (bytes.len > 0)
        memcpy(to, bytes.at, bytes.len);
    return to + bytes.len;
}

/* Everything below has been measured: there is room, and nothing can fail. */
static char *write_message(char *to, const struct pb_type *type, const void *message);

static char *write_value(char *to, const struct pb_field *field, const void *value)
{
    to = write_varint(to, tag_of(field));
    if (pb_wire_of(field) == PB_WIRE_VARINT)
        return write_varint(to, number_of(field, value));
    if (field->kind != PB_MSG) {
        struct str bytes = *(const struct str *)value;
        return write_bytes(write_varint(to, bytes.len), bytes);
    }
    size_t len = 0;
    must(measure(field->type, value, 1, &len, NULL));
    return write_message(write_varint(to, len), field->type, value);
}

static char *write_message(char *to, const struct pb_type *type, const void *message)
{
    uint32_t has = *(const uint32_t *)message;
    for (int i = 0; i < type->count; i++) {
        const struct pb_field *field = &type->fields[i];
        if ((has >> i & 1) == 0)
            continue;
        struct pb_list values = values_of(field, message);
        for (size_t k = 0; k < values.count; k++)
            to = write_value(to, field,
                             (const char *)values.at + k * pb_value_size(field));
    }
#ifdef MOONDOCK_TESTING
    for (const struct pb_tail *t = tail_of(type, message); t != NULL; t = t->next)
        to = write_bytes(to, t->bytes);
#endif
    return to;
}

bool pb_encode(const struct pb_type *type, const void *message, struct buf *out,
               struct err *err)
{
    size_t size = 0;
    if (!measure(type, message, 1, &size, err))
        return false;
    if (!buf_reserve(out, size))
        return err_set(err, ERR_LIMIT, "%s of %zu bytes, room for %zu", type->name, size,
                       out->max - out->len);
    if (size == 0)
        return true;
    char *end = write_message(out->at + out->len, type, message);
    must((size_t)(end - out->at) == out->len + size);
    out->len += size;
    out->at[out->len] = '\0';
    return true;
}

static bool print_value(const struct pb_field *field, const void *value, struct buf *out)
{
    switch ((enum pb_kind)field->kind) {
    case PB_INT:
        return buf_add_format(out, "%lld", (long long)*(const int64_t *)value);
    case PB_BOOL:
        return buf_add_str(out, *(const bool *)value ? STR("true") : STR("false"));
    case PB_STR:
        return json_write_str(out, *(const struct str *)value);
    case PB_BYTES:
        return buf_add_format(out, "<%zu bytes>", ((const struct str *)value)->len);
    case PB_MSG:
        return pb_print(field->type, value, out);
    }
    return false;
}

static bool print_field(const struct pb_field *field, const void *message,
                        struct buf *out)
{
    struct pb_list values = values_of(field, message);
    bool many = field->label == PB_REPEATED;
    if (!buf_add_format(out, "%s: %s", field->name, many ? "[" : ""))
        return false;
    for (size_t k = 0; k < values.count; k++) {
        const char *value = (const char *)values.at + k * pb_value_size(field);
        if ((k > 0 && !buf_add_str(out, STR(", "))) || !print_value(field, value, out))
            return false;
    }
    return !many || buf_add_byte(out, ']');
}

bool pb_print(const struct pb_type *type, const void *message, struct buf *out)
{
    uint32_t has = *(const uint32_t *)message;
    bool first = true;
    if (!buf_add_byte(out, '{'))
        return false;
    for (int i = 0; i < type->count; i++) {
        if ((has >> i & 1) == 0)
            continue;
        if (!first && !buf_add_str(out, STR(", ")))
            return false;
        first = false;
        if (!print_field(&type->fields[i], message, out))
            return false;
    }
    return buf_add_byte(out, '}');
}
