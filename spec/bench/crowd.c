/*
 * crowd: thousands of people in groups, who count and time what reaches them.
 *
 *   crowd PORT APP_KEY SECRET GROUPS MEMBERS PER_SECOND SECONDS
 *
 * Each group has a speaker and MEMBERS listeners, each with a connection of its own to
 * the sandbox at 127.0.0.1:PORT. The speakers say PER_SECOND messages
 * together, at a fixed rate whatever comes back; a delivery is timed from its planned
 * moment to its listener. Bare sockets and one epoll: it has to cost less than what it
 * measures.
 *
 * Prints "online" when all are, then begins; at the end one line of name=value (cpu:
 * seconds of its own). Exit status 1 when anything was lost, doubled, out of order or
 * refused.
 */
#include "base/clock.h"
#include "base/digest.h"
#include "base/mem.h"
#include "base/random.h"
#include "net/wsframe.h"
#include "proto/frame.h"
#include "proto/messages.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PING_US = 15000000, DRAIN_US = 20000000, READ_SIZE = 1 << 16, EVENTS = 512 };

struct person {
    int fd;
    int group;
    bool speaks;
    uint16_t next_id;
    char *rest; /* bytes of a frame that is not whole */
    size_t rest_len;
    int64_t heard; /* messages of its group, which are numbered */
    int64_t answered;
};

struct crowd {
    int port, groups, members;
    const char *app_key, *secret;
    int64_t per_second, run_us;
    struct person *people;
    size_t count;
    int epoll;
    struct arena arena;
    struct buf frame, payload, out;
    int64_t started_us, sent, *said; /* by group */
    int64_t delivered, wrong, refused;
    int32_t *latency_us;
    size_t latency_max;
};

static void fail(const char *what)
{
    fprintf(stderr, "crowd: %s: %s\n", what, errno ? strerror(errno) : "failed");
    exit(1);
}

/* --- sockets --- */

static int dial(const struct crowd *crowd)
{
    struct sockaddr_in to = { .sin_family = AF_INET,
                              .sin_port = htons((uint16_t)crowd->port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0)
        fail("connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return fd;
}

static void write_all(int fd, struct str bytes)
{
    while (bytes.len > 0) {
        ssize_t put = write(fd, bytes.at, bytes.len);
        struct pollfd room = { .fd = fd, .events = POLLOUT };
        if (put < 0 && errno != EAGAIN)
            fail("write");
        if (put < 0)
            poll(&room, 1, 1000);
        else
            bytes = str_sub(bytes, (size_t)put, bytes.len);
    }
}

/* Reads up to the end of a head, and what came behind it. */
static size_t read_head(int fd, char *room, size_t size, size_t *head)
{
    size_t len = 0;
    for (;;) {
        ssize_t got = read(fd, room + len, size - len);
        if (got <= 0)
            fail("read");
        len += (size_t)got;
        ptrdiff_t end = str_find(str_of(room, len), STR("\r\n\r\n"));
        if (end >= 0) {
            *head = (size_t)end + 4;
            return len;
        }
        if (len == size)
            fail("a head without end");
    }
}

/* --- the Server API, one call after the other --- */

static void call_api(const struct crowd *crowd, int fd, const char *path, struct str body,
                     char *answer, size_t size)
{
    char now[32], signature[DIGEST_SHA1_HEX], head[1024];
    snprintf(now, sizeof(now), "%lld", (long long)clock_wall_ms());
    struct str parts[] = { str_from(crowd->secret), STR("17"), str_from(now) };
    digest_sha1_hex(parts, 3, signature);
    int len =
        snprintf(head, sizeof(head),
                 "POST %s HTTP/1.1\r\nHost: localhost\r\nApp-Key: %s\r\nNonce: 17\r\n"
                 "Timestamp: %s\r\nSignature: %s\r\nContent-Length: %zu\r\n"
                 "Content-Type: application/x-www-form-urlencoded\r\n\r\n",
                 path, crowd->app_key, now, signature, body.len);
    write_all(fd, str_of(head, (size_t)len));
    write_all(fd, body);
    size_t head_len, got = read_head(fd, answer, size - 1, &head_len);
    struct str given = str_of(answer, head_len);
    ptrdiff_t at = str_find(given, STR("Content-Length: "));
    size_t want = head_len + (at < 0 ? 0 : (size_t)strtoul(answer + at + 16, NULL, 10));
    while (got < want && got < size - 1) {
        ssize_t more = read(fd, answer + got, size - 1 - got);
        if (more <= 0)
            fail("read");
        got += (size_t)more;
    }
    answer[got] = '\0';
    if (!strstr(answer, "\"code\":200")) {
        fprintf(stderr, "crowd: %s: %.400s\n", path, answer);
        exit(1);
    }
}

static void make_group(const struct crowd *crowd, int fd, int group)
{
    char answer[4096];
    struct buf body;
    buf_init(&body, 1 << 20);
    buf_add_format(&body, "groupId=g%d&groupName=g%d", group, group);
    for (size_t i = 0; i < crowd->count; i++)
        if (crowd->people[i].group == group)
            buf_add_format(&body, "&userId=u%zu", i);
    call_api(crowd, fd, "/group/create.json", buf_str(&body), answer, sizeof(answer));
    buf_clear(&body);
}

/* --- one person --- */

static void send_bytes(struct crowd *crowd, struct str bytes)
{
    static const uint8_t mask[4] = { 0 };
    uint8_t head[WSFRAME_HEAD_MAX];
    size_t len = wsframe_head(head, WSFRAME_BINARY, bytes.len, mask);
    buf_add(&crowd->out, head, len);
    buf_add_str(&crowd->out, bytes);
}

/* It leaves with flush. */
static void add_frame(struct crowd *crowd, const struct frame *frame)
{
    buf_reset(&crowd->frame);
    if (!frame_encode(&crowd->frame, frame, FRAME_FROM_CLIENT, 3, NULL))
        fail("encode");
    send_bytes(crowd, buf_str(&crowd->frame));
}

static void flush(struct crowd *crowd, const struct person *person)
{
    if (crowd->out.len > 0)
        write_all(person->fd, buf_str(&crowd->out));
    buf_reset(&crowd->out);
}

static uint16_t take_id(struct person *person)
{
    person->next_id = person->next_id == 65535 ? 1 : person->next_id + 1;
    return person->next_id;
}

static void say(struct crowd *crowd, int group, int64_t planned_us)
{
    struct person *person = &crowd->people[group];
    char text[128], target[24];
    int len = snprintf(text, sizeof(text), "{\"content\":\"%lld %lld\"}",
                       (long long)crowd->said[group]++, (long long)planned_us);
    snprintf(target, sizeof(target), "g%d", group);
    struct up_stream_message up = { 0 };
    pb_put(up, up_stream_message, session_id, UP_STORED | UP_COUNTED);
    pb_put(up, up_stream_message, object_name, STR("RC:TxtMsg"));
    pb_put(up, up_stream_message, content, str_of(text, (size_t)len));
    pb_put(up, up_stream_message, config_flag, 2);
    pb_put(up, up_stream_message, client_unique_id, crowd->sent + 1);
    buf_reset(&crowd->payload);
    if (!pb_encode(&up_stream_message_type, &up, &crowd->payload, NULL))
        fail("encode");
    add_frame(crowd, &(struct frame){ .type = FRAME_PUBLISH,
                                      .qos = 1,
                                      .topic = STR("pgMsgP"),
                                      .target = str_from(target),
                                      .id = take_id(person),
                                      .payload = buf_str(&crowd->payload) });
    flush(crowd, person);
    crowd->sent++;
}

/* "17 123456": its number in the group, and when it was to be said. */
static void hear(struct crowd *crowd, struct person *person, struct str content)
{
    ptrdiff_t at = str_find(content, STR("\"content\":\""));
    long long number = -1, planned_us = 0;
    char text[64];
    struct str rest = str_sub(content, (size_t)at + 11, sizeof(text) - 1);
    snprintf(text, sizeof(text), "%.*s", STR_ARG(rest));
    if (at < 0 || sscanf(text, "%lld %lld", &number, &planned_us) != 2 ||
        number != person->heard)
        crowd->wrong++;
    person->heard = number + 1;
    if ((size_t)crowd->delivered < crowd->latency_max)
        crowd->latency_us[crowd->delivered] = (int32_t)(clock_mono_us() - planned_us);
    crowd->delivered++;
}

static void take_frame(struct crowd *crowd, struct person *person, struct str bytes)
{
    struct frame frame;
    if (!frame_decode(&frame, bytes, FRAME_FROM_SERVER, 3, NULL))
        fail("a frame that makes no sense");
    if (frame.type == FRAME_PUBLISH) {
        struct down_stream_message down = { 0 };
        if (frame.qos > 0)
            add_frame(crowd, &(struct frame){ .type = FRAME_PUBACK, .id = frame.id });
        arena_reset(&crowd->arena);
        if (!str_eq(frame.topic, STR("s_msg")) ||
            !pb_decode(&down_stream_message_type, &down, frame.payload, &crowd->arena,
                       NULL))
            crowd->wrong++;
        else
            hear(crowd, person, down.content);
    } else if (frame.type == FRAME_PUBACK) {
        crowd->refused += frame.status != 0;
        person->answered++;
    } else if (frame.type == FRAME_DISCONNECT) {
        fail("disconnected");
    }
}

/* A server's frame is not masked. Gives its length, 0: it is not whole. */
static size_t read_ws(struct str bytes, struct str *out)
{
    const uint8_t *at = (const uint8_t *)bytes.at;
    size_t head = 2, len = bytes.len < 2 ? 0 : at[1] & 127;
    if (len == 126)
        head = 4;
    else if (len == 127)
        head = 10;
    if (bytes.len < head)
        return 0;
    if (head > 2)
        len = 0;
    for (size_t i = 2; i < head; i++)
        len = len << 8 | at[i];
    *out = str_sub(bytes, head, len);
    return bytes.len < head + len ? 0 : head + len;
}

static void take_bytes(struct crowd *crowd, struct person *person, struct str bytes)
{
    struct str frame;
    size_t used;
    while ((used = read_ws(bytes, &frame)) > 0) {
        if ((bytes.at[0] & 15) == WSFRAME_BINARY)
            take_frame(crowd, person, frame);
        bytes = str_sub(bytes, used, bytes.len);
    }
    free(person->rest);
    person->rest = NULL;
    person->rest_len = bytes.len;
    if (bytes.len > 0) {
        person->rest = mem_alloc(bytes.len);
        memcpy(person->rest, bytes.at, bytes.len);
    }
    flush(crowd, person);
}

static void on_readable(struct crowd *crowd, struct person *person)
{
    static char room[READ_SIZE];
    if (person->rest_len > 0)
        memcpy(room, person->rest, person->rest_len);
    ssize_t got = recv(person->fd, room + person->rest_len,
                       sizeof(room) - person->rest_len, MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN))
        fail("connection lost");
    if (got > 0)
        take_bytes(crowd, person, str_of(room, person->rest_len + (size_t)got));
}

static void log_in(struct crowd *crowd, int api, size_t number)
{
    struct person *person = &crowd->people[number];
    char room[8192], body[64], request[4096], *token, *end;
    int len = snprintf(body, sizeof(body), "userId=u%zu&name=u%zu", number, number);
    call_api(crowd, api, "/user/getToken.json", str_of(body, (size_t)len), room,
             sizeof(room));
    token = strstr(room, "\"token\":\"");
    end = token ? strchr(token + 9, '"') : NULL;
    if (!end)
        fail("no token");
    token += 9;
    struct buf escaped;
    buf_init(&escaped, 4096);
    for (const char *c = token; c < end; c++)
        buf_add_format(&escaped, "%%%02x", (unsigned char)*c);
    len = snprintf(
        request, sizeof(request),
        "GET /websocket?appId=%s&token=%.*s&sdkVer=5.38.0&pid=&deviceId=c%zu&"
        "apiVer=browser%%7Ccrowd%%7C1&protocolVer=3 HTTP/1.1\r\nHost: localhost\r\n"
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
        crowd->app_key, STR_ARG(buf_str(&escaped)), number);
    buf_clear(&escaped);
    person->fd = dial(crowd);
    write_all(person->fd, str_of(request, (size_t)len));
    size_t head, got = read_head(person->fd, room, sizeof(room), &head);
    if (!str_starts(str_of(room, got), STR("HTTP/1.1 101")))
        fail("no upgrade");
    /* CONNACK comes by itself. */
    struct str frame = STR_NONE;
    while (read_ws(str_of(room + head, got - head), &frame) == 0) {
        ssize_t more = read(person->fd, room + got, sizeof(room) - got);
        if (more <= 0)
            fail("read");
        got += (size_t)more;
    }
    struct frame ack;
    if (!frame_decode(&ack, frame, FRAME_FROM_SERVER, 3, NULL) ||
        ack.type != FRAME_CONNACK || ack.status != 0)
        fail("not accepted");
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = person };
    if (epoll_ctl(crowd->epoll, EPOLL_CTL_ADD, person->fd, &event) != 0)
        fail("epoll");
}

/* --- the load --- */

static bool all_is_heard(const struct crowd *crowd)
{
    return crowd->delivered >= crowd->sent * crowd->members;
}

/* Each pings every 15 s, evenly spread. */
static void ping(struct crowd *crowd, int64_t before_us, int64_t now_us)
{
    int64_t from = before_us * (int64_t)crowd->count / PING_US;
    int64_t to = now_us * (int64_t)crowd->count / PING_US;
    for (; from < to; from++) {
        struct person *person = &crowd->people[(size_t)from % crowd->count];
        add_frame(crowd, &(struct frame){ .type = FRAME_PINGREQ });
        flush(crowd, person);
    }
}

static void run(struct crowd *crowd)
{
    struct epoll_event events[EVENTS];
    int64_t last_us = 0;
    crowd->started_us = clock_mono_us();
    for (;;) {
        int64_t now_us = clock_mono_us() - crowd->started_us;
        if ((now_us > crowd->run_us && all_is_heard(crowd)) ||
            now_us > crowd->run_us + DRAIN_US)
            return;
        int64_t until_us = now_us < crowd->run_us ? now_us : crowd->run_us;
        while (crowd->sent < until_us * crowd->per_second / 1000000)
            say(crowd, (int)(crowd->sent % crowd->groups),
                crowd->started_us + (crowd->sent + 1) * 1000000 / crowd->per_second);
        ping(crowd, last_us, now_us);
        last_us = now_us;
        int ready = epoll_wait(crowd->epoll, events, EVENTS, 1);
        for (int i = 0; i < ready; i++)
            on_readable(crowd, events[i].data.ptr);
    }
}

static int by_value(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

static bool report(struct crowd *crowd)
{
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    double cpu = (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                 (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
    double seconds = (double)(clock_mono_us() - crowd->started_us) / 1e6;
    size_t count = (size_t)crowd->delivered;
    count = count < crowd->latency_max ? count : crowd->latency_max;
    qsort(crowd->latency_us, count, sizeof(int32_t), by_value);
    int64_t silent = 0;
    for (size_t i = 0; i < crowd->count; i++)
        if (!crowd->people[i].speaks &&
            crowd->people[i].heard != crowd->said[crowd->people[i].group])
            silent++;
    int64_t lost = crowd->sent * crowd->members - crowd->delivered;
    printf("people=%zu sent=%lld delivered=%lld lost=%lld wrong=%lld incomplete=%lld "
           "refused=%lld seconds=%.3f cpu=%.3f p50_us=%d "
           "p99_us=%d max_us=%d\n",
           crowd->count, (long long)crowd->sent, (long long)crowd->delivered,
           (long long)lost, (long long)crowd->wrong, (long long)silent,
           (long long)crowd->refused, seconds, cpu,
           count ? crowd->latency_us[count / 2] : 0,
           count ? crowd->latency_us[count * 99 / 100] : 0,
           count ? crowd->latency_us[count - 1] : 0);
    return lost == 0 && crowd->wrong == 0 && silent == 0 && crowd->refused == 0 &&
           crowd->sent > 0;
}

int main(int argc, char **argv)
{
    struct crowd crowd = { 0 };
    if (argc != 8) {
        fprintf(stderr, "usage: crowd PORT APP_KEY SECRET GROUPS MEMBERS PER_SECOND "
                        "SECONDS\n");
        return 2;
    }
    crowd.port = atoi(argv[1]);
    crowd.app_key = argv[2];
    crowd.secret = argv[3];
    crowd.groups = atoi(argv[4]);
    crowd.members = atoi(argv[5]);
    crowd.per_second = atoi(argv[6]);
    crowd.run_us = (int64_t)(strtod(argv[7], NULL) * 1e6);
    if (crowd.groups < 1 || crowd.members < 1 || crowd.per_second < 1 || crowd.run_us < 1)
        fail("arguments");
    crowd.count = (size_t)crowd.groups * (size_t)(crowd.members + 1);
    crowd.people = mem_zero(crowd.count * sizeof(*crowd.people));
    crowd.said = mem_zero((size_t)crowd.groups * sizeof(*crowd.said));
    crowd.latency_max =
        (size_t)(crowd.per_second * crowd.members) * (size_t)(crowd.run_us / 1000000 + 2);
    crowd.latency_us = mem_zero(crowd.latency_max * sizeof(*crowd.latency_us));
    crowd.epoll = epoll_create1(EPOLL_CLOEXEC);
    buf_init(&crowd.frame, 1 << 20);
    buf_init(&crowd.payload, 1 << 20);
    buf_init(&crowd.out, 1 << 20);
    arena_init(&crowd.arena, 1 << 20);
    /* The first of each group speaks: person g of group g. */
    for (size_t i = 0; i < crowd.count; i++) {
        crowd.people[i].group = (int)(i % (size_t)crowd.groups);
        crowd.people[i].speaks = i < (size_t)crowd.groups;
    }
    int api = dial(&crowd);
    for (size_t i = 0; i < crowd.count; i++)
        log_in(&crowd, api, i);
    for (int i = 0; i < crowd.groups; i++)
        make_group(&crowd, api, i);
    close(api);
    printf("online\n");
    fflush(stdout);
    run(&crowd);
    return report(&crowd) ? 0 : 1;
}
