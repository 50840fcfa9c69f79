/* Chatrooms, and mutes of any place. */
#include "base/mem.h"
#include "sandbox/state.h"

#include <stdlib.h>

struct room *state_find_room(const struct state *state, struct str id)
{
    return map_get(&state->rooms, id);
}

struct room *state_room(struct state *state, struct str id, int64_t now)
{
    struct room *room = map_get(&state->rooms, id);
    if (room)
        return room;
    room = MEM_NEW(struct room);
    state_set(&room->id, id);
    room->created_ms = now;
    room->idle_minutes = ROOM_IDLE_MINUTES;
    room->log.last_ms = state->floor_ms;
    map_set(&state->rooms, id, room);
    return room;
}

static void free_room(struct room *room)
{
    size_t at = 0;
    struct str key;
    void *value;
    while (map_next(&room->members, &at, &key, &value))
        free(value);
    map_clear(&room->members);
    gag_clear(&room->gags);
    gag_clear(&room->blocks);
    for (at = 0; map_next(&room->entries, &at, &key, &value);) {
        struct entry *entry = value;
        free((char *)entry->key.at);
        free((char *)entry->value.at);
        free((char *)entry->owner.at);
        free(entry);
    }
    map_clear(&room->entries);
    log_clear(&room->log);
    map_clear(&room->white);
    free((char *)room->id.at);
    free((char *)room->name.at);
    free(room);
}

void state_del_room(struct state *state, struct room *room)
{
    map_del(&state->rooms, room->id);
    free_room(room);
}

/* Mutes. */

void gag_set(struct map *gags, struct str user, int64_t until, int64_t now)
{
    if (until <= now) {
        free(map_del(gags, user));
        return;
    }
    struct gag *gag = map_get(gags, user);
    if (!gag) {
        gag = MEM_NEW(struct gag);
        map_set(gags, user, gag);
    }
    gag->until = until;
}

bool gag_holds(const struct map *gags, struct str user, int64_t now)
{
    if (gags->len == 0)
        return false;
    const struct gag *gag = map_get(gags, user);
    return gag && gag->until > now;
}

void gag_clear(struct map *gags)
{
    size_t at = 0;
    struct str key;
    void *value;
    while (map_next(gags, &at, &key, &value))
        free(value);
    map_clear(gags);
}
