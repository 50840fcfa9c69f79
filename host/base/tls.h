/*
 * tls: the server end of TLS as bytes in, bytes out; the caller moves them over the
 * network. Also what OpenSSL says about certificates, for those who use it through
 * another library.
 *
 * Layer: base.  Thread: any, one at a time.
 */
#ifndef BASE_TLS_H
#define BASE_TLS_H

#include "base/buf.h"
#include "base/err.h"

struct tls_identity; /* a certificate and its key; shared by connections */
struct tls;          /* one connection */

/* Reads two PEM files: the certificate (with its chain) and the key. */
struct tls_identity *tls_identity_open(const char *cert, const char *key,
                                       struct err *err);
void tls_identity_close(struct tls_identity *identity); /* NULL is fine */

/* Borrows `identity`, which must outlive it. */
struct tls *tls_new(struct tls_identity *identity);
void tls_free(struct tls *tls); /* NULL is fine */

/* Takes in what the network brought; appends what it meant to `plain`. False when the
 * handshake failed or the bytes make no sense; tls_take may still have an alert. */
bool tls_feed(struct tls *tls, struct str wire, struct buf *plain, struct err *err);

/* Takes in what is to be said; only after the handshake, so after something was heard. */
bool tls_say(struct tls *tls, struct str plain, struct err *err);
void tls_say_end(struct tls *tls);

/* Appends what is to be written to the network. False when `wire` is full. */
bool tls_take(struct tls *tls, struct buf *wire);

bool tls_heard_end(const struct tls *tls); /* the peer said it will send no more */

/* Whether `file` has certificates that could be trusted, in PEM. */
bool tls_check_authorities(const char *file, struct err *err);

/* What OpenSSL found wrong, given the X509_STORE_CTX of a verify callback; NULL when
 * nothing. Valid for ever. */
const char *tls_verify_problem(void *store_context);

#endif
