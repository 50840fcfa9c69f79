/*
 * err: why something failed. A code from one list (also the source of the names Lua
 * sees) and a sentence with the numbers in it.
 *
 * Functions that can fail return bool or a pointer and take a trailing `struct err *`,
 * which may be NULL. err_set returns false, so failing is one line.
 *
 * Layer: base.  Thread: any.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>

#define ERR_LIST(X)                                                                      \
    X(NONE, "none")           /* nothing failed */                                       \
    X(USAGE, "usage")         /* a command line or a call is wrong */                    \
    X(CONFIG, "config")       /* configuration or manifest */                            \
    X(ARGUMENT, "argument")   /* a value out of range or of the wrong type */            \
    X(PROTO, "proto")         /* bytes from outside that make no sense */                \
    X(LIMIT, "limit")         /* too large, too deep, too many, too fast */              \
    X(TIMEOUT, "timeout")     /* nobody answered in time */                              \
    X(CANCELLED, "cancelled") /* the waiting task was cancelled */                       \
    X(RELOADED, "reloaded")   /* ... because a new version of the plugin runs */         \
    X(CLOSED, "closed")       /* the thing was closed while waiting */                   \
    X(NETWORK, "network")     /* could not reach, or lost, the other side */             \
    X(TLS, "tls")             /* certificate or handshake */                             \
    X(TOKEN, "token")         /* token wrong, expired or not to be had */                \
    X(REFUSED, "refused")     /* the cloud said no: err.status has its number */         \
    X(DENIED, "denied")       /* a capability, grant or account right is missing */      \
    X(NOT_FOUND, "not_found")                                                            \
    X(EXISTS, "exists")                                                                  \
    X(STORAGE, "storage")         /* disk full, database locked or broken */             \
    X(PLUGIN, "plugin")           /* Lua code failed to load or raised */                \
    X(UNKNOWN, "unknown")         /* nobody can tell whether it happened */              \
    X(INTERRUPTED, "interrupted") /* run again after a crash, a task cannot go on */     \
    X(UNSUPPORTED, "unsupported")                                                        \
    X(INTERNAL, "internal")

enum err_code {
#define ERR_ENUM(name, word) ERR_##name,
    ERR_LIST(ERR_ENUM)
#undef ERR_ENUM
        ERR_COUNT
};

struct err {
    enum err_code code;
    int status; /* with ERR_REFUSED: RongCloud's number (wire.md D.3, server-api.md 6.3)
                 */
    char text[400];
};

/* Fills `err` (if any). Always false, which the compiler can see, so that it knows what
 * was not set on the way out. Text beyond the size is cut. */
#define err_set(err, ...) (err_fill((err), __VA_ARGS__), err_false())

/* The same with ERR_REFUSED and the cloud's number: err_refused(err, status, format,
 * ...). */
#define err_refused(err, ...) (err_fill_refused((err), __VA_ARGS__), err_false())

/* Puts "prefix: " before the text, for context: err_wrap(err, format, ...). Always false.
 */
#define err_wrap(err, ...) (err_fill_prefix((err), __VA_ARGS__), err_false())

/* "timeout" for ERR_TIMEOUT. */
const char *err_word(enum err_code code);

/* --- behind the macros --- */

void err_fill(struct err *err, enum err_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void err_fill_refused(struct err *err, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void err_fill_prefix(struct err *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static inline bool err_false(void)
{
    return false;
}

#endif
