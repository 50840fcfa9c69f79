#include "sandbox/save.h"

#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "sandbox/hooks.h"
#include "sandbox/save_load.h"
#include "sandbox/words.h"
#include "store/sandbox_rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void end_turn(void *arg)
{
    struct save *save = arg;
    struct err err;
    if (!sandbox_rows_commit(save->rows, &err))
        log_error(LOG_SANDBOX, "not saved: %s", err.text);
}

bool save_open(struct sandbox *box, const char *path, struct err *err)
{
    struct sandbox_rows *rows = sandbox_rows_open(path, err);
    if (!rows)
        return false;
    if (!save_load(box, rows, err)) {
        sandbox_rows_close(rows);
        return false;
    }
    box->save = MEM_NEW(struct save);
    box->save->rows = rows;
    buf_init(&box->save->text, 64u << 20);
    loop_hook_add(box->loop, &box->save->hook, end_turn, box->save);
    return true;
}

void save_close(struct sandbox *box)
{
    if (!box->save)
        return;
    loop_hook_remove(&box->save->hook);
    sandbox_rows_close(box->save->rows);
    buf_clear(&box->save->text);
    free(box->save);
    box->save = NULL;
}

/* Writes `value` (taken) as one row. */
static void put(struct sandbox *box, struct str kind, struct str key, struct json *value)
{
    struct save *save = box->save;
    buf_reset(&save->text);
    if (json_write(value, &save->text))
        sandbox_rows_put(save->rows, kind, key, buf_str(&save->text));
    else
        log_error(LOG_SANDBOX, "not saved: a row larger than 64 MiB");
    json_free(value);
}

/* 64-bit times beyond JSON's exact integers: as text. */
static void add_time(struct json *to, const char *name, int64_t time)
{
    char text[32];
    snprintf(text, sizeof text, "%" PRId64, time);
    if (time)
        json_add_str(to, name, str_from(text));
}

static void add_some(struct json *to, const char *name, struct str value)
{
    if (value.len)
        json_add_str(to, name, value);
}

static void add_keys(struct json *to, const char *name, const struct map *map)
{
    struct str key;
    void *value;
    if (map->len == 0)
        return;
    struct json *list = json_add(to, name, json_array());
    for (size_t at = 0; map_next(map, &at, &key, &value);)
        json_add_str(list, NULL, key);
}

static void add_texts(struct json *to, const char *name, const struct map *map)
{
    struct str key;
    void *value;
    struct json *list = json_add(to, name, json_array());
    for (size_t at = 0; map_next(map, &at, &key, &value);) {
        struct json *one = json_add(list, NULL, json_object());
        json_add_str(one, "key", key);
        json_add_str(one, "value", str_from(value));
    }
}

/* Friends, who asked to be one, and the profile. */
static void add_social(struct json *row, const struct user *user)
{
    struct str id;
    void *value;
    struct json *list = json_add(row, "friends", json_array());
    json_add_int(row, "friend_level", user->friend_level);
    for (size_t at = 0; map_next(&user->friends, &at, &id, &value);) {
        const struct friend *friend = value;
        struct json *one = json_add(list, NULL, json_object());
        json_add_str(one, "id", id);
        add_some(one, "remark", friend->remark);
        add_time(one, "since", friend->since_ms);
    }
    list = json_add(row, "requests", json_array());
    for (size_t at = 0; map_next(&user->requests, &at, &id, &value);) {
        const struct request *request = value;
        struct json *one = json_add(list, NULL, json_object());
        json_add_str(one, "id", id);
        json_add_bool(one, "received", request->received);
        json_add_int(one, "status", request->status);
        add_time(one, "time", request->time_ms);
        add_some(one, "text", request->text);
    }
    add_texts(row, "profile", &user->profile);
    add_texts(row, "extras", &user->extras);
    json_add_int(row, "profile_version", user->profile_version);
}

static void add_application(struct json *list, const struct application *application)
{
    struct json *one = json_add(list, NULL, json_object());
    json_add_str(one, "user", application->user);
    add_some(one, "inviter", application->inviter);
    add_some(one, "detail", application->detail);
    add_some(one, "operator", application->operator);
    json_add_int(one, "status", application->status);
    add_time(one, "time", application->time_ms);
    add_time(one, "answered", application->answered_ms);
}

static void add_hosting(struct json *row, const struct hosting *hosting)
{
    if (!hosting)
        return;
    struct json *one = json_add(row, "hosting", json_object());
    json_add_str(one, "owner", hosting->owner);
    add_keys(one, "managers", &hosting->managers);
    add_texts(one, "profile", &hosting->profile);
    struct json *list = json_add(one, "applications", json_array());
    struct str key;
    void *value;
    for (size_t at = 0; map_next(&hosting->applications, &at, &key, &value);)
        add_application(list, value);
}

void save_user(struct sandbox *box, const struct user *user)
{
    if (!box->save)
        return;
    struct json *row = json_object();
    add_some(row, "name", user->name);
    add_some(row, "portrait", user->portrait);
    add_some(row, "tags", user->tags);
    if (user->bot)
        json_add(row, "bot", json_copy(user->bot));
    add_time(row, "registered", user->registered_ms);
    add_time(row, "blocked", user->blocked_until);
    add_time(row, "deactivated", user->deactivated_ms);
    add_time(row, "muted", user->muted_until);
    add_time(row, "rooms_muted", user->rooms_muted_until);
    json_add_bool(row, "chat_muted", user->chat_muted);
    json_add_bool(row, "multi_device", user->multi_device);
    add_keys(row, "black", &user->black);
    add_keys(row, "white", &user->white);
    add_social(row, user);
    struct json *tokens = json_add(row, "tokens", json_array());
    for (const struct token *token = user->tokens; token; token = token->next) {
        struct json *one = json_add(tokens, NULL, json_object());
        json_add_str(one, "text", token->text);
        add_time(one, "issued", token->issued_ms);
        add_time(one, "ends", token->ends_ms);
    }
    put(box, STR("user"), user->id, row);
}

void save_account(struct sandbox *box, struct str name, const struct app_account *account)
{
    if (!box->save)
        return;
    struct json *row = json_object();
    json_add_str(row, "user", account->user);
    json_add_str(row, "token", account->token);
    add_time(row, "token_ends", account->token_ends_ms);
    json_add_str(row, "salt", str_from(account->salt));
    json_add_str(row, "digest", str_from(account->digest));
    put(box, STR("account"), name, row);
}

void save_group(struct sandbox *box, const struct group *group)
{
    if (!box->save)
        return;
    struct json *row = json_object();
    add_some(row, "name", group->name);
    add_time(row, "created", group->created_ms);
    add_time(row, "roster", (int64_t)group->roster);
    json_add_bool(row, "banned", group->banned);
    add_hosting(row, group->hosting);
    add_keys(row, "white", &group->white);
    struct json *members = json_add(row, "members", json_array());
    for (size_t i = 0; i < group->count; i++) {
        struct json *one = json_add(members, NULL, json_object());
        json_add_str(one, "id", group->members[i].user->id);
        add_time(one, "joined", group->members[i].joined_ms);
        add_some(one, "nickname", group->members[i].nickname);
        add_some(one, "extra", group->members[i].extra);
    }
    struct json *gags = json_add(row, "gags", json_array());
    struct str id;
    void *value;
    for (size_t at = 0; map_next(&group->gags, &at, &id, &value);) {
        struct json *one = json_add(gags, NULL, json_object());
        json_add_str(one, "id", id);
        add_time(one, "until", ((struct gag *)value)->until);
    }
    put(box, STR("group"), group->id, row);
}

void save_group_gone(struct sandbox *box, struct str id)
{
    if (box->save)
        sandbox_rows_del(box->save->rows, STR("group"), id);
    save_app_group(box, id, NULL);
}

void save_app_group(struct sandbox *box, struct str id, const struct app_group *group)
{
    if (!box->save)
        return;
    if (!group) {
        sandbox_rows_del(box->save->rows, STR("app_group"), id);
        return;
    }
    struct json *row = json_object();
    add_some(row, "creator", group->creator);
    add_some(row, "bulletin", group->bulletin);
    add_some(row, "portrait", group->portrait);
    add_time(row, "bulletin_time", group->bulletin_ms);
    add_keys(row, "managers", &group->managers);
    put(box, STR("app_group"), id, row);
}

void save_words(struct sandbox *box)
{
    if (!box->save)
        return;
    struct json *row = json_object();
    struct json *list = json_add(row, "words", json_array());
    for (size_t i = 0; i < words_count(box->words); i++) {
        struct json *one = json_add(list, NULL, json_object());
        json_add_str(one, "word", words_at(box->words, i)->word);
        json_add_str(one, "replacement", words_at(box->words, i)->replacement);
    }
    put(box, STR("words"), STR("all"), row);
}

/* Sixteen hex digits, so that keys sort as numbers do. */
static struct str number_key(uint64_t number, char text[17])
{
    snprintf(text, 17, "%016" PRIx64, number);
    return str_of(text, 16);
}

/* A group message went to the members of its moment: their list is a row of its own, made
 * once for all messages between two changes of the membership. */
static void save_roster(struct sandbox *box, struct group *group)
{
    char key[17];
    if (group->roster_saved)
        return;
    group->roster_saved = true;
    struct json *row = json_object();
    struct json *list = json_add(row, "members", json_array());
    for (size_t i = 0; i < group->count; i++)
        json_add_str(list, NULL, group->members[i].user->id);
    put(box, STR("roster"), number_key(group->roster, key), row);
    save_group(box, group);
}

void save_message(struct sandbox *box, const struct message *message, bool own)
{
    const struct letter *letter = &message->letter;
    char key[17];
    if (!box->save || letter->type == CHAT_ROOM)
        return;
    struct json *row = json_object();
    struct group *group =
        letter->type == CHAT_GROUP ? state_find_group(&box->state, letter->target) : NULL;
    if (group) {
        save_roster(box, group);
        json_add_str(row, "roster", number_key(group->roster, key));
    }
    json_add_str(row, "uid", str_from(message->uid));
    add_time(row, "time", message->time);
    json_add_int(row, "type", letter->type);
    json_add_str(row, "from", letter->from);
    json_add_str(row, "target", letter->target);
    json_add_str(row, "object", letter->object);
    json_add_str(row, "content", letter->content);
    if (letter->extra_content.at)
        json_add_str(row, "extra", letter->extra_content);
    if (letter->push_text.at)
        json_add_str(row, "push", letter->push_text);
    add_time(row, "client", letter->client_id);
    add_time(row, "session", letter->session);
    add_time(row, "config", letter->config_flag);
    add_time(row, "options", letter->option_bits);
    json_add_bool(row, "own", own);
    struct json *to = json_add(row, "to", json_array());
    for (size_t i = 0; i < letter->to_count; i++)
        json_add_str(to, NULL, letter->to[i]);
    put(box, STR("message"), number_key(message->number, key), row);
    if (message->number > box->mail.max) /* the ring dropped this one */
        sandbox_rows_del(box->save->rows, STR("message"),
                         number_key(message->number - box->mail.max, key));
}

void save_hooks(struct sandbox *box)
{
    struct json *row = json_object();
    hooks_describe(box->hooks, row, false);
    if (box->save)
        put(box, STR("hooks"), STR("hooks"), row);
    else
        json_free(row);
}

void save_recall(struct sandbox *box, const struct message *message)
{
    char key[17];
    if (box->save)
        sandbox_rows_del(box->save->rows, STR("message"),
                         number_key(message->number, key));
}

/* All but the content and the time of an edit. */
static struct json *without_content(const struct json *row)
{
    struct json *copy = json_object();
    const struct json *one = NULL;
    char field[16];
    while ((one = json_next(row, one))) {
        snprintf(field, sizeof field, "%.*s", STR_ARG(json_name(one)));
        if (strcmp(field, "content") != 0 && strcmp(field, "edited") != 0 &&
            strcmp(field, "extra") != 0)
            json_add(copy, field, json_copy(one));
    }
    return copy;
}

void save_edit(struct sandbox *box, const struct message *message)
{
    char key[17];
    struct buf bytes;
    if (!box->save)
        return;
    buf_init(&bytes, 64u << 20);
    struct str name = number_key(message->number, key);
    if (sandbox_rows_get(box->save->rows, STR("message"), name, &bytes)) {
        struct json *row = json_parse(buf_str(&bytes), NULL);
        struct json *edited = without_content(row);
        json_add_str(edited, "content", message->letter.content);
        if (message->letter.extra_content.at)
            json_add_str(edited, "extra", message->letter.extra_content);
        add_time(edited, "edited", message->letter.edited_ms);
        json_free(row);
        put(box, STR("message"), name, edited);
    }
    buf_clear(&bytes);
}

void save_nothing(struct sandbox *box)
{
    if (box->save)
        sandbox_rows_clear(box->save->rows);
}

bool save_file(struct sandbox *box, struct str key, struct str row)
{
    if (!box->save)
        return false;
    sandbox_rows_put(box->save->rows, STR("file"), key, row);
    return true;
}

bool save_read_file(struct sandbox *box, struct str key, struct buf *out)
{
    return box->save && sandbox_rows_get(box->save->rows, STR("file"), key, out);
}
