/*
 * duration: "30s", "10m", "3h", "2d", "1w", joined ("1d12h"), or a plain number of
 * seconds.
 *
 * Layer: base.  Thread: any.
 */
#ifndef BASE_DURATION_H
#define BASE_DURATION_H

#include "base/str.h"

/* False for anything else, for an empty text and above 100 years. */
bool duration_parse(struct str text, int64_t *ms);

#endif
