#include "base/tls.h"

#include "base/mem.h"
#include "base/must.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <string.h>

/* The largest piece handed to OpenSSL at once; its lengths are ints. */
#define PIECE ((size_t)1 << 20)

struct tls_identity {
    SSL_CTX *context;
};

struct tls {
    SSL *ssl;
    BIO *in, *out; /* owned by `ssl` */
};

static bool fail(struct err *err, const char *what)
{
    /* The first is the cause; those behind it only say who passed it on. */
    unsigned long code = ERR_peek_error();
    const char *reason = code == 0                ? NULL
                         : ERR_SYSTEM_ERROR(code) ? strerror(ERR_GET_REASON(code))
                                                  : ERR_reason_error_string(code);

    ERR_clear_error();
    return err_set(err, ERR_TLS, "%s: %s", what, reason != NULL ? reason : "failed");
}

struct tls_identity *tls_identity_open(const char *cert, const char *key, struct err *err)
{
    struct tls_identity *identity = MEM_NEW(struct tls_identity);

    ERR_clear_error();
    identity->context = SSL_CTX_new(TLS_server_method());
    must(identity->context != NULL);
    SSL_CTX_set_min_proto_version(identity->context, TLS1_2_VERSION);
    /* An idle connection keeps no record buffers: 34 KiB less for each of thousands. */
    SSL_CTX_set_mode(identity->context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_options(identity->context, SSL_OP_NO_RENEGOTIATION);
    if (SSL_CTX_use_certificate_chain_file(identity->context, cert) != 1)
        fail(err, cert);
    else if (SSL_CTX_use_PrivateKey_file(identity->context, key, SSL_FILETYPE_PEM) != 1 ||
             SSL_CTX_check_private_key(identity->context) != 1)
        fail(err, key);
    else
        return identity;
    tls_identity_close(identity);
    return NULL;
}

void tls_identity_close(struct tls_identity *identity)
{
    if (identity == NULL)
        return;
    SSL_CTX_free(identity->context);
    free(identity);
}

struct tls *tls_new(struct tls_identity *identity)
{
    struct tls *tls = MEM_NEW(struct tls);

    tls->ssl = SSL_new(identity->context);
    tls->in = BIO_new(BIO_s_mem());
    tls->out = BIO_new(BIO_s_mem());
    must(tls->ssl != NULL && tls->in != NULL && tls->out != NULL);
    SSL_set_bio(tls->ssl, tls->in, tls->out);
    SSL_set_accept_state(tls->ssl);
    return tls;
}

void tls_free(struct tls *tls)
{
    if (tls == NULL)
        return;
    SSL_free(tls->ssl);
    free(tls);
}

bool tls_feed(struct tls *tls, struct str wire, struct buf *plain, struct err *err)
{
    must(wire.len <= PIECE);
    ERR_clear_error();
    must(BIO_write(tls->in, wire.at, (int)wire.len) == (int)wire.len);
    for (;;) {
        if (!buf_reserve(plain, SSL3_RT_MAX_PLAIN_LENGTH))
            return err_set(err, ERR_LIMIT, "more than %zu bytes at once", plain->max);

        int got = SSL_read(tls->ssl, plain->at + plain->len, SSL3_RT_MAX_PLAIN_LENGTH);
        if (got > 0) {
            plain->len += (size_t)got;
            continue;
        }
        int why = SSL_get_error(tls->ssl, got);
        if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_ZERO_RETURN)
            return true;
        return fail(err, "TLS");
    }
}

bool tls_say(struct tls *tls, struct str plain, struct err *err)
{
    ERR_clear_error();
    while (plain.len > 0) {
        size_t piece = plain.len < PIECE ? plain.len : PIECE;

        if (SSL_write(tls->ssl, plain.at, (int)piece) != (int)piece)
            return fail(err, "TLS");
        plain.at += piece;
        plain.len -= piece;
    }
    return true;
}

void tls_say_end(struct tls *tls)
{
    ERR_clear_error();
    if (SSL_is_init_finished(tls->ssl))
        SSL_shutdown(tls->ssl);
    ERR_clear_error();
}

bool tls_take(struct tls *tls, struct buf *wire)
{
    size_t waiting = BIO_ctrl_pending(tls->out);

    if (waiting == 0)
        return true;
    if (!buf_reserve(wire, waiting))
        return false;
    must(BIO_read(tls->out, wire->at + wire->len, (int)waiting) == (int)waiting);
    wire->len += waiting;
    return true;
}

bool tls_heard_end(const struct tls *tls)
{
    return (SSL_get_shutdown(tls->ssl) & SSL_RECEIVED_SHUTDOWN) != 0;
}

bool tls_check_authorities(const char *file, struct err *err)
{
    X509_STORE *store = X509_STORE_new();
    bool good;

    must(store != NULL);
    ERR_clear_error();
    good = X509_STORE_load_file(store, file) == 1 || fail(err, file);
    X509_STORE_free(store);
    return good;
}

const char *tls_verify_problem(void *store_context)
{
    int code = X509_STORE_CTX_get_error(store_context);

    return code == X509_V_OK ? NULL : X509_verify_cert_error_string(code);
}
