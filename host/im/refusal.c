/* refusal: see the header. */
#include "im/refusal.h"

#include <stddef.h>

static const struct refusal connack[] = {
    [1] = { REFUSAL_PERSON, "protocol version not supported: set sdk_version to one the "
                            "server knows" },
    [2] = { REFUSAL_PERSON, "client identifier rejected: check app key and user" },
    [3] = { REFUSAL_RETRY, "server unavailable" },
    [4] = { REFUSAL_TOKEN, "token incorrect" },
    [5] = { REFUSAL_PERSON, "not authorized: check the app key" },
    [6] = { REFUSAL_NAVI, "sent to another server" },
    [7] = { REFUSAL_PERSON,
            "package name invalid: see the app's settings in the console" },
    [8] = { REFUSAL_PERSON, "the app is blocked or deleted: see the console" },
    [9] = { REFUSAL_BLOCKED, "the user is blocked" },
    [10] = { REFUSAL_TOKEN, "token expired" },
    [11] = { REFUSAL_TOKEN, "device id does not match the token" },
    [12] = { REFUSAL_PERSON, "host not on the app's allowed list: see the console" },
    [13] = { REFUSAL_RETRY, "the account is online elsewhere and may not be kicked" },
    [14] = { REFUSAL_RETRY, "too many connections for the licence" },
    [15] = { REFUSAL_NAVI, "wrong cluster" },
    [16] = { REFUSAL_RETRY, "the app server's authentication failed" },
    [17] = { REFUSAL_TOKEN, "one-time token already used" },
    [18] = { REFUSAL_PERSON,
             "the token does not allow this platform: issue another token" },
    [19] = { REFUSAL_PERSON, "the account was cancelled" },
    [20] = { REFUSAL_PERSON, "the licence has expired: see the console" },
};

static const struct refusal disconnect[] = {
    [1] = { REFUSAL_KICKED, "kicked: the same account connected elsewhere" },
    [2] = { REFUSAL_RETRY, "closed by the server" },
    [5] = { REFUSAL_RETRY, "closed by the server" },
    [6] = { REFUSAL_NAVI, "sent to another server" },
    [7] = { REFUSAL_TOKEN, "token expired" },
    [8] = { REFUSAL_PERSON, "protocol version not supported: set sdk_version to one the "
                            "server knows" },
    [9] = { REFUSAL_PERSON, "the account was cancelled" },
};

static struct refusal look_up(const struct refusal *table, size_t count, int status)
{
    if (status >= 0 && (size_t)status < count && table[status].text)
        return table[status];
    return (struct refusal){ REFUSAL_RETRY, "unknown status" };
}

struct refusal refusal_of_connack(int status)
{
    return look_up(connack, sizeof(connack) / sizeof(connack[0]), status);
}

struct refusal refusal_of_disconnect(int status)
{
    return look_up(disconnect, sizeof(disconnect) / sizeof(disconnect[0]), status);
}
