/*
 * limits_class: the classes of bytes that patterns know ("%a", "%s"), as they are in the
 * C locale whatever the locale of the process is.
 *
 * Private to this room.  Layer: script.  Thread: any. Pure.
 */
#ifndef SCRIPT_LIMITS_CLASS_H
#define SCRIPT_LIMITS_CLASS_H

#include <stdbool.h>
#include <stdint.h>

enum {
    UPPER = 1,
    LOWER = 2,
    DIGIT = 4,
    HEX = 8,
    PUNCT = 16,
    SPACE = 32,
    CONTROL = 64,
    ZERO = 128,
    SPECIAL = 256, /* in patterns */
};

extern const uint16_t limits_byte_class[256];
extern const uint16_t limits_letter_class[26];

static inline bool is_a(unsigned char c, unsigned class)
{
    return (limits_byte_class[c] & class) != 0;
}

/* The class that '%' and this letter stand for; 0: the byte itself. */
static inline unsigned class_of(unsigned char letter)
{
    return is_a(letter, UPPER | LOWER) ? limits_letter_class[(letter | 32) - 'a'] : 0;
}

static inline bool in_class(unsigned char c, unsigned char letter)
{
    unsigned class = class_of(letter);
    return class ? is_a(c, class) != is_a(letter, UPPER) : c == letter;
}

#endif
