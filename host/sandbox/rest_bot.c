/* Users that are bots, and where their events are posted (server-api.md 9.8). All bodies
 * are JSON; what is kept of a bot is what was given. */
#include "sandbox/bots.h"
#include "sandbox/hooks.h"
#include "sandbox/rest.h"
#include "sandbox/save.h"

#define GET_MAX 20
#define TEXT_MAX 128
#define URL_MAX 256
#define PAIRS_MAX 16
#define KEY_MAX 32
#define INTEGRATIONS_MAX 16
#define PAGE_MAX 1000000

static bool check_text(struct call *call, const struct json *in, const char *name,
                       size_t max, bool required)
{
    const struct json *node = json_get(in, name);
    struct str text = json_str(node);
    if ((!node && !required) || (text.len > 0 && text.len <= max))
        return true;
    return rest_fail(call, REST_PARAMETER, "%s must be a text of 1 to %zu bytes.", name,
                     max);
}

static bool check_metadata(struct call *call, const struct json *map)
{
    const struct json *one = NULL;
    bool fine = !map || (json_kind(map) == JSON_OBJECT && json_size(map) <= PAIRS_MAX);
    while (fine && (one = json_next(map, one)))
        fine = json_name(one).len >= 1 && json_name(one).len <= KEY_MAX &&
               json_str(one).len >= 1 && json_str(one).len <= TEXT_MAX;
    return fine || rest_fail(call, REST_PARAMETER, "metadata does not fit.");
}

/* Nothing of it lies deeper than so. */
static bool is_flat(const struct json *node, int depth)
{
    const struct json *one = NULL;
    if (json_kind(node) != JSON_OBJECT && json_kind(node) != JSON_ARRAY)
        return true;
    bool flat = depth > 0;
    while (flat && (one = json_next(node, one)))
        flat = is_flat(one, depth - 1);
    return flat;
}

static bool check_integration(struct call *call, const struct json *one, bool required)
{
    const struct json *url = json_get(one, "callbackUrl");
    if (json_kind(one) != JSON_OBJECT || !is_flat(one, 2))
        return rest_fail(call, REST_PARAMETER, "An integration does not fit.");
    if (!check_text(call, one, "type", TEXT_MAX, true) ||
        !check_text(call, one, "callbackUrl", URL_MAX * 8, required))
        return false;
    return !url || hooks_check_url(HOOK_BOTS, json_str(url), NULL) ||
           rest_fail(call, REST_PARAMETER, "callbackUrl must be an http:// address.");
}

/* What a bot is made or changed with. */
static bool check_bot(struct call *call, bool required)
{
    const struct json *one = NULL, *list = json_get(call->json, "integrations");
    if (!check_text(call, call->json, "name", TEXT_MAX, required) ||
        !check_text(call, call->json, "type", TEXT_MAX, required) ||
        !check_text(call, call->json, "profileUrl", URL_MAX, required) ||
        !check_metadata(call, json_get(call->json, "metadata")))
        return false;
    if ((required || list) &&
        (json_kind(list) != JSON_ARRAY || json_size(list) > INTEGRATIONS_MAX))
        return rest_fail(call, REST_PARAMETER, "integrations must be a list.");
    while ((one = json_next(list, one))) {
        if (!check_integration(call, one, true))
            return false;
    }
    return true;
}

/* A copy of `from` with the members in `with` in place of its own. Gives a root. */
static struct json *merge(const struct json *from, const struct json *with)
{
    static const char *const members[] = {
        "name",   "profileUrl",     "metadata",       "integrations",
        "type",   "enabled",        "callbackUrl",    "objectNames",
        "events", "handleResponse", "gentleResponse", "waitForInputCompletion",
        "stream", "auth",           "agent",
    };
    struct json *made = json_object();
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        const struct json *one = json_get(with, members[i]);
        one = one ? one : json_get(from, members[i]);
        if (one)
            json_add(made, members[i], json_copy(one));
    }
    if (json_get(from, "createdAt"))
        json_add(made, "createdAt", json_copy(json_get(from, "createdAt")));
    return made;
}

/* Makes `bot` (taken; NULL: none) what the user is. */
static void keep(struct call *call, struct user *user, struct json *bot)
{
    call->box->state.bots += (bot != NULL) - (user->bot != NULL);
    json_free(user->bot);
    user->bot = bot;
    if (bot) {
        json_add_int(bot, "updatedAt", call->now);
        state_set(&user->name, json_str(json_get(bot, "name")));
        state_set(&user->portrait, json_str(json_get(bot, "profileUrl")));
    }
    save_user(call->box, user);
}

static struct user *read_bot(struct call *call)
{
    struct str id;
    if (!rest_id(call, "userId", &id))
        return NULL;
    struct user *user = state_find_user(&call->box->state, id);
    if (user && user->bot)
        return user;
    rest_fail(call, REST_PARAMETER, "userId is not a bot.");
    return NULL;
}

static bool create(struct call *call)
{
    struct str id;
    if (!rest_id(call, "userId", &id) || !check_bot(call, true))
        return false;
    struct user *user = state_user(&call->box->state, id);
    if (user->bot || call->box->state.bots >= BOTS_MAX)
        return rest_fail(call, REST_PARAMETER,
                         user->bot ? "The bot exists." : "There are %d bots.", BOTS_MAX);
    struct json *bot = merge(NULL, call->json);
    json_add_int(bot, "createdAt", call->now);
    if (!user->registered_ms)
        user->registered_ms = call->now;
    keep(call, user, bot);
    return true;
}

static bool update(struct call *call)
{
    struct user *user = read_bot(call);
    if (!user || !check_bot(call, false))
        return false;
    keep(call, user, merge(user->bot, call->json));
    return true;
}

static bool del(struct call *call)
{
    struct user *user = read_bot(call);
    if (user)
        keep(call, user, NULL);
    return user != NULL;
}

/* Integrations: one of a type. */

static const struct json *find(const struct json *list, struct str type)
{
    const struct json *one = NULL;
    while ((one = json_next(list, one)) && !str_eq(json_str(json_get(one, "type")), type))
        ;
    return one;
}

enum change { ADDED, CHANGED, REMOVED };

static bool change_integration(struct call *call, enum change what)
{
    const struct json *one = NULL;
    struct user *user = read_bot(call);
    if (!user || !check_integration(call, call->json, what == ADDED))
        return false;
    const struct json *list = json_get(user->bot, "integrations");
    const struct json *old = find(list, json_str(json_get(call->json, "type")));
    if ((what == ADDED) != !old || (!old && json_size(list) >= INTEGRATIONS_MAX))
        return rest_fail(call, REST_PARAMETER,
                         old ? "The bot has one of this type."
                             : "The bot has none of this type, or too many.");
    struct json *fresh = json_object();
    struct json *integrations = json_add(fresh, "integrations", json_array());
    while ((one = json_next(list, one))) {
        if (one != old)
            json_add(integrations, NULL, json_copy(one));
    }
    if (what != REMOVED)
        json_add(integrations, NULL, merge(old, call->json));
    keep(call, user, merge(user->bot, fresh));
    json_free(fresh);
    return true;
}

static bool add_integration(struct call *call)
{
    return change_integration(call, ADDED);
}

static bool update_integration(struct call *call)
{
    return change_integration(call, CHANGED);
}

static bool del_integration(struct call *call)
{
    return change_integration(call, REMOVED);
}

/* Reading. */

static void describe(struct json *list, const struct user *user, bool integrations)
{
    const struct json *member = NULL;
    static const char *const members[] = { "name",        "type",      "profileUrl",
                                           "metadata",    "createdAt", "updatedAt",
                                           "integrations" };
    struct json *one = json_add(list, NULL, json_object());
    json_add_str(one, "userId", user->id);
    for (size_t i = 0; i < sizeof members / sizeof *members - !integrations; i++) {
        member = json_get(user->bot, members[i]);
        if (member)
            json_add(one, members[i], json_copy(member));
    }
}

static void finish(struct call *call, struct json *list, int64_t total, bool more)
{
    json_add(call->answer, "bots", list);
    json_add_int(call->answer, "total", total);
    json_add_bool(call->answer, "hasNext", more);
}

static bool get(struct call *call)
{
    struct ids ids;
    if (!rest_ids(call, "userIds", GET_MAX, &ids))
        return false;
    struct json *list = json_array();
    for (size_t i = 0; i < ids.count; i++) {
        const struct user *user = state_find_user(&call->box->state, ids.at[i]);
        if (user && user->bot)
            describe(list, user, true);
    }
    finish(call, list, (int64_t)json_size(list), false);
    return true;
}

static bool query(struct call *call)
{
    int64_t page, size, at = 0;
    bool integrations;
    const struct state *state = &call->box->state;
    if (!rest_int(call, "page", 1, PAGE_MAX, 1, &page) ||
        !rest_int(call, "pageSize", 1, 100, 10, &size) ||
        !rest_flag(call, "includeIntegration", false, &integrations))
        return false;
    struct json *list = json_array();
    for (size_t i = 0; i < state->count; i++) {
        if (state->order[i]->bot && at++ / size == page - 1)
            describe(list, state->order[i], integrations);
    }
    finish(call, list, at, at > page * size);
    return true;
}

const struct endpoint bot_endpoints[] = {
    { "/v3/bot/create.json", create },
    { "/v3/bot/update.json", update },
    { "/v3/bot/delete.json", del },
    { "/v3/bot/get.json", get },
    { "/v3/bot/query.json", query },
    { "/v3/bot/integration/create.json", add_integration },
    { "/v3/bot/integration/update.json", update_integration },
    { "/v3/bot/integration/delete.json", del_integration },
    { NULL, NULL },
};
