#include "script/capability.h"

#include "script/caps_web.h"

/* In the order of their names. */
static const char *const names[] = {
    "conversations", "conversations.change",
    "friends",       "group.kick",
    "group.manage",  "group.mute",
    "group.read",    "history",
    "history.clear", "http.serve",
    "intercept",     "media",
    "profile",       "recall",
    "roles",         "room.block",
    "room.entries",  "room.join",
    "room.mute",     "room.read",
    "send",          "user.ban",
    "user.block",    "user.read",
};

/* With something behind the colon. */
static const char *const families[] = { "media:", "plugin:", "store.shared:", "store:" };

bool capability_exists(struct str name)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (str_eq(name, str_from(names[i])))
            return true;
    for (size_t i = 0; i < sizeof(families) / sizeof(*families); i++) {
        struct str family = str_from(families[i]);
        if (str_starts(name, family) && name.len > family.len)
            return true;
    }
    return caps_web_is_grant(name);
}

const char *capability_hint(struct str name, char *room)
{
    struct near near = near_to(name);
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        near_try(&near, str_from(names[i]));
    return near_hint(&near, room);
}
