/*
 * url: the parts of a ws://, wss://, http:// or https:// address; how text is written in
 * one. Pure.
 *
 * Layer: net.  Thread: any.
 */
#ifndef NET_URL_H
#define NET_URL_H

#include "base/buf.h"
#include "base/err.h"

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

/* Adds `text` as it may stand anywhere in an address: all but letters, digits and "-._~"
 * become "%XX". False when it does not fit; a part may have been added then. */
bool url_escape(struct buf *out, struct str text);

/* Adds what such a text stands for; a '%' that no two hex digits follow is itself. */
bool url_unescape(struct buf *out, struct str text);

#endif
