/* base/json: what is understood is written as JSON that says the same. */
#include "fuzz.h"

#include "base/json.h"

/* Touches everything, as a reader of unknown JSON would. */
static void walk(const struct json *node)
{
    must(str_is_utf8(json_str(node)));
    must(json_bool(node, true) || !json_bool(node, false));
    json_int(node, 0);
    json_number(node, 0);
    for (const struct json *at = NULL; (at = json_next(node, at)) != NULL;) {
        must(str_is_utf8(json_name(at)));
        walk(at);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err err;
    struct buf first, second;
    struct str bytes = str_of(data, size);
    buf_init(&first, 1 << 24);
    buf_init(&second, 1 << 24);

    struct json *root = json_parse(bytes, &err);
    if (root == NULL) {
        must(err.code == ERR_PROTO && err.text[0] != '\0');
    } else {
        must(str_is_utf8(bytes));
        walk(root);
        must(json_write(root, &first));
        struct json *again = json_parse(buf_str(&first), &err);
        must(again != NULL);
        must(json_write(again, &second));
        must(str_eq(buf_str(&first), buf_str(&second)));
        json_free(again);
        json_free(root);
    }

    /* Any bytes can be quoted. */
    buf_reset(&first);
    must(json_write_str(&first, bytes));
    root = json_parse(buf_str(&first), &err);
    must(json_kind(root) == JSON_STRING);
    json_free(root);
    buf_clear(&first);
    buf_clear(&second);
    return 0;
}
