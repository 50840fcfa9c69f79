/*
 * rest_stage: calls of the Server API that are done or refused, and lists they answer. A
 * body is a form, or JSON if it begins like that.
 */
#ifndef SPEC_SANDBOX_REST_STAGE_H
#define SPEC_SANDBOX_REST_STAGE_H

#include "stage.h"

static inline int rest_any(const char *path, const char *body)
{
    return body[0] == '{' ? rest_json(path, body) : rest(path, body);
}

static inline void fine(const char *path, const char *body)
{
    int status = rest_any(path, body);
    if (status != 200 || reply_int("code") != 200)
        fail_msg("%s?%s: HTTP %d, %.*s", path, body, status,
                 STR_ARG(reply_str("errorMessage")));
}

static inline void refused_with(int code, const char *path, const char *body)
{
    int status = rest_any(path, body);
    if (status != 400 || reply_int("code") != code)
        fail_msg("%s?%s: HTTP %d, code %d", path, body, status, (int)reply_int("code"));
    assert_true(reply_str("errorMessage").len > 0);
    assert_str(reply_str("url"), path);
}

/* For a parameter that is missing or wrong. */
static inline void refused(const char *path, const char *body)
{
    refused_with(1002, path, body);
}

static inline size_t count(const char *list)
{
    assert_int_equal(json_kind(json_get(stage.reply, list)), JSON_ARRAY);
    return json_size(json_get(stage.reply, list));
}

static inline const struct json *first(const char *list)
{
    return json_next(json_get(stage.reply, list), NULL);
}

#endif
