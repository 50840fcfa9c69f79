#include "sandbox/appserver.h"

#include "base/clock.h"
#include "base/digest.h"
#include "sandbox/rest.h"
#include "sandbox/visit.h"
#include "sandbox/web.h"

#include <stdio.h>
#include <string.h>

#define SESSION_MS (7 * INT64_C(86400000))
#define COOKIE "moondock_app"

bool visit_refuse(struct visit *visit, int http, int code, const char *why)
{
    visit->http = http;
    visit->code = code;
    visit->why = why;
    return false;
}

/* ---- sessions ---- */

static void sign(const struct visit *visit, struct str claim, char out[DIGEST_SHA256_HEX])
{
    digest_hmac_hex(visit->box->app_secret, claim, out);
}

/* "ACCOUNT|ENDS|SIGNATURE": nothing has to be kept of it. */
static void write_cookie(const struct visit *visit, char *out, size_t size)
{
    char claim[STATE_ID_MAX + 32], signature[DIGEST_SHA256_HEX];
    snprintf(claim, sizeof claim, "%.*s|%lld", STR_ARG(visit->name),
             (long long)(visit->now + SESSION_MS));
    sign(visit, str_from(claim), signature);
    snprintf(out, size, COOKIE "=%s|%s; Path=/; HttpOnly", claim, signature);
}

/* Our value among "a=1; b=2". */
static struct str find_cookie(struct str line)
{
    struct str one, name;
    while (str_split(&line, ';', &one)) {
        one = str_trim(one);
        if (str_split(&one, '=', &name) && str_eq(name, STR(COOKIE)))
            return one;
    }
    return STR_NONE;
}

static bool read_session(struct visit *visit)
{
    struct str rest = visit->cookie, name, ends, claim;
    char signature[DIGEST_SHA256_HEX];
    int64_t ends_ms;
    if (!str_split(&rest, '|', &name) || !str_split(&rest, '|', &ends) ||
        !str_to_i64(ends, &ends_ms) || ends_ms <= visit->now)
        return false;
    claim = str_of(name.at, (size_t)(ends.at + ends.len - name.at));
    sign(visit, claim, signature);
    visit->name = name;
    visit->account = map_get(&visit->box->state.accounts, name);
    return visit->account && digest_same(rest, str_from(signature));
}

/* ---- what pages read and ask ---- */

bool visit_text(struct visit *visit, const char *name, size_t max, struct str *out)
{
    *out = json_str(json_get(visit->body, name));
    return out->len <= max ||
           visit_refuse(visit, 400, APP_PARAMETER, "A text is too long.");
}

bool visit_id(struct visit *visit, const char *name, struct str *out)
{
    *out = json_str(json_get(visit->body, name));
    return state_id_ok(*out) ||
           visit_refuse(visit, 400, APP_PARAMETER, "An id is missing or wrong.");
}

bool visit_ids(struct visit *visit, const char *name, size_t max, struct str *out,
               size_t *count)
{
    const struct json *list = json_get(visit->body, name), *one = NULL;
    *count = 0;
    if (json_kind(list) != JSON_ARRAY || json_size(list) == 0 || json_size(list) > max)
        return visit_refuse(visit, 400, APP_PARAMETER,
                            "A list of ids is missing or long.");
    while ((one = json_next(list, one))) {
        out[*count] = json_str(one);
        if (!state_id_ok(out[(*count)++]))
            return visit_refuse(visit, 400, APP_PARAMETER, "An id is wrong.");
    }
    return true;
}

struct user *visit_me(const struct visit *visit)
{
    return state_user(&visit->box->state, visit->account->user);
}

bool visit_api(struct visit *visit, const char *path, struct json *body)
{
    struct buf text;
    struct call call = { .box = visit->box,
                         .path = str_from(path),
                         .now = visit->now,
                         .answer = json_object() };
    buf_init(&text, 1 << 20);
    bool good = json_write(body, &text) &&
                rest_run(&call, STR("application/json"), buf_str(&text));
    buf_clear(&text);
    json_free(call.answer);
    json_free(body);
    return good || visit_refuse(visit, 503, APP_CLOUD_FAILED, "RongCloud refused it.");
}

/* ---- requests ---- */

static const struct visit_page *const areas[] = { visit_account_pages, visit_user_pages,
                                                  visit_friend_pages, visit_group_pages,
                                                  visit_chat_pages };

/* "/group/{}/members": the part in the place of {} goes to *id. */
static bool fits(const char *pattern, struct str path, struct str *id)
{
    struct str want = str_from(pattern);
    ptrdiff_t at = str_find(want, STR("{}"));
    if (at < 0)
        return str_eq(want, path);
    struct str before = str_sub(want, 0, (size_t)at);
    struct str after = str_sub(want, (size_t)at + 2, want.len);
    if (!str_starts(path, before) || !str_ends(path, after) ||
        path.len <= before.len + after.len)
        return false;
    *id = str_sub(path, before.len, path.len - before.len - after.len);
    return state_id_ok(*id);
}

/* Those named in full come first: /group/create is no group. */
const struct visit_page *visit_find(struct str path, struct str method, struct str *id)
{
    const struct visit_page *other = NULL;
    for (int named = 1; named >= 0; named--) {
        for (size_t i = 0; i < sizeof areas / sizeof *areas; i++) {
            for (const struct visit_page *page = areas[i]; page->path; page++) {
                if ((strstr(page->path, "{}") == NULL) != named ||
                    !fits(page->path, path, id))
                    continue;
                if (str_eq(method, str_from(page->method)))
                    return page;
                other = page;
            }
        }
        if (other)
            return other;
    }
    return NULL;
}

bool appserver_serves(struct str path)
{
    struct str id;
    return !str_ends(path, STR(".json")) && visit_find(path, STR_NONE, &id);
}

bool visit_run(struct visit *visit, const struct visit_page *page, struct str method,
               struct str text)
{
    if (!str_eq(method, str_from(page->method)))
        return visit_refuse(visit, 405, APP_PARAMETER, "Wrong method.");
    if (!page->opens && !visit->account && !read_session(visit))
        return visit_refuse(visit, 403, APP_NOT_LOGGED_IN, NULL);
    struct json *body = text.len ? json_parse(text, NULL) : json_object();
    visit->body = body;
    bool good =
        json_kind(body) == JSON_OBJECT
            ? page->fn(visit)
            : visit_refuse(visit, 400, APP_PARAMETER, "The body is not a JSON object.");
    /* What was read borrows from it. */
    visit->name = box_copy(visit->box, visit->name);
    json_free(body);
    return good;
}

/* SealTalk's own spelling of "not logged in" included. */
static struct json *envelope(struct visit *visit, bool good)
{
    struct json *answer = json_object();
    if (good) {
        json_add_int(answer, "code", 200);
        json_add(answer, "result", visit->result);
        visit->result = NULL;
    } else if (visit->code == APP_NOT_LOGGED_IN) {
        json_add_str(answer, "code", STR("1000"));
        json_add_str(answer, "msg", STR("Not loged in."));
    } else {
        json_add_int(answer, "code", visit->code);
        json_add_str(answer, "message", str_from(visit->why));
    }
    return answer;
}

void appserver_answer(struct sandbox *box, struct server_request *request,
                      struct str path)
{
    struct visit visit = {
        .box = box,
        .now = clock_wall_ms(),
        .query = server_query(request),
        .cookie = find_cookie(server_header(request, "Cookie")),
        .result = json_object(),
    };
    const struct visit_page *page = visit_find(path, server_method(request), &visit.id);
    struct server_header_pair headers[] = { { NULL, NULL }, { NULL, NULL } };
    char cookie[STATE_ID_MAX + 200];
    box->counters.app++;
    bool good =
        visit_run(&visit, page, server_method(request), str_trim(server_body(request)));
    if (good && page->opens) {
        write_cookie(&visit, cookie, sizeof cookie);
        headers[0] = (struct server_header_pair){ "Set-Cookie", cookie };
    }
    struct json *answer = envelope(&visit, good);
    buf_reset(&box->payload);
    json_write(answer, &box->payload);
    json_free(answer);
    json_free(visit.result);
    web_reply(box, request, good ? 200 : visit.http, "application/json; charset=utf-8",
              headers, buf_str(&box->payload));
}
