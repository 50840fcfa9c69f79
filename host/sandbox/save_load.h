/*
 * save_load: reading the rows of `--data FILE` back.
 *
 * Layer: sandbox, private to save.
 */
#ifndef SANDBOX_SAVE_LOAD_H
#define SANDBOX_SAVE_LOAD_H

#include "sandbox/box.h"
#include "store/sandbox_rows.h"

struct save {
    struct sandbox_rows *rows;
    struct loop_hook hook;
    struct buf text; /* one row */
};

/* Fills the empty box. ERR_STORAGE names the row that makes no sense. */
bool save_load(struct sandbox *box, struct sandbox_rows *rows, struct err *err);

#endif
