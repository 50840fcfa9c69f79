#include "app/news.h"

#include "app/app.h"
#include "base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 48 << 10, BAR = 30, PATH_SIZE = 4096 };

/* --- what is shown --- */

void news_clear(struct news *news)
{
    if (news->shown)
        fprintf(stderr, "\r\33[K");
    news->shown = false;
}

/* Names and messages of others must not steer the terminal. */
static void print_text(FILE *out, struct str text)
{
    struct buf line;
    buf_init(&line, (size_t)1 << 20);
    buf_add_str(&line, text);
    for (size_t at = 0; isatty(fileno(out)) && at < line.len;) {
        size_t end = at;
        while (end < line.len && line.at[end] != '\n' && line.at[end] != '\t')
            end++;
        str_blank_controls(line.at + at, end - at);
        at = end + 1;
    }
    fprintf(out, "%.*s", STR_ARG(buf_str(&line)));
    buf_clear(&line);
}

static void print_line(struct news *news, struct str text)
{
    news_clear(news);
    print_text(stdout, text);
    putchar('\n');
    fflush(stdout);
}

static void print_bar(struct news *news, const struct json *bar)
{
    int64_t done = json_int(json_get(bar, "done"), 0);
    int64_t total = json_int(json_get(bar, "total"), 0);
    if (news->quiet || !isatty(STDERR_FILENO) || done < 0)
        return;
    news_clear(news);
    if (total > 0) {
        double part = done < total ? (double)done / (double)total : 1;
        int full = (int)(part * BAR);
        fprintf(stderr, "%s [%.*s%*s] %3d%% %lld/%lld ", news->name, full,
                "##############################", BAR - full, "", (int)(part * 100),
                (long long)done, (long long)total);
    } else {
        fprintf(stderr, "%s %lld ", news->name, (long long)done);
    }
    print_text(stderr, str_cut_utf8(json_str(json_get(bar, "text")), 40));
    fflush(stderr);
    news->shown = true;
    if (total > 0 && done >= total) {
        fputc('\n', stderr);
        news->shown = false;
    }
}

static void print_end(struct news *news, const struct json *end)
{
    struct str why = json_str(json_get(end, "error"));
    int64_t status = json_int(json_get(end, "status"), 1);
    news_clear(news);
    if (why.len > 0) {
        fprintf(stderr, "moondock: %s: ", news->name);
        print_text(stderr, why);
        fputc('\n', stderr);
    }
    news->status = status >= 0 && status <= 125 ? (int)status : APP_REFUSED;
    news->ended = true;
}

/* --- files --- */

static bool path_of(const struct json *what, char path[PATH_SIZE])
{
    struct str given = json_str(json_get(what, "path"));
    if (given.len == 0 || given.len >= PATH_SIZE || memchr(given.at, 0, given.len)) {
        errno = EINVAL;
        return false;
    }
    snprintf(path, PATH_SIZE, "%.*s", STR_ARG(given));
    return true;
}

/* Only forwards. What the last piece cut off comes first. */
static ssize_t read_input(struct news *news, char *piece, int64_t from)
{
    if (from != news->input_at) {
        errno = ESPIPE;
        return -1;
    }
    memcpy(piece, news->tail, news->tail_len);
    ssize_t got = read(STDIN_FILENO, piece + news->tail_len, PIECE - news->tail_len);
    return got < 0 ? got : got + (ssize_t)news->tail_len;
}

static ssize_t read_piece(struct news *news, const struct json *what, char *piece)
{
    char path[PATH_SIZE];
    int64_t from = json_int(json_get(what, "from"), 0);
    if (!path_of(what, path))
        return -1;
    if (strcmp(path, "-") == 0)
        return read_input(news, piece, from);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t got = pread(fd, piece, PIECE, from);
    int why = errno;
    close(fd);
    errno = why;
    return got;
}

static void add_error(struct json *answer, const char *path, const char *why)
{
    char text[PATH_SIZE + 200];
    snprintf(text, sizeof(text), "%s: %s", path, why);
    json_add_str(answer, "error", str_from(text));
}

static void add_errno(struct json *answer, const struct json *what)
{
    int why = errno;
    char path[PATH_SIZE] = "";
    path_of(what, path);
    add_error(answer, path, strerror(why));
    if (why == ENOENT)
        json_add_bool(answer, "missing", true);
}

static void take_read(struct news *news, const struct json *what, struct json *answer)
{
    char piece[PIECE], path[PATH_SIZE];
    ssize_t got = read_piece(news, what, piece);
    if (got < 0) {
        add_errno(answer, what);
        return;
    }
    /* The last character may go on in the next piece. */
    struct str text = str_cut_utf8(str_of(piece, (size_t)got), (size_t)got);
    for (int cut = 1; cut <= 3 && text.len > 0 && !str_is_utf8(text); cut++)
        text.len--;
    size_t rest = (size_t)got - text.len;
    if (!str_is_utf8(text) || (text.len == 0 && rest > 0)) {
        path_of(what, path);
        add_error(answer, path, "not UTF-8");
        return;
    }
    json_add_str(answer, "text", text);
    if (strcmp(path_of(what, path) ? path : "", "-") == 0) {
        memcpy(news->tail, piece + text.len, rest);
        news->tail_len = rest;
        news->input_at += (int64_t)text.len;
    }
}

static bool write_all(int fd, struct str text)
{
    while (text.len > 0) {
        ssize_t put = write(fd, text.at, text.len);
        if (put < 0)
            return false;
        text = str_sub(text, (size_t)put, text.len);
    }
    return fsync(fd) == 0 || errno == EINVAL || errno == EROFS; /* a pipe has no disk */
}

static void take_append(const struct json *what, struct json *answer)
{
    char path[PATH_SIZE];
    int fd = path_of(what, path)
                 ? open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600)
                 : -1;
    bool ok = fd >= 0 && write_all(fd, json_str(json_get(what, "text")));
    if (!ok)
        add_errno(answer, what);
    if (fd >= 0)
        close(fd);
}

/* --- the list --- */

void news_take(struct news *news, const struct json *list, struct json *answers)
{
    const struct json *item = NULL, *what;
    while (!news->ended && (item = json_next(list, item))) {
        struct json *answer = NULL;
        if (json_get(item, "number")) {
            answer = json_add(answers, NULL, json_object());
            json_add_int(answer, "number", json_int(json_get(item, "number"), 0));
        }
        if ((what = json_get(item, "print")))
            print_line(news, json_str(what));
        else if ((what = json_get(item, "progress")))
            print_bar(news, what);
        else if ((what = json_get(item, "end")))
            print_end(news, what);
        else if (answer && (what = json_get(item, "read")))
            take_read(news, what, answer);
        else if (answer && (what = json_get(item, "append")))
            take_append(what, answer);
    }
}
