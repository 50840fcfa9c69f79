/* account_calls: the calls of account.h, handed to the part that does them. */
#include "base/json.h"
#include "im/account_inside.h"
#include "im/call.h"
#include "im/form.h"
#include "proto/content.h"
#include "store/journal.h"

#define BODY_MAX ((size_t)65536)
#define MINUTES_MAX 43200
#define FROM_NOW_MS 60000 /* "the newest", as the official SDK asks (wire.md F.5) */

void account_done(struct account *account, int64_t row)
{
    if (row > 0)
        journal_done(account->store, row);
}

void account_hold(struct account *account, bool hold)
{
    inbox_hold(account->inbox, hold);
}

struct account_call *account_send(struct account *account, const struct outgoing *message,
                                  account_sent_fn *done, void *arg, struct err *err)
{
    return outbox_send(account->outbox, message, done, arg, err);
}

struct account_call *account_history(struct account *account, enum conversation_type type,
                                     struct str target, int64_t before_ms, int count,
                                     account_history_fn *done, void *arg, struct err *err)
{
    if (before_ms == 0)
        before_ms = session_server_ms(account->session) + FROM_NOW_MS;
    return requests_history(account->requests, type, target, before_ms, count, done, arg,
                            err);
}

/* Orders the body, which was put together unless `fits` is false, and frees it. */
static struct account_call *order(struct account *account, const char *path,
                                  struct buf *body, bool fits, account_done_fn *done,
                                  void *arg, struct err *err)
{
    struct account_call *call = NULL;
    if (fits)
        call = groups_order(account->groups, path, buf_str(body), done, arg, err);
    else
        err_set(err, ERR_ARGUMENT, "an id or text is too long");
    buf_clear(body);
    return call;
}

struct account_call *account_recall(struct account *account, enum conversation_type type,
                                    struct str target, struct str sender, struct str uid,
                                    int64_t sent_ms, account_done_fn *done, void *arg,
                                    struct err *err)
{
    struct recall_order recall = { type, target, uid, sent_ms };
    if (uid.len == 0) {
        err_set(err, ERR_ARGUMENT, "a message without UID cannot be recalled");
        return NULL;
    }
    if (str_eq(sender, str_from(account->user)))
        return requests_recall(account->requests, &recall, done, arg, err);
    struct buf body;
    buf_init(&body, BODY_MAX);
    /* In a private chat the target of the author's side is the other one: us. */
    struct str seen = type == CONVERSATION_PRIVATE ? str_from(account->user) : target;
    bool fits = form_add(&body, "fromUserId", sender) &&
                form_add_int(&body, "conversationType", type) &&
                form_add(&body, "targetId", seen) && form_add(&body, "messageUID", uid) &&
                form_add_int(&body, "sentTime", sent_ms) &&
                form_add(&body, "isAdmin", STR("1"));
    return order(account, "/message/recall.json", &body, fits, done, arg, err);
}

struct account_call *account_members(struct account *account, struct str group,
                                     account_members_fn *done, void *arg, struct err *err)
{
    return groups_members(account->groups, group, done, arg, err);
}

struct account_call *account_mute(struct account *account, struct str group,
                                  struct str user, int64_t minutes, account_done_fn *done,
                                  void *arg, struct err *err)
{
    struct buf body;
    if (minutes < 0 || minutes > MINUTES_MAX) {
        err_set(err, ERR_ARGUMENT, "want 0 to %d minutes, not %lld", MINUTES_MAX,
                (long long)minutes);
        return NULL;
    }
    buf_init(&body, BODY_MAX);
    bool fits = form_add(&body, "userId", user) && form_add(&body, "groupId", group) &&
                form_add_int(&body, "minute", minutes);
    return order(account, "/group/user/gag/add.json", &body, fits, done, arg, err);
}

struct account_call *account_unmute(struct account *account, struct str group,
                                    struct str user, account_done_fn *done, void *arg,
                                    struct err *err)
{
    struct buf body;
    buf_init(&body, BODY_MAX);
    bool fits = form_add(&body, "userId", user) && form_add(&body, "groupId", group);
    return order(account, "/group/user/gag/rollback.json", &body, fits, done, arg, err);
}

struct account_call *account_mute_all(struct account *account, struct str group, bool on,
                                      account_done_fn *done, void *arg, struct err *err)
{
    struct buf body;
    buf_init(&body, BODY_MAX);
    bool fits = form_add(&body, "groupId", group);
    return order(account, on ? "/group/ban/add.json" : "/group/ban/rollback.json", &body,
                 fits, done, arg, err);
}

struct account_call *account_kick(struct account *account, struct str group,
                                  struct str user, struct str reason,
                                  account_done_fn *done, void *arg, struct err *err)
{
    struct buf body, notice;
    buf_init(&body, BODY_MAX);
    buf_init(&notice, BODY_MAX / 4);
    struct content_notice kicked = {
        .operator_id = str_from(account->user),
        .operation = STR("Kicked"),
        .message = reason,
        .timestamp = session_server_ms(account->session),
        .targets = &user,
        .target_count = 1,
    };
    bool fits = content_group_notice(&notice, &kicked, NULL) &&
                form_add(&body, "userId", user) && form_add(&body, "groupId", group) &&
                form_add(&body, "bindNotifyMsg", STR("true")) &&
                form_add(&body, "fromUserId", str_from(account->user)) &&
                form_add(&body, "objectName", STR("RC:GrpNtf")) &&
                form_add(&body, "content", buf_str(&notice));
    buf_clear(&notice);
    return order(account, "/group/quit.json", &body, fits, done, arg, err);
}

void account_cancel(struct account_call *call)
{
    if (call)
        call->cancel(call);
}
