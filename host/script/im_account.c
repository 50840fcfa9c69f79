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

static void *members(void *arg, struct str group, account_members_fn *done,
                     void *done_arg, struct err *err)
{
    return account_members(arg, group, done, done_arg, err);
}

static void *mute(void *arg, struct str group, struct str user, int64_t minutes,
                  account_done_fn *done, void *done_arg, struct err *err)
{
    return account_mute(arg, group, user, minutes, done, done_arg, err);
}

static void *unmute(void *arg, struct str group, struct str user, account_done_fn *done,
                    void *done_arg, struct err *err)
{
    return account_unmute(arg, group, user, done, done_arg, err);
}

static void *kick(void *arg, struct str group, struct str user, struct str reason,
                  account_done_fn *done, void *done_arg, struct err *err)
{
    return account_kick(arg, group, user, reason, done, done_arg, err);
}

static void *mute_all(void *arg, struct str group, bool on, account_done_fn *done,
                      void *done_arg, struct err *err)
{
    return account_mute_all(arg, group, on, done, done_arg, err);
}

static void cancel(void *arg, void *call)
{
    (void)arg;
    account_cancel(call);
}

static void finish(void *arg, int64_t row)
{
    account_done(arg, row);
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
        .members = members,
        .mute = mute,
        .unmute = unmute,
        .kick = kick,
        .mute_all = mute_all,
        .cancel = cancel,
        .done = finish,
        .user = user,
    };
}
