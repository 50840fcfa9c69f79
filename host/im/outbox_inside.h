/*
 * outbox_inside: what outbox.c, outbox_queue.c, outbox_lanes.c and outbox_search.c share.
 *
 * Layer: im.
 */
#ifndef IM_OUTBOX_INSIDE_H
#define IM_OUTBOX_INSIDE_H

#include "base/map.h"
#include "im/call.h"
#include "im/lists.h"
#include "im/outbox.h"
#include "im/server_api.h"
#include "store/outbox_rows.h"

enum entry_state {
    ENTRY_READY,   /* may leave once the turn is committed */
    ENTRY_LEFT,    /* on the wire, waiting for the PUBACK */
    ENTRY_UNSURE,  /* may or may not have arrived: to be looked for by a pull */
    ENTRY_HISTORY, /* the pull did not find it: to be looked for in the history */
};

struct lane;

struct entry {
    struct entry *next, *before;
    struct outbox *outbox;
    uint64_t number;   /* in the order they were queued */
    struct lane *lane; /* NULL: there are none */
    struct entry *lane_next, *lane_before;
    enum entry_state state;
    struct outbox_row row; /* strings point into `bytes` */
    char *bytes;
    size_t size;
    bool status_only; /* has no row */
    bool broadcast;
    bool asked;    /* the pull or history query under way will tell about it */
    bool querying; /* the history query of its conversation runs for it */
    bool found;    /* seen among our own messages, with `uid` and row.sent_ms */
    char uid[64];
    int64_t timeout_ms;
    int64_t give_up_ms; /* monotonic: it leaves before, or not at all */
    int64_t expires_ms; /* monotonic: nor is it looked for any longer */
    int64_t page_ms;    /* what the next page of history must be older than */
    int64_t floor_ms;   /* nothing older is looked for */
    int64_t newest_ms;  /* of what the history has shown */
    int pages;          /* of this look from its end to the floor */
    int silences;       /* times the server took it, on a good link, and never answered */
    int history_failures;
    struct loop_timer timer;
    struct server_api_call *post; /* of the Server API; NULL: none */
    struct call_list calls;       /* who waits for it */
};

/* Conversations that take turns: those with answers, those with broadcasts only; and
 * those whose group is full just now. */
enum { RING_ANSWERS, RING_BROADCASTS, RING_FULL, RING_COUNT };

/* While not all may leave at once: who is next. */
struct lanes {
    bool on;
    struct map by_name;
    struct lane *rings[RING_COUNT]; /* whose turn is next; a circle each */
    size_t waiting;                 /* entries in lanes */
    int answers_in_row;
    uint64_t pass;
};

struct outbox {
    struct loop *loop;
    struct governor_line *line;
    int64_t max_age_ms;
    uint64_t number;
    int64_t due_ms;           /* nothing is to be given up earlier */
    struct loop_timer expiry; /* runs while something waits */
    struct lanes lanes;
    struct store *store;
    struct outbox_events events;
    void *arg;
    char *user;
    struct link *link;      /* NULL: down */
    struct server_api *api; /* they leave by it, not by a link; else NULL */
    struct entry *first, *last;
    bool changed;             /* something may be able to leave */
    struct entry *next_ready; /* no READY entry stands before it */
    size_t count, size, left, unsure;
    struct account_counts counts;
    uint32_t counter;
    uint8_t chance[256]; /* random bytes, used up one by one */
    size_t chance_left;
    struct call_list recorded; /* answers from rows of finished sends */
    struct buf payload, row_bytes;
    struct lists lists;
};

/* Puts a copy of the row at the end; it was made `age_ms` ago. */
struct entry *entry_new(struct outbox *outbox, const struct outbox_row *row,
                        int64_t age_ms);

/* It leaves until then (monotonic), or not at all. */
void entry_wait_until(struct entry *entry, int64_t until_ms);

/* Tells all who wait. */
void outbox_calls_done(struct call_list *calls, const struct sent *sent);

/* The fate of an entry is known: records it, tells those who wait, frees it. */
void entry_done(struct entry *entry, struct str uid, int64_t sent_ms);
void entry_fail(struct entry *entry, const struct err *why);

void entry_set_state(struct entry *entry, enum entry_state state);
bool entry_same_conversation(const struct entry *a, const struct entry *b);

void entry_leave(struct entry *entry);
enum governor_answer entry_ask(const struct entry *entry);

enum { OUTBOX_LEFT_MAX = 1000 }; /* on the wire at a time */

/* Lanes: one for each conversation. lanes_start sorts all entries into them; what is
 * queued, changes its state or goes meanwhile is told. */
void lanes_start(struct outbox *outbox);
void lanes_stop(struct outbox *outbox);
void lane_enter(struct entry *entry);
void lane_go(struct entry *entry);
void lane_change(struct entry *entry, enum entry_state from);
/* What may leave does; stops when nothing waits any more. */
void lanes_leave(struct outbox *outbox);

/* Nobody can tell whether it was delivered: it ends, or is sent again. */
void entry_unknown(struct entry *entry);

/* What may leave by the Server API does. */
void outbox_post(struct outbox *outbox);

/* Looks through the history for the entries in ENTRY_HISTORY. */
void outbox_search(struct outbox *outbox);

#endif
