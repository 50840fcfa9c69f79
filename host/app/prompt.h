/*
 * prompt: lines typed by a person at a terminal, with editing, history and completion
 * (libedit). The history is kept in memory only: what is typed may hold secrets.
 *
 * Layer: app.  Thread: one at a time; blocks.
 */
#ifndef APP_PROMPT_H
#define APP_PROMPT_H

#include "base/buf.h"

#include <stdio.h>

struct prompt;

/* Appends what the end of `before` (the line up to the cursor) may become, a candidate a
 * line; each begins with the last `*len` bytes of `before`. */
typedef void prompt_complete_fn(void *arg, struct str before, struct buf *candidates,
                                size_t *len);

enum prompt_result {
    PROMPT_LINE,
    PROMPT_DROPPED, /* Ctrl-C: what was typed does not count */
    PROMPT_END,     /* Ctrl-D, or the terminal is gone */
};

/* NULL when `in` or `out` is not a terminal. Both are borrowed. */
struct prompt *prompt_open(FILE *in, FILE *out, prompt_complete_fn *complete, void *arg);
void prompt_close(struct prompt *prompt); /* NULL is fine */

/* Shows `label` and reads one line, without its newline, into `line` (emptied before). */
enum prompt_result prompt_read(struct prompt *prompt, const char *label,
                               struct buf *line);

#endif
