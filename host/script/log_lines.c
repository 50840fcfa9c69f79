#include "script/log_lines.h"

#include "base/clock.h"

#define LINES_MAX 100
#define WINDOW_MS 1000

void log_lines_write(struct instance *instance, enum log_level level, struct str text)
{
    unsigned dropped;
    guard_hold();
    if (log_enabled(level) &&
        rate_pass(&instance->log_rate, clock_mono_ms(), LINES_MAX, WINDOW_MS, &dropped)) {
        if (dropped > 0)
            log_warn(LOG_SCRIPT, "bot=%s plugin=%s %u lines left out",
                     instance->runtime->bot, instance->version->name, dropped);
        log_line(level, LOG_SCRIPT, "bot=%s plugin=%s %.*s", instance->runtime->bot,
                 instance->version->name, STR_ARG(text));
    }
    guard_release();
}
