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

/* Opens such a file to be read, of any size. -1 with ERR_NOT_FOUND and the name when
 * there is none, when it is a link or no regular file. */
int files_open_below(const char *folder, const char *name, int64_t *size,
                     struct err *err);

/* Calls `fn` for every file "a/b.lua" below `folder`, in order of name; not for links,
 * hidden files and what lies more than four folders deep or below `leave_out` ("spec/").
 * False with ERR_CONFIG when there are more than `max` or a folder cannot be read, and
 * when `fn` gives false. */
typedef bool files_fn(void *arg, const char *name, struct err *err);
bool files_each_lua(const char *folder, const char *leave_out, size_t max, files_fn *fn,
                    void *arg, struct err *err);

#endif
