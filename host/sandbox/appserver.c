#include "sandbox/appserver.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/json.h"
#include "base/random.h"
#include "sandbox/rest.h"
#include "sandbox/save.h"
#include "sandbox/web.h"

#include <stdio.h>

#define SESSION_MS (7 * INT64_C(86400000))
#define PASSWORD_MAX 128
#define NICKNAME_MAX 128
#define PORTRAIT_MAX 256
#define COOKIE "moondock_app"

enum { NOT_LOGGED_IN = 1000, PARAMETER = 1001, REFUSED = 1006, CLOUD_FAILED = 2000 };

/* One request: what was asked, and what becomes of it. */
struct visit {
    struct sandbox *box;
    int64_t now;
    const struct json *body;
    struct str cookie; /* of the session, as it came */
    struct str name;   /* of the account that is logged in */
    struct app_account *account;
    struct json *result;
    int http, code; /* of a refusal */
    const char *why;
};

typedef bool visit_fn(struct visit *visit);

/* Always false. */
static bool refuse(struct visit *visit, int http, int code, const char *why)
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

/* ---- accounts ---- */

static void digest_password(const struct app_account *account, struct str password,
                            char out[DIGEST_SHA256_HEX])
{
    const struct str parts[] = { str_from(account->salt), password };
    digest_sha256_hex(parts, 2, out);
}

/* Asks the Server API for a token of the user, and stores it. */
static bool new_token(struct visit *visit, struct app_account *account, struct str name,
                      struct str portrait)
{
    struct json *body = json_object();
    struct buf text;
    struct call call = { .box = visit->box,
                         .path = STR("/user/getToken.json"),
                         .now = visit->now,
                         .answer = json_object() };
    json_add_str(body, "userId", account->user);
    json_add_str(body, "name", name);
    if (portrait.len)
        json_add_str(body, "portraitUri", portrait);
    buf_init(&text, 16384);
    bool good = json_write(body, &text) &&
                rest_run(&call, STR("application/json"), buf_str(&text));
    const struct token *token =
        good ? state_find_token(&visit->box->state,
                                json_str(json_get(call.answer, "token")))
             : NULL;
    if (token) {
        state_set(&account->token, token->text);
        account->token_ends_ms = token->ends_ms;
        save_account(visit->box, visit->name, account);
    }
    buf_clear(&text);
    json_free(call.answer);
    json_free(body);
    return token || refuse(visit, 503, CLOUD_FAILED, "RongCloud did not give a token.");
}

/* The user's name, as RongCloud has it. */
static struct str nickname(const struct visit *visit)
{
    const struct user *user = state_find_user(&visit->box->state, visit->account->user);
    return user && user->name.len ? user->name : visit->account->user;
}

static void add_token(struct visit *visit, bool with_name)
{
    const struct app_account *account = visit->account;
    json_add_str(visit->result, "id", account->user);
    json_add_str(visit->result, "token", account->token);
    if (account->token_ends_ms != STATE_FOREVER)
        json_add_int(visit->result, "expires", account->token_ends_ms);
    if (with_name)
        json_add_str(visit->result, "nickName", nickname(visit));
}

/* A text of at most `max` bytes, or nothing. */
static bool read_text(struct visit *visit, const char *name, size_t max, struct str *out)
{
    *out = json_str(json_get(visit->body, name));
    return out->len <= max || refuse(visit, 400, PARAMETER, "A text is too long.");
}

static bool read_names(struct visit *visit, struct str *password)
{
    if (!read_text(visit, "account", STATE_ID_MAX, &visit->name) ||
        !read_text(visit, "password", PASSWORD_MAX, password))
        return false;
    if (!state_id_ok(visit->name) || password->len == 0)
        return refuse(visit, 400, PARAMETER, "account or password is missing.");
    visit->account = map_get(&visit->box->state.accounts, visit->name);
    return true;
}

/* The account's name is its user's id, too. */
static bool sign_up(struct visit *visit)
{
    struct str password, nick, portrait;
    if (!read_names(visit, &password) ||
        !read_text(visit, "nickname", NICKNAME_MAX, &nick) ||
        !read_text(visit, "portraitUri", PORTRAIT_MAX, &portrait))
        return false;
    if (visit->account)
        return refuse(visit, 200, REFUSED, "The account exists.");
    struct app_account *account =
        state_add_account(&visit->box->state, visit->name, visit->name);
    random_id(account->salt, sizeof account->salt - 1);
    digest_password(account, password, account->digest);
    visit->account = account;
    if (!new_token(visit, account, nick.len ? nick : visit->name, portrait))
        return false;
    add_token(visit, true);
    return true;
}

static bool log_in(struct visit *visit)
{
    struct str password;
    char digest[DIGEST_SHA256_HEX];
    if (!read_names(visit, &password))
        return false;
    if (visit->account)
        digest_password(visit->account, password, digest);
    if (!visit->account ||
        !digest_same(str_from(digest), str_from(visit->account->digest)))
        return refuse(visit, 200, REFUSED, "Account or password wrong.");
    if (!visit->account->token.len &&
        !new_token(visit, visit->account, nickname(visit), STR_NONE))
        return false;
    add_token(visit, true);
    return true;
}

static bool renew_token(struct visit *visit)
{
    if (!read_session(visit))
        return refuse(visit, 403, NOT_LOGGED_IN, NULL);
    if (!new_token(visit, visit->account, nickname(visit), STR_NONE))
        return false;
    add_token(visit, false);
    return true;
}

/* ---- requests ---- */

static const struct {
    const char *method, *path;
    visit_fn *fn;
    bool opens; /* a session */
} pages[] = {
    { "POST", "/user/register", sign_up, true },
    { "POST", "/user/login", log_in, true },
    { "GET", "/user/get_token", renew_token, false },
};

enum { PAGES = sizeof pages / sizeof *pages };

static size_t find_page(struct str path)
{
    size_t i = 0;
    while (i < PAGES && !str_eq(path, str_from(pages[i].path)))
        i++;
    return i;
}

bool appserver_serves(struct str path)
{
    return find_page(path) < PAGES;
}

static bool visit_page(struct visit *visit, struct server_request *request, size_t page)
{
    struct str text = str_trim(server_body(request));
    if (!str_eq(server_method(request), str_from(pages[page].method)))
        return refuse(visit, 405, PARAMETER, "Wrong method.");
    struct json *body = text.len ? json_parse(text, NULL) : json_object();
    visit->body = body;
    visit->cookie = find_cookie(server_header(request, "Cookie"));
    bool good = json_kind(body) == JSON_OBJECT
                    ? pages[page].fn(visit)
                    : refuse(visit, 400, PARAMETER, "The body is not a JSON object.");
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
    } else if (visit->code == NOT_LOGGED_IN) {
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
    struct visit visit = { .box = box, .now = clock_wall_ms(), .result = json_object() };
    struct server_header_pair headers[] = { { NULL, NULL }, { NULL, NULL } };
    char cookie[STATE_ID_MAX + 200];
    size_t page = find_page(path);
    box->counters.app++;
    bool good = visit_page(&visit, request, page);
    if (good && pages[page].opens) {
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
