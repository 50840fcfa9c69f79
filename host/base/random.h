/*
 * random: unpredictable bytes from OpenSSL.
 *
 * Layer: base.  Thread: any.
 */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

void random_bytes(void *out, size_t len);
uint64_t random_u64(void);
uint64_t random_below(uint64_t bound); /* 0 .. bound-1, even; bound > 0 */

/* `len` lower-case letters and digits, and a NUL. */
void random_id(char *out, size_t len);

#endif
