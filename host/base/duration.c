#include "base/duration.h"

#define DAY_MS 86400000LL
#define MOST_MS (36525LL * DAY_MS)

static int64_t unit_ms(char unit)
{
    switch (unit) {
    case 's':
        return 1000;
    case 'm':
        return 60000;
    case 'h':
        return 3600000;
    case 'd':
        return DAY_MS;
    case 'w':
        return 7 * DAY_MS;
    default:
        return 0;
    }
}

bool duration_parse(struct str text, int64_t *ms)
{
    int64_t total = 0;
    size_t at = 0;
    while (at < text.len) {
        int64_t number = 0;
        size_t start = at;
        while (at < text.len && text.at[at] >= '0' && text.at[at] <= '9') {
            number = number * 10 + (text.at[at] - '0');
            at++;
            if (number > MOST_MS)
                return false;
        }
        if (at == start)
            return false;
        bool plain = at == text.len && start == 0;
        int64_t unit = plain ? 1000 : at < text.len ? unit_ms(text.at[at]) : 0;
        at++;
        if (unit == 0 || number > MOST_MS / unit)
            return false;
        total += number * unit;
        if (total > MOST_MS)
            return false;
    }
    *ms = total;
    return text.len > 0;
}
