/*
 * head: the first lines of an HTTP/1 request. Pure: bytes in, views of them out.
 *
 * Strict where servers have been fooled: CRLF line ends, no folded lines, no blank before
 * a colon, one length only. The target is given as it came: no decoding, no tidying of
 * slashes and dots, since signatures and routes look at the raw text.
 *
 * Layer: net.  Thread: any.
 */
#ifndef NET_HEAD_H
#define NET_HEAD_H

#include "base/str.h"

#define HEAD_MAX ((size_t)32 << 10)
#define HEAD_LINES_MAX 100

struct head {
    struct str method, path, query;
    struct str lines;  /* the header lines, each with its CRLF */
    size_t len;        /* of the whole head, with the empty line */
    uint64_t body_len; /* Content-Length; 0 when absent */
    bool has_length;
    bool chunked;    /* has a Transfer-Encoding */
    bool keep_alive; /* the connection may carry another request */
    bool expects;    /* wants "100 Continue" before it sends the body */
};

enum head_state { HEAD_MORE, HEAD_DONE, HEAD_BAD };

/* Reads the head at the start of `bytes`. HEAD_BAD: `*status` is the answer to give. */
enum head_state head_read(struct str bytes, struct head *out, int *status);

/* Value of the first header of that name, in any letter case; STR_NONE when absent. */
struct str head_get(const struct head *head, const char *name);

/* Whether a comma-separated header has this word, in any letter case. */
bool head_has_word(const struct head *head, const char *name, struct str word);

#endif
