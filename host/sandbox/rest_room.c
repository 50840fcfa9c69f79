/* Chatrooms (server-api.md 9.6): making and ending them, who is in, mutes, messages. */
#include "sandbox/rest_entry.h"
#include "sandbox/rest_letter.h"
#include "sandbox/rooms.h"

#include <stdlib.h>

#define IDS_MAX 20
#define MANY_MAX 1000
#define MINUTES_MAX 43200
#define MEMBERS_MAX 500
#define NAME_MAX_BYTES 256

static bool create(struct call *call)
{
    size_t made = 0;
    for (size_t i = 0; i < call->count; i++) {
        struct str id = rest_bracketed(call->pairs[i].name, "chatroom");
        if (!id.at)
            continue;
        struct str name = call->pairs[i].value;
        if (!state_id_ok(id) || name.len > NAME_MAX_BYTES || !str_is_utf8(name))
            return rest_fail(call, REST_PARAMETER, "chatroom[] has no valid id or name.");
        state_set(&rooms_open(call->box, id, call->now)->name, name);
        made++;
    }
    return made > 0 || rest_fail(call, REST_PARAMETER, "chatroom[id] is required.");
}

static bool create_new(struct call *call)
{
    struct str id;
    struct ids white;
    int64_t minutes;
    bool fixed, banned;
    if (!rest_id(call, "chatroomId", &id) ||
        !rest_flag(call, "destroyType", false, &fixed) ||
        !rest_int(call, "destroyTime", 60, 10080, ROOM_IDLE_MINUTES, &minutes) ||
        !rest_flag(call, "isBan", false, &banned) ||
        !rest_ids_maybe(call, "whiteUserIds", IDS_MAX, &white) || !rest_entries_ok(call))
        return false;
    struct room *room = rooms_open(call->box, id, call->now);
    room->fixed = fixed;
    room->idle_minutes = minutes;
    room->banned = banned;
    for (size_t i = 0; i < white.count; i++)
        map_set(&room->white, white.at[i], room);
    rest_entries_set(call, room);
    return true;
}

static bool destroy(struct call *call)
{
    struct ids ids;
    if (!rest_ids(call, "chatroomId", MANY_MAX, &ids))
        return false;
    for (size_t i = 0; i < ids.count; i++) {
        struct room *room = state_find_room(&call->box->state, ids.at[i]);
        if (room)
            rooms_destroy(call->box, room);
    }
    return true;
}

static bool query(struct call *call)
{
    struct ids ids;
    if (!rest_ids(call, "chatroomId", MANY_MAX, &ids))
        return false;
    struct json *list = json_add(call->answer, "chatRooms", json_array());
    for (size_t i = 0; i < ids.count; i++) {
        const struct room *room = state_find_room(&call->box->state, ids.at[i]);
        if (!room)
            continue;
        struct json *one = json_add(list, NULL, json_object());
        json_add_str(one, "chrmId", room->id);
        json_add_str(one, "name", room->name.len ? room->name : room->id);
        rest_add_time(one, "time", room->created_ms);
    }
    return true;
}

static bool get(struct call *call)
{
    struct str id;
    if (!rest_id(call, "chatroomId", &id))
        return false;
    const struct room *room = state_find_room(&call->box->state, id);
    if (!room)
        return rest_fail(call, REST_PARAMETER, "chatroomId names no chatroom.");
    json_add_str(call->answer, "chatroomId", room->id);
    json_add_int(call->answer, "createTime", room->created_ms);
    json_add_int(call->answer, "memberCount", (int64_t)room->members.len);
    json_add_int(call->answer, "destroyType", room->fixed);
    json_add_int(call->answer, "destroyTime", room->idle_minutes);
    json_add_bool(call->answer, "ban", room->banned);
    return true;
}

/* Who is in. */

static int by_order(const void *a, const void *b)
{
    const struct sitter *x = *(struct sitter *const *)a, *y = *(struct sitter *const *)b;
    return x->order < y->order ? -1 : x->order > y->order;
}

static bool list_members(struct call *call)
{
    struct str id, key;
    int64_t most, order;
    void *value;
    if (!rest_id(call, "chatroomId", &id) ||
        !rest_int(call, "count", 1, MEMBERS_MAX, MEMBERS_MAX, &most) ||
        !rest_int(call, "order", 1, 2, 1, &order))
        return false;
    const struct room *room = state_find_room(&call->box->state, id);
    size_t total = room ? room->members.len : 0, count = 0;
    struct sitter **all =
        arena_alloc(&call->box->arena, (total + 1) * sizeof(struct sitter *));
    for (size_t at = 0; all && room && map_next(&room->members, &at, &key, &value);)
        all[count++] = value;
    if (count)
        qsort(all, count, sizeof *all, by_order);
    json_add_int(call->answer, "total", (int64_t)total);
    struct json *list = json_add(call->answer, "users", json_array());
    for (size_t i = 0; i < count && i < (size_t)most; i++) {
        const struct sitter *sitter = all[order == 2 ? count - 1 - i : i];
        struct json *one = json_add(list, NULL, json_object());
        json_add_str(one, "id", sitter->user->id);
        rest_add_time(one, "time", sitter->joined_ms);
    }
    return true;
}

static bool sits(struct call *call, struct str room_id, struct str user)
{
    const struct room *room = state_find_room(&call->box->state, room_id);
    return room && map_get(&room->members, user);
}

static bool has_member(struct call *call)
{
    struct str id, user;
    if (!rest_id(call, "chatroomId", &id) || !rest_id(call, "userId", &user))
        return false;
    json_add_bool(call->answer, "isInChrm", sits(call, id, user));
    return true;
}

static bool have_members(struct call *call)
{
    struct str id;
    struct ids ids;
    if (!rest_id(call, "chatroomId", &id) || !rest_ids(call, "userId", MANY_MAX, &ids))
        return false;
    struct json *list = json_add(call->answer, "result", json_array());
    for (size_t i = 0; i < ids.count; i++) {
        struct json *one = json_add(list, NULL, json_object());
        json_add_str(one, "userId", ids.at[i]);
        json_add_int(one, "isInChrm", sits(call, id, ids.at[i]));
    }
    return true;
}

/* Mutes, and who is kept out. */

static bool set_holds(struct call *call, bool blocks, int64_t until)
{
    struct str id;
    struct ids ids;
    if (!rest_id(call, "chatroomId", &id) || !rest_ids(call, "userId", IDS_MAX, &ids))
        return false;
    struct room *room = state_find_room(&call->box->state, id);
    for (size_t i = 0; room && i < ids.count; i++) {
        gag_set(blocks ? &room->blocks : &room->gags, ids.at[i], until, call->now);
        if (blocks && until > call->now)
            rooms_put_out(room, ids.at[i]);
    }
    return true;
}

static bool hold_for_minutes(struct call *call, bool blocks)
{
    int64_t minutes;
    return rest_int(call, "minute", 1, MINUTES_MAX, 0, &minutes) &&
           set_holds(call, blocks, rest_until(call, minutes));
}

static bool list_holds(struct call *call, bool blocks)
{
    struct str id, key;
    void *value;
    if (!rest_id(call, "chatroomId", &id))
        return false;
    const struct room *room = state_find_room(&call->box->state, id);
    const struct map *holds = !room ? NULL : blocks ? &room->blocks : &room->gags;
    struct json *list = json_add(call->answer, "users", json_array());
    for (size_t at = 0; holds && map_next(holds, &at, &key, &value);) {
        const struct gag *gag = value;
        if (gag->until <= call->now)
            continue;
        struct json *one = json_add(list, NULL, json_object());
        json_add_str(one, "userId", key);
        rest_add_time(one, "time", gag->until);
    }
    return true;
}

static bool gag_add(struct call *call)
{
    return hold_for_minutes(call, false);
}

static bool gag_rollback(struct call *call)
{
    return set_holds(call, false, 0);
}

static bool gag_list(struct call *call)
{
    return list_holds(call, false);
}

static bool block_add(struct call *call)
{
    return hold_for_minutes(call, true);
}

static bool block_rollback(struct call *call)
{
    return set_holds(call, true, 0);
}

static bool block_list(struct call *call)
{
    return list_holds(call, true);
}

static bool set_banned(struct call *call, bool banned)
{
    struct str id;
    if (!rest_id(call, "chatroomId", &id))
        return false;
    struct room *room = state_find_room(&call->box->state, id);
    if (room)
        room->banned = banned;
    return true;
}

static bool ban_add(struct call *call)
{
    return set_banned(call, true);
}

static bool ban_rollback(struct call *call)
{
    return set_banned(call, false);
}

/* Who may speak while everybody is muted. */

static bool change_white(struct call *call, bool add)
{
    struct str id;
    struct ids ids;
    if (!rest_id(call, "chatroomId", &id) || !rest_ids(call, "userId", IDS_MAX, &ids))
        return false;
    struct room *room = state_find_room(&call->box->state, id);
    for (size_t i = 0; room && i < ids.count; i++) {
        if (add)
            map_set(&room->white, ids.at[i], room);
        else
            map_del(&room->white, ids.at[i]);
    }
    return true;
}

static bool white_add(struct call *call)
{
    return change_white(call, true);
}

static bool white_rollback(struct call *call)
{
    return change_white(call, false);
}

static bool white_query(struct call *call)
{
    struct str id, key;
    void *value;
    if (!rest_id(call, "chatroomId", &id))
        return false;
    const struct room *room = state_find_room(&call->box->state, id);
    struct json *list = json_add(call->answer, "userIds", json_array());
    for (size_t at = 0; room && map_next(&room->white, &at, &key, &value);)
        json_add_str(list, NULL, key);
    return true;
}

const struct endpoint room_endpoints[] = {
    { "/chatroom/create.json", create },
    { "/chatroom/create_new.json", create_new },
    { "/chatroom/destroy.json", destroy },
    { "/chatroom/query.json", query },
    { "/chatroom/get.json", get },
    { "/chatroom/user/query.json", list_members },
    { "/chatroom/user/exist.json", has_member },
    { "/chatroom/users/exist.json", have_members },
    { "/chatroom/user/gag/add.json", gag_add },
    { "/chatroom/user/gag/rollback.json", gag_rollback },
    { "/chatroom/user/gag/list.json", gag_list },
    { "/chatroom/user/block/add.json", block_add },
    { "/chatroom/user/block/rollback.json", block_rollback },
    { "/chatroom/user/block/list.json", block_list },
    { "/chatroom/ban/add.json", ban_add },
    { "/chatroom/ban/rollback.json", ban_rollback },
    { "/chatroom/user/ban/whitelist/add.json", white_add },
    { "/chatroom/user/ban/whitelist/rollback.json", white_rollback },
    { "/chatroom/user/ban/whitelist/query.json", white_query },
    { NULL, NULL },
};
