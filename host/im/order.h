/*
 * order: what can be asked of the cloud about groups and users, besides messages. One
 * struct for all of it, so that whoever hands orders on (script_im, the fakes of specs)
 * needs one function and not thirty.
 *
 * Layer: im.  Thread: loop thread only.
 */
#ifndef IM_ORDER_H
#define IM_ORDER_H

#include "base/err.h"
#include "base/json.h"

/*
 * The verbs: what of struct order each reads -> its result. Without "->" there is none.
 *
 *   members     group -> [{"id", "name"?, "role"?}], role "owner", "manager", "member"
 *   group_info  group -> {"id", "name"?, "count"?, "muted"?, "owner"?, "announcement"?,
 *               "introduction"?, "portrait"?, "created"?}
 *   groups      -> [{"id", "name"}]: those this account is in
 *   invite      group, user: adds them
 *   kick        group, user, text: the reason
 *   mute        group, user, number: minutes, 1 to 43200; 0 until unmuted
 *   unmute      group, user
 *   mute_all    group, number: 1 on, 0 off
 *   rename      group, text
 *   announce    group, text
 *   leave       group
 *   create      group, text: its name, user (may be empty): who is in it besides us
 *   join        group: ourselves; in hosted groups the owner may have to consent
 *   dismiss     group
 *   transfer    group, user: the new owner; hosted groups only
 *   promote, demote   group, user: to a manager, and back; hosted groups only
 *   muted       group -> [{"id", "until"?}], until in ms; absent: until unmuted
 *   allow, disallow   group, user: may speak while everybody is muted
 *   allowed     group -> [{"id"}]
 *   user_info   user -> {"id", "name", "portrait"?, "created"?, ...}
 *   friends     -> [{"id", "name", "remark"?}]
 *   accept, decline   user: their request to be friends
 *   block, unblock    user: on this account's own black list
 *   ban, unban        user, number: minutes, 1 to 43200: out of the whole app
 *   conversations     number: only those older than that time in ms, 0: all ->
 *               {"list": [{"group" or "user", "time", "last"?: {"id", "sender", "type",
 *               "time", "content"?, "raw"?}}], the newest first, "next"?: that time of
 * the next page} marks       -> [{"group" or "user", "pinned"?, "level"?}] pin group or
 * user, number: 1 on, 0 off notify      group or user, text: a level, "all", "default",
 * "mentions", "mentioned", "everyone", "none" (order_level_is_known) hide        group or
 * user: out of the list until something new is said there forget      group or user,
 * text: a message's UID, number: its time, own: is it ours: it is gone from this
 * account's history clear_history     group or user, number: what was said there until
 * that time, in ms, is gone from this account's history; others keep theirs
 */
/* clang-format off */
#define ORDER_LIST(X)             \
    X(MEMBERS, "members")         \
    X(GROUP_INFO, "group_info")   \
    X(GROUPS, "groups")           \
    X(INVITE, "invite")           \
    X(KICK, "kick")               \
    X(MUTE, "mute")               \
    X(UNMUTE, "unmute")           \
    X(MUTE_ALL, "mute_all")       \
    X(RENAME, "rename")           \
    X(ANNOUNCE, "announce")       \
    X(LEAVE, "leave")             \
    X(USER_INFO, "user_info")     \
    X(FRIENDS, "friends")         \
    X(ACCEPT, "accept")           \
    X(DECLINE, "decline")         \
    X(BLOCK, "block")             \
    X(UNBLOCK, "unblock")         \
    X(BAN, "ban")                 \
    X(UNBAN, "unban")             \
    X(CLEAR_HISTORY, "clear_history") \
    X(CONVERSATIONS, "conversations") \
    X(MARKS, "marks")             \
    X(PIN, "pin")                 \
    X(NOTIFY, "notify")           \
    X(HIDE, "hide")               \
    X(FORGET, "forget")           \
    X(CREATE, "create")           \
    X(JOIN, "join")               \
    X(DISMISS, "dismiss")         \
    X(TRANSFER, "transfer")       \
    X(PROMOTE, "promote")         \
    X(DEMOTE, "demote")           \
    X(MUTED, "muted")             \
    X(ALLOW, "allow")             \
    X(DISALLOW, "disallow")       \
    X(ALLOWED, "allowed")
/* clang-format on */

enum order_verb {
#define ORDER_ENUM(name, word) ORDER_##name,
    ORDER_LIST(ORDER_ENUM)
#undef ORDER_ENUM
        ORDER_COUNT
};

enum { ORDER_MINUTES_MAX = 43200 };

struct order {
    enum order_verb verb;
    struct str group, user, text;
    int64_t number;
    bool own;
};

const char *order_word(enum order_verb verb); /* "mute" */
bool order_level_is_known(struct str word);

/* `result` is borrowed for the call; NULL when the verb has none, and with `why`. */
typedef void order_done_fn(void *arg, const struct json *result, const struct err *why);

#endif
