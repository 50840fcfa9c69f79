/*
 * folder: where a test's files are; made when first asked for, one at a time.
 */
#ifndef SPEC_SUPPORT_FOLDER_H
#define SPEC_SUPPORT_FOLDER_H

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[64];

/* The path of a file in it, good until the fourth call from now. */
static inline const char *folder_file(const char *name)
{
    static char paths[4][128];
    static size_t turn;
    char *path = paths[turn++ % 4];
    if (!folder[0])
        assert_non_null(mkdtemp(strcpy(folder, "/tmp/moondock-spec-XXXXXX")));
    snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
    return path;
}

/* Removes it, if there is one, and what files it has. */
static inline void folder_remove(void)
{
    if (!folder[0])
        return;
    DIR *files = opendir(folder);
    for (struct dirent *file; (file = readdir(files));)
        unlinkat(dirfd(files), file->d_name, 0); /* but for . and .. */
    closedir(files);
    assert_int_equal(rmdir(folder), 0);
    folder[0] = '\0';
}

#endif
