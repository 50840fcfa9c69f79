/* proto/pb: the bytes as a payload of every type; what is understood, written and read
 * again, is the same. */
#include "fuzz.h"

#include "proto/messages.h"

enum { MEMORY = 256 * 1024, LARGEST = 2048 };

static void try_one(const struct pb_type *type, struct str bytes, struct buf *first,
                    struct buf *second, struct arena *arena)
{
    _Alignas(max_align_t) char message[LARGEST];
    struct err err;
    must(type->size <= sizeof(message));
    arena_reset(arena);
    buf_reset(first);
    buf_reset(second);
    if (!pb_decode(type, message, bytes, arena, &err)) {
        must((err.code == ERR_PROTO || err.code == ERR_LIMIT) && err.text[0] != '\0');
        return;
    }
    must(arena->used <= MEMORY);
    must(pb_encode(type, message, first, NULL));
    must(pb_print(type, message, second));
    arena_reset(arena);
    buf_reset(second);
    /* What was kept of fields twice or packed only gets less, so there is memory enough.
     */
    must(pb_decode(type, message, buf_str(first), arena, NULL));
    must(pb_encode(type, message, second, NULL));
    must(str_eq(buf_str(first), buf_str(second)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct buf first, second;
    size_t count;
    const struct pb_type *const *types = messages_types(&count);
    arena_init(&arena, MEMORY);
    buf_init(&first, 1 << 24);
    buf_init(&second, 1 << 24);
    for (size_t i = 0; i < count; i++)
        try_one(types[i], str_of(data, size), &first, &second, &arena);
    buf_clear(&first);
    buf_clear(&second);
    arena_clear(&arena);
    return 0;
}
