/* A connection, mostly to `server`, byte by byte, for what no client of ours would send.
 */
#ifndef SPEC_NET_RAW_H
#define SPEC_NET_RAW_H

#include "fixture.h"

#include "base/buf.h"
#include "net/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#define MIB ((size_t)1 << 20)

static struct server *server;

struct raw {
    int fd;
    struct buf got;
    bool ended, broken;
};

static inline struct raw dial_to(int port)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct raw raw = { .fd = socket(AF_INET, SOCK_STREAM, 0) };

    buf_init(&raw.got, 4 * MIB);
    assert_int_equal(connect(raw.fd, (struct sockaddr *)&address, sizeof(address)), 0);
    fcntl(raw.fd, F_SETFL, O_NONBLOCK);
    return raw;
}

static inline struct raw dial(void)
{
    return dial_to(server_port(server));
}

static inline void hang_up(struct raw *raw)
{
    close(raw->fd);
    buf_clear(&raw->got);
}

static inline void say(struct raw *raw, struct str bytes)
{
    ssize_t sent;

    while (bytes.len > 0) {
        sent = send(raw->fd, bytes.at, bytes.len, MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN) {
            loop_turn(loop, 10);
            continue;
        }
        if (sent < 0)
            return; /* refused in the middle: what was answered is still to be read */
        bytes = str_sub(bytes, (size_t)sent, SIZE_MAX);
    }
}

/* Reads what is there; true when `part` has come. */
static inline bool heard(struct raw *raw, const char *part)
{
    char bytes[4096];
    ssize_t len;

    while ((len = recv(raw->fd, bytes, sizeof(bytes), 0)) > 0)
        buf_add(&raw->got, bytes, (size_t)len);
    raw->ended |= len == 0;
    raw->broken |= len < 0 && errno != EAGAIN;
    return part != NULL && str_find(buf_str(&raw->got), str_from(part)) >= 0;
}

#define EXPECT(raw, text)                                                                \
    do {                                                                                 \
        WAIT_FOR(heard((raw), (text)) || (raw)->ended || (raw)->broken);                 \
        if (!heard((raw), (text)))                                                       \
            fail_msg("wanted '%s', got '%s'", (text), (raw)->got.at);                    \
    } while (0)

static inline bool is_over(struct raw *raw)
{
    heard(raw, NULL);
    return raw->ended || raw->broken;
}

#endif
