#include "sandbox/check.h"

#include "base/json.h"
#include "base/mem.h"
#include "net/http.h"
#include "sandbox/hooks.h"

#define ANSWER_MS 3000
#define FORM_MAX ((size_t)4 << 20)
#define URL_MAX 4096

struct check {
    struct check *next, **link;
    struct conn *conn;
    struct str bytes, form; /* owned: the frame, the question */
    char uid[MAIL_UID_LEN + 1];
    bool shaped, forge;
    struct fault shape;
    int64_t again; /* asked so many times more, the last answer counts */
    struct http_call *call;
    struct loop_timer timer;
};

static bool write_form(struct ask *ask, const struct letter *letter, const char *uid,
                       struct buf *out)
{
    struct buf list;
    bool fine = hooks_field(out, "appKey", ask->box->app_key) &&
                hooks_field(out, "fromUserId", letter->from) &&
                hooks_field(out, "targetId", letter->target) &&
                hooks_field(out, "msgType", letter->object) &&
                hooks_field(out, "content", letter->content) &&
                hooks_field(out, "channelType", str_from(hooks_channel(letter->type))) &&
                hooks_field_int(out, "msgTimeStamp", ask->now) &&
                hooks_field(out, "messageId", str_from(uid)) &&
                hooks_field(out, "os", STR("Websocket"));
    if (letter->push_text.at)
        fine = fine && hooks_field(out, "pushContent", letter->push_text);
    buf_init(&list, FORM_MAX);
    for (size_t i = 0; i < letter->to_count; i++)
        fine = fine && (i == 0 || buf_add_byte(&list, ',')) &&
               buf_add_str(&list, letter->to[i]);
    if (letter->to_count)
        fine = fine && hooks_field(out, "toUserIds", buf_str(&list));
    buf_clear(&list);
    return fine;
}

static void free_check(struct check *check)
{
    if (check->call)
        http_cancel(check->call);
    loop_timer_stop(check->conn->box->loop, &check->timer);
    *check->link = check->next;
    if (check->next)
        check->next->link = check->link;
    free((char *)check->bytes.at);
    free((char *)check->form.at);
    free(check);
}

void check_forget(struct conn *conn)
{
    while (conn->checks)
        free_check(conn->checks);
}

/* Takes the check out and handles its frame. */
static void decide(struct check *check, bool pass, struct str content)
{
    struct conn *conn = check->conn;
    struct str bytes = check->bytes;
    char uid[MAIL_UID_LEN + 1];
    struct verdict verdict = { .pass = pass, .content = content, .uid = uid };
    for (size_t i = 0; i < sizeof uid; i++)
        uid[i] = check->uid[i];
    conn->shaped = check->shaped;
    conn->shape = check->shape;
    check->bytes = STR_NONE;
    free_check(check);
    wire_checked(conn, bytes, &verdict);
    free((char *)bytes.at);
}

static void pass_by(void *arg)
{
    decide(arg, true, STR_NONE);
}

static bool ask_server(struct check *check);

static void on_answer(void *arg, const struct http_answer *answer, const struct err *why)
{
    struct check *check = arg;
    (void)why;
    check->call = NULL;
    if (check->again > 0 && check->again-- > 0 && ask_server(check))
        return;
    struct json *json =
        answer && answer->status == 200 ? json_parse(answer->body, NULL) : NULL;
    const struct json *content = json_get(json, "replaceContent");
    bool pass = json_int(json_get(json, "pass"), 1) != 0;
    decide(check, pass, json_kind(content) == JSON_STRING ? json_str(content) : STR_NONE);
    json_free(json);
}

static bool ask_server(struct check *check)
{
    struct sandbox *box = check->conn->box;
    struct str type = STR("Content-Type: application/x-www-form-urlencoded");
    struct buf url;
    struct err err;
    buf_init(&url, URL_MAX);
    if (hooks_sign(box->hooks, HOOK_PRECHECK, check->forge, &url)) {
        struct http_request request = {
            .method = "POST",
            .url = buf_str(&url),
            .headers = &type,
            .header_count = 1,
            .body = check->form,
            .timeout_ms = ANSWER_MS,
        };
        check->call = http_start(box->net, &request, on_answer, check, &err);
    }
    buf_clear(&url);
    return check->call != NULL;
}

static void ask_late(void *arg)
{
    struct check *check = arg;
    if (!ask_server(check))
        decide(check, true, STR_NONE);
}

static void begin(struct check *check, struct str user)
{
    struct sandbox *box = check->conn->box;
    struct fault_site site = { .when = FAULT_HOOK,
                               .user = user,
                               .path = STR("precheck") };
    struct fault fault = { .action = FAULT_DOS };
    faults_take(box->faults, &site, &fault);
    check->forge = fault.action == FAULT_FORGE;
    check->again = fault.action == FAULT_DUPLICATE ? fault.value : 0;
    if (fault.action == FAULT_DROP)
        loop_timer_start(box->loop, &check->timer, ANSWER_MS, pass_by, check);
    else if (fault.action == FAULT_DELAY_MS)
        loop_timer_start(box->loop, &check->timer, fault.value, ask_late, check);
    else if (!ask_server(check)) /* never decided before this returns */
        loop_timer_start(box->loop, &check->timer, 0, pass_by, check);
}

bool check_holds(struct ask *ask, const struct letter *letter)
{
    struct conn *conn = ask->conn;
    struct buf form;
    if (ask->verdict || !hooks_checks(ask->box->hooks))
        return false;
    struct check *check = MEM_NEW(struct check);
    buf_init(&form, FORM_MAX);
    mail_reserve_uid(&ask->box->mail, check->uid);
    bool fine = write_form(ask, letter, check->uid, &form);
    if (fine)
        check->form = (struct str){ str_dup(buf_str(&form)), form.len };
    buf_clear(&form);
    if (!fine) {
        free(check);
        return false;
    }
    check->conn = conn;
    check->bytes = (struct str){ str_dup(conn->bytes), conn->bytes.len };
    check->shaped = conn->shaped;
    check->shape = conn->shape;
    check->link = &conn->checks;
    check->next = conn->checks;
    if (check->next)
        check->next->link = &check->next;
    conn->checks = check;
    begin(check, letter->from);
    return true;
}
