#include "sandbox/save_load.h"

#include "base/json.h"
#include "base/mem.h"
#include "sandbox/hooks.h"
#include "sandbox/post.h"
#include "sandbox/words.h"

#include <stdio.h>

struct load {
    struct sandbox *box;
    struct sandbox_rows *rows;
    struct map rosters; /* key -> struct json, each owned */
    struct map used;    /* keys of those that messages name */
};

static int64_t get_time(const struct json *row, const char *name)
{
    return json_int(json_get(row, name), 0);
}

static bool get_flag(const struct json *row, const char *name)
{
    return json_bool(json_get(row, name), false);
}

/* Parses a row, or names it. */
static struct json *parse(const char *kind, struct str key, struct str value,
                          struct err *err)
{
    struct json *row = json_parse(value, err);
    if (!row) {
        err_wrap(err, "%s %.*s", kind, STR_ARG(key));
        if (err)
            err->code = ERR_STORAGE;
    }
    return row;
}

static void load_texts(struct map *map, const struct json *list)
{
    const struct json *one = NULL;
    while ((one = json_next(list, one)))
        free(map_set(map, json_str(json_get(one, "key")),
                     str_dup(json_str(json_get(one, "value")))));
}

static void load_social(struct user *user, const struct json *row)
{
    const struct json *one = NULL, *list = json_get(row, "friends");
    user->friend_level = (int)json_int(json_get(row, "friend_level"), 0);
    while ((one = json_next(list, one))) {
        struct friend *friend = MEM_NEW(struct friend);
        state_set(&friend->remark, json_str(json_get(one, "remark")));
        friend->since_ms = get_time(one, "since");
        map_set(&user->friends, json_str(json_get(one, "id")), friend);
    }
    for (list = json_get(row, "requests"), one = NULL; (one = json_next(list, one));) {
        struct request *request = MEM_NEW(struct request);
        request->received = get_flag(one, "received");
        request->status = (int)get_time(one, "status");
        request->time_ms = get_time(one, "time");
        state_set(&request->text, json_str(json_get(one, "text")));
        map_set(&user->requests, json_str(json_get(one, "id")), request);
    }
    load_texts(&user->profile, json_get(row, "profile"));
    load_texts(&user->extras, json_get(row, "extras"));
    user->profile_version = json_int(json_get(row, "profile_version"), 0);
}

static void load_application(struct group *group, const struct json *row)
{
    struct application *one = group_application(group, json_str(json_get(row, "user")),
                                                json_str(json_get(row, "inviter")));
    state_set(&one->detail, json_str(json_get(row, "detail")));
    state_set(&one->operator, json_str(json_get(row, "operator")));
    one->status = (int)get_time(row, "status");
    one->time_ms = get_time(row, "time");
    one->answered_ms = get_time(row, "answered");
}

static void load_hosting(struct group *group, const struct json *row)
{
    const struct json *one = NULL, *list = json_get(row, "managers");
    if (!row)
        return;
    group_host(group, json_str(json_get(row, "owner")));
    while ((one = json_next(list, one)))
        map_set(&group->hosting->managers, json_str(one), group);
    load_texts(&group->hosting->profile, json_get(row, "profile"));
    for (list = json_get(row, "applications"), one = NULL; (one = json_next(list, one));)
        load_application(group, one);
}

static bool load_user(void *arg, struct str key, struct str value, struct err *err)
{
    struct sandbox *box = ((struct load *)arg)->box;
    struct json *row = parse("user", key, value, err);
    if (!row)
        return false;
    struct user *user = state_user(&box->state, key);
    const struct json *one = NULL, *list = json_get(row, "black");
    state_set(&user->name, json_str(json_get(row, "name")));
    state_set(&user->portrait, json_str(json_get(row, "portrait")));
    if (json_get(row, "bot"))
        user->bot = json_copy(json_get(row, "bot"));
    box->state.bots += user->bot != NULL;
    if (json_get(row, "tags"))
        state_set(&user->tags, json_str(json_get(row, "tags")));
    user->registered_ms = get_time(row, "registered");
    user->blocked_until = get_time(row, "blocked");
    user->deactivated_ms = get_time(row, "deactivated");
    user->muted_until = get_time(row, "muted");
    user->rooms_muted_until = get_time(row, "rooms_muted");
    user->chat_muted = get_flag(row, "chat_muted");
    user->multi_device = get_flag(row, "multi_device");
    while ((one = json_next(list, one)))
        map_set(&user->black, json_str(one), user);
    for (list = json_get(row, "white"), one = NULL; (one = json_next(list, one));)
        map_set(&user->white, json_str(one), user);
    load_social(user, row);
    for (list = json_get(row, "tokens"), one = NULL; (one = json_next(list, one));)
        state_add_token(&box->state, user, json_str(json_get(one, "text")),
                        get_time(one, "issued"), get_time(one, "ends"));
    json_free(row);
    return true;
}

static bool load_account(void *arg, struct str key, struct str value, struct err *err)
{
    struct sandbox *box = ((struct load *)arg)->box;
    struct json *row = parse("account", key, value, err);
    if (!row)
        return false;
    struct app_account *account =
        state_add_account(&box->state, key, json_str(json_get(row, "user")));
    state_set(&account->token, json_str(json_get(row, "token")));
    account->token_ends_ms = get_time(row, "token_ends");
    snprintf(account->salt, sizeof account->salt, "%.*s",
             STR_ARG(json_str(json_get(row, "salt"))));
    snprintf(account->digest, sizeof account->digest, "%.*s",
             STR_ARG(json_str(json_get(row, "digest"))));
    json_free(row);
    return true;
}

static void load_member(struct sandbox *box, struct group *group, const struct json *row)
{
    struct str id = json_str(json_get(row, "id"));
    group_add(group, state_user(&box->state, id), get_time(row, "joined"));
    struct member *member = group_find(group, id);
    state_set(&member->nickname, json_str(json_get(row, "nickname")));
    state_set(&member->extra, json_str(json_get(row, "extra")));
}

static bool load_group(void *arg, struct str key, struct str value, struct err *err)
{
    struct sandbox *box = ((struct load *)arg)->box;
    struct json *row = parse("group", key, value, err);
    if (!row)
        return false;
    struct group *group = state_group(&box->state, key, get_time(row, "created"));
    const struct json *one = NULL, *list = json_get(row, "members");
    state_set(&group->name, json_str(json_get(row, "name")));
    group->banned = get_flag(row, "banned");
    load_hosting(group, json_get(row, "hosting"));
    while ((one = json_next(list, one)))
        load_member(box, group, one);
    for (list = json_get(row, "white"), one = NULL; (one = json_next(list, one));)
        map_set(&group->white, json_str(one), group);
    for (list = json_get(row, "gags"), one = NULL; (one = json_next(list, one));)
        gag_set(&group->gags, json_str(json_get(one, "id")), get_time(one, "until"), 0);
    group->roster = (uint64_t)get_time(row, "roster");
    group->roster_saved = false;
    json_free(row);
    return true;
}

static bool load_words(void *arg, struct str key, struct str value, struct err *err)
{
    struct sandbox *box = ((struct load *)arg)->box;
    struct json *row = parse("words", key, value, err);
    const struct json *one = NULL, *list = json_get(row, "words");
    if (!row)
        return false;
    while ((one = json_next(list, one)))
        words_add(box->words, json_str(json_get(one, "word")),
                  json_str(json_get(one, "replacement")));
    json_free(row);
    return true;
}

static bool load_roster(void *arg, struct str key, struct str value, struct err *err)
{
    struct load *load = arg;
    struct json *row = parse("roster", key, value, err);
    if (!row)
        return false;
    map_set(&load->rosters, key, row);
    return true;
}

/* The strings of an array, in the arena. */
static struct str *get_list(struct sandbox *box, const struct json *list, size_t *count)
{
    struct str *out = arena_alloc(&box->arena, (json_size(list) + 1) * sizeof *out);
    const struct json *one = NULL;
    *count = 0;
    while (out && (one = json_next(list, one)))
        out[(*count)++] = json_str(one);
    return out;
}

static struct str get_some(const struct json *row, const char *name)
{
    return json_get(row, name) ? json_str(json_get(row, name)) : STR_NONE;
}

static bool read_number(struct str key, uint64_t *out)
{
    *out = 0;
    for (size_t i = 0; i < key.len; i++) {
        char c = key.at[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
            return false;
        *out = *out << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    return key.len == 16;
}

static void place_message(struct load *load, const struct json *row, uint64_t number)
{
    struct sandbox *box = load->box;
    size_t to_count, count;
    struct str *to = get_list(box, json_get(row, "to"), &to_count);
    struct letter letter = {
        .type = (int)get_time(row, "type"),
        .from = json_str(json_get(row, "from")),
        .target = json_str(json_get(row, "target")),
        .object = json_str(json_get(row, "object")),
        .content = json_str(json_get(row, "content")),
        .extra_content = get_some(row, "extra"),
        .push_text = get_some(row, "push"),
        .client_id = get_time(row, "client"),
        .session = get_time(row, "session"),
        .config_flag = get_time(row, "config"),
        .option_bits = get_time(row, "options"),
        .edited_ms = get_time(row, "edited"),
        .to = to,
        .to_count = to_count,
    };
    struct str uid = json_str(json_get(row, "uid"));
    int64_t time = get_time(row, "time");
    if (letter.edited_ms > box->state.edits_ms)
        box->state.edits_ms = letter.edited_ms;
    mail_skip_to(&box->mail, number);
    buf_reset(&box->scratch);
    if (!post_received_form(&letter, time, uid, &box->scratch))
        return;
    struct message *message =
        mail_add(&box->mail, &letter, time, uid, buf_str(&box->scratch));
    const struct json *roster =
        map_get(&load->rosters, json_str(json_get(row, "roster")));
    struct str *members = get_list(box, json_get(roster, "members"), &count);
    post_relist(box, message, get_flag(row, "own"), members, count);
}

static bool load_message(void *arg, struct str key, struct str value, struct err *err)
{
    struct load *load = arg;
    uint64_t number;
    struct json *row = parse("message", key, value, err);
    if (!row)
        return false;
    bool fine = read_number(key, &number) && number >= load->box->mail.next;
    if (fine)
        place_message(load, row, number);
    else
        err_set(err, ERR_STORAGE, "message %.*s: not a number", STR_ARG(key));
    arena_reset(&load->box->arena);
    json_free(row);
    return fine;
}

static bool load_app_group(void *arg, struct str key, struct str value, struct err *err)
{
    struct load *load = arg;
    struct json *row = parse("app_group", key, value, err);
    if (!row)
        return false;
    struct app_group *group = state_app_group(&load->box->state, key);
    state_set(&group->creator, json_str(json_get(row, "creator")));
    state_set(&group->bulletin, json_str(json_get(row, "bulletin")));
    state_set(&group->portrait, json_str(json_get(row, "portrait")));
    group->bulletin_ms = get_time(row, "bulletin_time");
    const struct json *list = json_get(row, "managers"), *one = NULL;
    while ((one = json_next(list, one)))
        map_set(&group->managers, json_str(one), group);
    json_free(row);
    return true;
}

static bool load_hooks(void *arg, struct str key, struct str value, struct err *err)
{
    struct load *load = arg;
    struct json *row = parse("hooks", key, value, err);
    bool fine = row && hooks_set(load->box->hooks, row, true, err);
    json_free(row);
    return fine;
}

/* Lists of members that no message names any more go from the file, too. */
static void free_rosters(struct load *load, bool drop_unused)
{
    struct str key;
    void *value;
    for (size_t at = 0; map_next(&load->rosters, &at, &key, &value);) {
        json_free(value);
        if (drop_unused && !map_get(&load->used, key))
            sandbox_rows_del(load->rows, STR("roster"), key);
    }
    map_clear(&load->rosters);
    map_clear(&load->used);
}

bool save_load(struct sandbox *box, struct sandbox_rows *rows, struct err *err)
{
    struct load load = { .box = box, .rows = rows };
    bool fine = sandbox_rows_each(rows, STR("user"), load_user, &load, err) &&
                sandbox_rows_each(rows, STR("account"), load_account, &load, err) &&
                sandbox_rows_each(rows, STR("app_group"), load_app_group, &load, err) &&
                sandbox_rows_each(rows, STR("group"), load_group, &load, err) &&
                sandbox_rows_each(rows, STR("words"), load_words, &load, err) &&
                sandbox_rows_each(rows, STR("hooks"), load_hooks, &load, err) &&
                sandbox_rows_each(rows, STR("roster"), load_roster, &load, err) &&
                sandbox_rows_each(rows, STR("message"), load_message, &load, err);
    free_rosters(&load, fine);
    return fine;
}
