/*
 * digest: hashes, hex, base64 and comparing secrets. The one door to OpenSSL's crypto.
 *
 * Layer: base.  Thread: any.
 */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include "base/buf.h"

#define DIGEST_SHA1_HEX 41 /* with the NUL */
#define DIGEST_SHA256_HEX 65

/* Lower-case hex of the hash of the parts, concatenated. */
void digest_sha1_hex(const struct str *parts, size_t count, char out[DIGEST_SHA1_HEX]);
void digest_sha256_hex(const struct str *parts, size_t count,
                       char out[DIGEST_SHA256_HEX]);

/* Lower-case hex of HMAC-SHA256. */
void digest_hmac_hex(struct str key, struct str text, char out[DIGEST_SHA256_HEX]);

/* Equal, in time that does not depend on where they differ. */
bool digest_same(struct str a, struct str b);

/* Each adds all of it or nothing. Hex is written in lower case and read in both;
 * base64 is the common alphabet, its padding may be missing when read. */
bool digest_hex(struct buf *out, struct str bytes);
bool digest_unhex(struct buf *out, struct str hex);
bool digest_base64(struct buf *out, struct str bytes);
bool digest_unbase64(struct buf *out, struct str text);

#endif
