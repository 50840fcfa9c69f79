/*
 * outbox_post: how messages leave by the Server API, for accounts without a socket: the
 * other way out of im/outbox.
 *
 * A message's client_unique_id is its msgRandom: posted again within a minute it is the
 * same message, so one whose answer is lost is posted again for that long, and after it
 * nobody can tell. Of each conversation one is under way at a time; the quota of calls is
 * the governor's (im/server_api).
 */
#include "base/mem.h"
#include "im/form.h"
#include "im/outbox_inside.h"
#include "proto/messages.h"

#include <stdio.h>

#define POSTS_MAX 16
#define LOOKED_AT_MAX 1000
#define AGAIN_MS 2000
#define SAME_MS 55000 /* a msgRandom is known for a minute */
#define FORM_MAX ((size_t)2 << 20)

static const struct {
    int type;
    const char *path, *target;
} ways[] = {
    { CONVERSATION_PRIVATE, "/message/private/publish.json", "toUserId" },
    { CONVERSATION_GROUP, "/message/group/publish.json", "toGroupId" },
    { CONVERSATION_CHATROOM, "/message/chatroom/publish.json", "toChatroomId" },
};

/* {"name":{"v":"value"}} of the wire is {"name":"value"} here. */
static bool add_expansion(struct buf *form, struct str wire)
{
    struct json *given = json_parse(wire, NULL), *made = json_object();
    const struct json *member = NULL;
    struct buf text;
    buf_init(&text, FORM_MAX);
    while (json_kind(given) == JSON_OBJECT && (member = json_next(given, member))) {
        buf_reset(&text);
        if (buf_add_str(&text, json_name(member)) && buf_add_byte(&text, '\0'))
            json_add_str(made, text.at, json_str(json_get(member, "v")));
    }
    buf_reset(&text);
    bool fine = json_write(made, &text) && form_add(form, "expansion", STR("true")) &&
                form_add(form, "extraContent", buf_str(&text));
    buf_clear(&text);
    json_free(made);
    json_free(given);
    return fine;
}

static bool add_flag(struct buf *form, const char *name, bool on)
{
    return form_add(form, name, on ? STR("1") : STR("0"));
}

static bool write_form(const struct entry *entry, const struct up_stream_message *up,
                       const char *target, struct buf *form)
{
    int64_t bits = up->session_id;
    bool fine = form_add(form, "fromUserId", str_from(entry->outbox->user)) &&
                form_add(form, target, entry->row.target) &&
                form_add(form, "objectName", up->object_name) &&
                form_add(form, "content", up->content) &&
                add_flag(form, "isPersisted", bits & UP_STORED) &&
                add_flag(form, "isCounted", bits & UP_COUNTED) &&
                form_add_int(form, "msgRandom", entry->row.client_unique_id);
    if (bits & UP_MENTION)
        fine = fine && add_flag(form, "isMentioned", true);
    if (bits & UP_SILENT)
        fine = fine && form_add(form, "disablePush", STR("true"));
    if (pb_has(*up, up_stream_message, push_text))
        fine = fine && form_add(form, "pushContent", up->push_text);
    if (pb_has(*up, up_stream_message, app_data))
        fine = fine && form_add(form, "pushData", up->app_data);
    if (bits & UP_EXPANDABLE)
        fine = fine && add_expansion(form, up->extra_content);
    for (size_t i = 0; i < up->to_user_ids.count; i++)
        fine = fine && form_add(form, "toUserId", up->to_user_ids.at[i]);
    return fine;
}

/* ---- answers ---- */

static void on_again(void *arg)
{
    struct entry *entry = arg;
    entry_set_state(entry, ENTRY_READY);
}

/* It may have arrived: as long as it would be recognized it is posted again. */
static void not_sure(struct entry *entry)
{
    struct outbox *outbox = entry->outbox;
    int64_t age_ms = outbox->events.server_ms(outbox->arg) - entry->row.created_ms;
    if (age_ms + AGAIN_MS < SAME_MS)
        loop_timer_start(outbox->loop, &entry->timer, AGAIN_MS, on_again, entry);
    else
        entry_unknown(entry);
}

static void on_answer(void *arg, const struct json *answer, const struct err *why)
{
    struct entry *entry = arg;
    struct outbox *outbox = entry->outbox;
    entry->post = NULL;
    const struct json *one = json_next(json_get(answer, "messageUIDs"), NULL);
    if (!why) {
        entry_done(entry, json_str(json_get(one, "messageUID")),
                   outbox->events.server_ms(outbox->arg));
    } else if (why->code == ERR_LIMIT) { /* it never left */
        entry_set_state(entry, ENTRY_READY);
    } else if (why->code == ERR_REFUSED && !server_api_passes(why->status)) {
        entry_fail(entry, why);
    } else {
        entry_set_state(entry, ENTRY_UNSURE);
        not_sure(entry);
    }
}

/* ---- leaving ---- */

static void fail(struct entry *entry, enum err_code code, const char *text)
{
    struct err why = { 0 };
    err_set(&why, code, "%s", text);
    entry_fail(entry, &why);
}

static void post(struct entry *entry)
{
    struct outbox *outbox = entry->outbox;
    struct up_stream_message up = { 0 };
    struct err err = { 0 };
    struct buf form;
    size_t way = 0;
    while (way < sizeof(ways) / sizeof(*ways) && ways[way].type != entry->row.type)
        way++;
    arena_reset(&outbox->lists.arena);
    buf_init(&form, FORM_MAX);
    bool fine = way < sizeof(ways) / sizeof(*ways) &&
                pb_decode(&up_stream_message_type, &up, entry->row.payload,
                          &outbox->lists.arena, &err) &&
                write_form(entry, &up, ways[way].target, &form);
    if (fine)
        entry->post = server_api_start(outbox->api, ways[way].path, buf_str(&form),
                                       on_answer, entry, &err);
    buf_clear(&form);
    if (entry->post)
        entry_set_state(entry, ENTRY_LEFT);
    else
        fail(entry, fine ? err.code : ERR_LIMIT,
             fine ? err.text : "it does not fit into a call of the Server API");
}

/* Whether one before it goes to the same conversation. */
static bool is_behind(struct map *seen, const struct entry *entry)
{
    char name[512];
    int len = snprintf(name, sizeof(name), "%d/%.*s", entry->row.type,
                       STR_ARG(entry->row.target));
    struct str key = str_of(name, (size_t)len < sizeof(name) ? (size_t)len : 0);
    return map_set(seen, key, seen) != NULL;
}

void outbox_post(struct outbox *outbox)
{
    struct map seen;
    size_t looked_at = 0;
    map_init(&seen);
    for (struct entry *entry = outbox->first, *next; entry; entry = next) {
        next = entry->next;
        if (entry->status_only) {
            fail(entry, ERR_UNSUPPORTED, "an account without a socket has no such thing");
            continue;
        }
        if (++looked_at > LOOKED_AT_MAX || outbox->left >= POSTS_MAX)
            break;
        if (is_behind(&seen, entry))
            continue;
        if (entry->state == ENTRY_READY)
            post(entry);
        else if (entry->state == ENTRY_UNSURE && !loop_timer_runs(&entry->timer))
            not_sure(entry); /* of an earlier life */
    }
    map_clear(&seen);
}
