#include "script/log_lines.h"

#include "base/clock.h"
#include "script/quota.h"

#define WINDOW_MS 1000

void log_lines_write(struct instance *instance, enum log_level level, struct str text)
{
    unsigned dropped;
    bool cut = text.len > QUOTA_LOG_LINE_BYTES_MAX;
    guard_hold();
    if (log_enabled(level) && rate_pass(&instance->log_rate, clock_mono_ms(),
                                        QUOTA_LOG_LINES_MAX, WINDOW_MS, &dropped)) {
        if (dropped > 0)
            log_warn(LOG_SCRIPT, "bot=%s plugin=%s %u lines left out",
                     instance->runtime->bot, instance->version->name, dropped);
        log_line(level, LOG_SCRIPT, "bot=%s plugin=%s %.*s%s", instance->runtime->bot,
                 instance->version->name,
                 STR_ARG(str_cut_utf8(text, QUOTA_LOG_LINE_BYTES_MAX)), cut ? "…" : "");
    }
    guard_release();
}
