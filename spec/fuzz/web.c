/* Where plugins may go: whatever an address and a grant look like, a request is granted
 * only to a host or a number that the grant names, and private numbers only by name. */
#include "fuzz.h"

#include "net/address.h"
#include "net/url.h"
#include "script/caps_web.h"

/* What the first byte says is the grant's length; the rest is the address. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str bytes = str_of(data, size);
    struct map grants = { 0 };
    struct url url;
    size_t cut = size > 0 ? data[0] : 0;
    struct str grant = str_sub(bytes, 1, cut);
    struct str text = str_sub(bytes, 1 + grant.len, SIZE_MAX);

    must(!address_is_public(text) || address_same(text, text));
    must(address_same(text, text) == address_is_within(text, text));
    must(!address_is_within(text, STR("10.0.0.0/8")) || !address_is_public(text));
    if (!url_parse(text, &url, NULL))
        return 0;
    map_set(&grants, grant, &grants);
    enum caps_web said = caps_web(&grants, &url);
    must(said == CAPS_WEB_NOWHERE || caps_web_is_grant(grant));
    must(said == CAPS_WEB_NOWHERE || str_starts(grant, STR("http")));
    must(said != CAPS_WEB_ANY || str_starts(grant, STR("http.private:")) ||
         address_same(url.host, url.host));
    must(said != CAPS_WEB_PUBLIC || !address_same(url.host, url.host));
    map_clear(&grants);
    return 0;
}
