#include "sandbox/wire_send.h"

#include "base/clock.h"
#include "base/mem.h"
#include "proto/messages.h"
#include "sandbox/post.h"

#define QUEUE_MAX (64u << 20) /* bytes a peer may leave unread */

enum job_kind { JOB_HANDLE, JOB_SEND, JOB_LOGIN };

struct job {
    struct job *next, **link;
    struct conn *conn;
    struct loop_timer timer;
    enum job_kind kind;
    struct str bytes; /* owned */
};

struct held {
    struct held *next;
    int64_t behind; /* frames still to go first */
    struct str bytes;
};

static void send_bytes(struct conn *conn, struct str bytes)
{
    if (server_ws_queued(conn->peer) > QUEUE_MAX) {
        wire_close(conn);
        return;
    }
    server_ws_send(conn->peer, bytes);
}

/* One frame went out: those held behind it come nearer. */
static void release_held(struct conn *conn)
{
    for (struct held **link = &conn->held; *link;) {
        struct held *held = *link;
        if (--held->behind > 0) {
            link = &held->next;
            continue;
        }
        *link = held->next;
        send_bytes(conn, held->bytes);
        free((char *)held->bytes.at);
        free(held);
    }
}

static struct str own(struct str bytes)
{
    return (struct str){ str_dup(bytes), bytes.len };
}

static void hold(struct conn *conn, struct str bytes, int64_t behind)
{
    struct held *held = MEM_NEW(struct held);
    held->behind = behind > 0 ? behind : 1;
    held->bytes = own(bytes);
    struct held **link = &conn->held;
    while (*link)
        link = &(*link)->next;
    *link = held;
}

static void free_job(struct job *job)
{
    loop_timer_stop(job->conn->box->loop, &job->timer);
    *job->link = job->next;
    if (job->next)
        job->next->link = job->link;
    free((char *)job->bytes.at);
    free(job);
}

static void job_due(void *arg)
{
    struct job *job = arg;
    struct conn *conn = job->conn;
    enum job_kind kind = job->kind;
    struct str bytes = job->bytes;
    job->bytes = STR_NONE;
    free_job(job);
    if (!conn->closing) {
        if (kind == JOB_LOGIN)
            wire_login(conn);
        else if (kind == JOB_HANDLE)
            wire_frame(conn, bytes);
        else
            send_bytes(conn, bytes);
    }
    free((char *)bytes.at);
}

static void job_start(struct conn *conn, enum job_kind kind, struct str bytes,
                      int64_t delay_ms)
{
    struct job *job = MEM_NEW(struct job);
    job->conn = conn;
    job->kind = kind;
    job->bytes = own(bytes);
    job->link = &conn->jobs;
    job->next = conn->jobs;
    if (job->next)
        job->next->link = &job->next;
    conn->jobs = job;
    loop_timer_start(conn->box->loop, &job->timer, delay_ms, job_due, job);
}

void job_handle_later(struct conn *conn, struct str bytes, int64_t delay_ms)
{
    job_start(conn, JOB_HANDLE, bytes, delay_ms);
}

void job_login_later(struct conn *conn, int64_t delay_ms)
{
    job_start(conn, JOB_LOGIN, STR_NONE, delay_ms);
}

void send_forget(struct conn *conn)
{
    while (conn->jobs)
        free_job(conn->jobs);
    while (conn->held) {
        struct held *held = conn->held;
        conn->held = held->next;
        free((char *)held->bytes.at);
        free(held);
    }
}

/* Encodes into box->frame, which stays valid until the next frame. */
static bool encode(struct conn *conn, const struct frame *frame, struct str *out)
{
    struct buf *buf = &conn->box->frame;
    buf_reset(buf);
    if (!frame_encode(buf, frame, FRAME_FROM_SERVER, conn->protocol, NULL))
        return false; /* a target or topic beyond 64 KiB: nobody waits for that */
    *out = buf_str(buf);
    return true;
}

void send_frame(struct conn *conn, const struct frame *frame)
{
    struct str bytes;
    if (conn->closing || !encode(conn, frame, &bytes))
        return;
    send_bytes(conn, bytes);
    if (conn->held)
        release_held(conn);
}

static void send_shaped(struct conn *conn, const struct frame *frame,
                        const struct fault *fault)
{
    struct str bytes;
    if (conn->closing || !encode(conn, frame, &bytes))
        return;
    switch (fault->action) {
    case FAULT_DUPLICATE:
        for (int64_t i = 0; i <= fault->value && !conn->closing; i++)
            send_bytes(conn, bytes);
        break;
    case FAULT_REORDER:
        hold(conn, bytes, fault->value);
        return;
    case FAULT_CUT_AT_BYTE:
        server_ws_cut(conn->peer, bytes, (size_t)fault->value);
        wire_leave(conn);
        return;
    case FAULT_DELAY_MS:
        job_start(conn, JOB_SEND, bytes, fault->value);
        return;
    case FAULT_DROP:
        return;
    case FAULT_CLOSE:
        wire_close(conn);
        return;
    case FAULT_DISCONNECT:
        wire_disconnect(conn, (int)fault->value);
        return;
    default:
        send_bytes(conn, bytes);
    }
    if (conn->held)
        release_held(conn);
}

void send_answer(struct conn *conn, const struct frame *frame)
{
    if (!conn->shaped) {
        send_frame(conn, frame);
        return;
    }
    conn->shaped = false;
    send_shaped(conn, frame, &conn->shape);
}

/* Answers. */

void wire_puback(struct conn *conn, uint16_t id, int status, int64_t time, struct str uid)
{
    struct frame frame = {
        .type = FRAME_PUBACK,
        .id = id,
        .seconds = (uint32_t)(time / 1000),
        .millis = (uint16_t)(time % 1000),
        .status = (uint16_t)status,
        .uid = uid,
    };
    send_answer(conn, &frame);
}

void wire_queryack(struct conn *conn, uint16_t id, int status, struct str payload)
{
    struct frame frame = {
        .type = FRAME_QUERYACK,
        .qos = 1,
        .id = id,
        .seconds = (uint32_t)(clock_wall_ms() / 1000),
        .status = (uint16_t)status,
        .payload = payload,
    };
    send_answer(conn, &frame);
}

/* Pushes. */

static void push_frame(struct conn *conn, const struct frame *frame)
{
    struct fault fault;
    struct fault_site site = {
        .when = FAULT_PUSH,
        .user = conn->user ? conn->user->id : STR_NONE,
        .topic = frame->topic,
    };
    conn->box->counters.pushes++;
    if (faults_take(conn->box->faults, &site, &fault))
        send_shaped(conn, frame, &fault);
    else
        send_frame(conn, frame);
}

void wire_push(struct conn *conn, struct str topic, struct str payload)
{
    if (conn->closing || !conn->user)
        return;
    if (++conn->push_id == 0)
        conn->push_id = 1;
    struct frame frame = {
        .type = FRAME_PUBLISH,
        .qos = 1,
        .topic = topic,
        .target = conn->user->id,
        .id = conn->push_id,
        .seconds = (uint32_t)(clock_wall_ms() / 1000),
        .payload = payload,
    };
    push_frame(conn, &frame);
}

void wire_sync(struct conn *conn, const struct post *post, int64_t time, struct str uid)
{
    if (conn->closing || !conn->user)
        return;
    /* Far from the ids clients use, which share one table with these (C.6). */
    conn->sync_id = conn->sync_id < 0x8000 || conn->sync_id == 0xffff
                        ? 0x8000
                        : (uint16_t)(conn->sync_id + 1);
    struct frame frame = {
        .type = FRAME_PUBLISH,
        .qos = 1,
        .dup = true,
        .topic = post->sync_topic,
        .target = post->sync_target,
        .id = conn->sync_id,
        .seconds = (uint32_t)(time / 1000),
        .payload = post->sync_payload,
    };
    push_frame(conn, &frame);
    struct frame ack = {
        .type = FRAME_PUBACK,
        .id = conn->sync_id,
        .seconds = (uint32_t)(time / 1000),
        .millis = (uint16_t)(time % 1000),
        .uid = uid,
    };
    send_frame(conn, &ack);
}

#define PUSHED_MAX 1024

void wire_push_message(struct user *user, const struct message *message,
                       const struct conn *except)
{
    struct conn *next;
    for (struct conn *conn = user->conns; conn; conn = next) {
        next = conn->user_next; /* a push may close the socket */
        if (conn == except)
            continue;
        if (!conn->box->limits.keep_acked) {
            uint16_t id = (uint16_t)(conn->push_id == 0xffff ? 1 : conn->push_id + 1);
            if (!conn->pushed)
                conn->pushed = mem_zero(PUSHED_MAX * sizeof *conn->pushed);
            conn->pushed[id % PUSHED_MAX] = message->number;
        }
        wire_push(conn, STR("s_msg"), message->down);
    }
}

void send_acked(struct conn *conn, uint16_t id)
{
    if (conn->pushed && conn->pushed[id % PUSHED_MAX])
        log_remove(&conn->user->inbox, conn->pushed[id % PUSHED_MAX]);
}

void wire_push_user(struct user *user, struct str topic, struct str payload,
                    const struct conn *except)
{
    struct conn *next;
    for (struct conn *conn = user->conns; conn; conn = next) {
        next = conn->user_next; /* a push may close the socket */
        if (conn != except)
            wire_push(conn, topic, payload);
    }
}

struct str wire_notice(struct buf *out, int type, int64_t time, struct str room)
{
    struct notify_msg notice = { 0 };
    pb_put(notice, notify_msg, type, type);
    pb_put(notice, notify_msg, time, time);
    if (room.len)
        pb_put(notice, notify_msg, chrm_id, room);
    buf_reset(out);
    return pb_encode(&notify_msg_type, &notice, out, NULL) ? buf_str(out) : STR_NONE;
}
