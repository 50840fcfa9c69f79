/* Users of the App Server: who they are, their card, their black list. */
#include "sandbox/app_feed.h"
#include "sandbox/save.h"
#include "sandbox/visit.h"

#define BATCH_MAX 100
#define NICKNAME_MAX 128
#define PORTRAIT_MAX 256

struct str visit_nickname(const struct sandbox *box, struct str id)
{
    const struct user *user = state_find_user(&box->state, id);
    return user && user->name.len ? user->name : id;
}

void visit_add_user(struct json *to, const char *name, const struct sandbox *box,
                    struct str id)
{
    const struct user *user = state_find_user(&box->state, id);
    struct json *one = json_add(to, name, json_object());
    json_add_str(one, "id", id);
    json_add_str(one, "nickname", visit_nickname(box, id));
    json_add_str(one, "portraitUri", user ? user->portrait : STR(""));
    json_add_str(one, "stAccount", id);
}

struct json *visit_list(struct visit *visit)
{
    json_free(visit->result);
    return visit->result = json_array();
}

/* Registered with RongCloud: those only written to so far have no card. */
static bool is_known(const struct visit *visit, struct str id)
{
    const struct user *user = state_find_user(&visit->box->state, id);
    return user && user->registered_ms > 0;
}

static bool one_user(struct visit *visit)
{
    if (!is_known(visit, visit->id))
        return visit_refuse(visit, 200, APP_REFUSED, "There is no such user.");
    struct json *list = json_array();
    visit_add_user(list, NULL, visit->box, visit->id);
    json_free(visit->result);
    visit->result = json_copy(json_next(list, NULL));
    json_free(list);
    return true;
}

static bool many_users(struct visit *visit)
{
    struct str ids[BATCH_MAX];
    size_t count;
    if (!visit_ids(visit, "ids", BATCH_MAX, ids, &count))
        return false;
    struct json *list = visit_list(visit);
    for (size_t i = 0; i < count; i++)
        if (is_known(visit, ids[i]))
            visit_add_user(list, NULL, visit->box, ids[i]);
    return true;
}

static bool update(struct visit *visit)
{
    struct str nickname, portrait;
    const struct user *me = visit_me(visit);
    if (!visit_text(visit, "nickname", NICKNAME_MAX, &nickname) ||
        !visit_text(visit, "portraitUri", PORTRAIT_MAX, &portrait))
        return false;
    struct json *body = json_object();
    json_add_str(body, "userId", me->id);
    json_add_str(body, "name",
                 nickname.len ? nickname : visit_nickname(visit->box, me->id));
    json_add_str(body, "portraitUri", portrait.len ? portrait : me->portrait);
    if (!visit_api(visit, "/user/refresh.json", body))
        return false;
    const struct feed_event event = { OPERATION_PROFILE, STR_NONE, me->id, &me->id, 1 };
    struct json *data = json_object();
    json_add_str(data, "nickname", me->name);
    json_add_str(data, "portraitUri", me->portrait);
    app_feed_tell(visit->box, event, data);
    return true;
}

static bool black_list(struct visit *visit)
{
    struct str id;
    void *value;
    struct json *list = visit_list(visit);
    for (size_t at = 0; map_next(&visit_me(visit)->black, &at, &id, &value);)
        visit_add_user(json_add(list, NULL, json_object()), "user", visit->box, id);
    return true;
}

static bool change_black_list(struct visit *visit, const char *path)
{
    struct str id;
    if (!visit_id(visit, "friendId", &id))
        return false;
    struct json *body = json_object();
    json_add_str(body, "userId", visit->account->user);
    json_add_str(body, "blackUserId", id);
    return visit_api(visit, path, body);
}

static bool add_black(struct visit *visit)
{
    return change_black_list(visit, "/user/blacklist/add.json");
}

static bool remove_black(struct visit *visit)
{
    return change_black_list(visit, "/user/blacklist/remove.json");
}

const struct visit_page visit_user_pages[] = {
    { "POST", "/user/batch", many_users, false },
    { "POST", "/user/updateUser", update, false },
    { "GET", "/user/blacklist", black_list, false },
    { "POST", "/user/add_to_blacklist", add_black, false },
    { "POST", "/user/remove_from_blacklist", remove_black, false },
    { "GET", "/user/{}", one_user, false },
    { NULL, NULL, NULL, false },
};
