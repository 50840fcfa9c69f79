#include "script/keep.h"

#include "base/mem.h"
#include "base/random.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct keep {
    int folder, fd;
    char name[KEEP_NAME_MAX + 1], hidden[KEEP_NAME_MAX + 24];
};

bool keep_name_ok(struct str name)
{
    for (size_t i = 0; i < name.len; i++)
        if (name.at[i] == '/' || (unsigned char)name.at[i] < ' ')
            return false;
    return name.len > 0 && name.len <= KEEP_NAME_MAX && name.at[0] != '.' &&
           str_is_utf8(name);
}

struct keep *keep_open(const char *folder, struct str name, struct err *err)
{
    struct keep *keep = MEM_NEW(struct keep);
    char id[9];
    random_id(id, 8);
    snprintf(keep->name, sizeof(keep->name), "%.*s", STR_ARG(name));
    snprintf(keep->hidden, sizeof(keep->hidden), ".%s.%s", keep->name, id);
    keep->fd = -1;
    mkdir(folder, 0700); /* it is there already, or opening it fails */
    keep->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (keep->folder >= 0)
        keep->fd = openat(keep->folder, keep->hidden,
                          O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (keep->fd >= 0)
        return keep;
    err_set(err, ERR_STORAGE, "%s: %s", folder, strerror(errno));
    keep_drop(keep);
    return NULL;
}

bool keep_add(struct keep *keep, struct str bytes)
{
    while (bytes.len > 0) {
        ssize_t wrote = write(keep->fd, bytes.at, bytes.len);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            return false;
        bytes = str_sub(bytes, (size_t)wrote, SIZE_MAX);
    }
    return true;
}

bool keep_done(struct keep *keep, struct err *err)
{
    int fd = keep->fd;
    keep->fd = -1;
    bool ok = close(fd) == 0 &&
              renameat(keep->folder, keep->hidden, keep->folder, keep->name) == 0;
    if (!ok)
        err_set(err, ERR_STORAGE, "%s: %s", keep->name, strerror(errno));
    if (ok)
        keep->hidden[0] = '\0';
    keep_drop(keep);
    return ok;
}

void keep_drop(struct keep *keep)
{
    if (!keep)
        return;
    if (keep->fd >= 0)
        close(keep->fd);
    if (keep->folder >= 0) {
        if (keep->hidden[0])
            unlinkat(keep->folder, keep->hidden, 0);
        close(keep->folder);
    }
    free(keep);
}
