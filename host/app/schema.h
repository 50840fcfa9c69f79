/*
 * schema: which keys a configuration may have, and of what kind.
 *
 * Layer: app.  Thread: any.
 */
#ifndef APP_SCHEMA_H
#define APP_SCHEMA_H

#include "base/buf.h"
#include "script/data.h"

enum schema_kind {
    SCHEMA_STRING,
    SCHEMA_BOOL,
    SCHEMA_COUNT,    /* a whole number, 0 or more */
    SCHEMA_DURATION, /* "10m" or seconds */
    SCHEMA_STRINGS,  /* a list of strings */
    SCHEMA_TABLE,    /* the keys of `rows` */
    SCHEMA_NAMED,    /* any names, each a table with the keys of `rows` */
    SCHEMA_ANY,
};

struct schema_row {
    const char *name; /* ends the list when NULL */
    enum schema_kind kind;
    bool required;
    const struct schema_row *rows;
    const char *words; /* SCHEMA_STRING: "a|b" when only these are allowed */
};

/* Appends one line per mistake; true when there was none. */
bool schema_check(const struct data *data, const struct schema_row *rows,
                  struct buf *problems);

/* Appends "FILE:LINE: KEY: text". */
void schema_problem(const struct data *data, const char *key_path, struct buf *problems,
                    const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
