/* base/cron: what is read has a next moment that lies in the future, and one after it. */
#include "fuzz.h"

#include "base/cron.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct zone *zone;
    struct cron cron;
    struct err err = { 0 };

    if (!zone)
        zone = zone_open(STR("Europe/Berlin"), NULL);
    if (size > 1000)
        return 0;
    if (!cron_parse(str_of(data, size), &cron, &err)) {
        must(err.code == ERR_ARGUMENT && err.text[0] != '\0');
        return 0;
    }
    int64_t at = 1774742399000; /* shortly before clocks change in Berlin */
    for (int i = 0; i < 3; i++) {
        int64_t next = cron_next(&cron, zone, at);
        must(next > at && next != CRON_NEVER && next % 60000 == 0);
        at = next;
    }
    return 0;
}
