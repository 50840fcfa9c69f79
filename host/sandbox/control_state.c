#include "sandbox/control_state.h"

#include "base/clock.h"
#include "sandbox/faults.h"
#include "sandbox/hooks.h"
#include "sandbox/wire.h"

static void add_counts(const struct counters *counters, const struct mail *mail,
                       struct json *out)
{
    struct json *counts = json_add(out, "counts", json_object());
    json_add_int(counts, "navi", (int64_t)counters->navi);
    json_add_int(counts, "connects", (int64_t)counters->connects);
    json_add_int(counts, "publishes", (int64_t)counters->publishes);
    json_add_int(counts, "queries", (int64_t)counters->queries);
    json_add_int(counts, "pings", (int64_t)counters->pings);
    json_add_int(counts, "pushes", (int64_t)counters->pushes);
    json_add_int(counts, "pulls", (int64_t)counters->pulls);
    json_add_int(counts, "rest", (int64_t)counters->rest);
    json_add_int(counts, "messages", (int64_t)counters->messages);
    json_add_int(counts, "uploads", (int64_t)counters->uploads);
    json_add_int(counts, "app", (int64_t)counters->app);
    json_add_int(counts, "kept", (int64_t)(mail->next - mail->oldest));
}

static void add_users(const struct state *state, struct json *out)
{
    int64_t now = clock_wall_ms();
    struct json *list = json_add(out, "users", json_array());
    for (size_t i = 0; i < state->count; i++) {
        const struct user *user = state->order[i];
        struct json *one = json_add(list, NULL, json_object());
        struct str id;
        void *value;
        int64_t online = 0, tokens = 0;
        for (const struct conn *conn = user->conns; conn; conn = conn->user_next)
            online++;
        for (const struct token *token = user->tokens; token; token = token->next)
            tokens += token->ends_ms > now;
        json_add_str(one, "user_id", user->id);
        json_add_str(one, "name", user->name);
        json_add_int(one, "online", online);
        json_add_int(one, "connects", (int64_t)user->connects);
        json_add_int(one, "tokens", tokens);
        json_add_int(one, "inbox", (int64_t)user->inbox.len);
        json_add_int(one, "outbox", (int64_t)user->outbox.len);
        json_add_bool(one, "blocked", user->blocked_until > now);
        json_add_bool(one, "multi_device", user->multi_device);
        struct json *groups = json_add(one, "groups", json_array());
        for (size_t at = 0; map_next(&user->groups, &at, &id, &value);)
            json_add_str(groups, NULL, id);
    }
}

static void add_groups(const struct state *state, struct json *out)
{
    int64_t now = clock_wall_ms();
    struct json *list = json_add(out, "groups", json_array());
    struct str id, member;
    void *value, *gag;
    for (size_t at = 0; map_next(&state->groups, &at, &id, &value);) {
        const struct group *group = value;
        struct json *one = json_add(list, NULL, json_object());
        json_add_str(one, "group_id", group->id);
        json_add_str(one, "name", group->name);
        json_add_bool(one, "muted_all", group->banned);
        struct json *members = json_add(one, "members", json_array());
        for (size_t i = 0; i < group->count; i++)
            json_add_str(members, NULL, group->members[i].user->id);
        struct json *muted = json_add(one, "muted", json_array());
        for (size_t walk = 0; map_next(&group->gags, &walk, &member, &gag);) {
            if (((struct gag *)gag)->until > now)
                json_add_str(muted, NULL, member);
        }
        json_add_int(one, "messages", (int64_t)group->log.len);
    }
}

static void add_rooms(const struct state *state, struct json *out)
{
    struct json *list = json_add(out, "rooms", json_array());
    struct str id, member;
    void *value, *sitter;
    for (size_t at = 0; map_next(&state->rooms, &at, &id, &value);) {
        const struct room *room = value;
        struct json *one = json_add(list, NULL, json_object());
        json_add_str(one, "room_id", room->id);
        struct json *members = json_add(one, "members", json_array());
        for (size_t walk = 0; map_next(&room->members, &walk, &member, &sitter);)
            json_add_str(members, NULL, member);
        json_add_int(one, "messages", (int64_t)room->log.len);
    }
}

static void add_limits(const struct limits *limits, struct json *out)
{
    struct json *one = json_add(out, "limits", json_object());
    json_add_int(one, "messages_per_second", limits->messages_per_second);
    json_add_str(one, "push", limits->notice ? STR("notice") : STR("direct"));
    json_add_bool(one, "history", limits->history);
    json_add_bool(one, "pull_send", limits->pull_send);
    json_add_bool(one, "keep_acked", limits->keep_acked);
    json_add_bool(one, "gzip", limits->gzip);
    json_add_int(one, "page", (int64_t)limits->page);
    json_add_int(one, "token_ms", limits->token_ms);
    json_add_bool(one, "open_anti", limits->open_anti);
    json_add_bool(one, "hosting", limits->hosting);
}

void control_state(const struct sandbox *box, struct json *out)
{
    json_add_int(out, "now", clock_wall_ms());
    json_add_int(out, "connections", (int64_t)box->conn_count);
    add_counts(&box->counters, &box->mail, out);
    add_users(&box->state, out);
    add_groups(&box->state, out);
    add_rooms(&box->state, out);
    faults_describe(box->faults, out, "faults");
    add_limits(&box->limits, out);
    hooks_describe(box->hooks, json_add(out, "hooks", json_object()), true);
}
