/*
 * log_lines: what plugins write to the log: prefixed with bot and plugin, one line each,
 * cut at 4 KiB, at most 100 in a second (quota.h); how many were left out is said with
 * the next.
 *
 * Private to this room.  Layer: script.
 */
#ifndef SCRIPT_LOG_LINES_H
#define SCRIPT_LOG_LINES_H

#include "base/log.h"
#include "script/instance.h"

void log_lines_write(struct instance *instance, enum log_level level, struct str text);

#endif
