#include "app/ctl_inside.h"

#include "base/mem.h"
#include "base/must.h"
#include "net/lines.h"
#include "net/loop.h"

#include <stdio.h>
#include <sys/un.h>

bool ctl_path(char *out, size_t size, const char *state, struct err *err)
{
    int len = snprintf(out, size, "%s/ctl.sock", state);
    size_t most = sizeof(((struct sockaddr_un *)0)->sun_path);
    if (len < 0 || (size_t)len >= size || (size_t)len >= most) {
        return err_set(err, ERR_CONFIG, "state: %s/ctl.sock is longer than %zu bytes",
                       state, most - 1);
    }
    return true;
}

void ctl_answer(struct peer *peer, struct json *body)
{
    if (peer->asked_once)
        peer->ctl->options.on_answer(peer->ctl->options.arg, peer->id, body);
    else if (peer->lines)
        answer_send(peer->lines, body);
    json_free(body);
}

static void free_peer(struct peer *peer)
{
    struct peer **link = &peer->ctl->peers;
    while (*link != peer)
        link = &(*link)->next;
    *link = peer->next;
    free(peer);
}

void ctl_end_work(struct peer *peer)
{
    peer->work--;
    if (!peer->lines && peer->work == 0)
        free_peer(peer);
}

void ctl_reconfigured(struct ctl *ctl, struct str report, const struct err *why)
{
    struct peer *next;
    for (struct peer *peer = ctl->peers; peer; peer = next) {
        next = peer->next;
        for (int left = peer->asked; left > 0; left--) {
            ctl_answer(peer, answer_reconfigured(report, why));
            peer->asked--;
            ctl_end_work(peer); /* the last one may free it */
        }
    }
}

static void *on_opened(void *arg, struct lines *lines)
{
    struct ctl *ctl = arg;
    struct peer *peer = MEM_NEW(struct peer);
    peer->ctl = ctl;
    peer->lines = lines;
    peer->next = ctl->peers;
    ctl->peers = peer;
    return peer;
}

void ctl_ask(struct ctl *ctl, int64_t id, const struct json *body)
{
    struct peer *peer = on_opened(ctl, NULL);
    peer->asked_once = true;
    peer->id = id;
    peer->work++;
    ctl_obey(peer, body);
    ctl_end_work(peer);
}

static void on_line(void *arg, struct str line)
{
    struct peer *peer = arg;
    struct err err = { 0 };
    struct json *body = json_parse(line, &err);
    if (!body) {
        err_wrap(&err, "request");
        ctl_answer(peer, answer_failure(&err, STR_NONE));
        return;
    }
    ctl_obey(peer, body);
    json_free(body);
}

static void on_closed(void *arg, const struct err *why)
{
    struct peer *peer = arg;
    (void)why;
    lines_close(peer->lines);
    peer->lines = NULL;
    if (peer->work == 0)
        free_peer(peer);
}

static bool listen_below(struct ctl *ctl, const char *state, struct err *err)
{
    static const struct lines_server_events events = {
        .on_opened = on_opened,
        .stream = { .on_line = on_line, .on_closed = on_closed },
    };
    char path[4096];
    if (!ctl_path(path, sizeof(path), state, err))
        return false;
    ctl->server = lines_listen(worker_loop(ctl->worker), path, &events, ctl, err);
    return ctl->server != NULL;
}

struct ctl *ctl_open(struct worker *worker, const struct ctl_options *options,
                     struct err *err)
{
    struct ctl *ctl = MEM_NEW(struct ctl);
    ctl->worker = worker;
    ctl->options = *options;
    if (options->state && !listen_below(ctl, options->state, err)) {
        free(ctl);
        return NULL;
    }
    return ctl;
}

/* The bots are closed by now, and with them every eval ended. */
void ctl_close(struct ctl *ctl)
{
    ctl_end_rolls(ctl);
    if (ctl->server)
        lines_server_close(ctl->server);
    while (ctl->peers) {
        struct peer *peer = ctl->peers;
        must(peer->work == peer->asked);
        ctl->peers = peer->next;
        free(peer);
    }
    free(ctl);
}
