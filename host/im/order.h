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
 *   user_names, group_names   text: a JSON list of ids -> [{"id", "name"}] of those that
 *               are news, from the App Server (im/app_names)
 *   member      group, user -> [{"id", "name"?, "nickname"?, "extra"?, "role"?,
 *               "time"?: joined, in ms}]; hosted groups only
 *   set_member  group, user, text: a nickname or nothing, key: extra or nothing; likewise
 *   transfer    group, user: the new owner; hosted groups only
 *   promote, demote   group, user: to a manager, and back; hosted groups only
 *   muted       group -> [{"id", "until"?}], until in ms; absent: until unmuted
 *   allow, disallow   group, user: may speak while everybody is muted
 *   allowed     group -> [{"id"}]
 *   user_info   user -> {"id", "name", "portrait"?, "created"?, ...}
 *   friends     -> [{"id", "name", "remark"?}]
 *   accept, decline   user: their request to be friends
 *   requests    -> [{"group", "user", "inviter"?, "time": in ms}]: those that
 *               wait for this account's consent; "inviter" is "user" when that one wants
 *               this account in the group; hosted groups only, like the next three
 *   admit       group, user, key: who invited them, or nothing
 *   refuse      likewise, text: the reason or nothing
 *   accept_invite, refuse_invite   group, user: who invites this account
 *   block, unblock    user: on this account's own black list
 *   befriend    user, text (may be empty): asks them to be friends; they are at once
 *               when they asked first, or want no asking
 *   unfriend    user: over for both
 *   remark      user, text: what this account calls a friend; empty: no longer
 *   blocked     -> [{"id"}]: this account's own black list
 *   online      user -> {"online": true or false}; over the socket only of friends
 *   profile     -> {"id", "name"?, "portrait"?, "email"?, "birthday"?, "gender"?,
 *               "location"?, "role"?, "level"?, "unique_id"?, "extra"?: {KEY: text}}:
 *               this account's; where none are hosted at most the first three
 *   set_profile text: what is to change, as JSON like the above (order_check_profile)
 *   ban, unban        user, number: minutes, 1 to 43200: out of the whole app
 *   conversations     number: only those older than that time in ms, 0: all ->
 *               {"list": [{"group" or "user", "time", "last"?: {"id", "sender", "type",
 *               "time", "content"?, "raw"?}}], the newest first, "next"?: that time of
 *               the next page}
 *   marks       -> [{"group" or "user", "pinned"?, "level"?}]
 *   pin         group or user, number: 1 on, 0 off
 *   notify      group or user, text: a level, "all", "default", "mentions", "mentioned",
 *               "everyone", "none" (order_level_is_known)
 *   hide        group or user: out of the list until something new is said there
 *   forget      group or user, text: a message's UID, number: its time, own: is it ours:
 *               it is gone from this account's history
 *   edit        group or user, key: the UID of a message of ours, text: its content now
 *   clear_history     group or user, number: what was said there until that time, in ms,
 *               is gone from this account's history; others keep theirs
 *
 * Chatrooms (wire.md F.7); without the app secret members are the 20 who came first, and
 * nobody can be muted or blocked:
 *
 *   room_join   room, number: old messages wanted, 0 to 50 -> {"id", "count", "created"?,
 *               "muted": everybody, "silenced": this account}; stays until it is left
 *   room_leave  room
 *   room_info   room -> {"id", "count", "created"?, "muted"?}
 *   room_members      room -> [{"id", "time": joined, in ms}], who came first first
 *   entries     room -> {KEY: {"value", "user", "time"}}: the key-value store; of a room
 *               this account is in
 *   set_entry   room, key, text: the value, number: bits of ORDER_ENTRY_*
 *   drop_entry  room, key, number: likewise
 *   room_mute, room_block     room, user, number: minutes, 1 to 43200; who is blocked is
 *               put out and kept out
 *   room_unmute, room_unblock room, user
 *   room_muted, room_blocked  room -> [{"id", "until"?}]
 *   room_mute_all     room, number: 1 on, 0 off
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
    X(REQUESTS, "requests")       \
    X(ADMIT, "admit")             \
    X(REFUSE, "refuse")           \
    X(ACCEPT_INVITE, "accept_invite") \
    X(REFUSE_INVITE, "refuse_invite") \
    X(BLOCK, "block")             \
    X(UNBLOCK, "unblock")         \
    X(BEFRIEND, "befriend")       \
    X(UNFRIEND, "unfriend")       \
    X(REMARK, "remark")           \
    X(BLOCKED, "blocked")         \
    X(ONLINE, "online")           \
    X(PROFILE, "profile")         \
    X(SET_PROFILE, "set_profile") \
    X(BAN, "ban")                 \
    X(UNBAN, "unban")             \
    X(CLEAR_HISTORY, "clear_history") \
    X(CONVERSATIONS, "conversations") \
    X(MARKS, "marks")             \
    X(PIN, "pin")                 \
    X(NOTIFY, "notify")           \
    X(HIDE, "hide")               \
    X(FORGET, "forget")           \
    X(EDIT, "edit")               \
    X(CREATE, "create")           \
    X(JOIN, "join")               \
    X(DISMISS, "dismiss")         \
    X(TRANSFER, "transfer")       \
    X(PROMOTE, "promote")         \
    X(DEMOTE, "demote")           \
    X(MUTED, "muted")             \
    X(ALLOW, "allow")             \
    X(DISALLOW, "disallow")       \
    X(USER_NAMES, "user_names")   \
    X(GROUP_NAMES, "group_names") \
    X(MEMBER, "member")           \
    X(SET_MEMBER, "set_member")   \
    X(ALLOWED, "allowed")         \
    X(ROOM_JOIN, "room_join")     \
    X(ROOM_LEAVE, "room_leave")   \
    X(ROOM_INFO, "room_info")     \
    X(ROOM_MEMBERS, "room_members") \
    X(ENTRIES, "entries")         \
    X(SET_ENTRY, "set_entry")     \
    X(DROP_ENTRY, "drop_entry")   \
    X(ROOM_MUTE, "room_mute")     \
    X(ROOM_UNMUTE, "room_unmute") \
    X(ROOM_MUTED, "room_muted")   \
    X(ROOM_MUTE_ALL, "room_mute_all") \
    X(ROOM_BLOCK, "room_block")   \
    X(ROOM_UNBLOCK, "room_unblock") \
    X(ROOM_BLOCKED, "room_blocked")
/* clang-format on */

enum order_verb {
#define ORDER_ENUM(name, word) ORDER_##name,
    ORDER_LIST(ORDER_ENUM)
#undef ORDER_ENUM
        ORDER_COUNT
};

enum { ORDER_MINUTES_MAX = 43200, ORDER_ROOM_OLD_MAX = 50 };

/* Of a chatroom's entry: gone when who set it leaves; also when somebody else set it. */
enum { ORDER_ENTRY_BRIEF = 1, ORDER_ENTRY_FORCE = 2 };

struct order {
    enum order_verb verb;
    struct str group, user, text, room, key;
    int64_t number;
    bool own;
};

const char *order_word(enum order_verb verb); /* "mute" */
bool order_level_is_known(struct str word);
bool order_lasts(enum order_verb verb); /* number: minutes */
/* Whether that is what set_profile takes; if not, ERR_ARGUMENT names what is wrong. */
bool order_check_profile(struct str text, struct err *err);

/* `result` is borrowed for the call; NULL when the verb has none, and with `why`. */
typedef void order_done_fn(void *arg, const struct json *result, const struct err *why);

#endif
