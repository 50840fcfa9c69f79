/* account_calls: the calls of account.h, handed to the part that does them. */
#include "base/mem.h"
#include "im/account_inside.h"
#include "im/call.h"
#include "store/attempts.h"
#include "store/history.h"

#define ASIDE_MAX (1 << 20) /* UID and plugin of a row */
#define PREFIX_MAX 512
#define FROM_NOW_MS 60000 /* "the newest", as the official SDK asks (wire.md F.5) */

bool account_receive(struct account *account, const struct message *message,
                     account_done_fn *done, void *arg, struct err *err)
{
    struct message taken = *message;
    if (store_failed(account->store))
        return err_set(err, ERR_STORAGE, "the bot's database cannot be written");
    struct receipt *receipt = MEM_NEW(struct receipt);
    receipt->done = done;
    receipt->arg = arg;
    receipt->next = account->receipts;
    account->receipts = receipt;
    inbox_take(account->inbox, &taken);
    return true;
}

bool account_knows(const struct account *account, struct str uid)
{
    return journal_knows(account->store, uid);
}

void account_done(struct account *account, int64_t row)
{
    if (row <= 0)
        return;
    journal_done(account->store, row);
    account->handled++;
}

struct account_counts account_counts(const struct account *account)
{
    struct account_counts counts = outbox_counts(account->outbox);
    counts.handled = account->handled;
    return counts;
}

bool account_find_aside(struct account *account, int64_t row, struct journal_row *out,
                        struct buf *bytes, struct err *err)
{
    return journal_find_aside(account->store, row, out, bytes) ||
           err_set(err, ERR_NOT_FOUND, "no message %lld is set aside", (long long)row);
}

/* Gives whether a time brought it. */
static bool leave_aside(struct account *account, int64_t row, bool again, bool *timed,
                        struct err *err)
{
    struct journal_row found;
    struct buf bytes;
    buf_init(&bytes, ASIDE_MAX);
    bool good = account_find_aside(account, row, &found, &bytes, err);
    if (good &&
        !(again ? journal_retry(account->store, row) : journal_drop(account->store, row)))
        good = err_set(err, ERR_STORAGE, "the store does not work just now");
    if (good) {
        *timed = found.timed;
        attempts_forget(account->store, found.uid);
        if (!again)
            history_del(account->store, found.uid, STR_NONE);
    }
    buf_clear(&bytes);
    return good;
}

bool account_retry(struct account *account, int64_t row, struct err *err)
{
    bool timed;
    if (!leave_aside(account, row, true, &timed, err))
        return false;
    return timed || feed_again(account->feed, row) ||
           err_set(err, ERR_STORAGE, "message %lld cannot be read", (long long)row);
}

bool account_drop(struct account *account, int64_t row, struct err *err)
{
    bool timed;
    return leave_aside(account, row, false, &timed, err);
}

void account_keep(struct account *account, int64_t row, struct str plugin,
                  enum journal_why why)
{
    journal_keep(account->store, row, plugin, why);
    account_done(account, row);
}

static void on_chunk(void *arg, struct str task, bool with_send, struct str chunk)
{
    (void)task;
    (void)with_send;
    (void)chunk;
    *(bool *)arg = true;
}

bool account_keep_absent(struct account *account, const struct message *message,
                         struct str plugin)
{
    struct str event = message_event(message);
    bool died = attempts_count(account->store, event) > 0, begun = false;
    struct buf prefix;
    buf_init(&prefix, PREFIX_MAX);
    if (!died && message->redelivered &&
        buf_add_format(&prefix, "%.*s/%.*s/", STR_ARG(event), STR_ARG(plugin)))
        history_each(account->store, event, buf_str(&prefix), on_chunk, &begun, NULL);
    buf_clear(&prefix);
    return (died || begun) && journal_keep(account->store, message->row, plugin,
                                           died ? JOURNAL_STOPPED : JOURNAL_INTERRUPTED);
}

size_t account_aside(const struct account *account, enum journal_why why)
{
    return journal_aside(account->store, why);
}

void account_each_aside(struct account *account, journal_fn *fn, void *arg)
{
    journal_each_aside(account->store, fn, arg);
}

bool account_again(struct account *account, int64_t row)
{
    return feed_again(account->feed, row);
}

bool account_read(struct account *account, int64_t row, account_read_fn *fn, void *arg)
{
    return feed_read(account->feed, row, fn, arg);
}

void account_hold(struct account *account, bool hold)
{
    feed_hold(account->feed, hold);
}

struct account_call *account_send(struct account *account, const struct outgoing *message,
                                  account_sent_fn *done, void *arg, struct err *err)
{
    return outbox_send(account->outbox, message, done, arg, err);
}

/* What only the socket can do would wait for one for ever. */
static bool over_socket(const struct account *account, const char *what, struct err *err)
{
    return !account->webhook ||
           err_set(err, ERR_UNSUPPORTED, "%s needs a socket, which this account has not",
                   what);
}

struct account_call *account_history(struct account *account,
                                     const struct history_query *query,
                                     account_history_fn *done, void *arg, struct err *err)
{
    if (!over_socket(account, "history", err))
        return NULL;
    struct history_query from = *query;
    if (from.from_ms == 0)
        from.from_ms = from.newer ? 1 : session_server_ms(account->session) + FROM_NOW_MS;
    return requests_history(account->requests, &from, done, arg, err);
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
    if (str_eq(sender, str_from(account->user)) && !account->webhook)
        return requests_recall(account->requests, &recall, done, arg, err);
    return orders_recall(account->orders, &recall, sender, done, arg, err);
}

static struct account_call *ask_names(struct account *account, const struct order *order,
                                      order_done_fn *done, void *arg, struct err *err)
{
    if (!account->names) {
        err_set(err, ERR_DENIED, "the account names no App Server");
        return NULL;
    }
    struct json *ids = json_parse(order->text, NULL);
    struct account_call *call =
        app_names_ask(account->names, order->verb == ORDER_USER_NAMES, ids, done, arg);
    json_free(ids);
    return call;
}

struct account_call *account_order(struct account *account, const struct order *order,
                                   order_done_fn *done, void *arg, struct err *err)
{
    if (order->verb == ORDER_USER_NAMES || order->verb == ORDER_GROUP_NAMES)
        return ask_names(account, order, done, arg, err);
    return orders_start(account->orders, order, done, arg, err);
}

struct account_call *account_upload(struct account *account,
                                    const struct media_upload *what, media_done_fn *done,
                                    void *arg, struct err *err)
{
    if (!over_socket(account, "an upload", err))
        return NULL;
    return media_upload(account->media, what, done, arg, err);
}

bool account_is_ours(const struct account *account, struct str url)
{
    return media_is_ours(account->media, url);
}

void account_cancel(struct account_call *call)
{
    if (call)
        call->cancel(call);
}
