/*
 * log: one line per event on standard error: time, level, room, plain words, key=value.
 *
 * error: someone must act; warn: recovered by itself; info: life cycle; debug: per
 * message. Tokens, secrets and message bodies never appear at info or above.
 *
 * Layer: base.  Thread: loop thread.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/err.h"
#include "base/str.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

enum log_room { LOG_BASE, LOG_NET, LOG_STORE, LOG_IM, LOG_SCRIPT, LOG_APP, LOG_SANDBOX };

/* "error", "warn", "info" or "debug"; false for any other word. */
bool log_level_parse(struct str word, enum log_level *out);
void log_set_level(enum log_level level); /* default: info */
bool log_enabled(enum log_level level);

/* Also hands each line (without the newline) to `sink`; NULL ends that. */
typedef void log_sink_fn(void *arg, enum log_level level, struct str line);
void log_set_sink(log_sink_fn *sink, void *arg);

void log_line(enum log_level level, enum log_room room, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define log_error(room, ...) log_line(LOG_ERROR, room, __VA_ARGS__)
#define log_warn(room, ...) log_line(LOG_WARN, room, __VA_ARGS__)
#define log_info(room, ...) log_line(LOG_INFO, room, __VA_ARGS__)
#define log_debug(room, ...)                                                             \
    (log_enabled(LOG_DEBUG) ? log_line(LOG_DEBUG, room, __VA_ARGS__) : (void)0)

#endif
