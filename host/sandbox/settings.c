#include "sandbox/settings.h"

#include "proto/messages.h"
#include "sandbox/wire.h"

#define SETTING_MAX 64 /* bytes of a value */

int64_t settings_next(struct user *user, int64_t now)
{
    user->marks_ms = now > user->marks_ms ? now : user->marks_ms + 1;
    return user->marks_ms;
}

void settings_set(struct mark *mark, int64_t kind, struct str value)
{
    if (value.len > SETTING_MAX)
        return;
    if (kind == SETTING_SILENT)
        state_set(&mark->silent, value);
    else if (kind == SETTING_TOP)
        state_set(&mark->top, value);
}

void settings_announce(struct sandbox *box, struct user *user, const struct conn *except)
{
    wire_push_user(user, STR("s_cmd"),
                   wire_notice(&box->scratch, COMMAND_CONVERSATION_SETTINGS,
                               user->marks_ms, STR_NONE),
                   except);
}

int64_t settings_newest(const struct user *user, int64_t now)
{
    now = user->inbox.last_ms > now ? user->inbox.last_ms : now;
    return user->outbox.last_ms > now ? user->outbox.last_ms : now;
}

void settings_clean(struct user *user, int type, struct str target, int64_t until)
{
    struct mark *mark = state_mark(user, type, target);
    if (until > mark->cleaned_ms)
        mark->cleaned_ms = until;
}
