#include "base/log.h"

#include "base/clock.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 4096 + 256 }; /* a plugin may say 4 KiB */

static const char *const levels[] = { "error", "warn", "info", "debug" };
static const char *const rooms[] = { "base",   "net", "store",  "im",
                                     "script", "app", "sandbox" };

static enum log_level shown = LOG_INFO;
static log_sink_fn *sink_fn;
static void *sink_arg;

bool log_level_parse(struct str word, enum log_level *out)
{
    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
        if (str_eq(word, str_from(levels[i]))) {
            *out = (enum log_level)i;
            return true;
        }
    }
    return false;
}

void log_set_level(enum log_level level)
{
    shown = level;
}

bool log_enabled(enum log_level level)
{
    return level <= shown;
}

void log_set_sink(log_sink_fn *sink, void *arg)
{
    sink_fn = sink;
    sink_arg = arg;
}

static size_t add_time(char *out, size_t size)
{
    int64_t now = clock_wall_ms();
    time_t seconds = (time_t)(now / 1000);
    struct tm parts;
    gmtime_r(&seconds, &parts);
    size_t len = strftime(out, size, "%Y-%m-%dT%H:%M:%S", &parts);
    return len + (size_t)snprintf(out + len, size - len, ".%03dZ", (int)(now % 1000));
}

void log_line(enum log_level level, enum log_room room, const char *format, ...)
{
    if (!log_enabled(level))
        return;
    char line[LINE_MAX_BYTES + 1];
    size_t len = add_time(line, LINE_MAX_BYTES);
    len += (size_t)snprintf(line + len, LINE_MAX_BYTES - len, " %-5s %s ", levels[level],
                            rooms[room]);
    va_list args;
    va_start(args, format);
    int text = vsnprintf(line + len, LINE_MAX_BYTES - len, format, args);
    va_end(args);
    size_t start = len;
    if (text > 0)
        len +=
            (size_t)text < LINE_MAX_BYTES - len ? (size_t)text : LINE_MAX_BYTES - len - 1;
    /* One event is one line, and nothing from outside drives the terminal. */
    str_blank_controls(line + start, len - start);
    struct str whole = str_cut_utf8(str_of(line, len), len);
    line[whole.len] = '\n';
    ssize_t written = write(STDERR_FILENO, line, whole.len + 1);
    (void)written; /* there is nowhere else to complain */
    if (sink_fn != NULL)
        sink_fn(sink_arg, level, whole);
}
