#include "net/http_form.h"

#include "base/mem.h"
#include "base/must.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

struct http_upload {
    curl_mime *mime;
    int fd;
    int64_t at, size;
    http_progress_fn *progress;
    void *arg;
    bool broke;
};

static size_t on_read(char *to, size_t one, size_t len, void *arg)
{
    struct http_upload *upload = arg;
    int64_t left = upload->size - upload->at;
    ssize_t got;

    len *= one;
    if ((int64_t)len > left)
        len = (size_t)left;
    if (len == 0)
        return 0;
    do
        got = pread(upload->fd, to, len, (off_t)upload->at);
    while (got < 0 && errno == EINTR);
    if (got <= 0) {
        upload->broke = true;
        return CURL_READFUNC_ABORT;
    }
    upload->at += got;
    if (upload->progress != NULL)
        upload->progress(upload->arg, upload->at, upload->size);
    return (size_t)got;
}

/* libcurl goes back when it has to send everything again on another connection. */
static int on_seek(void *arg, curl_off_t offset, int origin)
{
    struct http_upload *upload = arg;

    if (origin != SEEK_SET || offset < 0 || offset > upload->size)
        return CURL_SEEKFUNC_FAIL;
    upload->at = offset;
    return CURL_SEEKFUNC_OK;
}

static curl_mimepart *add_part(struct http_upload *upload, struct str name)
{
    curl_mimepart *part = curl_mime_addpart(upload->mime);
    char *text = str_dup(name);

    must(part != NULL && curl_mime_name(part, text) == CURLE_OK);
    free(text);
    return part;
}

static void add_fields(struct http_upload *upload, const struct http_form *form)
{
    for (size_t i = 0; i < form->field_count; i++) {
        struct str value = form->fields[i].value;
        curl_mimepart *part = add_part(upload, form->fields[i].name);

        must(curl_mime_data(part, value.at != NULL ? value.at : "", value.len) ==
             CURLE_OK);
    }
}

static void add_file(struct http_upload *upload, const struct http_form *form)
{
    curl_mimepart *part = add_part(upload, STR("file"));
    char *name = str_dup(form->file_name), *type = str_dup(form->file_type);

    must(curl_mime_filename(part, name) == CURLE_OK);
    must(curl_mime_type(part, type) == CURLE_OK);
    must(curl_mime_data_cb(part, form->size, on_read, on_seek, NULL, upload) == CURLE_OK);
    free(type);
    free(name);
}

static bool is_line(struct str s)
{
    return str_index(s, '\r') < 0 && str_index(s, '\n') < 0 && str_index(s, '\0') < 0;
}

struct http_upload *http_upload_new(CURL *easy, const struct http_form *form, void *arg,
                                    struct err *err)
{
    struct http_upload *upload;
    int fd;

    if (!is_line(form->file_name) || !is_line(form->file_type)) {
        err_set(err, ERR_ARGUMENT, "a file's name and type have no line breaks");
        return NULL;
    }
    fd = fcntl(form->fd, F_DUPFD_CLOEXEC, 0);
    if (fd < 0) {
        err_set(err, ERR_STORAGE, "the file cannot be read: %s", strerror(errno));
        return NULL;
    }
    upload = MEM_NEW(struct http_upload);
    upload->fd = fd;
    upload->size = form->size;
    upload->progress = form->progress;
    upload->arg = arg;
    upload->mime = curl_mime_init(easy);
    must(upload->mime != NULL);
    add_fields(upload, form);
    add_file(upload, form);
    curl_easy_setopt(easy, CURLOPT_MIMEPOST, upload->mime);
    return upload;
}

bool http_upload_broke(const struct http_upload *upload)
{
    return upload != NULL && upload->broke;
}

void http_upload_free(struct http_upload *upload)
{
    if (upload == NULL)
        return;
    curl_mime_free(upload->mime);
    close(upload->fd);
    free(upload);
}
