#include "base/random.h"

#include "base/must.h"

#include <limits.h>
#include <openssl/rand.h>

void random_bytes(void *out, size_t len)
{
    must(len <= INT_MAX);
    must(RAND_bytes(out, (int)len) == 1);
}

uint64_t random_u64(void)
{
    uint64_t value;
    random_bytes(&value, sizeof(value));
    return value;
}

uint64_t random_below(uint64_t bound)
{
    must(bound > 0);
    /* The lowest values are thrown away, so that each rest is equally often left. */
    uint64_t unfair = -bound % bound;
    uint64_t value;
    do {
        value = random_u64();
    } while (value < unfair);
    return value % bound;
}

void random_id(char *out, size_t len)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    enum { COUNT = sizeof(letters) - 1, FAIR = 256 - 256 % COUNT };
    size_t done = 0;
    while (done < len) {
        unsigned char bytes[32];
        random_bytes(bytes, sizeof(bytes));
        for (size_t i = 0; i < sizeof(bytes) && done < len; i++)
            if (bytes[i] < FAIR)
                out[done++] = letters[bytes[i] % COUNT];
    }
    out[len] = '\0';
}
