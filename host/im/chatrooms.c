/* chatrooms: see the header. */
#include "im/chatrooms.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/json.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/must.h"
#include "im/follow.h"
#include "im/lists.h"
#include "proto/content.h"
#include "store/meta.h"

#include <stdio.h>

#define RETRY_MS 5000
#define NO_OLD_ONES (-1)
#define MANY 50 /* a pull that brings so many may have left some */
#define ENTRY_DELETED 4
#define QUESTION_MAX 64
#define STORED "chatroom/"

struct chatroom {
    struct chatrooms *all;
    char *id;
    int64_t old; /* messages from before the joining that are wanted */
    bool inside; /* of this connection: it is joined */
    bool failed; /* join it once more, in a while */
    struct account_call *join;
    struct follow messages, entries;
    int64_t messages_ms, entries_ms; /* cursors; 0: never pulled */
};

struct chatrooms {
    struct loop *loop;
    struct store *store;
    struct requests *requests;
    void (*on_message)(void *arg, struct message *message);
    void *arg;
    char *user;
    struct map rooms; /* by id */
    struct lists lists;
    struct buf text;
    struct loop_timer timer;
};

/* ---- what outlives the process ---- */

static void forget(struct chatroom *room)
{
    char name[300];
    snprintf(name, sizeof(name), STORED "%s", room->id);
    meta_del(room->all->store, str_from(name));
}

static void remember(struct chatroom *room)
{
    char name[300], value[64];
    snprintf(name, sizeof(name), STORED "%s", room->id);
    snprintf(value, sizeof(value), "%lld %lld", (long long)room->messages_ms,
             (long long)room->entries_ms);
    meta_set(room->all->store, str_from(name), str_from(value));
}

static const struct follow_way messages_way, entries_way;

static struct chatroom *add_room(struct chatrooms *chatrooms, struct str id)
{
    struct chatroom *room = MEM_NEW(struct chatroom);
    room->all = chatrooms;
    room->id = str_dup(id);
    room->old = NO_OLD_ONES;
    room->messages = (struct follow){ .requests = chatrooms->requests,
                                      .way = &messages_way,
                                      .arg = room,
                                      .target = str_from(room->id) };
    room->entries = room->messages;
    room->entries.way = &entries_way;
    map_set(&chatrooms->rooms, id, room);
    return room;
}

static void on_stored(void *arg, struct str name, struct str value)
{
    struct str id = str_sub(name, sizeof(STORED) - 1, name.len), first;
    struct chatroom *room = add_room(arg, id);
    str_split(&value, ' ', &first);
    str_to_i64(first, &room->messages_ms);
    str_to_i64(value, &room->entries_ms);
}

/* ---- the end of a room ---- */

static void pause_room(struct chatroom *room)
{
    account_cancel(room->join);
    room->join = NULL;
    follow_stop(&room->messages);
    follow_stop(&room->entries);
    room->inside = room->failed = false;
}

static void free_room(struct chatroom *room)
{
    pause_room(room);
    free(room->id);
    free(room);
}

/* Hands up a message made here; `key` and `time` make it a thing that happens once. */
static void tell(struct chatroom *room, struct json *content, struct str sender,
                 struct str key, int64_t time_ms)
{
    struct chatrooms *chatrooms = room->all;
    char time[24], digest[DIGEST_SHA1_HEX], uid[80];
    snprintf(time, sizeof(time), "%lld", (long long)time_ms);
    const struct str parts[] = { str_from(room->id), STR("/"), key, STR("/"),
                                 str_from(time) };
    digest_sha1_hex(parts, sizeof(parts) / sizeof(parts[0]), digest);
    snprintf(uid, sizeof(uid), MESSAGE_MADE_HERE "room/%s", digest);
    buf_reset(&chatrooms->text);
    bool fits = json_write(content, &chatrooms->text);
    json_free(content);
    if (!fits)
        return;
    struct message message = {
        .type = CONVERSATION_CHATROOM,
        .target = str_from(room->id),
        .sender = sender,
        .object_name = STR(CHATROOM_EVENT),
        .content = buf_str(&chatrooms->text),
        .uid = str_from(uid),
        .sent_ms = time_ms,
    };
    chatrooms->on_message(chatrooms->arg, &message);
}

static void lose(struct chatroom *room, const char *reason)
{
    struct json *content = json_object();
    json_add_str(content, "operation", STR("lost"));
    json_add_str(content, "reason", str_from(reason));
    log_info(LOG_IM, "user=%s chatroom=%s is lost: %s", room->all->user, room->id,
             reason);
    tell(room, content, STR_NONE, STR("lost"), clock_wall_ms());
    forget(room);
    map_del(&room->all->rooms, str_from(room->id));
    free_room(room);
}

/* ---- asking ---- */

bool chatrooms_ask_to_join(struct buf *body)
{
    struct chrm_input ask = { 0 };
    pb_put(ask, chrm_input, nothing, 1);
    return pb_encode(&chrm_input_type, &ask, body, NULL);
}

bool chatrooms_ask_for_entries(struct buf *body, int64_t after_ms)
{
    struct query_chrm_kv ask = { 0 };
    pb_put(ask, query_chrm_kv, timestamp, after_ms);
    pb_put(ask, query_chrm_kv, compress_enabled, true);
    return pb_encode(&query_chrm_kv_type, &ask, body, NULL);
}

static void enter(struct chatroom *room);

static void on_retry(void *arg)
{
    struct chatrooms *chatrooms = arg;
    struct str id;
    void *value;
    for (size_t at = 0; map_next(&chatrooms->rooms, &at, &id, &value);) {
        struct chatroom *room = value;
        if (room->failed)
            enter(room);
    }
}

/* It is entered anew: the server may not know any more that we sit there. */
static void fail(struct chatroom *room, const char *topic, const struct err *why)
{
    struct chatrooms *chatrooms = room->all;
    if (why->code == ERR_CLOSED)
        return;
    log_warn(LOG_IM, "user=%s chatroom=%s %s failed, again in %d ms: %s", chatrooms->user,
             room->id, topic, RETRY_MS, why->text);
    pause_room(room);
    room->failed = true;
    if (!loop_timer_runs(&chatrooms->timer))
        loop_timer_start(chatrooms->loop, &chatrooms->timer, RETRY_MS, on_retry,
                         chatrooms);
}

/* Else what was pulled would be lost, and its cursor not. */
static bool can_write(const struct chatroom *room, struct err *err)
{
    return !store_failed(room->all->store) ||
           err_set(err, ERR_STORAGE, "the bot's database cannot be written");
}

/* ---- messages ---- */

static bool write_for_messages(void *arg, struct buf *body)
{
    const struct chatroom *room = arg;
    struct chrm_pull_msg ask = { 0 };
    pb_put(ask, chrm_pull_msg, sync_time, room->messages_ms);
    pb_put(ask, chrm_pull_msg, count, room->old);
    pb_put(ask, chrm_pull_msg, compress_enabled, true);
    return pb_encode(&chrm_pull_msg_type, &ask, body, NULL);
}

static void take_message(struct chatroom *room, struct str bytes)
{
    struct chatrooms *chatrooms = room->all;
    struct down_stream_message down = { 0 };
    struct message message;
    if (!pb_decode(&down_stream_message_type, &down, bytes, &chatrooms->lists.arena,
                   NULL))
        return;
    lists_message(&down, str_from(chatrooms->user), &message);
    if (!message.own && str_eq(message.target, str_from(room->id)))
        chatrooms->on_message(chatrooms->arg, &message);
}

static bool take_messages(void *arg, struct str payload, const struct err *why)
{
    struct chatroom *room = arg;
    struct chrm_down_stream_messages out = { 0 };
    struct err err = { 0 };
    if (!why &&
        !(can_write(room, &err) && lists_room(&room->all->lists, payload, &out, &err)))
        why = &err;
    if (why) {
        fail(room, "chrmPull", why);
        return false;
    }
    for (size_t i = 0; i < out.list.count; i++)
        take_message(room, out.list.at[i]);
    if (out.sync_time <= room->messages_ms)
        return false;
    room->messages_ms = out.sync_time;
    remember(room);
    return out.list.count >= MANY;
}

static const struct follow_way messages_way = { "chrmPull", write_for_messages,
                                                take_messages };

/* ---- entries ---- */

static bool write_for_entries(void *arg, struct buf *body)
{
    const struct chatroom *room = arg;
    return chatrooms_ask_for_entries(body, room->entries_ms);
}

static void take_entry(struct chatroom *room, const struct chrm_kv_entity *entry)
{
    int64_t time_ms = entry->timestamp ? entry->timestamp : entry->version;
    if (time_ms <= room->entries_ms || entry->key.len > CHATROOM_KEY_MAX ||
        str_eq(entry->uid, str_from(room->all->user)))
        return;
    struct json *content = json_object();
    json_add_str(content, "operation", STR("entry"));
    json_add_str(content, "key", entry->key);
    if (!(entry->status & ENTRY_DELETED))
        json_add_str(content, "value", entry->value);
    json_add_str(content, "user", entry->uid);
    tell(room, content, entry->uid, entry->key, time_ms);
}

static bool take_entries(void *arg, struct str payload, const struct err *why)
{
    struct chatroom *room = arg;
    struct chrm_kv_output out = { 0 };
    struct err err = { 0 };
    if (why && why->code == ERR_REFUSED) {
        log_debug(LOG_IM, "user=%s chatroom=%s has no entries: %s", room->all->user,
                  room->id, why->text);
        return false; /* the app may not have the service */
    }
    if (!why &&
        !(can_write(room, &err) && lists_entries(&room->all->lists, payload, &out, &err)))
        why = &err;
    if (why) {
        fail(room, "pullKV", why);
        return false;
    }
    /* What was there before is no news. */
    for (size_t i = 0; room->entries_ms > 0 && i < out.entries.count; i++)
        take_entry(room, &out.entries.at[i]);
    int64_t to_ms = out.sync_time > 0 ? out.sync_time : 1;
    if (to_ms > room->entries_ms) {
        room->entries_ms = to_ms;
        remember(room);
    }
    return false;
}

static const struct follow_way entries_way = { "pullKV", write_for_entries,
                                               take_entries };

/* ---- being inside ---- */

static void begin(struct chatroom *room)
{
    room->inside = true;
    follow_ask(&room->messages);
    follow_ask(&room->entries);
}

static void on_entered(void *arg, struct str payload, const struct err *why)
{
    struct chatroom *room = arg;
    (void)payload;
    room->join = NULL;
    if (!why)
        begin(room);
    else if (why->code == ERR_REFUSED)
        lose(room, "refused");
    else
        fail(room, "joinChrmR", why);
}

static void enter(struct chatroom *room)
{
    struct buf body;
    pause_room(room);
    buf_init(&body, QUESTION_MAX);
    must(chatrooms_ask_to_join(&body));
    room->join = requests_ask(room->all->requests, "joinChrmR", str_from(room->id),
                              buf_str(&body), on_entered, room, NULL);
    buf_clear(&body);
}

void chatrooms_up(struct chatrooms *chatrooms, struct str user)
{
    struct str id;
    void *value;
    free(chatrooms->user);
    chatrooms->user = str_dup(user);
    for (size_t at = 0; map_next(&chatrooms->rooms, &at, &id, &value);)
        enter(value);
}

void chatrooms_joined(struct chatrooms *chatrooms, struct str id, int64_t old)
{
    struct chatroom *room = map_get(&chatrooms->rooms, id);
    if (!room) {
        room = add_room(chatrooms, id);
        room->old = old > 0 ? old : NO_OLD_ONES;
        remember(room);
    }
    pause_room(room);
    begin(room);
}

void chatrooms_left(struct chatrooms *chatrooms, struct str id)
{
    struct chatroom *room = map_del(&chatrooms->rooms, id);
    if (!room)
        return;
    forget(room);
    free_room(room);
}

bool chatrooms_has(const struct chatrooms *chatrooms, struct str id)
{
    return map_get(&chatrooms->rooms, id) != NULL;
}

size_t chatrooms_count(const struct chatrooms *chatrooms)
{
    return chatrooms->rooms.len;
}

void chatrooms_notice(struct chatrooms *chatrooms, struct str id,
                      enum chatroom_notice what)
{
    struct chatroom *room = map_get(&chatrooms->rooms, id);
    if (room && what == CHATROOM_GONE)
        lose(room, "closed");
    else if (room && room->inside)
        follow_ask(what == CHATROOM_MESSAGES ? &room->messages : &room->entries);
}

/* ---- life ---- */

struct chatrooms *chatrooms_new(struct loop *loop, struct store *store,
                                struct requests *requests,
                                void (*on_message)(void *arg, struct message *message),
                                void *arg)
{
    struct chatrooms *chatrooms = MEM_NEW(struct chatrooms);
    chatrooms->loop = loop;
    chatrooms->store = store;
    chatrooms->requests = requests;
    chatrooms->on_message = on_message;
    chatrooms->arg = arg;
    map_init(&chatrooms->rooms);
    lists_init(&chatrooms->lists);
    buf_init(&chatrooms->text, CONTENT_MAX);
    meta_each(store, STR(STORED), on_stored, chatrooms);
    return chatrooms;
}

void chatrooms_free(struct chatrooms *chatrooms)
{
    struct str id;
    void *value;
    if (!chatrooms)
        return;
    for (size_t at = 0; map_next(&chatrooms->rooms, &at, &id, &value);)
        free_room(value);
    loop_timer_stop(chatrooms->loop, &chatrooms->timer);
    map_clear(&chatrooms->rooms);
    lists_clear(&chatrooms->lists);
    buf_clear(&chatrooms->text);
    free(chatrooms->user);
    free(chatrooms);
}
