/* Users who leave the app: they cannot log in until they come back (server-api.md 9.1).
 * It takes effect at once, and a webhook tells so. */
#include "base/random.h"
#include "sandbox/hooks_tell.h"
#include "sandbox/rest.h"
#include "sandbox/save.h"
#include "sandbox/wire.h"

#define IDS_MAX 100
#define PAGE_MAX 1000000
#define HOUR_MS 3600000 /* before which nobody comes back */

enum { DISCONNECT_CANCELLED = 9 };

/* Answers with the name of the operation, "BQ7N-2K4M-9F0A-HJ3C", and tells its results.
 */
static void conclude(struct call *call, const struct ids *ids, int type)
{
    char id[20];
    random_id(id, sizeof id - 1);
    id[4] = id[9] = id[14] = '-';
    json_add_str(call->answer, "operateId", str_from(id));
    for (size_t i = 0; i < ids->count; i++) {
        const struct user *user = state_find_user(&call->box->state, ids->at[i]);
        if (user)
            hooks_tell_account(call->box, user->id, str_from(id), type);
    }
}

static bool deactivate(struct call *call)
{
    struct ids ids;
    if (!rest_ids(call, "userId", IDS_MAX, &ids))
        return false;
    for (size_t i = 0; i < ids.count; i++) {
        struct user *user = state_user(&call->box->state, ids.at[i]);
        if (user->deactivated_ms)
            continue;
        user->deactivated_ms = call->now;
        while (user->conns)
            wire_disconnect(user->conns, DISCONNECT_CANCELLED);
        save_user(call->box, user);
    }
    conclude(call, &ids, HOOK_DEACTIVATED);
    return true;
}

static bool reactivate(struct call *call)
{
    struct ids ids;
    const struct state *state = &call->box->state;
    if (!rest_ids(call, "userId", IDS_MAX, &ids))
        return false;
    for (size_t i = 0; i < ids.count; i++) {
        const struct user *user = state_find_user(state, ids.at[i]);
        if (user && user->deactivated_ms && call->now < user->deactivated_ms + HOUR_MS)
            return rest_fail(call, REST_PARAMETER, "%.*s left within the hour.",
                             STR_ARG(user->id));
    }
    for (size_t i = 0; i < ids.count; i++) {
        struct user *user = state_find_user(state, ids.at[i]);
        if (!user)
            continue;
        user->deactivated_ms = 0;
        save_user(call->box, user);
    }
    conclude(call, &ids, HOOK_REACTIVATED);
    return true;
}

static bool list(struct call *call)
{
    int64_t page, size, at = 0;
    const struct state *state = &call->box->state;
    if (!rest_int(call, "pageNo", 1, PAGE_MAX, 1, &page) ||
        !rest_int(call, "pageSize", 1, 50, 50, &size))
        return false;
    struct json *users = json_add(call->answer, "users", json_array());
    for (size_t i = 0; i < state->count; i++) {
        if (!state->order[i]->deactivated_ms)
            continue;
        if (at / size == page - 1)
            json_add_str(users, NULL, state->order[i]->id);
        at++;
    }
    return true;
}

const struct endpoint account_endpoints[] = {
    { "/user/deactivate.json", deactivate },
    { "/user/deactivate/query.json", list },
    { "/user/reactivate.json", reactivate },
    { "/user/activate.json", reactivate },
    { NULL, NULL },
};
