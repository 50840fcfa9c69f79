#include "sandbox/navi.h"

#include "base/json.h"
#include "sandbox/files.h"
#include "sandbox/web.h"
#include "sandbox/wire.h"

enum { PROTOCOL_WS = 5, PROTOCOL_WSS = 6, LIST_REMOTE = 2 };

static const struct server_header_pair cors[] = {
    { "Access-Control-Allow-Origin", "*" },
    { "Access-Control-Allow-Methods", "GET, POST, OPTIONS" },
    { "Access-Control-Allow-Headers", "Content-Type, RC-Appkey, RC-Negotiate" },
    { "Access-Control-Max-Age", "600" },
    { NULL, NULL },
};

bool navi_serves(struct str path)
{
    return str_eq(path, STR("/v2/navi.json")) || str_eq(path, STR("/navi.js")) ||
           str_eq(path, STR("/ping"));
}

/* Format 2 has its parameters in the body, format 1 in the query. */
static struct str param(struct sandbox *box, struct server_request *request,
                        const char *name)
{
    bool post = str_eq(server_method(request), STR("POST"));
    buf_reset(&box->scratch);
    if (!server_param(post ? server_body(request) : server_query(request), name,
                      &box->scratch))
        return STR_NONE;
    return box_copy(box, buf_str(&box->scratch));
}

static const struct token *find_token(struct sandbox *box, struct server_request *request)
{
    return state_find_token(&box->state, token_key(param(box, request, "token")));
}

struct str navi_user(struct sandbox *box, struct server_request *request)
{
    const struct token *token = find_token(box, request);
    return token ? token->user->id : STR_NONE;
}

/* Both ways to say where files are posted to; "qiniu" is the kind of form. */
static void add_store(struct sandbox *box, struct str where, struct json *answer)
{
    struct json *stores = json_array();
    struct json *store = json_add(stores, NULL, json_object());
    buf_reset(&box->scratch);
    files_address(box, where, STR_NONE, &box->scratch);
    json_add_str(answer, "uploadServer", buf_str(&box->scratch));
    json_add_str(store, "qiniu", buf_str(&box->scratch));
    json_add_str(store, "p", STR("1"));
    buf_reset(&box->scratch);
    json_write(stores, &box->scratch);
    json_add_str(answer, "ossConfig", buf_str(&box->scratch));
    json_free(stores);
}

static void add_settings(struct sandbox *box, struct str where, struct json *answer)
{
    json_add_int(answer, "type", 0);
    json_add_int(answer, "openAnti", box->limits.open_anti);
    json_add_bool(answer, "historyMsg", box->limits.history);
    json_add_bool(answer, "chatroomMsg", box->limits.history);
    json_add_int(answer, "kvStorage", 1);
    json_add_bool(answer, "joinMChrm", true);
    json_add_int(answer, "sessionCfg", LIST_REMOTE);
    json_add_int(answer, "userProfile", box->limits.hosting);
    json_add_int(answer, "ugMsg", 0);
    json_add_int(answer, "logSwitch", 0);
    json_add_int(answer, "openMp", 0);
    json_add_int(answer, "openUS", 0);
    add_store(box, where, answer);
}

static struct json *found(struct sandbox *box, struct server_request *request, bool v2,
                          struct str user)
{
    struct str where = box_place(box, server_header(request, "Host"));
    struct json *answer = json_object();
    json_add_int(answer, "code", 200);
    json_add_str(answer, "userId", user);
    if (v2) {
        struct json *list = json_add(answer, "serverAddr", json_array());
        struct json *one = json_add(list, NULL, json_object());
        json_add_str(one, "addr", where);
        json_add_int(one, "protocol", box->tls ? PROTOCOL_WSS : PROTOCOL_WS);
        json_add_int(one, "weight", 1);
    } else {
        json_add_str(answer, "server", where);
        json_add_str(answer, "backupServer", STR(""));
    }
    add_settings(box, where, answer);
    return answer;
}

/* The name of the function to call, as far as it is one. */
static struct str callback(struct sandbox *box, struct server_request *request)
{
    struct str name = param(box, request, "callBack");
    for (size_t i = 0; i < name.len; i++) {
        char c = name.at[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !(c >= '0' && c <= '9') && c != '_' && c != '.' && c != '$')
            return STR("getServerEndpoint");
    }
    return name.len ? name : STR("getServerEndpoint");
}

/* An expired or revoked token still gets an answer: the socket says what it is. */
static void locate(struct sandbox *box, struct server_request *request, bool v2)
{
    const struct token *token = find_token(box, request);
    struct str key =
        v2 ? server_header(request, "RC-Appkey") : param(box, request, "appId");
    bool fine = token && str_eq(key, box->app_key);
    struct json *answer;
    int status = 200;
    box->counters.navi++;
    if (fine) {
        answer = found(box, request, v2, token->user->id);
    } else {
        /* The older SDK reads the code of a 200, the newer one the HTTP status. */
        answer = json_object();
        json_add_int(answer, "code", token ? 403 : 401);
        status = v2 ? (token ? 403 : 401) : 200;
    }
    buf_reset(&box->payload);
    if (!v2)
        buf_add_format(&box->payload, "%.*s(", STR_ARG(callback(box, request)));
    json_write(answer, &box->payload);
    if (!v2)
        buf_add_str(&box->payload, STR(");"));
    json_free(answer);
    web_reply(box, request, status,
              v2 ? "application/json; charset=utf-8" : "text/javascript; charset=utf-8",
              cors, buf_str(&box->payload));
}

void navi_answer(struct sandbox *box, struct server_request *request, struct str path)
{
    if (str_eq(server_method(request), STR("OPTIONS")))
        web_reply(box, request, 200, "text/plain", cors, STR(""));
    else if (str_eq(path, STR("/ping")))
        web_reply(box, request, 200, "text/plain", cors, STR("ok"));
    else
        locate(box, request, str_eq(path, STR("/v2/navi.json")));
}
