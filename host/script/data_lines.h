/*
 * data_lines: where in a Lua source each key of its returned table was written.
 *
 * A light scan of the source, not an evaluation: it follows the table constructor after
 * the last `return` of the file. Keys made by code are not found; the nearest enclosing
 * table is.
 *
 * Layer: script.  Thread: any, one at a time.
 */
#ifndef SCRIPT_DATA_LINES_H
#define SCRIPT_DATA_LINES_H

#include "base/str.h"

struct data_lines;

/* `source` is text that Lua accepted; it is not needed afterwards. */
struct data_lines *data_lines_new(struct str source);
void data_lines_free(struct data_lines *lines); /* NULL is fine */

/* The line of "bots.demo.owners[1]", else of the nearest enclosing key; at least 1. */
int data_lines_find(const struct data_lines *lines, struct str key_path);

/* The order in which that very key was written; SIZE_MAX when it was not found. */
size_t data_lines_order(const struct data_lines *lines, struct str key_path);

#endif
