/* marks: see the header. */
#include "im/marks.h"

#include "base/log.h"
#include "base/mem.h"
#include "im/follow.h"
#include "store/meta.h"

#include <stdio.h>

#define ARENA_MAX ((size_t)8 << 20)
#define CONTENT_ROOM 256
#define CURSOR STR("marks")

static const struct {
    const char *word, *number;
} levels[] = {
    { "all", "-1" },      { "default", "0" },  { "mentions", "1" },
    { "mentioned", "2" }, { "everyone", "4" }, { "none", "5" },
};

struct marks {
    struct store *store;
    void (*on_message)(void *arg, struct message *message);
    void *arg;
    char *user; /* NULL: never connected */
    struct follow follow;
    struct arena arena;
};

struct str marks_level(struct str word)
{
    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
        if (str_eq(word, str_from(levels[i].word)))
            return str_from(levels[i].number);
    return STR_NONE;
}

static void describe(struct json *row, const struct session_state_item *item)
{
    if (item->session_state_type == MARK_PINNED)
        json_add_bool(row, "pinned", str_eq(item->value, STR("1")));
    for (size_t i = 0;
         item->session_state_type == MARK_LEVEL && i < sizeof(levels) / sizeof(levels[0]);
         i++)
        if (str_eq(item->value, str_from(levels[i].number)))
            json_add_str(row, "level", str_from(levels[i].word));
}

void marks_describe(struct json *row, const struct session_state *state)
{
    for (size_t i = 0; i < state->state_item.count; i++)
        describe(row, &state->state_item.at[i]);
}

static void take_one(struct marks *marks, const struct session_state *state)
{
    char uid[160];
    struct buf content;
    bool known = state->type == CONVERSATION_PRIVATE || state->type == CONVERSATION_GROUP;
    if (!known || state->channel_id.len == 0 || state->channel_id.len > 64)
        return;
    struct json *row = json_object();
    marks_describe(row, state);
    buf_init(&content, CONTENT_ROOM);
    snprintf(uid, sizeof(uid), MESSAGE_MADE_HERE "mark/%d/%.*s/%lld", (int)state->type,
             STR_ARG(state->channel_id), (long long)state->time);
    if (json_size(row) > 0 && json_write(row, &content)) {
        struct message message = {
            .type = (enum conversation_type)state->type,
            .target = state->channel_id,
            .sender = str_from(marks->user),
            .object_name = STR(MARKS_EVENT),
            .content = buf_str(&content),
            .uid = str_from(uid),
            .sent_ms = state->time,
        };
        marks->on_message(marks->arg, &message);
    }
    buf_clear(&content);
    json_free(row);
}

static bool write_question(void *arg, struct buf *body)
{
    struct marks *marks = arg;
    struct session_req question = { 0 };
    pb_put(question, session_req, time, meta_get_int(marks->store, CURSOR));
    return pb_encode(&session_req_type, &question, body, NULL);
}

static bool take(void *arg, struct str payload, const struct err *why)
{
    struct marks *marks = arg;
    struct session_states list;
    struct err err = { 0 };
    arena_reset(&marks->arena);
    if (!why && !pb_decode(&session_states_type, &list, payload, &marks->arena, &err))
        why = &err;
    if (why) {
        /* Nothing is lost: the next notice or connection asks from the same cursor. */
        log_warn(LOG_IM, "user=%s pullSeAtts: %s", marks->user, why->text);
        return false;
    }
    /* Not taken in, not moved: asked again when the disk works. */
    int64_t from = meta_get_int(marks->store, CURSOR);
    if (store_failed(marks->store))
        return false;
    /* How things are at first is no change. */
    for (size_t i = 0; from > 0 && i < list.state.count; i++)
        take_one(marks, &list.state.at[i]);
    if (list.version > from || from == 0)
        meta_set_int(marks->store, CURSOR, list.version > 0 ? list.version : 1);
    return false;
}

void marks_pull(struct marks *marks)
{
    if (marks->user)
        follow_ask(&marks->follow);
}

void marks_up(struct marks *marks, struct str user)
{
    free(marks->user);
    marks->user = str_dup(user);
    marks_pull(marks);
}

struct marks *marks_new(struct store *store, struct requests *requests,
                        void (*on_message)(void *arg, struct message *message), void *arg)
{
    static const struct follow_way way = { "pullSeAtts", write_question, take };
    struct marks *marks = MEM_NEW(struct marks);
    marks->store = store;
    marks->follow = (struct follow){ .requests = requests, .way = &way, .arg = marks };
    marks->on_message = on_message;
    marks->arg = arg;
    arena_init(&marks->arena, ARENA_MAX);
    return marks;
}

void marks_free(struct marks *marks)
{
    if (!marks)
        return;
    follow_stop(&marks->follow);
    arena_clear(&marks->arena);
    free(marks->user);
    free(marks);
}
