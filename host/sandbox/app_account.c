/* Accounts of the App Server: register, log in, the stored token and a new one. */
#include "base/digest.h"
#include "base/random.h"
#include "sandbox/rest.h"
#include "sandbox/save.h"
#include "sandbox/visit.h"

#define PASSWORD_MAX 128
#define NICKNAME_MAX 128
#define PORTRAIT_MAX 256

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
    return token ||
           visit_refuse(visit, 503, APP_CLOUD_FAILED, "RongCloud did not give a token.");
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

static bool read_names(struct visit *visit, struct str *password)
{
    if (!visit_text(visit, "account", STATE_ID_MAX, &visit->name) ||
        !visit_text(visit, "password", PASSWORD_MAX, password))
        return false;
    if (!state_id_ok(visit->name) || password->len == 0)
        return visit_refuse(visit, 400, APP_PARAMETER, "account or password is missing.");
    visit->account = map_get(&visit->box->state.accounts, visit->name);
    return true;
}

/* The account's name is its user's id, too. */
static bool sign_up(struct visit *visit)
{
    struct str password, nick, portrait;
    if (!read_names(visit, &password) ||
        !visit_text(visit, "nickname", NICKNAME_MAX, &nick) ||
        !visit_text(visit, "portraitUri", PORTRAIT_MAX, &portrait))
        return false;
    if (visit->account)
        return visit_refuse(visit, 200, APP_REFUSED, "The account exists.");
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
        return visit_refuse(visit, 200, APP_REFUSED, "Account or password wrong.");
    if (!visit->account->token.len &&
        !new_token(visit, visit->account, nickname(visit), STR_NONE))
        return false;
    add_token(visit, true);
    return true;
}

static bool renew_token(struct visit *visit)
{
    if (!new_token(visit, visit->account, nickname(visit), STR_NONE))
        return false;
    add_token(visit, false);
    return true;
}

const struct visit_page visit_account_pages[] = {
    { "POST", "/user/register", sign_up, true },
    { "POST", "/user/login", log_in, true },
    { "GET", "/user/get_token", renew_token, false },
    { NULL, NULL, NULL, false },
};
