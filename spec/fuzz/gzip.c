/* base/gzip: what unpacks can be packed and unpacks the same, within the given room. */
#include "fuzz.h"

#include "base/gzip.h"

enum { ROOM = 64 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf plain, packed, again;
    struct err err;
    buf_init(&plain, ROOM);
    buf_init(&packed, 2 * ROOM);
    buf_init(&again, ROOM);
    must(buf_add_str(&plain, STR("before")));
    if (gzip_unpack(&plain, str_of(data, size), &err)) {
        must(str_starts(buf_str(&plain), STR("before")));
        must(gzip_pack(&packed, buf_str(&plain), NULL));
        must(gzip_unpack(&again, buf_str(&packed), NULL));
        must(str_eq(buf_str(&plain), buf_str(&again)));
    } else {
        must((err.code == ERR_PROTO || err.code == ERR_LIMIT) && err.text[0] != '\0');
        must(str_eq(buf_str(&plain), STR("before")));
    }
    buf_clear(&plain);
    buf_clear(&packed);
    buf_clear(&again);
    return 0;
}
