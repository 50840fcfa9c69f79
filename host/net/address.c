#include "net/address.h"

#include <arpa/inet.h>
#include <string.h>

struct block {
    uint8_t start[16];
    int bits;
};

/* RFC 6890 and what was added to its registry since. */
static const struct block private4[] = {
    { { 0 }, 8 },             /* this network */
    { { 10 }, 8 },            /* private */
    { { 100, 64 }, 10 },      /* behind a provider's translator */
    { { 127 }, 8 },           /* loopback */
    { { 169, 254 }, 16 },     /* link-local; also where clouds keep their secrets */
    { { 172, 16 }, 12 },      /* private */
    { { 192, 0, 0 }, 24 },    /* protocol assignments */
    { { 192, 0, 2 }, 24 },    /* documentation */
    { { 192, 88, 99 }, 24 },  /* relays of 6to4 */
    { { 192, 168 }, 16 },     /* private */
    { { 198, 18 }, 15 },      /* measuring */
    { { 198, 51, 100 }, 24 }, /* documentation */
    { { 203, 0, 113 }, 24 },  /* documentation */
    { { 224 }, 4 },           /* multicast */
    { { 240 }, 4 },           /* reserved, broadcast */
};

/* Public is 2000::/3 without these. */
static const struct block private6[] = {
    { { 0x20, 0x01 }, 23 },             /* protocol assignments, Teredo among them */
    { { 0x20, 0x01, 0x0d, 0xb8 }, 32 }, /* documentation */
    { { 0x20, 0x02 }, 16 },             /* 6to4: an IPv4 address inside */
    { { 0x3f, 0xff }, 20 },             /* documentation */
};

static const struct block global6 = { { 0x20 }, 3 };

static bool is_in(const uint8_t *address, const struct block *block)
{
    int bytes = block->bits / 8, bits = block->bits % 8;

    if (memcmp(address, block->start, (size_t)bytes) != 0)
        return false;
    return bits == 0 || (address[bytes] ^ block->start[bytes]) >> (8 - bits) == 0;
}

static bool is_in_any(const uint8_t *address, const struct block *blocks, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (is_in(address, &blocks[i]))
            return true;
    return false;
}

/* How many bytes the address has; 0 when it is none. */
static size_t parse(struct str number, uint8_t out[16])
{
    char text[ADDRESS_SIZE];

    if (number.len == 0 || number.len >= sizeof(text) ||
        memchr(number.at, '\0', number.len) != NULL)
        return 0;
    memcpy(text, number.at, number.len);
    text[number.len] = '\0';
    if (inet_pton(AF_INET, text, out) == 1)
        return 4;
    return inet_pton(AF_INET6, text, out) == 1 ? 16 : 0;
}

bool address_is_public(struct str number)
{
    uint8_t address[16];

    switch (parse(number, address)) {
    case 4:
        return !is_in_any(address, private4, sizeof(private4) / sizeof(private4[0]));
    case 16:
        return is_in(address, &global6) &&
               !is_in_any(address, private6, sizeof(private6) / sizeof(private6[0]));
    default:
        return false;
    }
}

bool address_same(struct str a, struct str b)
{
    uint8_t first[16], second[16];
    size_t len = parse(a, first);

    return len > 0 && parse(b, second) == len && memcmp(first, second, len) == 0;
}

/* How many bytes its addresses have; 0 when it is none. */
static size_t parse_block(struct str text, struct block *out)
{
    ptrdiff_t slash = str_index(text, '/');
    size_t len = parse(slash < 0 ? text : str_sub(text, 0, (size_t)slash), out->start);
    int64_t bits = (int64_t)len * 8;

    if (slash >= 0 && (!str_to_i64(str_sub(text, (size_t)slash + 1, text.len), &bits) ||
                       bits < 0 || bits > (int64_t)len * 8))
        return 0;
    out->bits = (int)bits;
    return len;
}

bool address_is_block(struct str block)
{
    struct block parsed;

    return parse_block(block, &parsed) > 0;
}

bool address_is_within(struct str number, struct str block)
{
    struct block parsed;
    uint8_t address[16];
    size_t len = parse_block(block, &parsed);

    return len > 0 && parse(number, address) == len && is_in(address, &parsed);
}
