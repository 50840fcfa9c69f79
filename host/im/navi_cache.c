/* navi_cache: see the header. */
#include "im/navi_cache.h"

#include "base/clock.h"
#include "base/digest.h"
#include "im/token.h"
#include "store/meta.h"

#define GOOD_MS 7200000
#define TEXT_MAX ((size_t)65536)

/* A digest: the token itself is not to be found in two places. */
static bool make_key(const struct navi_request *request, char key[DIGEST_SHA256_HEX])
{
    struct buf text;
    buf_init(&text, TEXT_MAX);
    bool fits = buf_add_str(&text, request->app_key) && buf_add_byte(&text, '\n') &&
                buf_add_str(&text, token_stem(request->token));
    for (size_t i = 0; i < request->url_count; i++)
        fits = fits && buf_add_byte(&text, '\n') && buf_add_str(&text, request->urls[i]);
    struct str part = buf_str(&text);
    digest_sha256_hex(&part, 1, key);
    buf_clear(&text);
    return fits;
}

bool navi_cache_read(struct store *store, const struct navi_request *request,
                     struct navi_answer *out)
{
    struct buf text;
    char key[DIGEST_SHA256_HEX];
    bool good = false;
    buf_init(&text, TEXT_MAX);
    if (make_key(request, key) && meta_get(store, STR("navi"), &text)) {
        struct json *root = json_parse(buf_str(&text), NULL);
        int64_t age_ms = clock_wall_ms() - json_int(json_get(root, "at"), 0);
        good = str_eq(json_str(json_get(root, "key")), str_from(key)) && age_ms >= 0 &&
               age_ms < GOOD_MS && navi_restore(root, out);
        json_free(root);
    }
    buf_clear(&text);
    return good;
}

void navi_cache_write(struct store *store, const struct navi_request *request,
                      const struct navi_answer *answer)
{
    struct buf text;
    char key[DIGEST_SHA256_HEX];
    if (!make_key(request, key))
        return;
    struct json *root = json_object();
    json_add_str(root, "key", str_from(key));
    json_add_int(root, "at", clock_wall_ms());
    navi_write(answer, root);
    buf_init(&text, TEXT_MAX);
    if (json_write(root, &text))
        meta_set(store, STR("navi"), buf_str(&text));
    json_free(root);
    buf_clear(&text);
}

void navi_cache_drop(struct store *store)
{
    meta_del(store, STR("navi"));
}
