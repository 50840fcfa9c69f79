/*
 * sender: one user who talks to an echo bot and measures the answers.
 *
 *   sender once URL APP_KEY TOKEN BOT
 *       sends one message, prints "waiting" when it was accepted, waits for its answer
 *   sender peak URL APP_KEY TOKEN BOT SECONDS WINDOW
 *       keeps WINDOW messages unanswered for SECONDS
 *   sender rate URL APP_KEY TOKEN BOT SECONDS PER_SECOND
 *       sends at a fixed rate, whatever comes back; latency counts from the planned
 * moment
 *
 * URL is the server's base, "http://127.0.0.1:7800". It speaks the bare protocol: no
 * database, no journal, so that it costs little beside what it measures. Prints one line
 * of name=value (at_ns: epoch nanoseconds of the last answer) and exits 0, or 1 when
 * anything was lost, doubled, out of order or refused.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "net/ws.h"
#include "proto/frame.h"
#include "proto/messages.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { MESSAGES_MAX = 4000000, DRAIN_MS = 15000, CONNECT_MS = 10000 };

enum mode { ONCE, PEAK, RATE };

struct sender {
    enum mode mode;
    const char *url, *app_key, *token, *bot;
    int64_t run_us;     /* how long to send */
    size_t window;      /* PEAK */
    int64_t per_second; /* RATE */

    struct loop *loop;
    struct net *net;
    struct ws *ws;
    struct loop_timer tick, deadline;
    struct buf frame, payload, text;
    struct arena arena;
    char user[256]; /* as the server calls us */
    uint16_t next_id;
    int64_t cursor; /* of pullMsg */
    bool pulling, pull_again;

    int64_t started_us, ended_us, last_answer_us;
    size_t sent, answered, doubled, refused;
    size_t next, disordered; /* answers that came before an older one */
    int64_t *sent_us;    /* by message: when it was sent, or planned; -1 once answered */
    int32_t *latency_us; /* of each answer, in the order they came */
    const char *failure;
};

static void finish(struct sender *sender, const char *failure)
{
    sender->failure = failure;
    loop_stop(sender->loop);
}

static void send_frame(struct sender *sender, const struct frame *frame)
{
    struct err err;
    buf_reset(&sender->frame);
    if (!frame_encode(&sender->frame, frame, FRAME_FROM_CLIENT, 3, &err)) {
        finish(sender, "cannot encode");
        return;
    }
    ws_send(sender->ws, buf_str(&sender->frame));
}

static uint16_t take_id(struct sender *sender)
{
    sender->next_id = sender->next_id == 65535 ? 1 : sender->next_id + 1;
    return sender->next_id;
}

static void publish(struct sender *sender, int64_t planned_us)
{
    size_t number = sender->sent++;
    sender->sent_us[number] = planned_us;
    buf_reset(&sender->text);
    buf_add_format(&sender->text, "{\"content\":\"%zu says the bench\"}", number);

    struct up_stream_message up = { 0 };
    pb_put(up, up_stream_message, session_id, UP_STORED | UP_COUNTED);
    pb_put(up, up_stream_message, object_name, STR("RC:TxtMsg"));
    pb_put(up, up_stream_message, content, buf_str(&sender->text));
    pb_put(up, up_stream_message, config_flag, 2);
    pb_put(up, up_stream_message, client_unique_id, (int64_t)number + 1);
    buf_reset(&sender->payload);
    struct err err;
    if (!pb_encode(&up_stream_message_type, &up, &sender->payload, &err)) {
        finish(sender, "cannot encode");
        return;
    }
    send_frame(sender, &(struct frame){ .type = FRAME_PUBLISH,
                                        .qos = 1,
                                        .topic = STR("ppMsgP"),
                                        .target = str_from(sender->bot),
                                        .id = take_id(sender),
                                        .payload = buf_str(&sender->payload) });
}

static void pull(struct sender *sender)
{
    if (sender->pulling) {
        sender->pull_again = true;
        return;
    }
    sender->pulling = true;
    sender->pull_again = false;
    struct sync_request_msg ask = { 0 };
    pb_put(ask, sync_request_msg, sync_time, sender->cursor);
    pb_put(ask, sync_request_msg, is_polling, false);
    buf_reset(&sender->payload);
    struct err err;
    if (!pb_encode(&sync_request_msg_type, &ask, &sender->payload, &err)) {
        finish(sender, "cannot encode");
        return;
    }
    send_frame(sender, &(struct frame){ .type = FRAME_QUERY,
                                        .topic = STR("pullMsg"),
                                        .target = str_from(sender->user),
                                        .id = take_id(sender),
                                        .payload = buf_str(&sender->payload) });
}

static bool sending_is_over(const struct sender *sender)
{
    if (sender->mode == ONCE) {
        return sender->sent == 1;
    }
    return clock_mono_us() - sender->started_us >= sender->run_us ||
           sender->sent == MESSAGES_MAX;
}

static void on_deadline(void *arg)
{
    finish(arg, "no answer in time");
}

/* What is due is sent; called after every answer and, at a fixed rate, by the clock. */
static void go_on(struct sender *sender)
{
    bool over = sending_is_over(sender);
    if (over && sender->answered == sender->sent) {
        finish(sender, NULL);
        return;
    }
    if (over) {
        if (sender->ended_us == 0) {
            sender->ended_us = clock_mono_us();
            loop_timer_start(sender->loop, &sender->deadline, DRAIN_MS, on_deadline,
                             sender);
        }
        return;
    }
    if (sender->mode == RATE) {
        int64_t due =
            (clock_mono_us() - sender->started_us) * sender->per_second / 1000000;
        while ((int64_t)sender->sent < due && sender->sent < MESSAGES_MAX) {
            publish(sender, sender->started_us + (int64_t)(sender->sent + 1) * 1000000 /
                                                     sender->per_second);
        }
        return;
    }
    size_t window = sender->mode == ONCE ? 1 : sender->window;
    while (sender->sent - sender->answered < window && !sending_is_over(sender)) {
        publish(sender, clock_mono_us());
    }
}

static void on_tick(void *arg)
{
    struct sender *sender = arg;
    go_on(sender);
    loop_timer_start(sender->loop, &sender->tick, 1, on_tick, sender);
}

static void on_answer(struct sender *sender, struct str content)
{
    ptrdiff_t at = str_find(content, STR("\"content\":\""));
    struct str rest = at < 0 ? STR_NONE : str_sub(content, (size_t)at + 11, 20);
    struct str digits;
    int64_t number;
    if (!str_split(&rest, ' ', &digits) || !str_to_i64(digits, &number) || number < 0 ||
        number >= (int64_t)sender->sent) {
        return; /* of an earlier run */
    }
    if (sender->sent_us[number] < 0) {
        sender->doubled++;
        return;
    }
    sender->disordered += (size_t)number < sender->next;
    sender->next = (size_t)number + 1;
    sender->last_answer_us = clock_mono_us();
    sender->latency_us[sender->answered++] =
        (int32_t)(sender->last_answer_us - sender->sent_us[number]);
    sender->sent_us[number] = -1;
}

static bool decode(struct sender *sender, const struct pb_type *type, void *out,
                   struct str payload)
{
    struct err err;
    arena_reset(&sender->arena);
    if (pb_decode(type, out, payload, &sender->arena, &err)) {
        return true;
    }
    finish(sender, "cannot decode");
    return false;
}

static void on_push(struct sender *sender, const struct frame *frame)
{
    if (frame->qos > 0) {
        send_frame(sender, &(struct frame){ .type = FRAME_PUBACK, .id = frame->id });
    }
    if (str_eq(frame->topic, STR("s_msg"))) {
        struct down_stream_message down = { 0 };
        if (decode(sender, &down_stream_message_type, &down, frame->payload)) {
            on_answer(sender, down.content);
        }
    } else if (str_eq(frame->topic, STR("s_ntf"))) {
        pull(sender);
    }
}

static void on_pulled(struct sender *sender, const struct frame *frame)
{
    if (frame->qos > 0) {
        send_frame(sender, &(struct frame){ .type = FRAME_QUERYCON, .id = frame->id });
    }
    struct down_stream_messages page = { 0 };
    if (frame->status != 0) {
        finish(sender, "pull refused");
        return;
    }
    if (!decode(sender, &down_stream_messages_type, &page, frame->payload)) {
        return;
    }
    for (size_t i = 0; i < page.list.count; i++) {
        on_answer(sender, page.list.at[i].content);
    }
    sender->cursor = page.sync_time;
    sender->pulling = false;
    if (sender->pull_again ||
        (pb_has(page, down_stream_messages, finished) && !page.finished)) {
        pull(sender);
    }
}

static void on_accepted(struct sender *sender, const struct frame *frame)
{
    sender->refused += frame->status != 0;
    if (sender->mode == ONCE) {
        printf("waiting\n"); /* now the bot may be started */
        fflush(stdout);
    }
}

static void on_online(struct sender *sender, const struct frame *frame)
{
    if (frame->status != 0) {
        finish(sender, "connection refused");
        return;
    }
    snprintf(sender->user, sizeof(sender->user), "%.*s", STR_ARG(frame->user));
    sender->cursor = (int64_t)frame->time_ms;
    sender->started_us = clock_mono_us();
    /* A single message has until the bot is up; a load has until it was sent, and then
     * until DRAIN_MS later. */
    loop_timer_start(sender->loop, &sender->deadline,
                     sender->run_us / 1000 + 2 * DRAIN_MS, on_deadline, sender);
    loop_timer_start(sender->loop, &sender->tick, 0, on_tick, sender);
}

static void on_message(void *arg, struct str bytes)
{
    struct sender *sender = arg;
    struct frame frame;
    struct err err;
    if (!frame_decode(&frame, bytes, FRAME_FROM_SERVER, 3, &err)) {
        finish(sender, "a frame that makes no sense");
        return;
    }
    switch (frame.type) {
    case FRAME_CONNACK:
        on_online(sender, &frame);
        return;
    case FRAME_PUBLISH:
        on_push(sender, &frame);
        break;
    case FRAME_PUBACK:
        on_accepted(sender, &frame);
        break;
    case FRAME_QUERYACK:
        on_pulled(sender, &frame);
        break;
    case FRAME_DISCONNECT:
        finish(sender, "disconnected");
        return;
    default:
        break;
    }
    if (sender->mode != RATE && !sender->failure) {
        go_on(sender);
    }
}

static void on_opened(void *arg)
{
    (void)arg; /* the server speaks first: CONNACK */
}

static void on_closed(void *arg, const struct err *why)
{
    struct sender *sender = arg;
    fprintf(stderr, "sender: %s\n", why->text);
    sender->ws = NULL;
    finish(sender, "connection lost");
}

static int by_value(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

static void report(struct sender *sender)
{
    struct timespec now;
    struct rusage used;
    clock_gettime(CLOCK_REALTIME, &now);
    getrusage(RUSAGE_SELF, &used);
    double cpu = (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                 (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
    size_t count = sender->answered;
    qsort(sender->latency_us, count, sizeof(int32_t), by_value);
    double seconds = (double)(sender->last_answer_us - sender->started_us) / 1e6;
    printf("sent=%zu answered=%zu doubled=%zu disordered=%zu refused=%zu seconds=%.6f "
           "cpu=%.3f p50_us=%d p99_us=%d at_ns=%lld\n",
           sender->sent, count, sender->doubled, sender->disordered, sender->refused,
           seconds, cpu, count ? sender->latency_us[count / 2] : 0,
           count ? sender->latency_us[count * 99 / 100] : 0,
           (long long)now.tv_sec * 1000000000 + now.tv_nsec);
}

/* " (first: 17)": where to look for what was lost. */
static const char *unanswered(const struct sender *sender)
{
    static char text[64];
    for (size_t i = 0; i < sender->sent; i++) {
        if (sender->sent_us[i] >= 0) {
            snprintf(text, sizeof(text), " (first: message %zu)", i);
            break;
        }
    }
    return text;
}

static bool connect_to(struct sender *sender, struct err *err)
{
    const char *host = strstr(sender->url, "://");
    struct buf url;
    buf_init(&url, 65536);
    buf_add_format(&url,
                   "%s://%s/websocket?appId=%s&token=%s&sdkVer=5.38.0&pid=&"
                   "deviceId=benchsender&apiVer=browser%%7Cbench%%7C1&protocolVer=3",
                   strncmp(sender->url, "https", 5) == 0 ? "wss" : "ws",
                   host ? host + 3 : sender->url, sender->app_key, sender->token);
    sender->ws =
        ws_open(sender->net, &(struct ws_options){ .url = buf_str(&url) },
                &(struct ws_events){ on_opened, on_message, on_closed }, sender, err);
    buf_clear(&url);
    return sender->ws != NULL;
}

static bool parse(struct sender *sender, int argc, char **argv)
{
    static const char *const words[] = { "once", "peak", "rate" };
    if (argc < 6) {
        return false;
    }
    while (sender->mode <= RATE && strcmp(argv[1], words[sender->mode]) != 0) {
        sender->mode++;
    }
    if (sender->mode > RATE || argc != (sender->mode == ONCE ? 6 : 8)) {
        return false;
    }
    sender->url = argv[2];
    sender->app_key = argv[3];
    sender->token = argv[4];
    sender->bot = argv[5];
    if (sender->mode == ONCE) {
        return true;
    }
    sender->run_us = (int64_t)(strtod(argv[6], NULL) * 1e6);
    int64_t number = strtoll(argv[7], NULL, 10);
    sender->window = (size_t)number;
    sender->per_second = number;
    return sender->run_us > 0 && number > 0;
}

int main(int argc, char **argv)
{
    struct sender sender = { 0 };
    if (!parse(&sender, argc, argv)) {
        fprintf(stderr, "usage: sender once|peak|rate URL APP_KEY TOKEN BOT "
                        "[SECONDS WINDOW|PER_SECOND]\n");
        return 2;
    }
    struct err err = { 0 };
    buf_init(&sender.frame, 1 << 20);
    buf_init(&sender.payload, 1 << 20);
    buf_init(&sender.text, 1024);
    arena_init(&sender.arena, 16 << 20);
    sender.sent_us = mem_alloc(MESSAGES_MAX * sizeof(*sender.sent_us));
    sender.latency_us = mem_alloc(MESSAGES_MAX * sizeof(*sender.latency_us));
    sender.loop = loop_new(&err);
    sender.net = sender.loop ? net_new(sender.loop, NULL, &err) : NULL;
    if (!sender.net || !connect_to(&sender, &err)) {
        fprintf(stderr, "sender: %s\n", err.text);
        return 1;
    }
    loop_timer_start(sender.loop, &sender.deadline, CONNECT_MS, on_deadline, &sender);
    loop_run(sender.loop);

    report(&sender);
    if (sender.failure) {
        fprintf(stderr, "sender: %s%s\n", sender.failure, unanswered(&sender));
    }
    loop_timer_stop(sender.loop, &sender.tick);
    loop_timer_stop(sender.loop, &sender.deadline);
    if (sender.ws) {
        ws_close(sender.ws);
    }
    net_free(sender.net);
    loop_free(sender.loop);
    buf_clear(&sender.frame);
    buf_clear(&sender.payload);
    buf_clear(&sender.text);
    arena_clear(&sender.arena);
    free(sender.sent_us);
    free(sender.latency_us);
    bool clean = !sender.failure && sender.answered == sender.sent &&
                 sender.doubled == 0 && sender.disordered == 0 && sender.refused == 0;
    return clean ? 0 : 1;
}
