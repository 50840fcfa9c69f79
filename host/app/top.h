/*
 * top: what `ctl top` prints: the plugins of all bots, the busiest first.
 *
 * Layer: app.  Thread: loop thread only.
 */
#ifndef APP_TOP_H
#define APP_TOP_H

#include "base/json.h"

/* `bots` as in the answer to "status". */
void top_print(const struct json *bots);

#endif
