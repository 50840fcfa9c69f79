#include "app/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static bool write_pid(int file)
{
    char text[32];
    int len = snprintf(text, sizeof(text), "%d\n", (int)getpid());
    return ftruncate(file, 0) == 0 && pwrite(file, text, (size_t)len, 0) == len;
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
    if (flock(file, LOCK_EX | LOCK_NB) != 0) {
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

void lock_release(int lock)
{
    close(lock);
}
