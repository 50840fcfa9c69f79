/* net/multipart: the first line is the Content-Type, the rest the body. Parts lie in the
 * body, one behind the other; what is escaped for an address comes back. */
#include "fuzz.h"

#include "net/multipart.h"
#include "net/url.h"

static void must_lie_in(struct str part, struct str whole)
{
    must(part.len == 0 ||
         (part.at >= whole.at && part.at + part.len <= whole.at + whole.len));
}

static void escape_and_back(struct str text)
{
    struct buf escaped, back;
    buf_init(&escaped, text.len * 3);
    buf_init(&back, text.len);
    must(url_escape(&escaped, text));
    must(url_unescape(&back, buf_str(&escaped)));
    must(str_eq(buf_str(&back), text));
    buf_clear(&back);
    buf_clear(&escaped);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str type, body = str_of(data, size);
    struct multipart form;
    struct multipart_part part;
    struct err err;
    size_t count = 0;

    if (!str_split(&body, '\n', &type))
        return 0;
    if (!multipart_open(&form, type, body, &err)) {
        must(err.code == ERR_PROTO);
        return 0;
    }
    while (multipart_next(&form, &part)) {
        must_lie_in(part.bytes, body);
        must_lie_in(part.name, body);
        must_lie_in(part.file_name, body);
        must_lie_in(part.type, body);
        must(part.name.at != NULL && part.name.at < part.bytes.at);
        must(str_find(part.bytes, str_of(form.delimiter, form.delimiter_len)) < 0);
        must(form.rest.at > part.bytes.at);
        escape_and_back(part.bytes);
        count++;
    }
    must(count == form.count && count <= MULTIPART_PARTS_MAX);
    must(!multipart_next(&form, &part));
    return 0;
}
