/* What the tests of bot.http share: a room whose requests are real, a server, and a
 * plugin that is asked to run code. */
#ifndef SPEC_SCRIPT_WEB_FIXTURE_H
#define SPEC_SCRIPT_WEB_FIXTURE_H

#include "../../support/script_room.h"
#include "../../support/wait.h"

#include "base/clock.h"
#include "base/mem.h"
#include "net/server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define MIB ((size_t)1 << 20)

static struct room *room;
static struct server *server;
static struct server_request *held[16];
static size_t held_count, gone_count;
static char seen[8192]; /* what arrived, a line each */

#define WAIT_FOR(condition) WAIT_IN(room->loop, condition)

/* --- the server: /STATUS?to=ADDRESS redirects --- */

static void on_request(void *arg, struct server_request *request)
{
    struct str path = server_path(request);
    struct server_header_pair headers[] = {
        { "X-Two", "a" }, { "X-Two", "b" }, { 0 }, { 0 }
    };
    struct buf to, text;
    int64_t status = 200;
    (void)arg;
    size_t len = strlen(seen);
    snprintf(
        seen + len, sizeof(seen) - len,
        "%.*s %.*s?%.*s auth=%.*s cookie=%.*s type=%.*s %.*s\n",
        STR_ARG(server_method(request)), STR_ARG(path), STR_ARG(server_query(request)),
        STR_ARG(server_header(request, "authorization")),
        STR_ARG(server_header(request, "cookie")),
        STR_ARG(server_header(request, "content-type")), STR_ARG(server_body(request)));
    if (str_eq(path, STR("/hold"))) {
        held[held_count++] = request;
        return;
    }
    buf_init(&to, 2000);
    buf_init(&text, 4 * MIB);
    str_to_i64(str_sub(path, 1, 3), &status);
    if (server_param(server_query(request), "to", &to))
        headers[2] = (struct server_header_pair){ "Location", to.at };
    if (str_eq(path, STR("/huge"))) {
        assert_true(buf_reserve(&text, MIB + 1));
        memset(text.at, 'x', MIB + 1);
        text.len = MIB + 1;
    } else {
        buf_add_str(&text, STR("{\"n\":7}"));
    }
    server_reply(request, (int)status, "application/json", headers, buf_str(&text));
    buf_clear(&text);
    buf_clear(&to);
}

static void on_request_gone(void *arg, struct server_request *request)
{
    (void)arg;
    for (size_t i = 0; i < held_count; i++)
        if (held[i] == request)
            held[i] = NULL;
    gone_count++;
}

static struct server *open_server(const char *cert, const char *key)
{
    static const struct server_events events = { .on_request = on_request,
                                                 .on_request_gone = on_request_gone };
    struct server_options options = { .host = STR("127.0.0.1"),
                                      .cert = cert,
                                      .key = key };
    struct err err = { 0 };
    struct server *opened = server_open(room->net, &options, &events, NULL, &err);
    if (!opened)
        fail_msg("%s", err.text);
    return opened;
}

static int set_up(void **state)
{
    (void)state;
    seen[0] = '\0';
    held_count = gone_count = 0;
    room = room_new(0, 5000);
    room_open_web(room, NULL);
    server = open_server(NULL, NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    if (server)
        server_close(server);
    room_free(room);
    return 0;
}

/* --- the plugin; @ in its grants is the server's port --- */

static inline void load(const char *grants)
{
    char all[512];
    size_t len = 0;
    for (; *grants; grants++)
        if (*grants == '@')
            len +=
                (size_t)snprintf(all + len, sizeof(all) - len, "%d", server_port(server));
        else
            all[len++] = *grants;
    all[len] = '\0';
    room_load(room, "p", "bot = ...", all);
}

struct asked {
    char text[8192];
    int calls;
};

static void on_asked(void *arg, struct str result, const struct err *why)
{
    struct asked *asked = arg;
    asked->calls++;
    snprintf(asked->text, sizeof(asked->text), "%s%.*s", why ? "error: " : "",
             why ? (int)strlen(why->text) : (int)result.len, why ? why->text : result.at);
}

static const char *asked_plugin = "p";

static void start_asking(struct asked *asked, const char *code)
{
    char whole[4096];
    memset(asked, 0, sizeof(*asked));
    snprintf(whole, sizeof(whole), "port = %d base = 'http://127.0.0.1:' .. port\n%s",
             server_port(server), code);
    script_eval(room->script, SCRIPT_EVAL_LINE, str_from(asked_plugin), str_from(whole),
                on_asked, asked);
}

static const char *ask(const char *code)
{
    static struct asked asked;
    start_asking(&asked, code);
    WAIT_FOR(asked.calls == 1);
    return asked.text;
}

static void expect(const char *code, const char *part)
{
    const char *got = ask(code);
    if (!strstr(got, part))
        fail_msg("%s\ngives   %s\nnot     %s", code, got, part);
}

static inline void expect_seen(const char *part)
{
    if (!strstr(seen, part))
        fail_msg("arrived\n%s\nnot %s", seen, part);
}

#endif
