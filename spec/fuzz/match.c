/* script/limits_match: any pattern on any text ends, and what it finds lies in the text.
 * The pattern ends at the first zero. */
#include "fuzz.h"

#include "script/limits_match.h"

#include <string.h>

static void check_captures(const struct match *match, struct str text)
{
    must(match->level >= 0 && match->level <= MATCH_CAPTURES);
    for (int i = 0; i < match->level; i++) {
        const struct match_capture *capture = &match->captures[i];
        must(capture->at >= text.at && capture->at <= text.at + text.len);
        must(capture->len >= MATCH_POSITION);
        must(capture->len <= text.at + text.len - capture->at);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *zero = size > 0 ? memchr(data, 0, size) : NULL;
    size_t len = zero ? (size_t)(zero - data) : size;
    struct str pattern = str_of(data, len);
    struct str text = zero ? str_of(zero + 1, size - len - 1) : str_of(data, 0);
    struct match match;
    if (size == 0)
        return 0;
    match_start(&match, text, pattern, false);
    const char *at = text.at, *last = NULL, *start, *end;
    while ((end = match_find(&match, at, last, &start))) {
        must(!match.fault);
        must(start >= at && end >= start && end <= text.at + text.len && end != last);
        check_captures(&match, text);
        at = last = end;
        if (match.anchored)
            break;
    }
    match_is_plain(pattern);
    return 0;
}
