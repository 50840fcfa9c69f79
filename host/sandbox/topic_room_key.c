/* The key-value store of a chatroom (wire.md F.7). */
#include "sandbox/answers.h"
#include "sandbox/entries.h"
#include "sandbox/post.h"
#include "sandbox/rooms.h"
#include "sandbox/topics.h"

typedef int change_fn(struct room *room, const struct entry_change *change);

static int change_one(struct ask *ask, struct room *room, change_fn *change,
                      const struct chrm_kv_entity *want)
{
    struct entry_change one = { want->key, want->value, ask->user->id, want->status,
                                ask->now };
    return change(room, &one);
}

/* The room the user sits in; NULL with a status otherwise. */
static struct room *my_room(struct ask *ask, int *status)
{
    struct room *room = state_find_room(&ask->box->state, ask->frame->target);
    *status = !room                                    ? STATUS_NO_ROOM
              : map_get(&room->members, ask->user->id) ? STATUS_OK
                                                       : STATUS_NOT_IN_ROOM;
    return room;
}

/* Tells the room: the change to all, and the message the setter wanted to go with it. */
static void announce(struct ask *ask, struct room *room, bool notify,
                     const struct up_stream_message *up)
{
    rooms_announce_keys(room);
    if (!notify || !up)
        return;
    struct letter letter = {
        .type = CHAT_ROOM,
        .from = ask->user->id,
        .target = room->id,
        .object = up->object_name,
        .content = up->content,
        .session = up->session_id,
        .config_flag = up->config_flag,
        .client_id = up->client_unique_id,
    };
    /* No sync copy: whoever sits in the room is told there. */
    struct post how = { .origin = ask->conn };
    if (post_check(ask->box, &letter) == STATUS_OK)
        post(ask->box, &letter, &how);
}

static int change_single(struct ask *ask, change_fn *change)
{
    struct set_chrm_kv want;
    int status;
    struct room *room = my_room(ask, &status);
    if (status != STATUS_OK)
        return status;
    if (!ask_read(ask, &set_chrm_kv_type, &want))
        return STATUS_BAD;
    status = change_one(ask, room, change, want.entry);
    if (status == STATUS_OK)
        announce(ask, room, want.notify, want.notification);
    return status;
}

static int topic_set(struct ask *ask)
{
    return change_single(ask, entry_set);
}

static int topic_del(struct ask *ask)
{
    return change_single(ask, entry_del);
}

/* SetChrmKVS and DeleteChrmKVS have the same fields. */
static int change_batch(struct ask *ask, change_fn *change)
{
    struct set_chrm_kvs want;
    struct chrm_kvs_output answer = { 0 };
    struct chrm_kvs_output_entity failed[ENTRIES_BATCH_MAX] = { 0 };
    struct chrm_kvs_version_entity made[ENTRIES_BATCH_MAX] = { 0 };
    size_t bad = 0, good = 0;
    int status;
    struct room *room = my_room(ask, &status);
    if (status != STATUS_OK)
        return status;
    if (!ask_read(ask, &set_chrm_kvs_type, &want))
        return STATUS_BAD;
    if (want.entry.count > ENTRIES_BATCH_MAX)
        return STATUS_TOO_MANY_KEYS;
    for (size_t i = 0; i < want.entry.count; i++) {
        const struct chrm_kv_entity *one = &want.entry.at[i];
        status = change_one(ask, room, change, one);
        if (status != STATUS_OK) {
            pb_put(failed[bad], chrm_kvs_output_entity, key, one->key);
            pb_put(failed[bad], chrm_kvs_output_entity, error_code, status);
            bad++;
        } else {
            pb_put(made[good], chrm_kvs_version_entity, version, room->changed_ms);
            pb_put(made[good], chrm_kvs_version_entity, key, one->key);
            good++;
        }
    }
    if (bad)
        pb_put_list(answer, chrm_kvs_output, error_keys, failed, bad);
    if (good) {
        pb_put_list(answer, chrm_kvs_output, keys_version, made, good);
        announce(ask, room, want.notify, want.notification);
    }
    status = ask_write(ask, &chrm_kvs_output_type, &answer);
    return status == STATUS_OK && bad ? STATUS_SOME_KEYS : status;
}

static int topic_set_batch(struct ask *ask)
{
    return change_batch(ask, entry_set);
}

static int topic_del_batch(struct ask *ask)
{
    return change_batch(ask, entry_del);
}

static int topic_pull(struct ask *ask)
{
    struct query_chrm_kv want;
    struct chrm_kv_output answer = { 0 };
    struct chrm_kv_entity list[ENTRIES_MAX] = { 0 };
    struct str key, packed;
    void *value;
    size_t at = 0, count = 0;
    int status;
    struct room *room = my_room(ask, &status);
    if (status != STATUS_OK)
        return status;
    if (!ask_read(ask, &query_chrm_kv_type, &want))
        return STATUS_BAD;
    while (map_next(&room->entries, &at, &key, &value) && count < ENTRIES_MAX) {
        const struct entry *entry = value;
        if (entry->changed_ms <= want.timestamp ||
            (want.timestamp == 0 && entry->status & ENTRY_DELETED))
            continue;
        struct chrm_kv_entity *one = &list[count++];
        pb_put(*one, chrm_kv_entity, key, entry->key);
        pb_put(*one, chrm_kv_entity, value, entry->value);
        pb_put(*one, chrm_kv_entity, status, entry->status);
        pb_put(*one, chrm_kv_entity, timestamp, entry->changed_ms);
        pb_put(*one, chrm_kv_entity, uid, entry->owner);
        pb_put(*one, chrm_kv_entity, version, entry->changed_ms);
    }
    if (count)
        pb_put_list(answer, chrm_kv_output, entries, list, count);
    pb_put(answer, chrm_kv_output, full_update, want.timestamp == 0);
    pb_put(answer, chrm_kv_output, sync_time,
           room->changed_ms ? room->changed_ms : want.timestamp);
    status = ask_write(ask, &chrm_kv_output_type, &answer);
    if (status == STATUS_OK && ask_pack(ask, want.compress_enabled, &packed)) {
        pb_drop(answer, chrm_kv_output, entries);
        pb_put(answer, chrm_kv_output, compress_enabled, true);
        pb_put(answer, chrm_kv_output, compressed_data, packed);
        status = ask_write(ask, &chrm_kv_output_type, &answer);
    }
    return status;
}

const struct topic room_key_topics[] = {
    { "pullKV", topic_pull },      { "setKV", topic_set },        { "delKV", topic_del },
    { "setKVS", topic_set_batch }, { "delKVS", topic_del_batch }, { NULL, NULL },
};
