#include "net/head.h"

#include <string.h>

static bool is_token_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static bool is_token(struct str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!is_token_byte(s.at[i]))
            return false;
    return s.len > 0;
}

/* Visible text: nothing below a blank but tabs, no DEL. */
static bool is_text(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.at[i];

        if ((c < ' ' && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

/* Cuts the next line, without its CRLF, off `*rest`. False when there is none. */
static bool next_line(struct str *rest, struct str *line)
{
    ptrdiff_t end = str_find(*rest, STR("\r\n"));

    if (end < 0)
        return false;
    *line = str_sub(*rest, 0, (size_t)end);
    *rest = str_sub(*rest, (size_t)end + 2, SIZE_MAX);
    return true;
}

static bool read_target(struct str target, struct head *out)
{
    ptrdiff_t mark;

    for (size_t i = 0; i < target.len; i++)
        if ((unsigned char)target.at[i] <= ' ' || target.at[i] == 0x7f)
            return false;
    /* The form for proxies: what is before the path is left out. */
    if (str_starts(target, STR("http://")) || str_starts(target, STR("https://"))) {
        target = str_sub(target, 8, SIZE_MAX);
        while (target.len > 0 && target.at[0] != '/' && target.at[0] != '?')
            target = str_sub(target, 1, SIZE_MAX);
    }
    if (target.len == 0 || (target.at[0] != '/' && !str_eq(target, STR("*"))))
        return false;
    mark = str_index(target, '#');
    if (mark >= 0)
        target = str_sub(target, 0, (size_t)mark);
    mark = str_index(target, '?');
    out->path = mark < 0 ? target : str_sub(target, 0, (size_t)mark);
    out->query = mark < 0 ? STR("") : str_sub(target, (size_t)mark + 1, SIZE_MAX);
    return true;
}

/* 0, or the status to answer with. */
static int read_first_line(struct str line, struct head *out)
{
    ptrdiff_t first = str_index(line, ' ');
    struct str target, version;

    if (first <= 0 || first > 32)
        return 400;
    out->method = str_sub(line, 0, (size_t)first);
    target = str_sub(line, (size_t)first + 1, SIZE_MAX);
    if (target.len < 9 || !is_token(out->method))
        return 400;
    version = str_sub(target, target.len - 9, 9);
    target = str_sub(target, 0, target.len - 9);
    if (!str_starts(version, STR(" HTTP/")))
        return 400;
    if (!str_eq(version, STR(" HTTP/1.1")) && !str_eq(version, STR(" HTTP/1.0")))
        return 505;
    out->keep_alive = version.at[8] == '1';
    return read_target(target, out) ? 0 : 400;
}

static bool read_length(struct str value, struct head *out)
{
    uint64_t len = 0;

    if (value.len == 0 || value.len > 18)
        return false;
    for (size_t i = 0; i < value.len; i++) {
        if (value.at[i] < '0' || value.at[i] > '9')
            return false;
        len = len * 10 + (uint64_t)(value.at[i] - '0');
    }
    if (out->has_length && len != out->body_len)
        return false;
    out->has_length = true;
    out->body_len = len;
    return true;
}

static bool split_line(struct str line, struct str *name, struct str *value)
{
    ptrdiff_t colon = str_index(line, ':');

    if (colon < 0)
        return false;
    *name = str_sub(line, 0, (size_t)colon);
    *value = str_trim(str_sub(line, (size_t)colon + 1, SIZE_MAX));
    return true;
}

static int read_lines(struct str rest, struct head *out)
{
    struct str line, name, value;
    int count = 0;
    bool host = false;

    while (next_line(&rest, &line)) {
        if (++count > HEAD_LINES_MAX)
            return 431;
        if (!split_line(line, &name, &value) || !is_token(name) || !is_text(value))
            return 400;
        if (str_eq_nocase(name, STR("content-length")) && !read_length(value, out))
            return 400;
        if (str_eq_nocase(name, STR("transfer-encoding")))
            out->chunked = true;
        if (str_eq_nocase(name, STR("expect")))
            out->expects = str_eq_nocase(value, STR("100-continue"));
        if (str_eq_nocase(name, STR("host"))) {
            if (host)
                return 400;
            host = true;
        }
    }
    return host || !out->keep_alive ? 0 : 400;
}

enum head_state head_read(struct str bytes, struct head *out, int *status)
{
    size_t blank = 0;
    ptrdiff_t end;
    struct str head, line;

    *out = (struct head){ 0 };
    /* Some clients end a body with a line end too many. */
    while (blank < 4 && str_starts(str_sub(bytes, blank, 2), STR("\r\n")))
        blank += 2;
    head = str_sub(bytes, blank, HEAD_MAX);
    end = str_find(head, STR("\r\n\r\n"));
    if (end < 0) {
        *status = head.len == HEAD_MAX ? 431 : 400;
        /* A first line that cannot become one is refused at once. */
        return head.len == HEAD_MAX ||
                       (head.len > 0 && !is_token_byte(head.at[0]) && head.at[0] != '\r')
                   ? HEAD_BAD
                   : HEAD_MORE;
    }
    head.len = (size_t)end + 2;
    out->len = blank + (size_t)end + 4;
    next_line(&head, &line);
    *status = read_first_line(line, out);
    if (*status == 0) {
        out->lines = head;
        *status = read_lines(head, out);
    }
    if (*status != 0)
        return HEAD_BAD;
    if (out->keep_alive)
        out->keep_alive = !head_has_word(out, "connection", STR("close"));
    else
        out->keep_alive = head_has_word(out, "connection", STR("keep-alive"));
    return HEAD_DONE;
}

struct str head_get(const struct head *head, const char *name)
{
    struct str rest = head->lines, line, found, value;

    while (next_line(&rest, &line))
        if (split_line(line, &found, &value) && str_eq_nocase(found, str_from(name)))
            return value;
    return STR_NONE;
}

bool head_has_word(const struct head *head, const char *name, struct str word)
{
    struct str rest = head->lines, line, found, value, piece;

    while (next_line(&rest, &line)) {
        if (!split_line(line, &found, &value) || !str_eq_nocase(found, str_from(name)))
            continue;
        while (str_split(&value, ',', &piece))
            if (str_eq_nocase(str_trim(piece), word))
                return true;
    }
    return false;
}
