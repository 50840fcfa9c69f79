/* What was talked, with names: the conversation list and history (app-server.md 3.2). */
#include "sandbox/conversations.h"
#include "sandbox/visit.h"

#include <stdlib.h>
#include <string.h>

#define LIST_USUAL 50
#define LIST_MAX 1000
#define PAGE_USUAL 20
#define PAGE_MAX 100

static int64_t number(const struct visit *visit, const char *name, int64_t usual)
{
    struct buf text;
    int64_t value = usual;
    buf_init(&text, 64);
    if (server_param(visit->query, name, &text) && !str_to_i64(buf_str(&text), &value))
        value = usual;
    buf_clear(&text);
    return value;
}

static void add_message(struct visit *visit, struct json *to,
                        const struct message *message)
{
    json_add_str(to, "messageUID", str_from(message->uid));
    json_add_str(to, "fromUserId", message->letter.from);
    json_add_str(to, "senderName", visit_nickname(visit->box, message->letter.from));
    json_add_str(to, "objectName", message->letter.object);
    json_add_str(to, "content", message->letter.content);
    json_add_int(to, "sentTime", message->time);
}

static void add_row(struct visit *visit, struct json *list,
                    const struct conversation_row *row)
{
    const struct mark *mark = state_find_mark(visit_me(visit), row->type, row->target);
    const struct group *group = row->type == CHAT_GROUP
                                    ? state_find_group(&visit->box->state, row->target)
                                    : NULL;
    struct json *one = json_add(list, NULL, json_object());
    json_add_int(one, "conversationType", row->type);
    json_add_str(one, "targetId", row->target);
    json_add_str(one, "name",
                 group && group->name.len ? group->name
                                          : visit_nickname(visit->box, row->target));
    json_add_bool(one, "top", mark && str_eq(mark->top, STR("1")));
    json_add_bool(one, "muted", mark && str_eq(mark->silent, STR("5")));
    add_message(visit, json_add(one, "last", json_object()), row->last);
}

static bool list(struct visit *visit)
{
    struct conversation_rows rows;
    int64_t left = number(visit, "count", LIST_USUAL);
    int64_t before = number(visit, "before", 0);
    if (left < 1 || left > LIST_MAX)
        return visit_refuse(visit, 400, APP_PARAMETER, "count is 1 to 1000.");
    struct json *all = visit_list(visit);
    conversations_list(visit->box, visit_me(visit), &rows);
    for (size_t i = 0; i < rows.count && left > 0; i++) {
        const struct conversation_row *row = &rows.at[i];
        bool shown = row->type == CHAT_PRIVATE || row->type == CHAT_GROUP;
        if (!shown || (before > 0 && row->last->time >= before))
            continue;
        add_row(visit, all, row);
        left--;
    }
    free(rows.at);
    return true;
}

static bool history(struct visit *visit)
{
    const struct user *me = visit_me(visit);
    struct buf target;
    bool member;
    int64_t type = number(visit, "conversationType", 0);
    int64_t before = number(visit, "before", 0);
    int64_t left = number(visit, "count", PAGE_USUAL);
    if ((type != CHAT_PRIVATE && type != CHAT_GROUP) || left < 1 || left > PAGE_MAX)
        return visit_refuse(visit, 400, APP_PARAMETER,
                            "conversationType is 1 or 3, count 1 to 100.");
    buf_init(&target, STATE_ID_MAX + 1);
    bool named = server_param(visit->query, "targetId", &target);
    struct str id = box_copy(visit->box, buf_str(&target));
    buf_clear(&target);
    if (!named || !state_id_ok(id))
        return visit_refuse(visit, 400, APP_PARAMETER, "targetId is missing or wrong.");
    const struct log *log = conversations_log(visit->box, me, (int)type, id, &member);
    if (!member)
        return visit_refuse(visit, 200, APP_REFUSED, "Only group members can see it.");
    const struct mark *mark = state_find_mark(me, (int)type, id);
    struct json *messages = json_add(visit->result, "messages", json_array());
    bool more = false;
    for (size_t i = log ? log->len : 0; i > 0 && !more; i--) {
        const struct message *message = log_at(log, &visit->box->mail, i - 1);
        if (!conversations_shows(me, message, mark ? mark->cleaned_ms : 0) ||
            (before > 0 && message->time >= before))
            continue;
        more = left-- == 0;
        if (!more)
            add_message(visit, json_add(messages, NULL, json_object()), message);
    }
    json_add_bool(visit->result, "hasMore", more);
    return true;
}

const struct visit_page visit_chat_pages[] = {
    { "GET", "/conversation/list", list, false },
    { "GET", "/conversation/history", history, false },
    { NULL, NULL, NULL, false },
};
