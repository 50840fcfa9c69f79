#include "sandbox/rest.h"

#include "base/clock.h"
#include "base/digest.h"
#include "sandbox/web.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define NONCE_MAX 64
#define PAIRS_MAX 4096
#define REQUEST_ID_MAX 36

static const struct endpoint *find(struct str path)
{
    static const struct endpoint *const areas[] = {
        user_endpoints,    user_rule_endpoints, group_endpoints,   group_mute_endpoints,
        message_endpoints, template_endpoints,  word_endpoints,    room_endpoints,
        hosted_endpoints,  profile_endpoints,   edit_endpoints,    chat_endpoints,
        log_endpoints,     tag_endpoints,       account_endpoints, bot_endpoints,
        member_endpoints,  entry_endpoints,     expand_endpoints,  past_endpoints,
    };
    for (size_t i = 0; i < sizeof areas / sizeof *areas; i++) {
        for (const struct endpoint *one = areas[i]; one->path; one++) {
            if (str_eq(path, str_from(one->path)))
                return one;
        }
    }
    return NULL;
}

bool rest_fail(struct call *call, int code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(call->why, sizeof call->why, format, args);
    va_end(args);
    call->http = 400;
    call->code = code;
    return false;
}

bool rest_hosting(struct call *call)
{
    if (call->box->limits.hosting)
        return true;
    rest_fail(call, REST_NOT_ENABLED, "The hosting service is not enabled.");
    call->http = 430;
    return false;
}

static bool refuse(struct call *call, int http, int code, const char *why)
{
    rest_fail(call, code, "%s", why);
    call->http = http;
    return false;
}

/* The signature: SHA1 of secret, nonce and timestamp, over headers of either name. */

static struct str header(struct server_request *request, const char *plain,
                         const char *rc)
{
    struct str value = server_header(request, plain);
    return value.at ? value : server_header(request, rc);
}

static bool check_signature(struct call *call, struct server_request *request)
{
    struct sandbox *box = call->box;
    struct str key = header(request, "App-Key", "RC-App-Key");
    struct str nonce = header(request, "Nonce", "RC-Nonce");
    struct str time = header(request, "Timestamp", "RC-Timestamp");
    struct str signature = header(request, "Signature", "RC-Signature");
    char good[DIGEST_SHA1_HEX], given[DIGEST_SHA1_HEX] = "";
    if (!str_eq(key, box->app_key))
        return refuse(call, 401, REST_KEY, "App Key unknown.");
    if (nonce.len == 0 || nonce.len > NONCE_MAX || time.len == 0 || time.len > NONCE_MAX)
        return refuse(call, 401, REST_SIGNATURE, "Nonce or Timestamp missing.");
    struct str parts[] = { box->app_secret, nonce, time };
    digest_sha1_hex(parts, 3, good);
    for (size_t i = 0; i < signature.len && i < sizeof given - 1; i++) {
        char c = signature.at[i];
        given[i] = c >= 'A' && c <= 'F' ? (char)(c - 'A' + 'a') : c;
    }
    if (signature.len != sizeof given - 1 ||
        !digest_same(str_from(good), str_from(given)))
        return refuse(call, 401, REST_SIGNATURE, "Signature wrong.");
    return true;
}

/* Parameters. */

static bool add_pair(struct call *call, struct str name, struct str value)
{
    struct pair_of pair = { box_copy(call->box, name), box_copy(call->box, value) };
    if (call->count == call->room || !pair.name.at || !pair.value.at)
        return rest_fail(call, REST_PARAMETER, "Too many parameters.");
    call->pairs[call->count++] = pair;
    return true;
}

static bool read_form(struct call *call, struct str body)
{
    struct buf name, value;
    bool fine = true;
    buf_init(&name, body.len + 1);
    buf_init(&value, body.len + 1);
    while (fine && server_param_next(&body, &name, &value))
        fine = add_pair(call, buf_str(&name), buf_str(&value));
    buf_clear(&name);
    buf_clear(&value);
    return fine;
}

/* A scalar of a JSON body as the text a form would have. */
static bool add_scalar(struct call *call, struct str name, const struct json *node)
{
    char number[32];
    switch (json_kind(node)) {
    case JSON_STRING:
        return add_pair(call, name, json_str(node));
    case JSON_NUMBER:
        snprintf(number, sizeof number, "%lld", (long long)json_int(node, 0));
        return add_pair(call, name, str_from(number));
    case JSON_BOOL:
        return add_pair(call, name, json_bool(node, false) ? STR("1") : STR("0"));
    default:
        return true; /* objects and arrays of objects: the handler reads call->json */
    }
}

static bool read_json(struct call *call, const struct json *body)
{
    const struct json *member = NULL, *one = NULL;
    call->json = body;
    while ((member = json_next(body, member))) {
        if (json_kind(member) != JSON_ARRAY) {
            if (!add_scalar(call, json_name(member), member))
                return false;
            continue;
        }
        while ((one = json_next(member, one))) {
            if (!add_scalar(call, json_name(member), one))
                return false;
        }
    }
    return true;
}

static bool read_body(struct call *call, struct str type, struct str body,
                      struct json **root)
{
    size_t room = 1;
    for (size_t i = 0; i < body.len; i++) /* separators of a form, or of JSON values */
        room += body.at[i] == '&' || body.at[i] == ',' || body.at[i] == ':';
    call->room = room < PAIRS_MAX ? room : PAIRS_MAX;
    call->pairs = arena_alloc(&call->box->arena, call->room * sizeof *call->pairs);
    if (!call->pairs)
        return rest_fail(call, REST_PARAMETER, "Too many parameters.");
    if (!str_starts(type, STR("application/json")) || str_trim(body).len == 0)
        return read_form(call, body);
    *root = json_parse(body, NULL);
    if (json_kind(*root) != JSON_OBJECT)
        return rest_fail(call, REST_PARAMETER, "The body is not a JSON object.");
    return read_json(call, *root);
}

bool rest_run(struct call *call, struct str type, struct str body)
{
    const struct endpoint *endpoint = find(call->path);
    struct json *root = NULL;
    bool fine = endpoint ? read_body(call, type, body, &root) && endpoint->fn(call)
                         : refuse(call, 404, 404, "No such path.");
    json_free(root);
    return fine;
}

/* Answers. */

static void send_answer(struct call *call, struct server_request *request)
{
    char id[REQUEST_ID_MAX + 1] = "";
    struct str given = server_header(request, "X-Request-ID");
    struct server_header_pair headers[] = { { NULL, NULL }, { NULL, NULL } };
    for (size_t i = 0; i < given.len && i < REQUEST_ID_MAX; i++)
        id[i] = given.at[i] > ' ' && given.at[i] < 127 ? given.at[i] : '_';
    if (given.len)
        headers[0] = (struct server_header_pair){ "X-Request-ID", id };
    buf_reset(&call->box->payload);
    json_write(call->answer, &call->box->payload);
    web_reply(call->box, request, call->code ? call->http : 200,
              "application/json; charset=utf-8", headers, buf_str(&call->box->payload));
}

static void describe_refusal(struct call *call)
{
    json_free(call->answer);
    call->answer = json_object();
    json_add_int(call->answer, "code", call->code);
    json_add_str(call->answer, "errorMessage", str_from(call->why));
    json_add_str(call->answer, "url", call->path);
}

void rest_refuse(struct sandbox *box, struct server_request *request, int http, int code)
{
    struct call call = { .box = box, .path = web_path(box, request) };
    refuse(&call, http, code, "As ordered by a fault.");
    describe_refusal(&call);
    send_answer(&call, request);
    json_free(call.answer);
}

void rest_answer(struct sandbox *box, struct server_request *request, struct str path)
{
    struct call call = { .box = box, .path = path, .now = clock_wall_ms() };
    bool fine;
    box->counters.rest++;
    call.place = box_place(box, server_header(request, "Host"));
    call.answer = json_object();
    json_add_int(call.answer, "code", 200);
    if (!find(path))
        fine = refuse(&call, 404, 404, "No such path.");
    else if (!str_eq(server_method(request), STR("POST")))
        fine = refuse(&call, 405, 405, "Only POST is allowed.");
    else
        fine =
            check_signature(&call, request) &&
            rest_run(&call, server_header(request, "Content-Type"), server_body(request));
    if (!fine)
        describe_refusal(&call);
    send_answer(&call, request);
    json_free(call.answer);
}

struct str rest_user(struct sandbox *box, struct server_request *request)
{
    static const char *const names[] = { "userId", "fromUserId" };
    for (size_t i = 0; i < 2; i++) {
        buf_reset(&box->scratch);
        if (server_param(server_body(request), names[i], &box->scratch))
            return box_copy(box, buf_str(&box->scratch));
    }
    return STR_NONE;
}
