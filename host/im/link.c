/* link: see the header. */
#include "im/link.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/must.h"
#include "net/ws.h"

#include <string.h>

#define OPEN_MS 5000
#define CONNACK_MS 10000
#define PING_MS 15000
#define PINGS_LOST 2
#define ANSWER_MS 30000
#define IDS 65535
#define FIRST_SLOTS 64
#define HELD_MAX 64
#define FRAME_MAX ((size_t)16 << 20)

/* A frame of ours that waits for its answer. */
struct wait {
    struct link *link;
    struct wait *next_free;
    uint16_t id;
    bool query;
    link_answer_fn *fn;
    void *arg;
    struct loop_timer timer;
};

/* A sync copy that waits for the server's PUBACK (wire.md C.6). */
struct held {
    uint16_t id;
    struct buf bytes;
};

struct link {
    struct net *net;
    struct loop *loop;
    struct link_events events;
    void *arg;
    struct ws *ws;
    int protocol;
    bool accepted, ended, freed;
    int busy; /* callbacks running: frees wait for them */

    uint16_t last_id;
    struct wait **slots; /* by id modulo `slot_count`, a power of two */
    size_t slot_count, waiting;
    struct wait *free_waits;

    struct held held[HELD_MAX];
    size_t held_count;

    struct loop_timer timer; /* CONNACK, then the pings */
    bool pinging;
    int pings_lost;
    struct buf out;
};

static void on_timer(void *arg);

static void free_link(struct link *link)
{
    for (struct wait *wait = link->free_waits, *next; wait; wait = next) {
        next = wait->next_free;
        free(wait);
    }
    for (size_t i = 0; i < HELD_MAX; i++)
        buf_clear(&link->held[i].bytes);
    free(link->slots);
    buf_clear(&link->out);
    free(link);
}

/* ---- waiting for answers ---- */

static struct wait *wait_at(const struct link *link, uint16_t id)
{
    struct wait *wait = link->slots[id & (link->slot_count - 1)];
    return wait && wait->id == id ? wait : NULL;
}

static void grow_slots(struct link *link)
{
    size_t count = link->slot_count * 2;
    struct wait **slots = mem_zero(count * sizeof(struct wait *));
    for (size_t i = 0; i < link->slot_count; i++) {
        if (link->slots[i])
            slots[link->slots[i]->id & (count - 1)] = link->slots[i];
    }
    free(link->slots);
    link->slots = slots;
    link->slot_count = count;
}

/* Takes the wait out; the caller calls its fn. */
static void wait_end(struct wait *wait)
{
    struct link *link = wait->link;
    link->slots[wait->id & (link->slot_count - 1)] = NULL;
    link->waiting--;
    loop_timer_stop(link->loop, &wait->timer);
    wait->next_free = link->free_waits;
    link->free_waits = wait;
}

static void on_wait_over(void *arg)
{
    struct wait *wait = arg;
    struct err why = { 0 };
    link_answer_fn *fn = wait->fn;
    void *fn_arg = wait->arg;
    err_set(&why, ERR_TIMEOUT, "no answer from the server");
    wait_end(wait);
    fn(fn_arg, NULL, &why);
}

/* The next id that no frame waits under. */
static uint16_t next_id(struct link *link)
{
    must(link->waiting < IDS);
    do {
        link->last_id = (uint16_t)(link->last_id % IDS + 1);
    } while (wait_at(link, link->last_id));
    return link->last_id;
}

static void wait_start(struct link *link, uint16_t id, bool query, int64_t timeout_ms,
                       link_answer_fn *fn, void *arg)
{
    while (link->slots[id & (link->slot_count - 1)])
        grow_slots(link);
    struct wait *wait = link->free_waits;
    if (wait)
        link->free_waits = wait->next_free;
    else
        wait = MEM_NEW(struct wait);
    *wait = (struct wait){ .link = link, .id = id, .query = query, .fn = fn, .arg = arg };
    link->slots[id & (link->slot_count - 1)] = wait;
    link->waiting++;
    loop_timer_start(link->loop, &wait->timer, timeout_ms ? timeout_ms : ANSWER_MS,
                     on_wait_over, wait);
}

static void fail_waits(struct link *link, const struct err *why)
{
    for (size_t i = 0; i < link->slot_count; i++) {
        struct wait *wait = link->slots[i];
        if (!wait)
            continue;
        link_answer_fn *fn = wait->fn;
        void *arg = wait->arg;
        wait_end(wait);
        fn(arg, NULL, why);
    }
}

/* ---- the end ---- */

static void stop(struct link *link, const struct err *why)
{
    link->ended = true;
    loop_timer_stop(link->loop, &link->timer);
    if (link->ws)
        ws_close(link->ws);
    link->ws = NULL;
    link->busy++;
    fail_waits(link, why);
    link->busy--;
}

static void end(struct link *link, enum link_ending how, int status,
                const struct err *why)
{
    if (link->ended)
        return;
    struct link_end end = { .how = how, .status = status };
    if (why)
        end.why = *why;
    else
        err_set(&end.why, ERR_NETWORK, "the server ended the connection (%d)", status);
    struct err lost = { 0 };
    err_set(&lost, ERR_NETWORK, "connection lost");
    stop(link, &lost);
    if (!link->freed)
        link->events.on_ended(link->arg, &end);
    else if (link->busy == 0)
        free_link(link);
}

static void end_of(struct link *link, const struct err *why)
{
    end(link, link->accepted ? LINK_LOST : LINK_FAILED, 0, why);
}

void link_close(struct link *link)
{
    if (!link)
        return;
    struct err lost = { 0 };
    err_set(&lost, ERR_NETWORK, "connection closed");
    if (!link->ended)
        stop(link, &lost);
    link->freed = true;
    if (link->busy == 0)
        free_link(link);
}

/* ---- sending ---- */

static void send_frame(struct link *link, const struct frame *frame)
{
    if (link->ended)
        return;
    buf_reset(&link->out);
    struct err err = { 0 };
    if (frame_encode(&link->out, frame, FRAME_FROM_CLIENT, link->protocol, &err))
        ws_send(link->ws, buf_str(&link->out));
    else
        log_error(LOG_IM, "cannot encode %s: %s", frame_name(frame->type), err.text);
}

static void send_call(struct link *link, enum frame_type type, uint8_t qos,
                      struct str topic, struct str target, struct str payload,
                      int64_t timeout_ms, link_answer_fn *fn, void *arg)
{
    must(link->accepted && !link->ended);
    uint16_t id = next_id(link);
    struct frame frame = { .type = type,
                           .qos = qos,
                           .topic = topic,
                           .target = target,
                           .id = id,
                           .payload = payload };
    if (fn)
        wait_start(link, id, type == FRAME_QUERY, timeout_ms, fn, arg);
    send_frame(link, &frame);
}

void link_publish(struct link *link, struct str topic, struct str target,
                  struct str payload, int64_t timeout_ms, link_answer_fn *fn, void *arg)
{
    send_call(link, FRAME_PUBLISH, 1, topic, target, payload, timeout_ms, fn, arg);
}

void link_query(struct link *link, struct str topic, struct str target,
                struct str payload, int64_t timeout_ms, link_answer_fn *fn, void *arg)
{
    send_call(link, FRAME_QUERY, 0, topic, target, payload, timeout_ms, fn, arg);
}

void link_puback(struct link *link, uint16_t id)
{
    send_frame(link, &(struct frame){ .type = FRAME_PUBACK, .id = id });
}

bool link_accepted(const struct link *link)
{
    return link->accepted && !link->ended;
}

static void ping(struct link *link)
{
    link->pinging = true;
    loop_timer_start(link->loop, &link->timer, PING_MS, on_timer, link);
    send_frame(link, &(struct frame){ .type = FRAME_PINGREQ });
}

/* Fires when a CONNACK is overdue, when it is time to ping, or when a ping got lost. */
static void on_timer(void *arg)
{
    struct link *link = arg;
    struct err why = { 0 };
    if (!link->accepted) {
        err_set(&why, ERR_TIMEOUT, "no CONNACK within %d s", CONNACK_MS / 1000);
        end_of(link, &why);
        return;
    }
    if (!link->pinging) {
        ping(link);
        return;
    }
    if (++link->pings_lost >= PINGS_LOST) {
        err_set(&why, ERR_TIMEOUT, "%d pings in a row were not answered", PINGS_LOST);
        end_of(link, &why);
        return;
    }
    ping(link);
    link->events.on_ping_late(link->arg, true);
}

/* ---- receiving ---- */

static void on_connack(struct link *link, const struct frame *frame)
{
    if (link->accepted)
        return;
    if (frame->status != 0) {
        end(link, LINK_REFUSED, frame->status, NULL);
        return;
    }
    link->accepted = true;
    if (frame->has & FRAME_HAS_FIRST_ID)
        link->last_id = frame->first_id;
    ping(link);
    link->events.on_accepted(link->arg, frame->user, (int64_t)frame->time_ms);
}

static void on_pingresp(struct link *link)
{
    if (!link->pinging)
        return;
    bool was_late = link->pings_lost > 0;
    link->pinging = false;
    link->pings_lost = 0;
    loop_timer_start(link->loop, &link->timer, PING_MS, on_timer, link);
    if (was_late)
        link->events.on_ping_late(link->arg, false);
}

static bool needs_no_puback(struct str topic)
{
    return str_eq(topic, STR("ppMsgS")) || str_eq(topic, STR("pgMsgS")) ||
           str_eq(topic, STR("chatMsgS")) || str_eq(topic, STR("prMsgS"));
}

static void hold(struct link *link, const struct frame *frame, struct str bytes)
{
    if (link->held_count == HELD_MAX) {
        struct held oldest = link->held[0];
        memmove(link->held, link->held + 1, (HELD_MAX - 1) * sizeof(oldest));
        link->held[HELD_MAX - 1] = oldest;
        link->held_count--;
    }
    struct held *held = &link->held[link->held_count++];
    held->id = frame->id;
    buf_reset(&held->bytes);
    must(buf_add_str(&held->bytes, bytes));
}

/* True when the PUBACK completed a sync copy. */
static bool release(struct link *link, const struct frame *puback, int64_t time_ms)
{
    for (size_t i = 0; i < link->held_count; i++) {
        if (link->held[i].id != puback->id)
            continue;
        struct held held = link->held[i];
        memmove(&link->held[i], &link->held[i + 1],
                (link->held_count - i - 1) * sizeof(held));
        link->held[--link->held_count] = held;
        struct frame frame;
        if (puback->status == 0 && frame_decode(&frame, buf_str(&held.bytes),
                                                FRAME_FROM_SERVER, link->protocol, NULL))
            link->events.on_publish(link->arg, &frame, puback->uid, time_ms);
        return true;
    }
    return false;
}

static void on_answer(struct link *link, const struct frame *frame)
{
    bool query = frame->type == FRAME_QUERYACK;
    struct link_answer answer = { .status = frame->status,
                                  .time_ms =
                                      (int64_t)frame->seconds * 1000 + frame->millis,
                                  .uid = frame->uid,
                                  .payload = frame->payload };
    if (!query && release(link, frame, answer.time_ms))
        return;
    struct wait *wait = wait_at(link, frame->id);
    if (!wait || wait->query != query)
        return;
    link_answer_fn *fn = wait->fn;
    void *arg = wait->arg;
    wait_end(wait);
    if (query && frame->qos != 0)
        send_frame(link, &(struct frame){ .type = FRAME_QUERYCON, .id = frame->id });
    fn(arg, &answer, NULL);
}

static void take_frame(struct link *link, const struct frame *frame, struct str bytes)
{
    if (frame->type == FRAME_CONNACK) {
        on_connack(link, frame);
        return;
    }
    if (frame->type == FRAME_DISCONNECT) {
        end(link, link->accepted ? LINK_DISCONNECTED : LINK_REFUSED,
            link->accepted ? frame->status : 3, NULL);
        return;
    }
    if (!link->accepted)
        return;
    if (frame->type == FRAME_PINGRESP)
        on_pingresp(link);
    else if (frame->type == FRAME_PUBACK || frame->type == FRAME_QUERYACK)
        on_answer(link, frame);
    else if (frame->type == FRAME_PUBLISH && frame->dup && !needs_no_puback(frame->topic))
        hold(link, frame, bytes);
    else if (frame->type == FRAME_PUBLISH)
        link->events.on_publish(link->arg, frame, STR_NONE, 0);
}

static void on_message(void *arg, struct str bytes)
{
    struct link *link = arg;
    struct frame frame;
    struct err err = { 0 };
    if (link->ended)
        return;
    if (!frame_decode(&frame, bytes, FRAME_FROM_SERVER, link->protocol, &err)) {
        log_warn(LOG_IM, "a frame makes no sense and is dropped: %s", err.text);
        return;
    }
    link->busy++;
    take_frame(link, &frame, bytes);
    if (--link->busy == 0 && link->freed)
        free_link(link);
}

static void on_opened(void *arg)
{
    struct link *link = arg;
    loop_timer_start(link->loop, &link->timer, CONNACK_MS, on_timer, link);
}

static void on_closed(void *arg, const struct err *why)
{
    struct link *link = arg;
    link->ws = NULL;
    end_of(link, why);
}

struct link *link_open(struct net *net, const struct link_options *options,
                       const struct link_events *events, void *arg, struct err *err)
{
    static const struct ws_events ws_events = { on_opened, on_message, on_closed };
    struct link *link = MEM_NEW(struct link);
    link->net = net;
    link->loop = net_loop(net);
    link->events = *events;
    link->arg = arg;
    link->protocol = options->protocol;
    link->slot_count = FIRST_SLOTS;
    link->slots = mem_zero(FIRST_SLOTS * sizeof(struct wait *));
    buf_init(&link->out, FRAME_MAX);
    for (size_t i = 0; i < HELD_MAX; i++)
        buf_init(&link->held[i].bytes, FRAME_MAX);
    struct ws_options ws = { .url = options->url,
                             .open_within_ms = OPEN_MS,
                             .message_max = FRAME_MAX };
    link->ws = ws_open(net, &ws, &ws_events, link, err);
    if (!link->ws) {
        free_link(link);
        return NULL;
    }
    return link;
}
