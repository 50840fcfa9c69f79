#include "script/script.h"

/* The functions of im/account.h with the account as a void pointer. */

static void *send_message(void *arg, const struct outgoing *message,
                          account_sent_fn *done, void *done_arg, struct err *err)
{
    return account_send(arg, message, done, done_arg, err);
}

static void *recall(void *arg, enum conversation_type type, struct str target,
                    struct str sender, struct str uid, int64_t sent_ms,
                    account_done_fn *done, void *done_arg, struct err *err)
{
    return account_recall(arg, type, target, sender, uid, sent_ms, done, done_arg, err);
}

static void *history(void *arg, const struct history_query *query,
                     account_history_fn *done, void *done_arg, struct err *err)
{
    return account_history(arg, query, done, done_arg, err);
}

static void *order(void *arg, const struct order *what, order_done_fn *done,
                   void *done_arg, struct err *err)
{
    return account_order(arg, what, done, done_arg, err);
}

static void *upload(void *arg, const struct media_upload *what, media_done_fn *done,
                    void *done_arg, struct err *err)
{
    return account_upload(arg, what, done, done_arg, err);
}

static bool is_ours(void *arg, struct str url)
{
    return account_is_ours(arg, url);
}

static void cancel(void *arg, void *call)
{
    (void)arg;
    account_cancel(call);
}

static size_t outbox(void *arg)
{
    return account_outbox_depth(arg);
}

static void finish(void *arg, int64_t row)
{
    account_done(arg, row);
}

static void again(void *arg, int64_t row)
{
    if (!account_again(arg, row))
        account_done(arg, row); /* it cannot be read */
}

static bool read_row(void *arg, int64_t row, account_read_fn *fn, void *fn_arg)
{
    return account_read(arg, row, fn, fn_arg);
}

static struct str user(void *arg)
{
    return account_user(arg);
}

struct script_im script_im_account(struct account *account)
{
    return (struct script_im){
        .arg = account,
        .send = send_message,
        .recall = recall,
        .history = history,
        .order = order,
        .upload = upload,
        .is_ours = is_ours,
        .cancel = cancel,
        .outbox = outbox,
        .done = finish,
        .again = again,
        .read = read_row,
        .user = user,
    };
}
