/* base/zone: a file that is taken answers for any time. */
#include "fuzz.h"

#include "base/zone.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int64_t times[] = { -9999999999, -1, 0, 1774742400, 99999999999 };
    struct err err = { 0 };
    struct zone *zone = zone_parse(str_of(data, size), &err);

    if (!zone) {
        must(err.code == ERR_PROTO && err.text[0] != '\0');
        return 0;
    }
    for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++) {
        struct zone_offset offset = zone_at(zone, times[i]);
        must(offset.seconds >= -26 * 3600 && offset.seconds <= 26 * 3600);
        must(strlen(offset.abbreviation) < 4096);
        int64_t utc = zone_utc(zone, times[i]);
        must(utc - times[i] <= 2 * 26 * 3600 && times[i] - utc <= 2 * 26 * 3600);
    }
    zone_free(zone);
    return 0;
}
