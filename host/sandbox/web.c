#include "sandbox/web.h"

#include "base/mem.h"
#include "sandbox/appserver.h"
#include "sandbox/control.h"
#include "sandbox/faults.h"
#include "sandbox/files.h"
#include "sandbox/navi.h"
#include "sandbox/rest.h"

/* Of anything but a file. */
#define BODY_MAX ((size_t)1 << 20)

/* A request with a fault on it: handled when the timer is due, handled without an answer,
 * or never answered. */
struct web_job {
    struct sandbox *box;
    struct server_request *request;
    struct loop_timer timer;
};

struct str web_path(struct sandbox *box, struct server_request *request)
{
    struct str raw = server_path(request);
    char *path = arena_alloc(&box->arena, raw.len + 1);
    size_t len = 0;
    if (!path)
        return STR_NONE;
    for (size_t i = 0; i < raw.len; i++) {
        if (raw.at[i] != '/' || i == 0 || raw.at[i - 1] != '/')
            path[len++] = raw.at[i];
    }
    return str_of(path, len);
}

static bool is_control(struct str path)
{
    return str_starts(path, STR("/_sandbox/"));
}

static void handle(struct sandbox *box, struct server_request *request)
{
    arena_reset(&box->arena);
    struct str path = web_path(box, request);
    if (is_control(path))
        control_answer(box, request, path);
    else if (navi_serves(path))
        navi_answer(box, request, path);
    else if (files_serves(path))
        files_answer(box, request, path);
    else if (appserver_serves(path))
        appserver_answer(box, request, path);
    else
        rest_answer(box, request, path);
}

static void free_job(struct web_job *job)
{
    loop_timer_stop(job->box->loop, &job->timer);
    server_set_request_data(job->request, NULL);
    free(job);
}

static void job_due(void *arg)
{
    struct web_job *job = arg;
    struct sandbox *box = job->box;
    struct server_request *request = job->request;
    free_job(job);
    handle(box, request);
}

static struct web_job *start_job(struct sandbox *box, struct server_request *request)
{
    struct web_job *job = MEM_NEW(struct web_job);
    job->box = box;
    job->request = request;
    server_set_request_data(request, job);
    return job;
}

void web_gone(struct sandbox *box, struct server_request *request)
{
    struct web_job *job = server_request_data(request);
    (void)box;
    if (job)
        free_job(job);
}

void web_reply(struct sandbox *box, struct server_request *request, int status,
               const char *content_type, const struct server_header_pair *headers,
               struct str body)
{
    struct web_job *job = server_request_data(request);
    (void)box;
    if (!job) {
        server_reply(request, status, content_type, headers, body);
        return;
    }
    free_job(job);
    server_drop(request);
}

static void misbehave(struct sandbox *box, struct server_request *request,
                      const struct fault *fault)
{
    struct web_job *job;
    switch (fault->action) {
    case FAULT_DELAY_MS:
        job = start_job(box, request);
        loop_timer_start(box->loop, &job->timer, fault->value, job_due, job);
        break;
    case FAULT_CUT_AT_BYTE:
        start_job(box, request);
        handle(box, request);
        break;
    case FAULT_DROP:
        start_job(box, request);
        break;
    case FAULT_STATUS:
        rest_refuse(box, request, 200, (int)fault->value);
        break;
    case FAULT_HTTP_STATUS:
        rest_refuse(box, request, (int)fault->value, fault->value == 429 ? 1008 : 1000);
        break;
    default:
        server_drop(request);
    }
}

void web_request(struct sandbox *box, struct server_request *request)
{
    struct fault fault;
    arena_reset(&box->arena);
    struct str path = web_path(box, request);
    if (server_body(request).len > BODY_MAX && !files_serves(path)) {
        rest_refuse(box, request, 413, 1000);
        return;
    }
    bool navi = navi_serves(path), file = files_serves(path);
    bool preflight = str_eq(server_method(request), STR("OPTIONS"));
    struct fault_site site = {
        .when = navi ? FAULT_NAVI : FAULT_HTTP,
        .user = navi   ? navi_user(box, request)
                : file ? STR_NONE
                       : rest_user(box, request),
        .path = path,
    };
    if (is_control(path) || preflight || str_eq(path, STR("/ping")) ||
        !faults_take(box->faults, &site, &fault))
        handle(box, request);
    else
        misbehave(box, request, &fault);
}
