#include "app/page.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int make(const char *name, size_t size, struct err *err)
{
    int fd = memfd_create(name, MFD_CLOEXEC);
    if (fd >= 0 && ftruncate(fd, (off_t)size) == 0)
        return fd;
    err_set(err, ERR_INTERNAL, "cannot make shared memory: %s", strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

struct page *page_map(int fd, struct err *err)
{
    struct stat info;
    bool fits = fstat(fd, &info) == 0 && info.st_size == (off_t)sizeof(struct page);
    void *at =
        fits ? mmap(NULL, sizeof(struct page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)
             : MAP_FAILED;
    if (at != MAP_FAILED)
        return at;
    err_set(err, ERR_INTERNAL, "file descriptor %d is not a supervisor's page", fd);
    return NULL;
}

struct page *page_make(int *fd, struct err *err)
{
    *fd = make("moondock-page", sizeof(struct page), err);
    struct page *page = *fd >= 0 ? page_map(*fd, err) : NULL;
    if (!page && *fd >= 0)
        close(*fd);
    return page;
}

void page_unmap(struct page *page)
{
    if (page)
        munmap(page, sizeof(*page));
}

int page_text_make(struct err *err)
{
    return make("moondock-text", 0, err);
}

bool page_text_put(int fd, struct str text, struct err *err)
{
    if (ftruncate(fd, 0) == 0 && pwrite(fd, text.at, text.len, 0) == (ssize_t)text.len)
        return true;
    return err_set(err, ERR_INTERNAL, "cannot write shared memory: %s", strerror(errno));
}

bool page_text_get(int fd, struct buf *out, struct err *err)
{
    struct stat info;
    if (fstat(fd, &info) != 0 || !buf_reserve(out, (size_t)info.st_size) ||
        pread(fd, out->at + out->len, (size_t)info.st_size, 0) != info.st_size)
        return err_set(err, ERR_INTERNAL, "cannot read the supervisor's configuration");
    out->len += (size_t)info.st_size;
    return true;
}
