/*
 * media: a file's way to RongCloud's store: a token for it is asked over the socket
 * (qnTkn), the file is posted to the store that navi named, the socket tells its address.
 * The bytes are read from the file as the network takes them.
 *
 * An upload whose answer is lost is not repeated here; doing it again is harmless, since
 * each has a name of its own.
 *
 * Layer: im.  Thread: loop thread only.
 */
#ifndef IM_MEDIA_H
#define IM_MEDIA_H

#include "base/err.h"
#include "net/http.h"

/* RongCloud's numbers for what a file is. */
enum media_kind {
    MEDIA_IMAGE = 1,
    MEDIA_AUDIO,
    MEDIA_VIDEO,
    MEDIA_FILE,
    MEDIA_SHORT_VIDEO
};

struct media_upload {
    enum media_kind kind;
    int fd; /* a regular file; may be closed when the call began */
    int64_t size;
    struct str name;            /* "cat.jpg": its end names the format */
    struct str type;            /* "image/jpeg" */
    int64_t timeout_ms;         /* of the post, with each store; 0: ten minutes */
    http_progress_fn *progress; /* with the `arg` of `done`; may be NULL */
};

/* `why` NULL: it lies at `url`, borrowed for the call. */
typedef void media_done_fn(void *arg, struct str url, const struct err *why);

struct media;
struct requests;
struct session;
struct account_call;

/* Borrows all. */
struct media *media_new(struct net *net, struct requests *requests,
                        const struct session *session);
void media_free(struct media *media); /* what is under way ends with ERR_CLOSED */

/* ERR_REFUSED with the store's HTTP status when it does not take the file;
 * ERR_UNSUPPORTED when navi named no store that we know. */
struct account_call *media_upload(struct media *media, const struct media_upload *what,
                                  media_done_fn *done, void *arg, struct err *err);

/* Whether the address is in the account's own store, whatever network that is in. */
bool media_is_ours(const struct media *media, struct str url);

#endif
