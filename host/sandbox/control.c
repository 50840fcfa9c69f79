#include "sandbox/control.h"

#include "base/clock.h"
#include "base/json.h"
#include "sandbox/control_state.h"
#include "sandbox/faults.h"
#include "sandbox/hooks.h"
#include "sandbox/save.h"
#include "sandbox/web.h"

#define POST_MAX ((size_t)1 << 20)
#define CLOCK_STEP_MAX (10ll * 365 * 86400000)

/* A handler fills `answer` or says why not, with a status. */
struct order {
    struct sandbox *box;
    const struct json *body;
    struct str tail; /* of the path, behind the table's */
    struct json *answer;
    struct err err;
};

typedef int order_fn(struct order *order);

static int bad(struct order *order, const char *why)
{
    err_set(&order->err, ERR_ARGUMENT, "%s", why);
    return 400;
}

static int add_fault(struct order *order)
{
    int64_t id = faults_add(order->box->faults, order->body, &order->err);
    if (!id)
        return 400;
    json_add_int(order->answer, "id", id);
    return 200;
}

static int delete_fault(struct order *order)
{
    int64_t id;
    if (!str_to_i64(order->tail, &id))
        return bad(order, "the fault's number is missing");
    if (!faults_del(order->box->faults, id)) {
        err_set(&order->err, ERR_NOT_FOUND, "no such fault");
        return 404;
    }
    return 200;
}

static int show_state(struct order *order)
{
    control_state(order->box, order->answer);
    return 200;
}

static struct user *named_user(struct order *order, bool make)
{
    struct str id = json_str(json_get(order->body, "user_id"));
    if (!state_id_ok(id))
        return NULL;
    return make ? state_user(&order->box->state, id)
                : state_find_user(&order->box->state, id);
}

static int set_user(struct order *order)
{
    struct user *user = named_user(order, true);
    const struct json *several = json_get(order->body, "multi_device");
    if (!user)
        return bad(order, "\"user_id\" must be a user id");
    if (!user->registered_ms)
        user->registered_ms = clock_wall_ms();
    if (several && json_kind(several) != JSON_BOOL)
        return bad(order, "\"multi_device\" must be true or false");
    if (several)
        user->multi_device = json_bool(several, false);
    save_user(order->box, user);
    return 200;
}

static int expire_tokens(struct order *order)
{
    struct user *user = named_user(order, false);
    int64_t now = clock_wall_ms();
    if (!user)
        return bad(order, "\"user_id\" must be the id of a known user");
    for (struct token *token = user->tokens; token; token = token->next) {
        if (token->ends_ms > now)
            token->ends_ms = now;
    }
    save_user(order->box, user);
    return 200;
}

static int set_clock(struct order *order)
{
    const struct json *add = json_get(order->body, "add_ms");
    const struct json *freeze = json_get(order->body, "freeze");
    int64_t step = json_int(add, -1);
    if (add && (json_kind(add) != JSON_NUMBER || step < 0 || step > CLOCK_STEP_MAX))
        return bad(order, "\"add_ms\" must be a number from 0 up");
    if (freeze && json_kind(freeze) != JSON_BOOL)
        return bad(order, "\"freeze\" must be true or false");
    if (!add && !freeze)
        return bad(order, "\"add_ms\" or \"freeze\" is missing");
    if (freeze)
        clock_freeze(json_bool(freeze, false));
    if (add)
        clock_add_ms(step);
    json_add_int(order->answer, "now", clock_wall_ms());
    return 200;
}

/* Reads a number or a flag of the limits; false when it makes no sense. */
static bool limit_int(struct order *order, const char *name, int64_t min, int64_t max,
                      int64_t *out)
{
    const struct json *node = json_get(order->body, name);
    int64_t value = json_int(node, min - 1);
    if (!node)
        return true;
    if (json_kind(node) != JSON_NUMBER || value < min || value > max)
        return err_set(&order->err, ERR_ARGUMENT, "\"%s\" must be a number from %lld",
                       name, (long long)min);
    *out = value;
    return true;
}

static bool limit_flag(struct order *order, const char *name, bool *out)
{
    const struct json *node = json_get(order->body, name);
    if (node && json_kind(node) != JSON_BOOL)
        return err_set(&order->err, ERR_ARGUMENT, "\"%s\" must be true or false", name);
    if (node)
        *out = json_bool(node, false);
    return true;
}

static bool limit_push(struct order *order, bool *notice)
{
    const struct json *node = json_get(order->body, "push");
    struct str word = json_str(node);
    if (node && !str_eq(word, STR("direct")) && !str_eq(word, STR("notice")))
        return err_set(&order->err, ERR_ARGUMENT, "\"push\" must be direct or notice");
    if (node)
        *notice = str_eq(word, STR("notice"));
    return true;
}

static int set_limits(struct order *order)
{
    struct limits next = order->box->limits;
    int64_t page = (int64_t)next.page;
    bool fine = limit_int(order, "messages_per_second", 0, INT32_MAX,
                          &next.messages_per_second) &&
                limit_int(order, "page", 1, 1000, &page) &&
                limit_int(order, "token_ms", 0, CLOCK_STEP_MAX, &next.token_ms) &&
                limit_push(order, &next.notice) &&
                limit_flag(order, "history", &next.history) &&
                limit_flag(order, "pull_send", &next.pull_send) &&
                limit_flag(order, "keep_acked", &next.keep_acked) &&
                limit_flag(order, "gzip", &next.gzip) &&
                limit_flag(order, "open_anti", &next.open_anti) &&
                limit_flag(order, "hosting", &next.hosting);
    if (!fine)
        return 400;
    next.page = (size_t)page;
    order->box->limits = next;
    return 200;
}

static int set_hooks(struct order *order)
{
    if (!hooks_set(order->box->hooks, order->body, false, &order->err))
        return 400;
    save_hooks(order->box);
    return 200;
}

/* Posts what nothing here makes happen. */
static int post_hook(struct order *order)
{
    const struct json *body = json_get(order->body, "body");
    enum hook hook;
    struct buf text;
    if (!hooks_find(json_str(json_get(order->body, "hook")), &hook) || !body ||
        hook == HOOK_PRECHECK) {
        err_set(&order->err, ERR_ARGUMENT, "want \"hook\" and \"body\"");
        return 400;
    }
    buf_init(&text, POST_MAX);
    bool fine = json_kind(body) == JSON_STRING ? buf_add_str(&text, json_str(body))
                                               : json_write(body, &text);
    if (fine && hooks_wants(order->box->hooks, hook))
        hooks_post(order->box->hooks, hook, STR_NONE, buf_str(&text));
    buf_clear(&text);
    return 200;
}

static int reset(struct order *order)
{
    box_reset(order->box);
    return 200;
}

static const struct {
    const char *method, *path;
    bool tail; /* something follows the path */
    order_fn *fn;
} orders[] = {
    { "POST", "/_sandbox/fault", false, add_fault },
    { "DELETE", "/_sandbox/fault/", true, delete_fault },
    { "GET", "/_sandbox/state", false, show_state },
    { "POST", "/_sandbox/user", false, set_user },
    { "POST", "/_sandbox/token/expire", false, expire_tokens },
    { "POST", "/_sandbox/clock", false, set_clock },
    { "POST", "/_sandbox/limits", false, set_limits },
    { "POST", "/_sandbox/hooks", false, set_hooks },
    { "POST", "/_sandbox/hook", false, post_hook },
    { "POST", "/_sandbox/reset", false, reset },
};

static bool loopback_host(struct str host)
{
    struct str name = host;
    int64_t port;
    if (str_starts(host, STR("["))) {
        ptrdiff_t end = str_index(host, ']');
        name = end < 0 ? STR_NONE : str_sub(host, 0, (size_t)end + 1);
        host = end < 0 ? STR_NONE : str_sub(host, (size_t)end + 1, host.len);
    } else {
        ptrdiff_t colon = str_index(host, ':');
        name = colon < 0 ? host : str_sub(host, 0, (size_t)colon);
        host = colon < 0 ? STR_NONE : str_sub(host, (size_t)colon, host.len);
    }
    if (host.len && (host.at[0] != ':' || !str_to_i64(str_sub(host, 1, host.len), &port)))
        return false;
    return str_eq(name, STR("127.0.0.1")) || str_eq_nocase(name, STR("localhost")) ||
           str_eq(name, STR("[::1]"));
}

static bool is_json(struct str type)
{
    ptrdiff_t end = str_index(type, ';');
    return str_eq_nocase(str_trim(end < 0 ? type : str_sub(type, 0, (size_t)end)),
                         STR("application/json"));
}

/* NULL when the request may be answered, else what is wrong with it. */
static const char *objection(struct server_request *request)
{
    if (!server_from_loopback(request))
        return "only for peers on this machine";
    if (!loopback_host(server_header(request, "Host")))
        return "the Host header must name loopback";
    if (server_header(request, "Origin").at)
        return "not for web pages: no Origin header, please";
    if (!is_json(server_header(request, "Content-Type")))
        return "the Content-Type must be application/json";
    return NULL;
}

static int find_and_do(struct order *order, struct str method, struct str path)
{
    bool known = false;
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        struct str name = str_from(orders[i].path);
        if (orders[i].tail ? !str_starts(path, name) : !str_eq(path, name))
            continue;
        known = true;
        if (!str_eq(method, str_from(orders[i].method)))
            continue;
        order->tail = str_sub(path, name.len, path.len);
        return orders[i].fn(order);
    }
    err_set(&order->err, ERR_NOT_FOUND, known ? "wrong method" : "no such path");
    return known ? 405 : 404;
}

static int carry_out(struct order *order, struct server_request *request, struct str path)
{
    struct str text = str_trim(server_body(request));
    struct json *body = text.len ? json_parse(text, &order->err) : json_object();
    int status = 400;
    if (json_kind(body) == JSON_OBJECT) {
        order->body = body;
        status = find_and_do(order, server_method(request), path);
    } else if (body) {
        err_set(&order->err, ERR_ARGUMENT, "the body must be a JSON object");
    }
    json_free(body);
    return status;
}

void control_answer(struct sandbox *box, struct server_request *request, struct str path)
{
    struct order order = { .box = box, .answer = json_object() };
    const char *why = objection(request);
    int status = 403;
    if (why)
        err_set(&order.err, ERR_DENIED, "%s", why);
    else
        status = carry_out(&order, request, path);
    if (status != 200)
        json_add_str(order.answer, "error", str_from(order.err.text));
    buf_reset(&box->payload);
    json_write(order.answer, &box->payload);
    json_free(order.answer);
    web_reply(box, request, status, "application/json; charset=utf-8", NULL,
              buf_str(&box->payload));
}
