#include "script/role.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "store/roles.h"

static const char *const words[] = { "member", "trusted", "moderator", "admin", "owner" };
#define ROLES (sizeof(words) / sizeof(*words))

const char *role_word(enum role role)
{
    return words[role];
}

bool role_parse(struct str word, enum role *role)
{
    for (size_t i = 0; i < ROLES; i++) {
        if (!str_eq(word, str_from(words[i])))
            continue;
        *role = (enum role)i;
        return true;
    }
    return false;
}

/* --- what was granted: user and group to a pointer into `words` --- */

static struct str key_of(struct buf *room, struct str user, struct str group)
{
    buf_reset(room);
    buf_add_format(room, "%zu/", user.len); /* an id may hold anything */
    buf_add_str(room, user);
    buf_add_str(room, group);
    return buf_str(room);
}

static void add_grant(void *arg, struct str user, struct str group, struct str word)
{
    struct runtime *runtime = arg;
    struct buf room;
    enum role role;
    if (!role_parse(word, &role) || role == ROLE_OWNER) {
        log_warn(LOG_SCRIPT, "bot=%s roles user=%.*s has a role that is none",
                 runtime->bot, (int)(user.len < 64 ? user.len : 64), user.at);
        return;
    }
    buf_init(&room, 4096);
    map_set(&runtime->granted, key_of(&room, user, group), (void *)&words[role]);
    buf_clear(&room);
}

void role_load(struct runtime *runtime)
{
    roles_each(runtime->store, add_grant, runtime);
}

static enum role granted(const struct runtime *runtime, struct str user, struct str group)
{
    struct buf room;
    buf_init(&room, 4096);
    const char *const *word = map_get(&runtime->granted, key_of(&room, user, group));
    buf_clear(&room);
    return word ? (enum role)(word - words) : ROLE_MEMBER;
}

static enum role higher(enum role a, enum role b)
{
    return a > b ? a : b;
}

enum role role_of(const struct runtime *runtime, struct str user, struct str group)
{
    if (map_get(&runtime->owners, user))
        return ROLE_OWNER;
    enum role role = map_get(&runtime->moderators, user) ? ROLE_MODERATOR : ROLE_MEMBER;
    if (runtime->granted.len == 0)
        return role;
    role = higher(role, granted(runtime, user, STR_NONE));
    return group.len > 0 ? higher(role, granted(runtime, user, group)) : role;
}

/* --- changing it --- */

static bool may_change(const struct runtime *runtime, struct str by, struct str user,
                       struct str group, enum role role, struct err *err)
{
    const char *place = group.len > 0 ? "in this group" : "everywhere";
    enum role present = role_of(runtime, user, group);
    if (role == ROLE_OWNER)
        return err_set(err, ERR_DENIED, "only the configuration makes an owner");
    if (by.len == 0)
        return true;
    enum role own = role_of(runtime, by, group);
    if (own <= role)
        return err_set(err, ERR_DENIED, "%.*s is %s %s: too little for the role %s",
                       STR_ARG(by), words[own], place, words[role]);
    if (own <= present)
        return err_set(err, ERR_DENIED, "%.*s is %s %s, as high as %.*s or higher",
                       STR_ARG(user), words[present], place, STR_ARG(by));
    return true;
}

bool role_grant(struct runtime *runtime, struct str by, struct str user, struct str group,
                enum role role, struct err *err)
{
    struct str word = str_from(words[role]);
    if (!may_change(runtime, by, user, group, role, err))
        return false;
    if (runtime->granted.len >= ROLE_GRANTS_MAX &&
        granted(runtime, user, group) == ROLE_MEMBER)
        return err_set(err, ERR_LIMIT, "more than %d roles granted", ROLE_GRANTS_MAX);
    if (!roles_set(runtime->store, user, group, word, clock_wall_ms(), err))
        return false;
    add_grant(runtime, user, group, word);
    return true;
}

bool role_revoke(struct runtime *runtime, struct str by, struct str user,
                 struct str group, enum role role, struct err *err)
{
    struct buf room;
    if (!may_change(runtime, by, user, group, role, err))
        return false;
    if (granted(runtime, user, group) != role)
        return err_set(err, ERR_NOT_FOUND, "%.*s was not granted the role %s",
                       STR_ARG(user), words[role]);
    if (!roles_del(runtime->store, user, group, err))
        return false;
    buf_init(&room, 4096);
    map_del(&runtime->granted, key_of(&room, user, group));
    buf_clear(&room);
    return true;
}
