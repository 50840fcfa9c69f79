#include "net/multipart.h"

#include <string.h>

/* The value of `name` among the parameters behind the first ';' of a header's value. A
 * quoted one is given without its quotes; what is escaped in it stays as it came. */
static struct str parameter(struct str header, const char *name)
{
    ptrdiff_t semicolon;

    while ((semicolon = str_index(header, ';')) >= 0) {
        struct str found, value;
        ptrdiff_t equals, quote;

        header = str_trim(str_sub(header, (size_t)semicolon + 1, SIZE_MAX));
        equals = str_index(header, '=');
        if (equals < 0)
            break;
        found = str_trim(str_sub(header, 0, (size_t)equals));
        header = str_sub(header, (size_t)equals + 1, SIZE_MAX);
        if (str_starts(header, STR("\""))) {
            header = str_sub(header, 1, SIZE_MAX);
            quote = str_index(header, '"');
            if (quote < 0)
                break;
            value = str_sub(header, 0, (size_t)quote);
            header = str_sub(header, (size_t)quote + 1, SIZE_MAX);
        } else {
            semicolon = str_index(header, ';');
            value = str_trim(
                str_sub(header, 0, semicolon < 0 ? header.len : (size_t)semicolon));
        }
        if (str_eq_nocase(found, str_from(name)))
            return value;
    }
    return STR_NONE;
}

static bool is_boundary(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] < ' ' || text.at[i] > '~')
            return false;
    return text.len > 0 && text.len <= MULTIPART_BOUNDARY_MAX;
}

bool multipart_open(struct multipart *form, struct str content_type, struct str body,
                    struct err *err)
{
    struct str boundary = parameter(content_type, "boundary");

    *form = (struct multipart){ 0 };
    if (!str_eq_nocase(str_sub(content_type, 0, 19), STR("multipart/form-data")) ||
        !is_boundary(boundary))
        return err_set(err, ERR_PROTO, "no multipart/form-data with a boundary");
    memcpy(form->delimiter, "\r\n--", 4);
    memcpy(form->delimiter + 4, boundary.at, boundary.len);
    form->delimiter_len = 4 + boundary.len;
    form->rest = body;
    return true;
}

/* The lines before a part's bytes. False when one of them is no header. */
static bool read_head(struct str lines, struct multipart_part *out)
{
    bool named = false;

    while (lines.len > 0) {
        ptrdiff_t end = str_find(lines, STR("\r\n"));
        struct str line = str_sub(lines, 0, end < 0 ? lines.len : (size_t)end);
        ptrdiff_t colon = str_index(line, ':');
        struct str value;

        lines = str_sub(lines, line.len + 2, SIZE_MAX);
        if (colon < 1)
            return false;
        value = str_trim(str_sub(line, (size_t)colon + 1, SIZE_MAX));
        line = str_sub(line, 0, (size_t)colon);
        if (str_eq_nocase(line, STR("content-type"))) {
            out->type = value;
        } else if (str_eq_nocase(line, STR("content-disposition"))) {
            out->name = parameter(value, "name");
            out->file_name = parameter(value, "filename");
            named = out->name.at != NULL;
        }
    }
    return named;
}

bool multipart_next(struct multipart *form, struct multipart_part *out)
{
    /* The first one begins the body; the line end before it is not there. */
    struct str delimiter = str_of(form->delimiter, form->delimiter_len);
    struct str opening = str_sub(delimiter, 2, SIZE_MAX), lines = form->rest;
    ptrdiff_t blank, end;

    *out = (struct multipart_part){ 0 };
    if (form->done || !str_starts(lines, opening))
        return false;
    lines = str_sub(lines, opening.len, SIZE_MAX);
    if (str_starts(lines, STR("--"))) {
        form->done = true;
        return false;
    }
    blank = str_find(lines, STR("\r\n\r\n"));
    if (!str_starts(lines, STR("\r\n")) || blank < 0 ||
        form->count == MULTIPART_PARTS_MAX ||
        !read_head(str_sub(lines, 2, blank > 2 ? (size_t)blank - 2 : 0), out))
        return false;
    out->bytes = str_sub(lines, (size_t)blank + 4, SIZE_MAX);
    end = str_find(out->bytes, delimiter);
    if (end < 0)
        return false;
    form->rest = str_sub(out->bytes, (size_t)end + 2, SIZE_MAX);
    out->bytes.len = (size_t)end;
    form->count++;
    return true;
}
