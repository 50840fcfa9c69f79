/* Friends, as the App Server has them: the same friendships that the friend service
 * keeps. RongCloud checks none of it when somebody writes. */
#include "sandbox/app_feed.h"
#include "sandbox/friends.h"
#include "sandbox/save.h"
#include "sandbox/topics.h"
#include "sandbox/visit.h"

#define MESSAGE_MAX 192
#define REMARK_MAX 192

/* app-server.md 2.2. */
enum { I_ASKED = 10, THEY_ASKED = 11, ARE_FRIENDS = 20, IGNORED = 21 };

static void add_row(struct visit *visit, struct json *list, struct str id, int status,
                    struct str remark, struct str message)
{
    struct json *row = json_add(list, NULL, json_object());
    json_add_str(row, "displayName", remark);
    json_add_str(row, "message", message);
    json_add_int(row, "status", status);
    visit_add_user(row, "user", visit->box, id);
}

static bool list_all(struct visit *visit)
{
    const struct user *me = visit_me(visit);
    struct json *list = visit_list(visit);
    struct str id;
    void *value;
    for (size_t at = 0; map_next(&me->friends, &at, &id, &value);)
        add_row(visit, list, id, ARE_FRIENDS, ((struct friend *)value)->remark, STR_NONE);
    for (size_t at = 0; map_next(&me->requests, &at, &id, &value);) {
        const struct request *request = value;
        if (map_get(&me->friends, id) || request->status == FRIEND_ACCEPTS)
            continue;
        int status = !request->received                  ? I_ASKED
                     : request->status == FRIEND_REFUSES ? IGNORED
                                                         : THEY_ASKED;
        add_row(visit, list, id, status, STR_NONE, request->text);
    }
    return true;
}

/* The other one; NULL: refused. */
static struct user *read_other(struct visit *visit)
{
    struct str id;
    if (!visit_id(visit, "friendId", &id))
        return NULL;
    struct user *other = state_find_user(&visit->box->state, id);
    if (!other || str_eq(id, visit->account->user))
        visit_refuse(visit, 200, APP_REFUSED, "There is no such user.");
    return str_eq(id, visit->account->user) ? NULL : other;
}

static bool feed(struct visit *visit, int type, const struct user *other)
{
    const struct feed_event event = { type, STR_NONE, visit->account->user, &other->id,
                                      1 };
    app_feed_tell(visit->box, event, NULL);
    return true;
}

static bool invite(struct visit *visit)
{
    struct str message;
    struct user *other = read_other(visit);
    if (!other || !visit_text(visit, "message", MESSAGE_MAX, &message))
        return false;
    int status = friends_ask(visit->box, visit_me(visit), other, message);
    if (status != STATUS_OK && status != STATUS_FRIEND_WAITS)
        json_add_str(visit->result, "action", STR("None"));
    else
        json_add_str(visit->result, "action",
                     status == STATUS_OK ? STR("Added") : STR("Sent"));
    return status != STATUS_OK || feed(visit, OPERATION_FRIEND_ADDED, other);
}

static bool answer(struct visit *visit, bool accept)
{
    struct user *other = read_other(visit);
    if (!other)
        return false;
    if (!friends_answer(visit->box, visit_me(visit), other, accept))
        return visit_refuse(visit, 200, APP_REFUSED, "They have not asked.");
    return !accept || feed(visit, OPERATION_FRIEND_ADDED, other);
}

static bool agree(struct visit *visit)
{
    return answer(visit, true);
}

static bool ignore(struct visit *visit)
{
    return answer(visit, false);
}

static bool delete (struct visit *visit)
{
    struct user *other = read_other(visit);
    if (!other)
        return false;
    if (!friends_remove(visit->box, visit_me(visit), other))
        return visit_refuse(visit, 200, APP_REFUSED, "They are no friend.");
    return feed(visit, OPERATION_FRIEND_REMOVED, other);
}

static bool set_display_name(struct visit *visit)
{
    struct str name;
    struct user *me = visit_me(visit), *other = read_other(visit);
    if (!other || !visit_text(visit, "displayName", REMARK_MAX, &name))
        return false;
    struct friend *kept = map_get(&me->friends, other->id);
    if (!kept)
        return visit_refuse(visit, 200, APP_REFUSED, "They are no friend.");
    state_set(&kept->remark, name);
    save_user(visit->box, me);
    return true;
}

static bool profile(struct visit *visit)
{
    const struct friend *kept = map_get(&visit_me(visit)->friends, visit->id);
    if (!kept)
        return visit_refuse(visit, 200, APP_REFUSED, "They are no friend.");
    json_add_str(visit->result, "displayName", kept->remark);
    visit_add_user(visit->result, "user", visit->box, visit->id);
    return true;
}

const struct visit_page visit_friend_pages[] = {
    { "GET", "/friendship/all", list_all, false },
    { "POST", "/friendship/invite", invite, false },
    { "POST", "/friendship/agree", agree, false },
    { "POST", "/friendship/ignore", ignore, false },
    { "POST", "/friendship/delete", delete, false },
    { "POST", "/friendship/set_display_name", set_display_name, false },
    { "GET", "/friendship/{}/profile", profile, false },
    { NULL, NULL, NULL, false },
};
