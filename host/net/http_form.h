/*
 * http_form: a form with a file as the body of a libcurl request, read from the file as
 * the network takes it.
 *
 * Private to net/http.  Layer: net.
 */
#ifndef NET_HTTP_FORM_H
#define NET_HTTP_FORM_H

#include "net/http.h"

#include <curl/curl.h>

struct http_upload;

/* Makes `form` what `easy` sends. Copies all but the bytes of the file. `arg` is for the
 * form's progress. NULL with ERR_STORAGE, or ERR_ARGUMENT for a name with line breaks. */
struct http_upload *http_upload_new(CURL *easy, const struct http_form *form, void *arg,
                                    struct err *err);

/* The file had fewer bytes than was said. NULL is fine, here and below. */
bool http_upload_broke(const struct http_upload *upload);

/* When the easy handle is gone. */
void http_upload_free(struct http_upload *upload);

#endif
