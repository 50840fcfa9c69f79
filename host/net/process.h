/*
 * process: a child program with its output read line by line. A line longer than 1 MiB
 * comes in pieces.
 *
 * Layer: net.  Thread: loop thread only.
 */
#ifndef NET_PROCESS_H
#define NET_PROCESS_H

#include "base/str.h"
#include "net/loop.h"

struct process;

enum process_stream { PROCESS_OUT, PROCESS_ERR };

struct process_events {
    void (*on_line)(void *arg, enum process_stream stream,
                    struct str line); /* no newline */
    /* Exactly once, after the last line; then only process_close and process_id may be
     * called. `signal` 0 when it exited by itself. Output of others it left behind is not
     * waited for. */
    void (*on_exited)(void *arg, int status, int signal);
};

struct process_options {
    const char *const *argv; /* NULL-terminated; argv[0] is searched in PATH */
    const char *const *env;  /* "NAME=value", added to ours; may be NULL */
    bool env_only;           /* `env` is all it gets, nothing of ours */
    const char *folder;      /* NULL: ours */
    bool inherit;            /* stdin, stdout and stderr are ours, no lines are read */
    bool own_session;        /* setsid: signals of the terminal do not reach it, and what
                                it started itself is killed with it */
    const char *file;        /* the program, when argv[0] is only its shown name */
    const int *pass;         /* become its file descriptors 3, 4 ... */
    size_t pass_count;       /* at most PROCESS_PASS_MAX */
};

#define PROCESS_PASS_MAX 5

/* NULL with ERR_NOT_FOUND: there is no such program; ERR_DENIED: it may not be run. */
struct process *process_start(struct loop *loop, const struct process_options *options,
                              const struct process_events *events, void *arg,
                              struct err *err);
int process_id(const struct process *process);
bool process_write(struct process *process, struct str bytes); /* to its stdin; copied */
void process_end_input(struct process *process);
bool process_signal(struct process *process, int signal);

/* Frees it; also inside a callback. A child that still runs is killed and reaped;
 * on_exited is not called. */
void process_close(struct process *process);

#endif
