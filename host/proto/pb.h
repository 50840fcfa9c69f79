/*
 * pb: protobuf payloads, driven by field tables.
 *
 * A message struct begins with `uint32_t has`, one bit per table row in order. The reader
 * sets the bits; the writer writes exactly the fields whose bit is set, in ascending
 * field number, zero or not (official payloads carry explicit zeros). Repeated fields are
 * { at, count } and written when their bit is set, not packed; packed ones are read too.
 * Negative integers take ten bytes. A missing required field is an error both ways.
 * Unknown fields, and known ones of the wrong wire type, are skipped; a test build keeps
 * them in `tail`, which the writer appends, so that a dropped field shows.
 *
 * Strings borrow from the bytes decoded; nested and repeated values live in the arena.
 * Whether a string is UTF-8 is not looked at here.
 *
 * Each message is declared once, as a list of fields: F for plain ones, N for nested
 * messages, M passed through.
 *
 *   #define FIELDS_relation_info(F, N, M)             \
 *       F(M, 1, INT, REQUIRED, type)                  \
 *       N(M, 3, down_stream_message, OPTIONAL, msg)   \
 *       F(M, 9, STR, REPEATED, tags)
 *
 * PB_STRUCT makes of it `struct relation_info { has; int64_t type; struct
 * down_stream_message *msg; struct { struct str *at; size_t count; } tags; }` and the
 * bits, PB_DEFINE in one .c the table `relation_info_type`. All are in proto/messages.h.
 *
 *   struct relation_info info = { 0 };
 *   pb_put(info, relation_info, type, 3);
 *   pb_put_list(info, relation_info, tags, tags, 2);
 *   if (pb_has(info, relation_info, msg)) ...
 *   pb_encode(&relation_info_type, &info, out, err);
 *
 * Layer: proto.  Thread: any. Pure.
 */
#ifndef PROTO_PB_H
#define PROTO_PB_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

enum pb_kind {
    PB_INT,   /* int32, int64 and enums: int64_t */
    PB_BOOL,  /* bool */
    PB_STR,   /* struct str */
    PB_BYTES, /* struct str */
    PB_MSG,   /* pointer; repeated: the structs themselves */
};

enum pb_label { PB_OPTIONAL, PB_REQUIRED, PB_REPEATED };

enum {
    PB_DEPTH_MAX = 32,    /* messages inside messages */
    PB_COUNT_MAX = 65536, /* values of one repeated field */
};

struct pb_type;

struct pb_field {
    uint16_t number;
    uint8_t kind;    /* enum pb_kind */
    uint8_t label;   /* enum pb_label */
    uint16_t offset; /* in the struct */
    const char *name;
    const struct pb_type *type; /* PB_MSG only */
};

struct pb_type {
    const char *name; /* as in the .proto: "UpStreamMessage" */
    const struct pb_field *fields;
    uint16_t count;
    uint16_t size; /* of the struct */
    uint16_t tail; /* offset of `tail`, test builds only */
};

/* Unknown fields, borrowed pieces in the order met. */
struct pb_tail {
    struct pb_tail *next;
    struct str bytes;
};

/* Fills the struct `out` of `type`. ERR_PROTO for bytes that make no sense, ERR_LIMIT
 * when too deep, too many, or the arena is full. After a failure `out` may not be used.
 */
bool pb_decode(const struct pb_type *type, void *out, struct str bytes,
               struct arena *arena, struct err *err);

/* Appends `message`, a struct of `type`. ERR_ARGUMENT names a required field not put or a
 * nesting too deep; ERR_LIMIT when the buf is full. */
bool pb_encode(const struct pb_type *type, const void *message, struct buf *out,
               struct err *err);

/* Appends one line of readable text, "{session_id: 3, object_name: \"RC:TxtMsg\"}". False
 * when the buf is full. Bodies are in it: for tests and debug logs only. */
bool pb_print(const struct pb_type *type, const void *message, struct buf *out);

/* --- using a message: `m` is the struct itself, `M` its name --- */

#define pb_has(m, M, field) (((m).has >> PB_AT(M, field) & 1u) != 0)
#define pb_put(m, M, field, ...)                                                         \
    ((m).field = (__VA_ARGS__), (void)((m).has |= 1u << PB_AT(M, field)))
#define pb_put_list(m, M, field, values, number)                                         \
    ((m).field.at = (values), (m).field.count = (number),                                \
     (void)((m).has |= 1u << PB_AT(M, field)))
#define pb_drop(m, M, field) ((void)((m).has &= ~(1u << PB_AT(M, field))))

/* --- declaring a message --- */

#define PB_AT(M, field) M##_at_##field

#define PB_C_INT int64_t
#define PB_C_BOOL bool
#define PB_C_STR struct str
#define PB_C_BYTES struct str

#define PB_MEMBER_REQUIRED(type, name) type name;
#define PB_MEMBER_OPTIONAL(type, name) type name;
#define PB_MEMBER_REPEATED(type, name)                                                   \
    struct {                                                                             \
        type *at;                                                                        \
        size_t count;                                                                    \
    } name;
#define PB_NESTED_REQUIRED(type, name) type *name;
#define PB_NESTED_OPTIONAL(type, name) type *name;
#define PB_NESTED_REPEATED(type, name) PB_MEMBER_REPEATED(type, name)

#define PB_MEMBER(M, number, kind, label, name) PB_MEMBER_##label(PB_C_##kind, name)
#define PB_NESTED(M, number, nested, label, name) PB_NESTED_##label(struct nested, name)
#define PB_BIT(M, number, kind, label, name) PB_AT(M, name),

#ifdef MOONDOCK_TESTING
#define PB_TAIL struct pb_tail *tail;
#define PB_TAIL_AT(M) offsetof(struct M, tail)
#else
#define PB_TAIL
#define PB_TAIL_AT(M) 0
#endif

#define PB_STRUCT(M, proto_name)                                                         \
    enum { FIELDS_##M(PB_BIT, PB_BIT, M) M##_field_count };                              \
    struct M {                                                                           \
        uint32_t has;                                                                    \
        FIELDS_##M(PB_MEMBER, PB_NESTED, M) PB_TAIL                                      \
    };                                                                                   \
    extern const struct pb_type M##_type;

#define PB_ROW(M, number, kind, label, name)                                             \
    { number, PB_##kind, PB_##label, offsetof(struct M, name), #name, NULL },
#define PB_ROW_NESTED(M, number, nested, label, name)                                    \
    { number, PB_MSG, PB_##label, offsetof(struct M, name), #name, &nested##_type },

#define PB_DEFINE(M, proto_name)                                                         \
    static const struct pb_field M##_fields[] = { FIELDS_##M(PB_ROW, PB_ROW_NESTED,      \
                                                             M) };                       \
    _Static_assert(M##_field_count <= 32, "`has` holds 32 bits");                        \
    const struct pb_type M##_type = { #proto_name, M##_fields, M##_field_count,          \
                                      sizeof(struct M), PB_TAIL_AT(M) };

#endif
