/* Queries and form bodies: name=value pairs joined by '&', percent-encoded. */
#include "net/server.h"
#include "net/url.h"

/* A '+' is a space; what was written as one is "%2B". */
static bool decode(struct str text, struct buf *out)
{
    struct str piece;

    while (text.len > 0) {
        ptrdiff_t plus = str_index(text, '+');

        piece = str_sub(text, 0, plus < 0 ? text.len : (size_t)plus);
        text = str_sub(text, piece.len + 1, SIZE_MAX);
        if (!url_unescape(out, piece) || (plus >= 0 && !buf_add_byte(out, ' ')))
            return false;
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
