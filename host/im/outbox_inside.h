/*
 * outbox_inside: what outbox.c, outbox_queue.c and outbox_search.c share.
 *
 * Layer: im.
 */
#ifndef IM_OUTBOX_INSIDE_H
#define IM_OUTBOX_INSIDE_H

#include "im/call.h"
#include "im/lists.h"
#include "im/outbox.h"
#include "store/outbox_rows.h"

enum entry_state {
    ENTRY_READY,   /* may leave once the turn is committed */
    ENTRY_LEFT,    /* on the wire, waiting for the PUBACK */
    ENTRY_UNSURE,  /* may or may not have arrived: to be looked for by a pull */
    ENTRY_HISTORY, /* the pull did not find it: to be looked for in the history */
};

struct entry {
    struct entry *next, *before;
    struct outbox *outbox;
    enum entry_state state;
    struct outbox_row row; /* strings point into `bytes` */
    char *bytes;
    size_t size;
    bool status_only; /* has no row */
    bool asked;       /* the pull or history query under way will tell about it */
    bool querying;    /* the history query of its conversation runs for it */
    bool found;       /* seen among our own messages, with `uid` and row.sent_ms */
    char uid[64];
    int64_t timeout_ms;
    int64_t page_ms; /* where the next page of history starts */
    int silences;    /* times the server took it, on a good link, and never answered */
    int history_failures;
    struct loop_timer timer;
    struct call_list calls; /* who waits for it */
};

struct outbox {
    struct loop *loop;
    struct store *store;
    struct outbox_events events;
    void *arg;
    char *user;
    struct link *link; /* NULL: down */
    struct entry *first, *last;
    bool changed;             /* something may be able to leave */
    struct entry *next_ready; /* no READY entry stands before it */
    size_t count, size, left, unsure;
    uint32_t counter;
    uint8_t chance[256]; /* random bytes, used up one by one */
    size_t chance_left;
    struct call_list recorded; /* answers from rows of finished sends */
    struct buf payload, row_bytes;
    struct lists lists;
};

/* Puts a copy of the row at the end. */
struct entry *entry_new(struct outbox *outbox, const struct outbox_row *row);

/* Tells all who wait. */
void outbox_calls_done(struct call_list *calls, const struct sent *sent);

/* The fate of an entry is known: records it, tells those who wait, frees it. */
void entry_done(struct entry *entry, struct str uid, int64_t sent_ms);
void entry_fail(struct entry *entry, const struct err *why);

void entry_set_state(struct entry *entry, enum entry_state state);
bool entry_same_conversation(const struct entry *a, const struct entry *b);

/* Looks through the history for the entries in ENTRY_HISTORY. */
void outbox_search(struct outbox *outbox);

#endif
