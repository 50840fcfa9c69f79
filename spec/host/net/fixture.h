/* What the tests of this room share: a loop, a net, and waiting for something to come
 * true. The clock is frozen, so no deadline passes unless a test moves it. */
#ifndef SPEC_NET_FIXTURE_H
#define SPEC_NET_FIXTURE_H

#include "base/clock.h"
#include "base/mem.h"
#include "net/net.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct loop *loop;
static struct net *net;

/* Turns the loop until `condition`; fails after ten seconds of real time. */
#define WAIT_FOR(condition)                                                              \
    do {                                                                                 \
        int64_t wait_end = clock_real_ms() + 10000;                                      \
        while (!(condition)) {                                                           \
            if (clock_real_ms() > wait_end)                                              \
                fail_msg("never came true: %s", #condition);                             \
            loop_turn(loop, 100);                                                        \
        }                                                                                \
    } while (0)

static int open_net_with(const char *ca_file)
{
    struct err err = { 0 };

    clock_freeze(true);
    loop = loop_new(&err);
    net = loop != NULL ? net_new(loop, ca_file, &err) : NULL;
    if (net == NULL)
        print_error("%s\n", err.text);
    return net == NULL;
}

static int close_net(void **state)
{
    (void)state;
    net_free(net);
    loop_free(loop);
    clock_freeze(false);
    return 0;
}

#endif
