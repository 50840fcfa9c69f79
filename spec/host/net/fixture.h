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

#include "../../support/wait.h"

static struct loop *loop;
static struct net *net;

#define WAIT_FOR(condition) WAIT_IN(loop, condition)

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
