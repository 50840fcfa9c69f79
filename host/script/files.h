/*
 * files: reads the small files plugins are made of, without following links.
 *
 * Layer: script.  Thread: loop thread only.
 */
#ifndef SCRIPT_FILES_H
#define SCRIPT_FILES_H

#include "base/buf.h"
#include "base/err.h"

/* Appends the content of a regular file of at most `max` bytes. ERR_NOT_FOUND when there
 * is none, else ERR_CONFIG with the path and the reason. `open_mode` (may be NULL) gets
 * the permission bits. Links are followed: the operator named this path. */
bool files_read(const char *path, size_t max, struct buf *out, unsigned *open_mode,
                struct err *err);

/* The same for `name` ("locale/zh-CN.lua") below `folder`; no part of `name` may be a
 * link, empty, "." or "..". */
bool files_read_below(const char *folder, const char *name, size_t max, struct buf *out,
                      struct err *err);

#endif
