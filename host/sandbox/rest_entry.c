#include "sandbox/rest_entry.h"

#include "proto/content.h"
#include "sandbox/entries.h"
#include "sandbox/rest_letter.h"
#include "sandbox/rooms.h"
#include "sandbox/topics.h"

#include <stdio.h>

#define INFO_MAX 262144

static bool refuse(struct call *call, int status)
{
    return rest_fail(call, REST_PARAMETER,
                     status == STATUS_TOO_MANY_ENTRIES
                         ? "The chatroom has too many entries."
                         : "An entry has no valid key or value.");
}

static struct room *read_room(struct call *call)
{
    struct str id;
    if (!rest_id(call, "chatroomId", &id))
        return NULL;
    struct room *room = state_find_room(&call->box->state, id);
    if (!room)
        rest_fail(call, REST_PARAMETER, "chatroomId names no chatroom.");
    return room;
}

/* The message that goes with a change, if one was given. */
static bool read_notice(struct call *call, struct letter *letter)
{
    *letter = (struct letter){ .type = CHAT_ROOM };
    return rest_text_maybe(call, "objectName", 32, &letter->object) &&
           rest_text_maybe(call, "content", CONTENT_MAX, &letter->content);
}

static void tell(struct call *call, struct room *room, struct letter *letter)
{
    rooms_announce_keys(room);
    letter->target = room->id;
    if (letter->object.len && letter->content.len)
        post(call->box, letter, &(struct post){ 0 });
}

/* One entry. */

static bool change(struct call *call, bool set)
{
    struct entry_change change = { .status = ENTRY_OVERWRITE, .now = call->now };
    struct letter letter;
    bool goes = false;
    struct room *room = read_room(call);
    if (!room || !rest_id(call, "userId", &change.user) ||
        !rest_text(call, "key", ENTRY_KEY_MAX, &change.key) ||
        (set && !rest_text(call, "value", ENTRY_VALUE_MAX, &change.value)) ||
        !rest_flag(call, "autoDelete", false, &goes) || !read_notice(call, &letter))
        return false;
    change.status |= goes ? ENTRY_GOES_WITH_OWNER : 0;
    int status = set ? entry_set(room, &change) : entry_del(room, &change);
    if (status == STATUS_NO_KEY)
        return true; /* as it is wanted */
    if (status != STATUS_OK)
        return refuse(call, status);
    letter.from = change.user;
    tell(call, room, &letter);
    return true;
}

static bool set(struct call *call)
{
    return change(call, true);
}

static bool del(struct call *call)
{
    return change(call, false);
}

/* Several. */

static struct json *read_info(struct call *call, struct entry_change *change)
{
    bool goes;
    struct str info = rest_get(call, "entryInfo");
    struct json *given = info.len <= INFO_MAX ? json_parse(info, NULL) : NULL;
    if (json_kind(given) == JSON_OBJECT && json_size(given) <= ENTRIES_BATCH_MAX &&
        rest_id(call, "entryOwnerId", &change->user) &&
        rest_flag(call, "autoDelete", false, &goes)) {
        change->status = ENTRY_OVERWRITE | (goes ? ENTRY_GOES_WITH_OWNER : 0);
        change->now = call->now;
        return given;
    }
    json_free(given);
    if (!call->code)
        rest_fail(call, REST_PARAMETER, "entryInfo is no JSON object of at most %d keys.",
                  ENTRIES_BATCH_MAX);
    return NULL;
}

bool rest_entries_ok(struct call *call)
{
    struct entry_change change = { 0 };
    const struct json *one = NULL;
    bool fine = true;
    if (!rest_get(call, "entryInfo").len)
        return true;
    struct json *given = read_info(call, &change);
    if (!given)
        return false;
    while (fine && (one = json_next(given, one))) {
        change.key = json_name(one);
        change.value = json_str(one);
        fine = entry_ok(&change);
    }
    json_free(given);
    return fine || refuse(call, STATUS_BAD);
}

bool rest_entries_set(struct call *call, struct room *room)
{
    struct entry_change change = { 0 };
    struct letter none = { 0 };
    const struct json *one = NULL;
    int status = STATUS_OK;
    if (!rest_get(call, "entryInfo").len)
        return true;
    struct json *given = read_info(call, &change);
    if (!given)
        return false;
    while (status == STATUS_OK && (one = json_next(given, one))) {
        change.key = json_name(one);
        change.value = json_str(one);
        status = entry_set(room, &change);
    }
    json_free(given);
    tell(call, room, &none);
    return status == STATUS_OK || refuse(call, status);
}

static bool set_batch(struct call *call)
{
    struct room *room = read_room(call);
    if (!room)
        return false;
    if (!rest_get(call, "entryInfo").len)
        return rest_fail(call, REST_PARAMETER, "entryInfo is required.");
    return rest_entries_ok(call) && rest_entries_set(call, room);
}

static void add_entry(struct json *list, const struct entry *entry)
{
    char time[24];
    if (entry_gone(entry))
        return;
    struct json *one = json_add(list, NULL, json_object());
    json_add_str(one, "key", entry->key);
    json_add_str(one, "value", entry->value);
    json_add_str(one, "userId", entry->owner);
    json_add_str(one, "autoDelete",
                 entry->status & ENTRY_GOES_WITH_OWNER ? STR("1") : STR("0"));
    snprintf(time, sizeof time, "%lld", (long long)entry->changed_ms);
    json_add_str(one, "lastSetTime", str_from(time));
}

static bool query(struct call *call)
{
    struct ids keys;
    struct str key;
    void *value;
    struct room *room = read_room(call);
    if (!room ||
        (rest_get(call, "keys").len && !rest_list(call, "keys", ENTRIES_MAX, &keys)))
        return false;
    struct json *list = json_add(call->answer, "keys", json_array());
    if (!rest_get(call, "keys").len) {
        for (size_t at = 0; map_next(&room->entries, &at, &key, &value);)
            add_entry(list, value);
        return true;
    }
    for (size_t i = 0; i < keys.count; i++)
        add_entry(list, map_get(&room->entries, keys.at[i]));
    return true;
}

const struct endpoint entry_endpoints[] = {
    { "/chatroom/entry/set.json", set },
    { "/chatroom/entry/batch/set.json", set_batch },
    { "/chatroom/entry/remove.json", del },
    { "/chatroom/entry/query.json", query },
    { NULL, NULL },
};
