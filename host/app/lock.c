#include "app/lock.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { ORPHANS_MS = 10000, PAUSE_MS = 10 };

static bool write_pid(int file)
{
    char text[32];
    int len = snprintf(text, sizeof(text), "%d\n", (int)getpid());
    return ftruncate(file, 0) == 0 && pwrite(file, text, (size_t)len, 0) == len;
}

/* The process that took it, alive; 0 when that one is gone and only workers it left hold
 * the file still. This kind of lock, unlike the other, is not inherited. */
static pid_t owner(int file)
{
    struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    if (fcntl(file, F_GETLK, &whole) != 0 || whole.l_type == F_UNLCK)
        return 0;
    return whole.l_pid;
}

/* Workers without a supervisor end by themselves: they are waited for. */
static bool take(int file)
{
    int64_t until_ms = clock_mono_ms() + ORPHANS_MS;
    while (flock(file, LOCK_EX | LOCK_NB) != 0) {
        if (owner(file) != 0 || clock_mono_ms() >= until_ms)
            return false;
        nanosleep(&(struct timespec){ .tv_nsec = PAUSE_MS * 1000000L }, NULL);
    }
    struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    return fcntl(file, F_SETLK, &whole) == 0;
}

int lock_take(const char *state, struct err *err)
{
    char path[4096];
    if (mkdir(state, 0700) != 0 && errno != EEXIST) {
        err_set(err, ERR_STORAGE, "cannot make the state folder %s: %s", state,
                strerror(errno));
        return -1;
    }
    int len = snprintf(path, sizeof(path), "%s/lock", state);
    int file =
        (size_t)len < sizeof(path) ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (file < 0) {
        err_set(err, ERR_STORAGE, "cannot open %s: %s", path, strerror(errno));
        return -1;
    }
    if (!take(file)) {
        char text[32] = "";
        ssize_t got = pread(file, text, sizeof(text) - 1, 0);
        long pid = got > 0 ? strtol(text, NULL, 10) : 0;
        err_set(err, ERR_EXISTS, "the state folder %s is in use by moondock, process %ld",
                state, pid);
        close(file);
        return -1;
    }
    if (!write_pid(file)) {
        err_set(err, ERR_STORAGE, "cannot write %s: %s", path, strerror(errno));
        close(file);
        return -1;
    }
    return file;
}

long lock_owner(const char *state)
{
    char path[4096];
    int len = snprintf(path, sizeof(path), "%s/lock", state);
    int file = (size_t)len < sizeof(path) ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0)
        return 0;
    pid_t pid = owner(file);
    close(file);
    return pid;
}

void lock_release(int lock)
{
    close(lock);
}
