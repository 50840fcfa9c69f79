/* The web of a script_room: real servers, or an answer that is always the same. */
#include "script_room.h"

#include "base/mem.h"
#include "base/must.h"

struct room_request {
    struct room *room;
    http_done_fn *done;
    void *arg;
};

static void answer_request(void *arg)
{
    struct room_request request = *(struct room_request *)arg;
    free(arg);
    request.room->request = NULL;
    request.done(request.arg, &request.room->web, NULL);
}

static void *web_start(void *arg, const struct http_request *request, http_done_fn *done,
                       void *done_arg, struct err *err)
{
    struct room *room = arg;
    if (room->net)
        return http_start(room->net, request, done, done_arg, err);
    room_note(room, "http %s %.*s %.*s", request->method, STR_ARG(request->url),
              STR_ARG(request->body));
    for (size_t i = 0; i < request->header_count; i++)
        room_note(room, "header %.*s", STR_ARG(request->headers[i]));
    must(!room->request);
    room->request = MEM_NEW(struct room_request);
    *room->request = (struct room_request){ room, done, done_arg };
    loop_defer(room->loop, answer_request, room->request);
    return room->request;
}

static void web_cancel(void *arg, void *call)
{
    struct room *room = arg;
    if (room->net) {
        http_cancel(call);
        return;
    }
    loop_defer_cancel(room->loop, answer_request, call);
    room->request = NULL;
    free(call);
}

void room_open_web(struct room *room, const char *ca_file)
{
    struct err err = { 0 };
    room->net = net_new(room->loop, ca_file, &err);
    must(room->net);
}

struct script_web room_web(struct room *room)
{
    return (struct script_web){ room, web_start, web_cancel };
}
