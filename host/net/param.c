/* Queries and form bodies: name=value pairs joined by '&', percent-encoded. */
#include "net/server.h"

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* A '%' that no two hex digits follow stands for itself. */
static bool decode(struct str text, struct buf *out)
{
    if (!buf_reserve(out, text.len))
        return false;
    for (size_t i = 0; i < text.len; i++) {
        int high = -1, low = -1;
        char c = text.at[i];

        if (c == '%' && i + 2 < text.len) {
            high = hex_digit(text.at[i + 1]);
            low = hex_digit(text.at[i + 2]);
        }
        if (high >= 0 && low >= 0) {
            c = (char)(high << 4 | low);
            i += 2;
        } else if (c == '+') {
            c = ' ';
        }
        buf_add_byte(out, (uint8_t)c);
    }
    return true;
}

bool server_param_next(struct str *rest, struct buf *name, struct buf *value)
{
    struct str pair;

    while (str_split(rest, '&', &pair)) {
        ptrdiff_t equals = str_index(pair, '=');
        size_t end = equals < 0 ? pair.len : (size_t)equals;

        if (pair.len == 0)
            continue;
        buf_reset(name);
        buf_reset(value);
        return decode(str_sub(pair, 0, end), name) &&
               decode(str_sub(pair, end + 1, SIZE_MAX), value);
    }
    return false;
}

bool server_param(struct str query, const char *name, struct buf *out)
{
    struct buf found, value;
    bool is_there = false;

    buf_init(&found, query.len);
    buf_init(&value, query.len);
    while (!is_there && server_param_next(&query, &found, &value))
        is_there =
            str_eq(buf_str(&found), str_from(name)) && buf_add_str(out, buf_str(&value));
    buf_clear(&found);
    buf_clear(&value);
    return is_there;
}
