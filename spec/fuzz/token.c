/* im/token_source: what a program printed is a token or an error; cookies make one line.
 */
#include "fuzz.h"

#include "im/token_source.h"

enum { LINE_MAX_BYTES = 64 };

static void check_output(struct str text)
{
    struct token_found found;
    struct json *root;
    struct err err = { 0 };
    bool good = token_output_read(text, &found, &root, &err);
    if (good) {
        must(found.text.len > 0);
        must(found.expires_ms >= 0);
        must(root || (found.expires_ms == 0 && str_index(found.text, '\n') < 0));
    } else {
        must(err.code == ERR_PROTO && err.text[0] != '\0');
    }
    json_free(root);
}

static void check_cookies(struct str headers)
{
    struct buf line;
    buf_init(&line, LINE_MAX_BYTES);
    token_cookies_read(headers, &line);
    must(line.len <= LINE_MAX_BYTES);
    must(line.len == 0 || str_starts(buf_str(&line), STR("Cookie: ")));
    must(str_index(buf_str(&line), '\n') < 0 && str_index(buf_str(&line), '\r') < 0);
    buf_clear(&line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_output(str_of(data, size));
    check_cookies(str_of(data, size));
    return 0;
}
