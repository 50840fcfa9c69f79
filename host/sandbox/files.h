/*
 * files: the store that files of messages lie in. Its token is asked for over the socket
 * (qnTkn); the file is posted as a form, as to the store that official SDKs call "qiniu",
 * and fetched by whoever knows its address (qnUrl).
 *
 *     POST /_files        a form with token, key and file
 *     GET  /_files/KEY
 *
 * With --data files are rows of its own and only there; else the newest 256 MiB are kept.
 *
 * Layer: sandbox.  Thread: loop thread only.
 */
#ifndef SANDBOX_FILES_H
#define SANDBOX_FILES_H

#include "sandbox/box.h"

#define FILES_PATH "/_files"
#define FILES_ONE_MAX ((size_t)20 << 20)
#define FILES_ALL_MAX ((size_t)256 << 20)
#define FILES_KEY_MAX 255
#define FILES_TOKEN_MAX 96
#define FILES_FORM_MAX (FILES_ONE_MAX + ((size_t)64 << 10))

struct files;

struct files *files_new(void);
void files_clear(struct files *files); /* those in memory */
void files_free(struct files *files);  /* NULL is fine */

/* Whether a file may be called so. */
bool files_key_ok(struct str key);

/* The token that allows one key to be posted until then. */
void files_token(const struct sandbox *box, struct str key, int64_t until_ms,
                 char out[FILES_TOKEN_MAX]);

/* Appends the address of the store, or of a file in it, for a client that reached us
 * under `place` ("127.0.0.1:7800"). */
bool files_address(const struct sandbox *box, struct str place, struct str key,
                   struct buf *out);

/* Keeps a file, in place of an older one of that key. */
void files_keep(struct sandbox *box, struct str key, struct str type, struct str bytes);

bool files_serves(struct str path);
void files_answer(struct sandbox *box, struct server_request *request, struct str path);

#endif
