#include "base/digest.h"

#include "base/must.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

static void to_hex(const unsigned char *bytes, size_t len, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
}

static void hash_hex(const EVP_MD *kind, const struct str *parts, size_t count, char *out)
{
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    must(context != NULL);
    must(EVP_DigestInit_ex(context, kind, NULL) == 1);
    for (size_t i = 0; i < count; i++)
        must(EVP_DigestUpdate(context, parts[i].at, parts[i].len) == 1);
    must(EVP_DigestFinal_ex(context, bytes, &len) == 1);
    EVP_MD_CTX_free(context);
    to_hex(bytes, len, out);
    out[2 * len] = '\0';
}

void digest_sha1_hex(const struct str *parts, size_t count, char out[DIGEST_SHA1_HEX])
{
    hash_hex(EVP_sha1(), parts, count, out);
}

void digest_sha256_hex(const struct str *parts, size_t count, char out[DIGEST_SHA256_HEX])
{
    hash_hex(EVP_sha256(), parts, count, out);
}

void digest_hmac_hex(struct str key, struct str text, char out[DIGEST_SHA256_HEX])
{
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    must(key.len <= INT_MAX);
    must(HMAC(EVP_sha256(), key.len > 0 ? key.at : "", (int)key.len,
              (const unsigned char *)text.at, text.len, bytes, &len) != NULL);
    to_hex(bytes, len, out);
    out[2 * len] = '\0';
}

bool digest_same(struct str a, struct str b)
{
    return a.len == b.len && (a.len == 0 || CRYPTO_memcmp(a.at, b.at, a.len) == 0);
}

bool digest_hex(struct buf *out, struct str bytes)
{
    if (bytes.len > SIZE_MAX / 2 || !buf_reserve(out, bytes.len * 2))
        return false;
    if (bytes.len == 0)
        return true;
    to_hex((const unsigned char *)bytes.at, bytes.len, out->at + out->len);
    out->len += bytes.len * 2;
    out->at[out->len] = '\0';
    return true;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool digest_unhex(struct buf *out, struct str hex)
{
    size_t before = out->len;
    if (hex.len % 2 != 0)
        return false;
    for (size_t i = 0; i < hex.len; i += 2) {
        int high = hex_digit(hex.at[i]), low = hex_digit(hex.at[i + 1]);
        if (high < 0 || low < 0 || !buf_add_byte(out, (uint8_t)(high << 4 | low))) {
            buf_cut(out, before);
            return false;
        }
    }
    return true;
}

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

bool digest_base64(struct buf *out, struct str bytes)
{
    if (bytes.len > SIZE_MAX / 2 || !buf_reserve(out, (bytes.len + 2) / 3 * 4))
        return false;
    for (size_t i = 0; i < bytes.len; i += 3) {
        uint32_t group = 0;
        size_t have = bytes.len - i < 3 ? bytes.len - i : 3;
        for (size_t k = 0; k < 3; k++)
            group = group << 8 | (k < have ? (unsigned char)bytes.at[i + k] : 0);
        char quad[4];
        for (size_t k = 0; k < 4; k++)
            quad[k] = k <= have ? base64_digits[group >> (18 - 6 * k) & 63] : '=';
        buf_add(out, quad, 4);
    }
    return true;
}

static bool unpack_base64(struct buf *out, struct str text)
{
    uint32_t group = 0;
    int bits = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        const char *digit = c != '\0' ? strchr(base64_digits, c) : NULL;
        if (digit == NULL)
            return false;
        group = group << 6 | (uint32_t)(digit - base64_digits);
        bits += 6;
        if (bits < 8)
            continue;
        bits -= 8;
        if (!buf_add_byte(out, (uint8_t)(group >> bits)))
            return false;
    }
    return true;
}

bool digest_unbase64(struct buf *out, struct str text)
{
    size_t before = out->len;
    if (text.len % 4 == 0)
        for (int i = 0; i < 2 && str_ends(text, STR("=")); i++)
            text.len--;
    bool good = text.len % 4 != 1 && unpack_base64(out, text);
    if (!good)
        buf_cut(out, before);
    return good;
}
