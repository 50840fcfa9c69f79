/* net/head and what servers do with its parts: everything lies inside the bytes given,
 * and a part of a head is never taken for a whole one. */
#include "fuzz.h"

#include "net/head.h"
#include "net/server.h"
#include "net/url.h"

static void must_lie_in(struct str part, struct str whole)
{
    must(part.len == 0 ||
         (part.at >= whole.at && part.at + part.len <= whole.at + whole.len));
}

static void walk_params(struct str query)
{
    struct str rest = query;
    struct buf name, value;
    size_t total = 0;

    buf_init(&name, query.len);
    buf_init(&value, query.len);
    while (server_param_next(&rest, &name, &value))
        total += name.len + value.len;
    must(total <= query.len);
    buf_clear(&name);
    buf_clear(&value);
}

static void try_url(struct str bytes)
{
    struct url url;
    struct err err;

    if (!url_parse(bytes, &url, &err)) {
        must(err.code == ERR_ARGUMENT && err.text[0] != '\0');
        return;
    }
    must(url.host.len > 0 && url.port > 0 && url.port < 65536);
    must_lie_in(url.host, bytes);
    must_lie_in(url.place, bytes);
    must_lie_in(url.target, bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str bytes = str_of(data, size);
    struct head head, part;
    int status = 0;

    try_url(bytes);
    switch (head_read(bytes, &head, &status)) {
    case HEAD_MORE:
        must(size <= HEAD_MAX + 8);
        return 0;
    case HEAD_BAD:
        must(status >= 400 && status < 600);
        return 0;
    case HEAD_DONE:
        break;
    }
    must(head.len <= size && head.method.len > 0 && head.path.len > 0);
    must_lie_in(head.method, bytes);
    must_lie_in(head.path, bytes);
    must_lie_in(head.query, bytes);
    must_lie_in(head_get(&head, "host"), bytes);
    head_has_word(&head, "connection", STR("upgrade"));
    walk_params(head.query);
    must(head_read(str_sub(bytes, 0, head.len), &part, &status) == HEAD_DONE);
    must(head_read(str_sub(bytes, 0, head.len - 1), &part, &status) == HEAD_MORE);
    return 0;
}
