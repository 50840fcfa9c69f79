/*
 * caps_web: where on the web a plugin may go.
 *
 *     http:api.example.org          that host, at ports 80 and 443
 *     http:api.example.org:8080     that host, at that port only
 *     http:*.example.org            every host below it, not itself
 *     http:10.0.0.7:8080            that address, private as it is
 *     http.private:git.example.org  that host, even if its name stands for an address of
 *                                   this machine or of a private network
 *
 * Grants compare names as they were written, without letter case. Where a name leads is
 * looked at again when the connection is made (net/address.h).
 *
 * Layer: script.  Thread: any. Pure.
 */
#ifndef SCRIPT_CAPS_WEB_H
#define SCRIPT_CAPS_WEB_H

#include "base/map.h"
#include "net/url.h"

enum caps_web {
    CAPS_WEB_NOWHERE, /* not granted */
    CAPS_WEB_PUBLIC,  /* if its address is public */
    CAPS_WEB_ANY,     /* whatever its address */
};

/* What `grants` (a set) say about the place of `url`. */
enum caps_web caps_web(const struct map *grants, const struct url *url);

/* Whether `grant` allows all that a plugin needs which says that it needs `need`. */
bool caps_web_covers(struct str grant, struct str need);

/* Whether this is a grant of the forms above. */
bool caps_web_is_grant(struct str grant);

#endif
