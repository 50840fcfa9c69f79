/* base/duration: what is read is a length within bounds, and reads the same again. */
#include "fuzz.h"

#include "base/duration.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t ms = -1, again = -1;
    struct str text = str_of(data, size);

    if (!duration_parse(text, &ms))
        return 0;
    must(size > 0 && ms >= 0 && ms <= (int64_t)36525 * 86400000 && ms % 1000 == 0);
    must(duration_parse(text, &again) && again == ms);
    return 0;
}
