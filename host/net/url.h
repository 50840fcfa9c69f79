/*
 * url: the parts of a ws://, wss://, http:// or https:// address. Pure.
 *
 * Layer: net.  Thread: any.
 */
#ifndef NET_URL_H
#define NET_URL_H

#include "base/err.h"
#include "base/str.h"

struct url {
    struct str scheme;
    struct str host;   /* without the brackets of an IPv6 number */
    struct str place;  /* host and port as written, for the Host header */
    struct str target; /* path and query; "" stands for "/" */
    int port;
    bool secure;
};

/* The parts borrow from `text`. User names and fragments are refused. */
bool url_parse(struct str text, struct url *out, struct err *err);

#endif
