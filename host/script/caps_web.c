#include "script/caps_web.h"

#include "net/address.h"

#include <stdio.h>

#define GRANT_MAX 280

/* What a grant names: its host, with room for the text that `host` looks into. */
struct place {
    char text[GRANT_MAX + 8];
    struct str host;
    int port; /* 0: the two usual ones */
    bool below, private;
};

static bool is_number(struct str host)
{
    return address_same(host, host);
}

/* Grants name places as addresses do. */
static bool read_grant(struct str grant, struct place *out)
{
    struct url url;
    out->private = str_starts(grant, STR("http.private:"));
    if (!out->private && !str_starts(grant, STR("http:")))
        return false;
    struct str rest = str_sub(grant, out->private ? 13 : 5, grant.len);
    out->below = str_starts(rest, STR("*."));
    if (out->below)
        rest = str_sub(rest, 2, rest.len);
    if (rest.len > GRANT_MAX)
        return false;
    int len = snprintf(out->text, sizeof(out->text), "http://%.*s", STR_ARG(rest));
    if (!url_parse(str_of(out->text, (size_t)len), &url, NULL) || url.target.len > 0)
        return false;
    out->host = url.host;
    bool bracketed = url.place.at[0] == '[';
    out->port = url.place.len > url.host.len + (bracketed ? 2 : 0) ? url.port : 0;
    return !(out->below && is_number(out->host)) && (!bracketed || is_number(out->host));
}

static bool is_usual_port(int port)
{
    return port == 80 || port == 443;
}

static enum caps_web say(const struct place *place, const struct url *url)
{
    if (place->port != 0 ? place->port != url->port : !is_usual_port(url->port))
        return CAPS_WEB_NOWHERE;
    if (is_number(url->host))
        return !place->below && address_same(place->host, url->host) ? CAPS_WEB_ANY
                                                                     : CAPS_WEB_NOWHERE;
    struct str host = url->host;
    if (place->below) {
        if (host.len < place->host.len + 2 ||
            host.at[host.len - place->host.len - 1] != '.')
            return CAPS_WEB_NOWHERE;
        host = str_sub(host, host.len - place->host.len, host.len);
    }
    if (!str_eq_nocase(host, place->host))
        return CAPS_WEB_NOWHERE;
    return place->private ? CAPS_WEB_ANY : CAPS_WEB_PUBLIC;
}

enum caps_web caps_web(const struct map *grants, const struct url *url)
{
    enum caps_web most = CAPS_WEB_NOWHERE;
    struct str grant;
    void *value;
    for (size_t at = 0; map_next(grants, &at, &grant, &value);) {
        struct place place;
        enum caps_web said =
            read_grant(grant, &place) ? say(&place, url) : CAPS_WEB_NOWHERE;
        most = said > most ? said : most;
    }
    return most;
}

bool caps_web_covers(struct str grant, struct str need)
{
    struct place given, wanted;
    if (!read_grant(grant, &given) || !read_grant(need, &wanted))
        return false;
    struct url url = { .host = wanted.host, .port = wanted.port };
    enum caps_web least = wanted.private ? CAPS_WEB_ANY : CAPS_WEB_PUBLIC;
    if (wanted.below)
        return given.below && given.port == wanted.port &&
               str_eq_nocase(given.host, wanted.host) &&
               (given.private || !wanted.private);
    if (wanted.port != 0)
        return say(&given, &url) >= least;
    url.port = 80;
    bool plain = say(&given, &url) >= least;
    url.port = 443;
    return plain && say(&given, &url) >= least;
}

bool caps_web_is_grant(struct str grant)
{
    struct place place;
    return read_grant(grant, &place);
}
