#include "sandbox/rooms.h"

#include "base/clock.h"
#include "base/mem.h"
#include "proto/messages.h"
#include "sandbox/entries.h"
#include "sandbox/hooks_tell.h"

struct room *rooms_open(struct sandbox *box, struct str id, int64_t now)
{
    if (!state_find_room(&box->state, id))
        hooks_tell_room(box, id, HOOK_ROOM_MADE, STR_NONE, false);
    return state_room(&box->state, id, now);
}

int64_t rooms_join(struct conn *conn, struct room *room, int64_t now)
{
    struct sitter *sitter = map_get(&room->members, conn->user->id);
    if (!sitter) {
        sitter = MEM_NEW(struct sitter);
        sitter->user = conn->user;
        sitter->joined_ms = now;
        sitter->order = ++conn->box->state.joins;
        map_set(&room->members, conn->user->id, sitter);
        hooks_tell_room(conn->box, room->id, HOOK_ROOM_JOINED, conn->user->id, false);
    } else if (sitter->conn != conn) {
        map_del(&sitter->conn->rooms, room->id);
    }
    sitter->conn = conn;
    map_set(&conn->rooms, room->id, room);
    return sitter->joined_ms;
}

void rooms_push(struct room *room, struct str topic, struct str payload,
                struct str except)
{
    /* A push may close a socket, which then leaves the room: only deleting happens. */
    size_t at = 0;
    struct str id;
    void *value;
    while (map_next(&room->members, &at, &id, &value)) {
        const struct sitter *sitter = value;
        if (!str_eq(id, except))
            wire_push(sitter->conn, topic, payload);
    }
}

static void announce(struct room *room, int type, int64_t time)
{
    struct buf payload;
    buf_init(&payload, 1024);
    rooms_push(room, STR("s_cmd"), wire_notice(&payload, type, time, room->id), STR_NONE);
    buf_clear(&payload);
}

void rooms_put_out(struct room *room, struct str user)
{
    const struct sitter *sitter = map_get(&room->members, user);
    struct buf payload;
    if (!sitter)
        return;
    struct conn *conn = sitter->conn;
    buf_init(&payload, 1024);
    rooms_leave(conn, room);
    wire_push(conn, STR("s_ntf"),
              wire_notice(&payload, NOTIFY_PULL_CHATROOM, clock_wall_ms(), room->id));
    buf_clear(&payload);
}

void rooms_announce_keys(struct room *room)
{
    announce(room, COMMAND_CHATROOM_KV, room->changed_ms);
}

void rooms_destroy(struct sandbox *box, struct room *room)
{
    size_t at = 0;
    struct str id;
    void *value;
    announce(room, COMMAND_CHATROOM_GONE, clock_wall_ms());
    while (map_next(&room->members, &at, &id, &value))
        map_del(&((struct sitter *)value)->conn->rooms, room->id);
    hooks_tell_room(box, room->id, HOOK_ROOM_ENDED, STR_NONE, false);
    state_del_room(&box->state, room);
}

/* The keys that go when their setter goes. */
static bool drop_keys_of(struct room *room, struct str user)
{
    size_t at = 0;
    struct str key;
    void *value;
    bool any = false;
    while (map_next(&room->entries, &at, &key, &value)) {
        struct entry *entry = value;
        if (!(entry->status & ENTRY_GOES_WITH_OWNER) || entry->status & ENTRY_DELETED ||
            !str_eq(entry->owner, user))
            continue;
        int64_t now = clock_wall_ms();
        room->changed_ms = now > room->changed_ms ? now : room->changed_ms + 1;
        entry->changed_ms = room->changed_ms;
        entry->status |= ENTRY_DELETED;
        any = true;
    }
    return any;
}

void rooms_leave(struct conn *conn, struct room *room)
{
    struct sitter *sitter = map_get(&room->members, conn->user->id);
    map_del(&conn->rooms, room->id);
    if (!sitter || sitter->conn != conn)
        return;
    map_del(&room->members, conn->user->id);
    free(sitter);
    hooks_tell_room(conn->box, room->id, HOOK_ROOM_LEFT, conn->user->id, conn->closing);
    if (drop_keys_of(room, conn->user->id) && !conn->box->closing)
        rooms_announce_keys(room);
}

void rooms_leave_all(struct conn *conn)
{
    size_t at = 0;
    struct str id;
    void *value;
    while (map_next(&conn->rooms, &at, &id, &value))
        rooms_leave(conn, value);
}
