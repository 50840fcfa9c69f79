/* im/navi: what an answer gives can be kept, and is the same when it is read again. */
#include "fuzz.h"

#include "im/navi.h"

#include <string.h>

static void check(const struct navi_answer *answer)
{
    must(answer->count > 0 && answer->count <= NAVI_ADDRESSES);
    for (size_t i = 0; i < answer->count; i++) {
        const struct navi_address *address = &answer->list[i];
        must(address->host[0] != '\0' && memchr(address->host, 0, NAVI_HOST));
        must(i == 0 || address->weight <= answer->list[i - 1].weight);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct navi_answer first, again;
    struct err err = { 0 };
    if (!navi_read(str_of(data, size), size % 2 == 0, &first, &err)) {
        must(err.code != ERR_NONE && err.text[0] != '\0');
        return 0;
    }
    check(&first);
    struct json *kept = json_object();
    navi_write(&first, kept);
    must(navi_restore(kept, &again));
    json_free(kept);
    must(again.count == first.count && again.anti == first.anti &&
         again.hosting == first.hosting);
    for (size_t i = 0; i < first.count; i++)
        must(strcmp(first.list[i].host, again.list[i].host) == 0);
    return 0;
}
