#include "script/serve.h"

#include "base/mem.h"
#include "net/server.h"
#include "script/convert.h"
#include "script/inside.h"
#include "script/quota.h"
#include "script/serve_answer.h"
#include "script/task.h"
#include "script/web_header.h"

#include <lauxlib.h>
#include <string.h>

#define TIME_MS 30000

struct route {
    struct route *next;
    int number, function_ref;
    char *path; /* "/hook" */
};

/* One request in the hands of a plugin. Lives as long as its task. */
struct served {
    struct instance *instance;
    struct server_request *request; /* NULL: answered, or the peer went away */
    struct loop_timer limit;
    uint64_t task;
    struct serve_answer answer;
};

/* "/BOT/PLUGIN/below" */
static void split_path(const struct server_request *request, struct str *plugin,
                       struct str *below)
{
    struct str rest = server_path(request), bot;
    str_split(&rest, '/', &bot); /* nothing: it begins with one */
    str_split(&rest, '/', &bot);
    *plugin = STR_NONE;
    str_split(&rest, '/', plugin);
    /* With its slash, which is in the path unless that ends with the plugin. */
    *below = rest.len > 0 ? str_of(rest.at - 1, rest.len + 1) : STR("/");
}

/* --- routes --- */

int serve_add(struct instance *instance, struct str path, int function_ref,
              struct err *err)
{
    size_t count = 0;
    struct route **link = &instance->routes;
    for (; *link; link = &(*link)->next, count++)
        if (str_eq(path, str_from((*link)->path))) {
            err_set(err, ERR_EXISTS, "path: %.*s is served already", STR_ARG(path));
            return 0;
        }
    if (!quota_check(QUOTA_ROUTES, count, err))
        return 0;
    struct route *route = MEM_NEW(struct route);
    route->number = ++instance->last_route;
    route->function_ref = function_ref;
    route->path = str_dup(path);
    *link = route;
    return route->number;
}

static void free_route(struct route **link)
{
    struct route *route = *link;
    *link = route->next;
    free(route->path);
    free(route);
}

int serve_off(struct instance *instance, int number)
{
    for (struct route **link = &instance->routes; *link; link = &(*link)->next) {
        if ((*link)->number != number)
            continue;
        int function_ref = (*link)->function_ref;
        free_route(link);
        return function_ref;
    }
    return LUA_NOREF;
}

void serve_clear(struct instance *instance)
{
    while (instance->routes)
        free_route(&instance->routes);
}

static const struct route *find_route(const struct instance *instance, struct str path)
{
    const struct route *best = NULL;
    size_t most = 0;
    for (const struct route *at = instance->routes; at; at = at->next) {
        struct str own = str_from(at->path);
        bool fits = str_ends(own, STR("/")) ? str_starts(path, own) : str_eq(path, own);
        if (fits && own.len > most) {
            best = at;
            most = own.len;
        }
    }
    return best;
}

/* --- one request --- */

static void push_query(lua_State *L, struct str query)
{
    struct buf name, value;
    buf_init(&name, query.len);
    buf_init(&value, query.len);
    lua_newtable(L);
    while (server_param_next(&query, &name, &value)) {
        push_str(L, buf_str(&name));
        push_str(L, buf_str(&value));
        lua_rawset(L, -3);
    }
    buf_clear(&name);
    buf_clear(&value);
}

/* A task_push_fn: { method, path, query, headers, body }. Held: what libc allocates in
 * here may not be left behind. */
static int push_request(lua_State *L, void *arg)
{
    struct served *served = arg;
    const struct server_request *request = served->request;
    struct str plugin, below;
    split_path(request, &plugin, &below);
    served->task = served->instance->last_task;
    guard_hold();
    lua_createtable(L, 0, 5);
    push_str(L, server_method(request));
    lua_setfield(L, -2, "method");
    push_str(L, below);
    lua_setfield(L, -2, "path");
    push_query(L, server_query(request));
    lua_setfield(L, -2, "query");
    web_header_push(L, server_header_lines(request));
    lua_setfield(L, -2, "headers");
    push_str(L, server_body(request));
    lua_setfield(L, -2, "body");
    guard_release();
    return 1;
}

static void refuse(struct server_request *request, int status)
{
    struct str text = status == 404   ? STR("nothing is served here\n")
                      : status == 503 ? STR("busy or being started, try again\n")
                      : status == 504 ? STR("the plugin took too long\n")
                                      : STR("the plugin failed\n");
    server_reply(request, status, "text/plain", NULL, text);
}

static void refuse_served(struct served *served, int status)
{
    struct server_request *request = served->request;
    served->request = NULL;
    if (request)
        refuse(request, status);
}

static void on_late(void *arg)
{
    struct served *served = arg;
    struct task *task = task_find(served->instance, served->task);
    instance_report(served->instance, STR_NONE,
                    STR("took more than 30 s to answer a request"));
    refuse_served(served, 504);
    if (task)
        task_cancel(task, ERR_TIMEOUT, "the request took too long");
}

/* A task_take_fn */
static void take_answer(lua_State *L, int count, void *arg)
{
    struct served *served = arg;
    serve_answer_take(&served->answer, L, count);
}

static void on_ended(void *arg, struct str result, const struct err *why)
{
    struct served *served = arg;
    struct serve_answer *answer = &served->answer;
    (void)result;
    served->instance->served_count--;
    if (!why && answer->problem.code != ERR_NONE) {
        instance_report(served->instance, STR_NONE, str_from(answer->problem.text));
        refuse_served(served, 500);
    } else if (why) {
        refuse_served(served,
                      why->code == ERR_CANCELLED || why->code == ERR_LIMIT ? 503 : 500);
    } else if (served->request) {
        serve_answer_send(answer, served->request);
    }
    loop_timer_stop(served->instance->runtime->loop, &served->limit);
    serve_answer_clear(answer);
    free(served);
}

static void serve_by(struct instance *instance, const struct route *route,
                     struct server_request *request)
{
    struct served *served = MEM_NEW(struct served);
    served->instance = instance;
    served->request = request;
    serve_answer_init(&served->answer);
    server_set_request_data(request, served);
    instance->served_count++;
    loop_timer_start(instance->runtime->loop, &served->limit, TIME_MS, on_late, served);
    struct task_start start = {
        .function_ref = route->function_ref,
        .push = push_request,
        .arg = served,
        .take = take_answer,
        .ended = on_ended,
        .ended_arg = served,
    };
    task_start(instance, &start);
}

void script_serve(struct script *script, struct server_request *request)
{
    struct str name, below;
    split_path(request, &name, &below);
    const struct plugin *plugin = script_find(script, name);
    const struct route *route =
        plugin && plugin->live ? find_route(plugin->live, below) : NULL;
    if (plugin && !plugin->live)
        refuse(request, 503);
    else if (!route)
        refuse(request, 404);
    else if (plugin->live->served_count >= QUOTA_SERVED_MAX)
        refuse(request, 503);
    else
        serve_by(plugin->live, route, request);
}

void script_serve_gone(struct server_request *request)
{
    struct served *served = server_request_data(request);
    if (served)
        served->request = NULL;
}
