#include "proto/pb_wire.h"

#include <string.h>

struct reader {
    const unsigned char *at;
    const unsigned char *end;
    struct arena *arena;
    struct err *err;
    int depth;
};

/* One field as it stands in the bytes. */
struct raw {
    uint32_t number;
    enum pb_wire wire;
    uint64_t value;   /* PB_WIRE_VARINT */
    struct str bytes; /* PB_WIRE_BYTES */
    struct str whole; /* tag included */
};

static bool read_varint(struct reader *in, uint64_t *out)
{
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
        if (in->at == in->end)
            return err_set(in->err, ERR_PROTO, "number cut off");
        unsigned char byte = *in->at++;
        if (shift == 63 && byte > 1)
            break;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *out = value;
            return true;
        }
    }
    return err_set(in->err, ERR_PROTO, "number of more than 64 bits");
}

static bool skip_fixed(struct reader *in, size_t size)
{
    if ((size_t)(in->end - in->at) < size)
        return err_set(in->err, ERR_PROTO, "want %zu bytes, have %td", size,
                       in->end - in->at);
    in->at += size;
    return true;
}

static bool read_raw(struct reader *in, struct raw *out)
{
    const unsigned char *start = in->at;
    uint64_t tag;
    if (!read_varint(in, &tag))
        return false;
    if (tag >> 3 == 0 || tag > UINT32_MAX)
        return err_set(in->err, ERR_PROTO, "field number %llu",
                       (unsigned long long)(tag >> 3));
    out->number = (uint32_t)(tag >> 3);
    out->wire = (enum pb_wire)(tag & 7);
    switch (out->wire) {
    case PB_WIRE_VARINT:
        if (!read_varint(in, &out->value))
            return false;
        break;
    case PB_WIRE_BYTES:
        if (!read_varint(in, &out->value))
            return false;
        if (out->value > (uint64_t)(in->end - in->at))
            return err_set(in->err, ERR_PROTO, "field %u of %llu bytes, have %td",
                           out->number, (unsigned long long)out->value, in->end - in->at);
        out->bytes = str_of(in->at, (size_t)out->value);
        in->at += out->value;
        break;
    case PB_WIRE_64:
        if (!skip_fixed(in, 8))
            return false;
        break;
    case PB_WIRE_32:
        if (!skip_fixed(in, 4))
            return false;
        break;
    default:
        return err_set(in->err, ERR_PROTO, "field %u of wire type %d", out->number,
                       (int)out->wire);
    }
    out->whole = str_of(start, (size_t)(in->at - start));
    return true;
}

/* Fields mostly come in ascending order, so the search goes on where the last one was
 * found. Gives the row's index or -1. */
static int find_row(const struct pb_type *type, uint32_t number, int last)
{
    int count = type->count;
    for (int i = 0; i < count; i++) {
        int row = last + i < count ? last + i : last + i - count;
        if (type->fields[row].number == number)
            return row;
    }
    return -1;
}

static bool is_packed(const struct pb_field *field, const struct raw *raw)
{
    return field->label == PB_REPEATED && raw->wire == PB_WIRE_BYTES &&
           pb_wire_of(field) == PB_WIRE_VARINT;
}

static bool no_room(struct reader *in)
{
    return err_set(in->err, ERR_LIMIT, "needs more than %zu bytes of memory",
                   in->arena->max);
}

/* Counts the values of a repeated field from its first one to the end of the message, so
 * that its array is allocated once. A packed chunk holds as many numbers as it has bytes
 * without the continuation bit. */
static bool count_values(struct reader from, const struct pb_field *field,
                         const struct raw *first, size_t *out)
{
    size_t count = 0;
    struct raw raw = *first;
    for (;;) {
        if (raw.number == field->number && is_packed(field, &raw)) {
            for (size_t i = 0; i < raw.bytes.len; i++)
                count += (unsigned char)raw.bytes.at[i] < 0x80;
        } else if (raw.number == field->number && raw.wire == pb_wire_of(field)) {
            count++;
        }
        if (from.at == from.end)
            break;
        if (!read_raw(&from, &raw))
            return false;
    }
    if (count > PB_COUNT_MAX)
        return err_set(from.err, ERR_LIMIT, "%zu values of %s, at most %d", count,
                       field->name, PB_COUNT_MAX);
    *out = count;
    return true;
}

static bool read_message(struct reader *in, const struct pb_type *type, void *out);

static bool read_nested(struct reader *in, const struct pb_field *field, struct str bytes,
                        void *out)
{
    struct reader inner = { (const unsigned char *)bytes.at,
                            (const unsigned char *)bytes.at + bytes.len, in->arena,
                            in->err, in->depth + 1 };
    if (inner.depth > PB_DEPTH_MAX)
        return err_set(in->err, ERR_LIMIT, "messages nested deeper than %d",
                       PB_DEPTH_MAX);
    return read_message(&inner, field->type, out) || err_wrap(in->err, "%s", field->name);
}

/* One value into its place. */
static bool read_value(struct reader *in, const struct pb_field *field,
                       const struct raw *raw, void *out)
{
    switch ((enum pb_kind)field->kind) {
    case PB_INT:
        *(int64_t *)out = (int64_t)raw->value;
        return true;
    case PB_BOOL:
        *(bool *)out = raw->value != 0;
        return true;
    case PB_STR:
    case PB_BYTES:
        *(struct str *)out = raw->bytes;
        return true;
    case PB_MSG:
        return read_nested(in, field, raw->bytes, out);
    }
    return false;
}

static bool read_packed(struct reader *in, const struct pb_field *field, struct str bytes,
                        struct pb_list *list)
{
    struct reader chunk = *in;
    chunk.at = (const unsigned char *)bytes.at;
    chunk.end = chunk.at + bytes.len;
    while (chunk.at < chunk.end) {
        struct raw raw = { 0 };
        if (!read_varint(&chunk, &raw.value))
            return false;
        char *place = (char *)list->at + list->count++ * pb_value_size(field);
        read_value(in, field, &raw, place);
    }
    return true;
}

static bool read_repeated(struct reader *in, const struct pb_field *field,
                          const struct raw *raw, void *member)
{
    struct pb_list list;
    memcpy(&list, member, sizeof(list));
    if (list.at == NULL) {
        size_t count;
        if (!count_values(*in, field, raw, &count))
            return false;
        list.at = arena_alloc(in->arena, count * pb_value_size(field));
        if (list.at == NULL)
            return no_room(in);
    }
    bool packed = is_packed(field, raw);
    char *place = (char *)list.at + list.count * pb_value_size(field);
    if (!(packed ? read_packed(in, field, raw->bytes, &list)
                 : read_value(in, field, raw, place)))
        return false;
    list.count += packed ? 0 : 1;
    memcpy(member, &list, sizeof(list));
    return true;
}

static bool read_single(struct reader *in, const struct pb_field *field,
                        const struct raw *raw, void *member)
{
    if (field->kind != PB_MSG)
        return read_value(in, field, raw, member);
    void *nested = arena_alloc(in->arena, field->type->size);
    if (nested == NULL)
        return no_room(in);
    memcpy(member, &nested, sizeof(nested)); /* whatever it points to */
    return read_value(in, field, raw, nested);
}

#ifdef MOONDOCK_TESTING
static bool keep_unknown(struct reader *in, const struct pb_type *type, void *out,
                         struct str bytes)
{
    struct pb_tail **end = (struct pb_tail **)((char *)out + type->tail);
    while (*end != NULL) {
        struct str *last = &(*end)->bytes;
        if (last->at + last->len == bytes.at) {
            last->len += bytes.len;
            return true;
        }
        end = &(*end)->next;
    }
    *end = arena_alloc(in->arena, sizeof(**end));
    if (*end == NULL)
        return no_room(in);
    (*end)->bytes = bytes;
    return true;
}
#endif

static bool read_message(struct reader *in, const struct pb_type *type, void *out)
{
    uint32_t *has = out;
    int row = 0;
    while (in->at < in->end) {
        struct raw raw = { 0 };
        if (!read_raw(in, &raw))
            return false;
        int found = find_row(type, raw.number, row);
        const struct pb_field *field = found >= 0 ? &type->fields[found] : NULL;
        if (field == NULL || (raw.wire != pb_wire_of(field) && !is_packed(field, &raw))) {
#ifdef MOONDOCK_TESTING
            if (!keep_unknown(in, type, out, raw.whole))
                return false;
#endif
            continue;
        }
        row = found;
        void *member = (char *)out + field->offset;
        if (!(field->label == PB_REPEATED ? read_repeated(in, field, &raw, member)
                                          : read_single(in, field, &raw, member)))
            return false;
        *has |= 1u << row;
    }
    return pb_check_required(type, *has, ERR_PROTO, in->err);
}

bool pb_decode(const struct pb_type *type, void *out, struct str bytes,
               struct arena *arena, struct err *err)
{
    /* An empty payload may have no address at all; the reader wants one to compare. */
    if (bytes.len == 0)
        bytes = STR("");
    struct reader in = { (const unsigned char *)bytes.at,
                         (const unsigned char *)bytes.at + bytes.len, arena, err, 1 };
    memset(out, 0, type->size);
    return read_message(&in, type, out);
}
