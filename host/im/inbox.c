/* inbox: see the header. */
#include "im/inbox.h"

#include "base/clock.h"
#include "base/die.h"
#include "base/log.h"
#include "base/mem.h"
#include "im/lists.h"
#include "im/packed.h"
#include "store/cursors.h"
#include "store/journal.h"

#include <stdio.h>
#include <string.h>

#define POLL_MS 180000
/* After direct pushes: a pull soon finds what was lost between them. */
#define FOLLOW_MS 5000
#define RETRY_FIRST_MS 1000
#define RETRY_LONGEST_MS 30000
/* A server that never finishes and sends nothing does not keep us busy. */
#define IDLE_PULL_MS 1000

struct inbox {
    struct loop *loop;
    struct store *store;
    struct feed *feed;
    struct inbox_events events;
    void *arg;
    char *user;
    struct link *link; /* NULL: down */
    int64_t up_ms;

    struct lists lists;
    struct buf out;

    bool pulling, again; /* a pull is under way; another one is wanted after it */
    bool in_chain;       /* between the first pull and the one that is finished */
    int64_t chain_from;  /* outbox cursor the chain began with */
    int64_t chain_outbox;
    bool synced;
    int64_t retry_ms;
    char failing[256];
    struct loop_timer pull_timer; /* poll, follow-up or retry, whichever is first */

    uint16_t *acks; /* for the pushes of this turn */
    size_t ack_count, ack_cap;
};

/* ---- one message ---- */

void inbox_take(struct inbox *inbox, struct message *message)
{
    message->received_ms = inbox->events.server_ms(inbox->arg);
    message->offline = message->sent_ms < inbox->up_ms;
    feed_take(inbox->feed, message);
}

static void take_down(struct inbox *inbox, const struct down_stream_message *down)
{
    struct message message;
    lists_message(down, str_from(inbox->user), &message);
    if (message.own)
        inbox->events.on_own(inbox->arg, message.target, message.client_unique_id,
                             message.uid, message.sent_ms);
    else
        inbox_take(inbox, &message);
}

/* ---- pulling ---- */

static void on_pull_timer(void *arg)
{
    struct inbox *inbox = arg;
    inbox_pull(inbox);
}

/* The earlier of what runs and what is asked for. */
static void pull_within(struct inbox *inbox, int64_t delay_ms)
{
    int64_t due_ms = clock_mono_ms() + delay_ms;
    if (loop_timer_runs(&inbox->pull_timer) && inbox->pull_timer.due_ms <= due_ms)
        return;
    loop_timer_start(inbox->loop, &inbox->pull_timer, delay_ms, on_pull_timer, inbox);
}

static void set_failing(struct inbox *inbox, const char *why)
{
    if (strcmp(inbox->failing, why) == 0)
        return;
    snprintf(inbox->failing, sizeof(inbox->failing), "%.200s", why);
    inbox->events.on_changed(inbox->arg);
}

static void pull_failed(struct inbox *inbox, const char *why)
{
    inbox->pulling = false;
    inbox->again = false;
    log_warn(LOG_IM, "user=%s pull failed, again in %lld ms: %s", inbox->user,
             (long long)inbox->retry_ms, why);
    pull_within(inbox, inbox->retry_ms);
    inbox->retry_ms *= 2;
    if (inbox->retry_ms > RETRY_LONGEST_MS)
        inbox->retry_ms = RETRY_LONGEST_MS;
    set_failing(inbox, why);
}

static void chain_finished(struct inbox *inbox)
{
    int64_t from_ms = inbox->chain_from;
    inbox->in_chain = false;
    if (!inbox->synced) {
        inbox->synced = true;
        inbox->events.on_changed(inbox->arg);
    }
    inbox->events.on_pulled(inbox->arg, from_ms);
}

static void take_pulled(struct inbox *inbox, const struct down_stream_messages *pulled)
{
    struct cursors cursors = cursors_get(inbox->store);
    bool progress = pulled->sync_time > cursors.inbox;
    if (pulled->sync_time > cursors.inbox)
        cursors.inbox = pulled->sync_time;
    if (pulled->broadcast_sync_time > cursors.broadcast)
        cursors.broadcast = pulled->broadcast_sync_time;
    for (size_t i = 0; i < pulled->list.count; i++) {
        const struct down_stream_message *down = &pulled->list.at[i];
        if (down->direction == DIRECTION_SENT &&
            down->sent_time_ms > inbox->chain_outbox) {
            inbox->chain_outbox = down->sent_time_ms;
            progress = true;
        }
        take_down(inbox, down);
    }
    if (inbox->chain_outbox > cursors.outbox)
        cursors.outbox = inbox->chain_outbox;
    cursors_set(inbox->store, cursors);
    bool finished = !pb_has(*pulled, down_stream_messages, finished) || pulled->finished;
    inbox->pulling = false;
    if (finished) {
        chain_finished(inbox);
        if (inbox->again)
            inbox_pull(inbox);
    } else if (progress) {
        inbox_pull(inbox);
    } else {
        pull_within(inbox, IDLE_PULL_MS);
    }
}

static void on_pulled(void *arg, const struct link_answer *answer, const struct err *why)
{
    struct inbox *inbox = arg;
    struct down_stream_messages pulled = { 0 };
    struct err err = { 0 };
    if (why && why->code == ERR_NETWORK) {
        inbox->pulling = false; /* the link is going; the next one pulls */
        return;
    }
    if (why || answer->status != 0) {
        char text[200];
        snprintf(text, sizeof(text), "pullMsg: status %d", answer ? answer->status : 0);
        pull_failed(inbox, why ? why->text : text);
        return;
    }
    /* Not taken in, not moved: pulled again when the disk works. */
    if (store_failed(inbox->store)) {
        inbox->pulling = false;
        return;
    }
    if (!lists_pull(&inbox->lists, answer->payload, &pulled, &err)) {
        pull_failed(inbox, err.text);
        return;
    }
    inbox->retry_ms = RETRY_FIRST_MS;
    pull_within(inbox, POLL_MS);
    set_failing(inbox, "");
    take_pulled(inbox, &pulled);
}

static void pull(struct inbox *inbox)
{
    if (!inbox->link || !link_accepted(inbox->link) || store_failed(inbox->store))
        return;
    struct cursors cursors = cursors_get(inbox->store);
    if (!inbox->in_chain) {
        int64_t search_ms = inbox->events.search_from(inbox->arg);
        inbox->in_chain = true;
        inbox->chain_from = search_ms < cursors.outbox ? search_ms : cursors.outbox;
        inbox->chain_outbox = inbox->chain_from;
    }
    struct sync_request_msg ask = { 0 };
    pb_put(ask, sync_request_msg, sync_time, cursors.inbox);
    pb_put(ask, sync_request_msg, is_polling, false);
    pb_put(ask, sync_request_msg, is_pull_send, true);
    pb_put(ask, sync_request_msg, send_box_sync_time, inbox->chain_outbox);
    pb_put(ask, sync_request_msg, broadcast_sync_time, cursors.broadcast);
    pb_put(ask, sync_request_msg, compress_enabled, true);
    buf_reset(&inbox->out);
    if (!pb_encode(&sync_request_msg_type, &ask, &inbox->out, NULL))
        return;
    inbox->pulling = true;
    inbox->again = false;
    loop_timer_stop(inbox->loop, &inbox->pull_timer);
    link_query(inbox->link, STR("pullMsg"), str_from(inbox->user), buf_str(&inbox->out),
               0, on_pulled, inbox);
}

void inbox_pull(struct inbox *inbox)
{
    if (inbox->pulling)
        inbox->again = true;
    else
        pull(inbox);
}

/* ---- pushes ---- */

static void acknowledge_later(struct inbox *inbox, uint16_t id)
{
    if (inbox->ack_count == inbox->ack_cap) {
        inbox->ack_cap = inbox->ack_cap ? inbox->ack_cap * 2 : 64;
        inbox->acks = mem_realloc(inbox->acks, inbox->ack_cap * sizeof(*inbox->acks));
    }
    inbox->acks[inbox->ack_count++] = id;
}

void inbox_committed(struct inbox *inbox)
{
    if (inbox->link && link_accepted(inbox->link)) {
        for (size_t i = 0; i < inbox->ack_count; i++)
            link_puback(inbox->link, inbox->acks[i]);
        if (inbox->ack_count > 0)
            die_later("acked");
    }
    inbox->ack_count = 0;
    feed_committed(inbox->feed);
}

static void on_direct(struct inbox *inbox, const struct frame *frame)
{
    struct down_stream_message down = { 0 };
    struct err err = { 0 };
    if (store_failed(inbox->store))
        return;
    if (!lists_one(&inbox->lists, frame->payload, &down, &err)) {
        /* Acknowledged, or it would come again for ever; a pull may bring a better one.
         */
        log_warn(LOG_IM, "user=%s a pushed message makes no sense: %s", inbox->user,
                 err.text);
        if (frame->qos > 0)
            link_puback(inbox->link, frame->id);
        pull_within(inbox, FOLLOW_MS);
        return;
    }
    if (down.ext_status & EXT_STATUS_MESSAGE)
        down.msg_id = STR_NONE;
    take_down(inbox, &down);
    if (frame->qos > 0)
        acknowledge_later(inbox, frame->id);
    if (down.msg_id.len > 0)
        pull_within(inbox, FOLLOW_MS);
}

void inbox_notice(struct inbox *inbox, int64_t time_ms)
{
    if (time_ms <= 0 || time_ms > cursors_get(inbox->store).inbox)
        inbox_pull(inbox);
}

/* Our own message from another device, the server's PUBACK to it having come. */
static void on_sync_copy(struct inbox *inbox, const struct frame *frame, struct str uid,
                         int64_t sent_ms)
{
    struct up_stream_message up = { 0 };
    arena_reset(&inbox->lists.arena);
    if (uid.len > 0 && pb_decode(&up_stream_message_type, &up, frame->payload,
                                 &inbox->lists.arena, NULL))
        inbox->events.on_own(inbox->arg, frame->target, up.client_unique_id, uid,
                             sent_ms);
}

void inbox_publish(struct inbox *inbox, const struct frame *frame, struct str uid,
                   int64_t sent_ms)
{
    if (frame->dup) {
        on_sync_copy(inbox, frame, uid, sent_ms);
        return;
    }
    if (str_eq(frame->topic, STR("s_msg"))) {
        on_direct(inbox, frame);
        return;
    }
    /* Notices carry no message: acknowledged at once, whatever they are about. */
    if (frame->qos > 0)
        link_puback(inbox->link, frame->id);
}

/* ---- life ---- */

struct inbox *inbox_new(struct loop *loop, struct store *store, struct feed *feed,
                        struct str user, const struct inbox_events *events, void *arg)
{
    struct inbox *inbox = MEM_NEW(struct inbox);
    inbox->loop = loop;
    inbox->store = store;
    inbox->feed = feed;
    inbox->events = *events;
    inbox->arg = arg;
    inbox->user = str_dup(user);
    inbox->retry_ms = RETRY_FIRST_MS;
    lists_init(&inbox->lists);
    buf_init(&inbox->out, 4096);
    return inbox;
}

void inbox_free(struct inbox *inbox)
{
    if (!inbox)
        return;
    loop_timer_stop(inbox->loop, &inbox->pull_timer);
    lists_clear(&inbox->lists);
    buf_clear(&inbox->out);
    free(inbox->acks);
    free(inbox->user);
    free(inbox);
}

/* What keeps no memory of the messages it has seen begins with those that come. */
static void begin_now(struct inbox *inbox)
{
    struct cursors cursors = cursors_get(inbox->store);
    if (store_durable(inbox->store) == STORE_OFF && cursors.inbox == 0)
        cursors_set(inbox->store,
                    (struct cursors){ inbox->up_ms, inbox->up_ms, inbox->up_ms });
}

void inbox_up(struct inbox *inbox, struct link *link, struct str user, int64_t up_ms)
{
    inbox->link = link;
    inbox->up_ms = up_ms;
    inbox->synced = false;
    inbox->in_chain = false;
    inbox->pulling = false;
    inbox->again = false;
    inbox->retry_ms = RETRY_FIRST_MS;
    inbox->failing[0] = '\0';
    begin_now(inbox);
    if (!str_eq(user, str_from(inbox->user))) {
        free(inbox->user);
        inbox->user = str_dup(user);
    }
    inbox_pull(inbox);
}

void inbox_down(struct inbox *inbox)
{
    inbox->link = NULL;
    inbox->synced = false;
    inbox->in_chain = false;
    inbox->pulling = false;
    inbox->ack_count = 0;
    inbox->failing[0] = '\0';
    loop_timer_stop(inbox->loop, &inbox->pull_timer);
}

bool inbox_synced(const struct inbox *inbox)
{
    return inbox->synced;
}

struct str inbox_failing(const struct inbox *inbox)
{
    return str_from(inbox->failing);
}
