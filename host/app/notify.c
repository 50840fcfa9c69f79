#include "app/notify.h"

#include "base/log.h"
#include "base/mem.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

struct notify {
    struct loop *loop;
    int fd;
    struct sockaddr_un peer;
    socklen_t peer_size;
    int64_t alive_ms; /* 0: no watchdog */
    struct loop_timer alive;
    bool ready, reloading;
};

/* A service manager that does not listen is not our trouble. */
static void send_text(struct notify *notify, const char *text)
{
    ssize_t sent = sendto(notify->fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL,
                          (const struct sockaddr *)&notify->peer, notify->peer_size);
    if (sent < 0)
        log_debug(LOG_APP, "notify: %s", strerror(errno));
}

static void on_alive(void *arg)
{
    struct notify *notify = arg;
    send_text(notify, "WATCHDOG=1");
    loop_timer_start(notify->loop, &notify->alive, notify->alive_ms, on_alive, notify);
}

/* Half of what it waits for; 0 when it watches nothing, or another process. */
static int64_t watchdog_ms(void)
{
    const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
    int64_t us, who;
    if (!usec || !str_to_i64(str_from(usec), &us) || us < 2000)
        return 0;
    if (pid && (!str_to_i64(str_from(pid), &who) || who != getpid()))
        return 0;
    return us / 2000;
}

/* A path, or "@NAME" for one of Linux' abstract names. */
static bool read_address(const char *name, struct notify *notify)
{
    size_t len = strlen(name);
    notify->peer.sun_family = AF_UNIX;
    if (len < 2 || len >= sizeof(notify->peer.sun_path) ||
        (name[0] != '/' && name[0] != '@'))
        return false;
    memcpy(notify->peer.sun_path, name, len);
    if (name[0] == '@')
        notify->peer.sun_path[0] = '\0';
    notify->peer_size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    return true;
}

struct notify *notify_open(struct loop *loop)
{
    const char *name = getenv("NOTIFY_SOCKET");
    if (!name || !name[0])
        return NULL;
    struct notify *notify = MEM_NEW(struct notify);
    notify->loop = loop;
    notify->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (notify->fd < 0 || !read_address(name, notify)) {
        log_warn(LOG_APP, "NOTIFY_SOCKET: cannot use %s", name);
        notify_close(notify);
        return NULL;
    }
    notify->alive_ms = watchdog_ms();
    if (notify->alive_ms > 0)
        on_alive(notify);
    return notify;
}

void notify_close(struct notify *notify)
{
    if (!notify)
        return;
    loop_timer_stop(notify->loop, &notify->alive);
    if (notify->fd >= 0)
        close(notify->fd);
    free(notify);
}

void notify_ready(struct notify *notify)
{
    if (!notify)
        return;
    notify->ready = true;
    send_text(notify, "READY=1");
}

void notify_reloading(struct notify *notify)
{
    if (!notify || !notify->ready)
        return;
    notify->reloading = true;
    struct timespec now; /* the real one, which is compared with another process's */
    char text[80];
    clock_gettime(CLOCK_MONOTONIC, &now);
    snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%lld",
             (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
    send_text(notify, text);
}

void notify_reloaded(struct notify *notify)
{
    if (!notify || !notify->reloading)
        return;
    notify->reloading = false;
    notify_ready(notify);
}

void notify_stopping(struct notify *notify)
{
    if (notify)
        send_text(notify, "STOPPING=1");
}

void notify_status(struct notify *notify, const char *format, ...)
{
    if (!notify)
        return;
    char text[300] = "STATUS=";
    size_t used = strlen(text);
    va_list args;
    va_start(args, format);
    vsnprintf(text + used, sizeof(text) - used, format, args);
    va_end(args);
    send_text(notify, text);
}
