#include "sandbox/events.h"

#include "base/clock.h"
#include "base/mem.h"
#include "sandbox/wire.h"

#include <string.h>

/* Keeps a copy; the oldest half goes when there are too many. */
static void keep(struct user *user, int64_t time_ms, struct str bytes)
{
    if (user->event_count == EVENTS_MAX) {
        size_t half = EVENTS_MAX / 2;
        for (size_t i = 0; i < half; i++)
            free((char *)user->events[i].bytes.at);
        memmove(user->events, user->events + half, half * sizeof *user->events);
        user->event_count -= half;
    }
    if (user->event_count == user->event_room) {
        user->event_room = user->event_room ? user->event_room * 2 : 8;
        user->events = mem_realloc(user->events, user->event_room * sizeof *user->events);
    }
    struct event *event = &user->events[user->event_count++];
    *event = (struct event){ .time_ms = time_ms };
    state_set(&event->bytes, bytes);
}

void event_tell(struct sandbox *box, struct user *user, const struct happening *what)
{
    struct event_change change = { 0 };
    int64_t now = clock_wall_ms();
    /* A cursor is a time: no two events of a user share one. */
    user->events_ms = now > user->events_ms ? now : user->events_ms + 1;
    pb_put(change, event_change, business_id, what->about);
    if (what->type != EVENT_FRIEND)
        pb_put(change, event_change, channel_type, CHAT_GROUP);
    pb_put(change, event_change, time, user->events_ms);
    pb_put(change, event_change, change_type, what->type);
    pb_put(change, event_change, operator_id, what->operator_id);
    pb_put(change, event_change, sub_change_type, what->sub_type);
    pb_put(change, event_change, event_data, what->data);
    buf_reset(&box->scratch);
    if (!pb_encode(&event_change_type, &change, &box->scratch, NULL))
        return;
    keep(user, user->events_ms, buf_str(&box->scratch));
    wire_push_user(user, STR("s_cmd"),
                   wire_notice(&box->scratch, COMMAND_EVENTS, user->events_ms, STR_NONE),
                   NULL);
}
