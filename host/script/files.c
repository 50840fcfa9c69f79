#include "script/files.h"

#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Takes `fd`. */
static bool read_all(int fd, const char *path, size_t max, struct buf *out,
                     unsigned *open_mode, struct err *err)
{
    struct stat info;
    bool ok = false;
    if (fstat(fd, &info) != 0) {
        err_set(err, ERR_CONFIG, "%s: %s", path, strerror(errno));
        goto out;
    }
    if (!S_ISREG(info.st_mode)) {
        err_set(err, ERR_CONFIG, "%s: not a regular file", path);
        goto out;
    }
    if (open_mode)
        *open_mode = info.st_mode & 07777;
    for (size_t total = 0;;) {
        if (!buf_reserve(out, 4096)) {
            err_set(err, ERR_CONFIG, "%s: larger than %zu bytes", path, max);
            goto out;
        }
        ssize_t got = read(fd, out->at + out->len, 4096);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            err_set(err, ERR_CONFIG, "%s: %s", path, strerror(errno));
            goto out;
        }
        if (got == 0)
            break;
        total += (size_t)got;
        if (total > max) {
            err_set(err, ERR_CONFIG, "%s: larger than %zu bytes", path, max);
            goto out;
        }
        out->len += (size_t)got;
    }
    ok = buf_add(out, "", 0);
out:
    close(fd);
    return ok;
}

static bool set_open_error(const char *path, struct err *err)
{
    if (errno == ELOOP)
        return err_set(err, ERR_CONFIG, "%s: is a link, and links are not followed",
                       path);
    return err_set(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_CONFIG, "%s: %s", path,
                   strerror(errno));
}

bool files_read(const char *path, size_t max, struct buf *out, unsigned *open_mode,
                struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return set_open_error(path, err);
    return read_all(fd, path, max, out, open_mode, err);
}

/* Opens one part below `folder_fd`, which is closed. */
static int step_into(int folder_fd, struct str part, bool last)
{
    char name[256];
    int fd = -1;
    if (part.len == 0 || part.len >= sizeof(name) || str_eq(part, STR(".")) ||
        str_eq(part, STR(".."))) {
        errno = ENOENT;
    } else {
        memcpy(name, part.at, part.len);
        name[part.len] = '\0';
        fd = openat(folder_fd, name,
                    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK |
                        (last ? 0 : O_DIRECTORY));
    }
    int saved = errno;
    close(folder_fd);
    errno = saved;
    return fd;
}

static int walk_below(const char *folder, const char *name)
{
    int fd = open(folder, O_RDONLY | O_CLOEXEC | O_DIRECTORY);
    struct str rest = str_from(name), part;
    while (fd >= 0 && str_split(&rest, '/', &part))
        fd = step_into(fd, part, rest.len == 0);
    return fd;
}

int files_open_below(const char *folder, const char *name, int64_t *size, struct err *err)
{
    struct stat info;
    int fd = walk_below(folder, name);
    if (fd < 0) {
        err_set(err, ERR_NOT_FOUND, "%s: %s", name,
                errno == ELOOP ? "is a link, and links are not followed"
                               : strerror(errno));
        return -1;
    }
    if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode)) {
        *size = info.st_size;
        return fd;
    }
    err_set(err, ERR_NOT_FOUND, "%s: not a regular file", name);
    close(fd);
    return -1;
}

bool files_read_below(const char *folder, const char *name, size_t max, struct buf *out,
                      struct err *err)
{
    char path[1024];
    if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path))
        return err_set(err, ERR_CONFIG, "%s: path too long", name);
    int fd = walk_below(folder, name);
    if (fd < 0)
        return set_open_error(path, err);
    return read_all(fd, path, max, out, NULL, err);
}

/* --- every file of a plugin --- */

#define DEPTH_MAX 4

struct names {
    char **at;
    size_t len, max;
    const char *folder, *leave_out;
};

static bool add_name(struct names *names, const char *name, struct err *err)
{
    if (names->len == names->max)
        return err_set(err, ERR_CONFIG, "%s: more than %zu Lua files", names->folder,
                       names->max);
    names->at[names->len++] = str_dup(str_from(name));
    return true;
}

static bool list_folder(struct names *names, const char *below, int depth,
                        struct err *err);

static bool list_entry(struct names *names, const char *below, const char *entry,
                       int depth, struct err *err)
{
    char name[512], path[2048];
    struct stat info;
    int len = snprintf(name, sizeof(name), "%s%s", below, entry);
    if (len >= (int)sizeof(name) - 1 ||
        snprintf(path, sizeof(path), "%s/%s", names->folder, name) >= (int)sizeof(path))
        return true; /* no name that require could ask for */
    if (lstat(path, &info) != 0)
        return true; /* it went away */
    if (S_ISREG(info.st_mode) && str_ends(str_from(name), STR(".lua")))
        return add_name(names, name, err);
    name[len] = '/';
    name[len + 1] = '\0';
    if (!S_ISDIR(info.st_mode) || depth == 0 || strcmp(name, names->leave_out) == 0)
        return true;
    return list_folder(names, name, depth - 1, err);
}

static bool list_folder(struct names *names, const char *below, int depth,
                        struct err *err)
{
    char path[2048];
    if (snprintf(path, sizeof(path), "%s/%s", names->folder, below) >= (int)sizeof(path))
        return true;
    DIR *folder = opendir(path);
    if (!folder)
        return set_open_error(path, err);
    bool ok = true;
    for (struct dirent *entry; ok && (entry = readdir(folder));)
        if (entry->d_name[0] != '.')
            ok = list_entry(names, below, entry->d_name, depth, err);
    closedir(folder);
    return ok;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

bool files_each_lua(const char *folder, const char *leave_out, size_t max, files_fn *fn,
                    void *arg, struct err *err)
{
    struct names names = { .max = max, .folder = folder, .leave_out = leave_out };
    names.at = mem_zero((max + 1) * sizeof(*names.at));
    bool ok = list_folder(&names, "", DEPTH_MAX, err);
    qsort(names.at, names.len, sizeof(*names.at), by_name);
    for (size_t i = 0; i < names.len; i++) {
        ok = ok && fn(arg, names.at[i], err);
        free(names.at[i]);
    }
    free(names.at);
    return ok;
}
