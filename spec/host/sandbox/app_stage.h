/*
 * app_stage: calls of the App Server, with the cookie of whoever logged in last.
 */
#ifndef SPEC_SANDBOX_APP_STAGE_H
#define SPEC_SANDBOX_APP_STAGE_H

#include "stage.h"

static char cookie[400];

static inline void app_done(void *arg, const struct http_answer *answer,
                            const struct err *why)
{
    struct str headers = answer ? answer->headers : STR_NONE, line, name;
    while (str_split(&headers, '\n', &line))
        if (str_split(&line, ':', &name) && str_eq_nocase(name, STR("Set-Cookie")) &&
            str_split(&line, ';', &name))
            snprintf(cookie, sizeof cookie, "Cookie: %.*s", STR_ARG(str_trim(name)));
    http_done(arg, answer, why);
}

/* A call with the cookie of the latest log-in; gives the HTTP status. */
static inline int app(const char *method, const char *path, const char *body)
{
    static struct http_wait wait;
    char url[200];
    struct err err = { 0 };
    const struct str headers[] = { STR("Content-Type: application/json"),
                                   str_from(cookie) };
    snprintf(url, sizeof url, "http://127.0.0.1:%d%s", stage.port, path);
    const struct http_request request = {
        .method = method,
        .url = str_from(url),
        .headers = headers,
        .header_count = cookie[0] ? 2 : 1,
        .body = str_from(body),
    };
    wait = (struct http_wait){ 0 };
    if (!http_start(stage.net, &request, app_done, &wait, &err))
        fail_msg("%s", err.text);
    WAIT_FOR(wait.done);
    json_free(stage.reply);
    stage.reply = wait.json;
    return wait.status;
}

static inline int code(void)
{
    return (int)json_int(json_get(stage.reply, "code"), -1);
}

static inline struct str result(const char *name)
{
    return json_str(json_get(json_get(stage.reply, "result"), name));
}

static inline int open_without_cookie(void **state)
{
    cookie[0] = '\0';
    return stage_open(state);
}

#endif
