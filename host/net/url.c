#include "net/url.h"

static bool read_port(struct str digits, struct url *out)
{
    int64_t port;

    if (digits.len == 0 || digits.len > 5 || digits.at[0] < '0' || digits.at[0] > '9' ||
        !str_to_i64(digits, &port) || port < 1 || port > 65535)
        return false;
    out->port = (int)port;
    return true;
}

static bool is_host(struct str host)
{
    for (size_t i = 0; i < host.len; i++) {
        char c = host.at[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
              (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' || c == ':'))
            return false;
    }
    return host.len > 0 && host.len <= 253;
}

/* "host", "host:port", "[number]" or "[number]:port" */
static bool read_place(struct str place, struct url *out)
{
    struct str rest;
    ptrdiff_t end;

    out->place = place;
    if (str_starts(place, STR("["))) {
        end = str_index(place, ']');
        if (end < 0)
            return false;
        out->host = str_sub(place, 1, (size_t)end - 1);
        rest = str_sub(place, (size_t)end + 1, SIZE_MAX);
    } else {
        end = str_index(place, ':');
        out->host = str_sub(place, 0, end < 0 ? place.len : (size_t)end);
        rest = str_sub(place, out->host.len, SIZE_MAX);
    }
    if (!is_host(out->host))
        return false;
    return rest.len == 0 ||
           (rest.at[0] == ':' && read_port(str_sub(rest, 1, SIZE_MAX), out));
}

static bool read_scheme(struct str *rest, struct url *out)
{
    static const struct {
        struct str name;
        int port;
        bool secure;
    } schemes[] = {
        { { "ws", 2 }, 80, false },
        { { "wss", 3 }, 443, true },
        { { "http", 4 }, 80, false },
        { { "https", 5 }, 443, true },
    };
    ptrdiff_t end = str_find(*rest, STR("://"));

    out->scheme = str_sub(*rest, 0, end < 0 ? 0 : (size_t)end);
    *rest = str_sub(*rest, out->scheme.len + 3, SIZE_MAX);
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
        if (str_eq_nocase(out->scheme, schemes[i].name)) {
            out->scheme = schemes[i].name;
            out->port = schemes[i].port;
            out->secure = schemes[i].secure;
            return true;
        }
    return false;
}

/* Everything that may stand in a request line unescaped. */
static bool is_target(struct str target)
{
    for (size_t i = 0; i < target.len; i++)
        if ((unsigned char)target.at[i] <= ' ' || (unsigned char)target.at[i] >= 0x7f ||
            target.at[i] == '#')
            return false;
    return true;
}

bool url_parse(struct str text, struct url *out, struct err *err)
{
    struct str rest = text;
    size_t end = 0;

    *out = (struct url){ 0 };
    if (read_scheme(&rest, out)) {
        while (end < rest.len && rest.at[end] != '/' && rest.at[end] != '?')
            end++;
        out->target = str_sub(rest, end, SIZE_MAX);
        if (read_place(str_sub(rest, 0, end), out) && is_target(out->target))
            return true;
    }
    /* Not the whole of it: a query may hold a token. */
    text = str_sub(text, 0, 40);
    if (str_index(text, '?') >= 0)
        text.len = (size_t)str_index(text, '?');
    return err_set(err, ERR_ARGUMENT, "not an address: %.*s", STR_ARG(text));
}

bool url_escape(struct buf *out, struct str text)
{
    static const char digits[] = "0123456789ABCDEF";

    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.at[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                     (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
                     c == '~';
        char hex[3] = { '%', digits[c >> 4], digits[c & 15] };

        if (!(plain ? buf_add_byte(out, c) : buf_add(out, hex, sizeof(hex))))
            return false;
    }
    return true;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool url_unescape(struct buf *out, struct str text)
{
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
        }
        if (!buf_add_byte(out, (uint8_t)c))
            return false;
    }
    return true;
}
