/* form: see the header. */
#include "im/form.h"

#include <stdio.h>
#include <string.h>

static bool is_plain(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != 0 && strchr("-_.!~*'()", c) != NULL);
}

bool form_encode(struct buf *out, struct str text)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.at[i];
        char code[3] = { '%', digits[c >> 4], digits[c & 15] };
        bool added = is_plain(c) ? buf_add_byte(out, c) : buf_add(out, code, 3);
        if (!added)
            return false;
    }
    return true;
}

bool form_add(struct buf *out, const char *name, struct str value)
{
    char last = out->len > 0 ? out->at[out->len - 1] : '?';
    if (last != '?' && last != '&' && !buf_add_byte(out, '&'))
        return false;
    return form_encode(out, str_from(name)) && buf_add_byte(out, '=') &&
           form_encode(out, value);
}

bool form_add_int(struct buf *out, const char *name, int64_t value)
{
    char text[24];
    snprintf(text, sizeof(text), "%lld", (long long)value);
    return form_add(out, name, str_from(text));
}
