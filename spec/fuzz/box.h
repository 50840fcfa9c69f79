/*
 * box: one sandbox for all inputs of a target, emptied before each.
 */
#ifndef SPEC_FUZZ_BOX_H
#define SPEC_FUZZ_BOX_H

#include "fuzz.h"

#include "base/clock.h"
#include "sandbox/rest.h"
#include "sandbox/sandbox.h"

#define FORM STR("application/x-www-form-urlencoded")

static inline struct sandbox *empty_box(void)
{
    static struct sandbox *box;
    if (!box) {
        struct loop *loop = loop_new(NULL);
        struct net *net = net_new(loop, NULL, NULL);
        struct sandbox_options options = {
            .host = STR("127.0.0.1"),
            .app_key = STR("key"),
            .app_secret = STR("secret"),
            .notices = true,
        };
        box = sandbox_open(net, &options, NULL);
        must(box);
    }
    box_reset(box);
    arena_reset(&box->arena);
    return box;
}

/* A call of the Server API: whether it was done; else there is a reason. */
static inline bool call(struct sandbox *box, const char *path, struct str type,
                        struct str body)
{
    struct call one = { .box = box, .path = str_from(path), .now = clock_wall_ms() };
    one.answer = json_object();
    bool done = rest_run(&one, type, body);
    if (!done)
        must(one.http >= 400 && one.code >= 400 && one.why[0] != '\0');
    json_free(one.answer);
    arena_reset(&box->arena);
    return done;
}

#endif
