#include "app/aside.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"

#define ROW_MAX ((size_t)1 << 20) /* UID and plugin */

static void show(void *array, const struct journal_row *row)
{
    struct json *one = json_add(array, NULL, json_object());
    json_add_int(one, "id", row->row);
    json_add_str(one, "message", journal_subject(row->uid));
    json_add_str(one, "why", str_from(journal_why_word(row->why)));
    if (row->plugin.len > 0)
        json_add_str(one, "plugin", row->plugin);
    json_add_int(one, "since_ms", clock_wall_ms() - row->received_ms);
}

void aside_show(struct account *account, struct json *bot)
{
    for (int why = 0; why < JOURNAL_WHYS; why++)
        json_add_int(bot, journal_why_word((enum journal_why)why),
                     (int64_t)account_aside(account, (enum journal_why)why));
    account_each_aside(account, show, json_add(bot, "set_aside", json_array()));
}

/* It would be over at once, with nobody to handle it. */
static bool is_handled(const struct script *script, const struct journal_row *row,
                       struct err *err)
{
    if (row->plugin.len == 0 || script_runs(script, row->plugin))
        return true;
    return err_set(err, ERR_NOT_FOUND, "%lld is for the plugin %.*s, which does not run",
                   (long long)row->row, STR_ARG(row->plugin));
}

bool aside_retry(struct account *account, struct script *script, int64_t id,
                 struct err *err)
{
    struct journal_row row;
    struct buf bytes;
    buf_init(&bytes, ROW_MAX);
    bool good = account_find_aside(account, id, &row, &bytes, err) &&
                is_handled(script, &row, err) && account_retry(account, id, err);
    if (good && row.timed)
        script_retry(script);
    buf_clear(&bytes);
    return good;
}

bool aside_drop(struct account *account, struct script *script, int64_t id,
                struct err *err)
{
    script_drop(script, id);
    return account_drop(account, id, err);
}

bool aside_again(struct account *account, const struct script *script,
                 const struct message *message)
{
    if (message->plugin.len == 0 || script_runs(script, message->plugin))
        return false;
    log_warn(LOG_APP, "plugin=%.*s message=%.*s is set aside again: it does not run",
             STR_ARG(message->plugin), STR_ARG(message->uid));
    account_keep(account, message->row, message->plugin, JOURNAL_INTERRUPTED);
    return true;
}

void aside_absent(struct account *account, const struct message *message,
                  struct str plugin, const char *why)
{
    if (account_keep_absent(account, message, plugin))
        log_warn(LOG_APP, "plugin=%.*s message=%.*s is set aside: %s", STR_ARG(plugin),
                 STR_ARG(message->uid), why);
}
