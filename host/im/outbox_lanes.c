/*
 * outbox_lanes: who leaves next while not all may: a part of im/outbox.
 *
 * A lane holds what one conversation waits to be sent, in order. It takes part in a ring
 * while its first entry may leave; the rings are gone round, one message a turn.
 */
#include "base/mem.h"
#include "im/outbox_inside.h"

#include <string.h>

#define NAME_SIZE 300      /* more than a type and a target (outbox_queue.c) */
#define ANSWERS_IN_A_ROW 4 /* while broadcasts wait */

struct lane {
    struct lane *next, *before; /* in its ring */
    struct lane **ring;         /* NULL: in none */
    struct entry *first, *last; /* all but those on the wire */
    size_t answers;             /* READY ones that are no broadcasts */
    size_t left;                /* on the wire */
    uint64_t pass;              /* in that one the group was full; 0: never */
};

static struct str name_of(const struct entry *entry, char room[NAME_SIZE])
{
    struct str target = str_sub(entry->row.target, 0, NAME_SIZE - 1);
    room[0] = (char)entry->row.type;
    memcpy(room + 1, target.at, target.len);
    return str_of(room, target.len + 1);
}

static struct lane *lane_of(struct lanes *lanes, const struct entry *entry)
{
    char room[NAME_SIZE];
    struct str name = name_of(entry, room);
    struct lane *lane = map_get(&lanes->by_name, name);
    if (!lane) {
        lane = MEM_NEW(struct lane);
        map_set(&lanes->by_name, name, lane);
    }
    return lane;
}

/* ---- rings ---- */

static void ring_remove(struct lane *lane)
{
    struct lane **ring = lane->ring;
    if (!ring)
        return;
    lane->ring = NULL;
    lane->next->before = lane->before;
    lane->before->next = lane->next;
    if (*ring == lane)
        *ring = lane->next == lane ? NULL : lane->next;
}

/* Behind all others. */
static void ring_add(struct lane **ring, struct lane *lane)
{
    struct lane *first = *ring;
    lane->ring = ring;
    if (!first) {
        *ring = lane->next = lane->before = lane;
        return;
    }
    lane->next = first;
    lane->before = first->before;
    first->before->next = lane;
    first->before = lane;
}

/* Puts it into the ring it belongs to now. */
static void lane_settle(struct outbox *outbox, struct lane *lane)
{
    struct lanes *lanes = &outbox->lanes;
    bool may = lane->first && lane->first->state == ENTRY_READY &&
               !(lane->left > 0 && governor_learns(outbox->line));
    int number = lane->pass == lanes->pass ? RING_FULL
                 : lane->answers > 0       ? RING_ANSWERS
                                           : RING_BROADCASTS;
    struct lane **ring = may ? &lanes->rings[number] : NULL;
    if (ring == lane->ring)
        return;
    ring_remove(lane);
    if (ring)
        ring_add(ring, lane);
}

/* ---- entries ---- */

static bool is_answer(const struct entry *entry, enum entry_state state)
{
    return state == ENTRY_READY && !entry->broadcast;
}

/* In their order; what comes back from the wire stood before what waits. */
static void link_entry(struct lane *lane, struct entry *entry)
{
    struct entry *before = lane->last;
    while (before && before->number > entry->number)
        before = before->lane_before;
    entry->lane_before = before;
    entry->lane_next = before ? before->lane_next : lane->first;
    *(before ? &before->lane_next : &lane->first) = entry;
    *(entry->lane_next ? &entry->lane_next->lane_before : &lane->last) = entry;
    entry->outbox->lanes.waiting++;
}

static void unlink_entry(struct lane *lane, struct entry *entry)
{
    *(entry->lane_before ? &entry->lane_before->lane_next : &lane->first) =
        entry->lane_next;
    *(entry->lane_next ? &entry->lane_next->lane_before : &lane->last) =
        entry->lane_before;
    entry->lane_next = entry->lane_before = NULL;
    entry->outbox->lanes.waiting--;
}

void lane_enter(struct entry *entry)
{
    struct lane *lane = entry->lane = lane_of(&entry->outbox->lanes, entry);
    if (entry->state == ENTRY_LEFT)
        lane->left++;
    else
        link_entry(lane, entry);
    lane->answers += is_answer(entry, entry->state);
    lane_settle(entry->outbox, lane);
}

void lane_change(struct entry *entry, enum entry_state from)
{
    struct lane *lane = entry->lane;
    lane->answers -= is_answer(entry, from);
    lane->answers += is_answer(entry, entry->state);
    if (from != ENTRY_LEFT && entry->state == ENTRY_LEFT) {
        unlink_entry(lane, entry);
        lane->left++;
    } else if (from == ENTRY_LEFT && entry->state != ENTRY_LEFT) {
        lane->left--;
        link_entry(lane, entry);
    }
    lane_settle(entry->outbox, lane);
}

void lane_go(struct entry *entry)
{
    struct lane *lane = entry->lane;
    char room[NAME_SIZE];
    lane->answers -= is_answer(entry, entry->state);
    if (entry->state == ENTRY_LEFT)
        lane->left--;
    else
        unlink_entry(lane, entry);
    entry->lane = NULL;
    lane_settle(entry->outbox, lane);
    if (!lane->first && lane->left == 0)
        free(map_del(&entry->outbox->lanes.by_name, name_of(entry, room)));
}

/* ---- all of them ---- */

void lanes_start(struct outbox *outbox)
{
    outbox->lanes.on = true;
    for (struct entry *entry = outbox->first; entry; entry = entry->next)
        lane_enter(entry);
}

void lanes_stop(struct outbox *outbox)
{
    struct lanes *lanes = &outbox->lanes;
    size_t at = 0;
    struct str name;
    void *lane;
    for (struct entry *entry = outbox->first; entry; entry = entry->next)
        entry->lane = NULL;
    while (map_next(&lanes->by_name, &at, &name, &lane))
        free(lane);
    map_clear(&lanes->by_name);
    *lanes = (struct lanes){ .pass = lanes->pass };
    outbox->next_ready = outbox->first;
}

static struct lane *pick(const struct lanes *lanes)
{
    struct lane *answers = lanes->rings[RING_ANSWERS];
    struct lane *broadcasts = lanes->rings[RING_BROADCASTS];
    if (!answers || (broadcasts && lanes->answers_in_row >= ANSWERS_IN_A_ROW))
        return broadcasts;
    return answers;
}

void lanes_leave(struct outbox *outbox)
{
    struct lanes *lanes = &outbox->lanes;
    struct lane *lane;
    lanes->pass++;
    while ((lane = lanes->rings[RING_FULL]))
        lane_settle(outbox, lane);
    while (outbox->left < OUTBOX_LEFT_MAX && (lane = pick(lanes))) {
        enum governor_answer answer = entry_ask(lane->first);
        if (answer == GOVERNOR_WAIT)
            break;
        if (answer == GOVERNOR_WAIT_GROUP) {
            lane->pass = lanes->pass;
            lane_settle(outbox, lane);
            continue;
        }
        bool in_row = lane->ring == &lanes->rings[RING_ANSWERS];
        lanes->answers_in_row = in_row ? lanes->answers_in_row + 1 : 0;
        *lane->ring = lane->next;
        entry_leave(lane->first);
    }
    if (lanes->waiting == 0)
        lanes_stop(outbox);
}
