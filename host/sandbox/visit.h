/*
 * visit: what the pages of the App Server share: one request, its session, its answer.
 *
 * Private to appserver.c and app_*.c.  Layer: sandbox.  Thread: loop thread only.
 */
#ifndef SANDBOX_VISIT_H
#define SANDBOX_VISIT_H

#include "base/json.h"
#include "sandbox/box.h"

/* app-server.md 2. */
enum {
    APP_NOT_LOGGED_IN = 1000,
    APP_PARAMETER = 1001,
    APP_REFUSED = 1006,
    APP_CLOUD_FAILED = 2000,
};

/* One request: what was asked, and what becomes of it. */
struct visit {
    struct sandbox *box;
    int64_t now;
    const struct json *body; /* an object */
    struct str query;        /* after '?', raw */
    struct str id;           /* out of the path */
    struct str cookie;       /* of the session, as it came */
    struct str name;         /* of the account that is logged in */
    struct app_account *account;
    struct json *result; /* an object; a page may put a list in its place */
    int http, code;      /* of a refusal */
    const char *why;
};

typedef bool visit_fn(struct visit *visit);

struct visit_page {
    const char *method, *path; /* "{}" in a path stands for an id; NULL ends a table */
    visit_fn *fn;
    bool opens; /* a session; the others want one */
};

extern const struct visit_page visit_account_pages[];
extern const struct visit_page visit_user_pages[];
extern const struct visit_page visit_friend_pages[];
extern const struct visit_page visit_group_pages[];
extern const struct visit_page visit_chat_pages[];

/* The page of a path, of the method if there is such a one; NULL: none. *id gets what
 * stands for an id. */
const struct visit_page *visit_find(struct str path, struct str method, struct str *id);

/* Answers: fills `result`. False: refused. Whose it is says `account`, or the cookie. */
bool visit_run(struct visit *visit, const struct visit_page *page, struct str method,
               struct str text);

/* Always false. */
bool visit_refuse(struct visit *visit, int http, int code, const char *why);

/* Fields of the body. False: refused. A text of at most `max` bytes, or nothing; an id;
 * 1 to `max` ids, for which `out` has room. */
bool visit_text(struct visit *visit, const char *name, size_t max, struct str *out);
bool visit_id(struct visit *visit, const char *name, struct str *out);
bool visit_ids(struct visit *visit, const char *name, size_t max, struct str *out,
               size_t *count);

/* Who is logged in. */
struct user *visit_me(const struct visit *visit);

/* A call of the Server API; takes `body`. False: refused. */
bool visit_api(struct visit *visit, const char *path, struct json *body);

/* Adds {"id", "nickname", "portraitUri", "stAccount"} of a user, who may be unknown. */
void visit_add_user(struct json *to, const char *name, const struct sandbox *box,
                    struct str id);
struct str visit_nickname(const struct sandbox *box, struct str id);

/* Empties `visit->result` into a list. */
struct json *visit_list(struct visit *visit);

#endif
