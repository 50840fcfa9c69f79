/*
 * state: who exists in the sandbox: users with their tokens and rules, groups with their
 * members, chatrooms, and the pairs of users that talk privately.
 *
 * Everything lives until state_clear; a token, a mute or a block ends when the clock
 * passes its time. Times are epoch milliseconds; 0 is "never happened".
 *
 * Layer: sandbox.  Thread: loop thread only.
 */
#ifndef SANDBOX_STATE_H
#define SANDBOX_STATE_H

#include "base/map.h"
#include "sandbox/mail.h"

#define STATE_ID_MAX 64
#define STATE_FOREVER INT64_MAX

struct conn;
struct json;
struct state;

struct token {
    struct token *next; /* of the same user */
    struct str text;
    struct user *user;
    int64_t issued_ms;
    int64_t ends_ms; /* STATE_FOREVER: permanent */
};

/* A private conversation, shared by its two users, or a system one, of its receiver. */
struct pair {
    struct log log;
    int holders;
};

/* What one user did to one conversation: settings, and what was cleaned away. */
struct mark {
    int64_t cleaned_ms; /* history up to here is hidden */
    int64_t removed_ms; /* not listed unless something newer came */
    int64_t changed_ms; /* version of the settings below; 0: none */
    struct str silent, top;
};

/* What the friend service keeps of a user. */
struct friend
{
    struct str remark;
    int64_t since_ms;
};

struct request { /* to be friends */
    bool received;
    int status; /* FRIEND_WAITS ... */
    int64_t time_ms;
    struct str text;
};

/* Something that happened, as pullEventChange tells it; the newest EVENTS_MAX. */
struct event {
    int64_t time_ms;
    struct str bytes; /* an encoded EventChange */
};

struct user {
    struct str id, name, portrait;
    int64_t registered_ms; /* 0: only written to so far */
    bool multi_device;
    int64_t blocked_until;     /* may not log in */
    int64_t muted_until;       /* in all groups */
    int64_t deactivated_ms;    /* 0: not */
    int64_t rooms_muted_until; /* in all chatrooms */
    bool chat_muted;           /* in private chats */
    struct json *bot; /* owned: what RongCloud knows of it (bots.h); NULL: a person */
    struct str tags;  /* for push: a JSON array of texts; at NULL: none */
    struct token *tokens;
    struct conn *conns;  /* online, newest first */
    uint64_t connects;   /* sockets opened with one of the user's tokens */
    struct map black;    /* ids whose private messages are refused -> this user */
    struct map white;    /* if any, only theirs are not */
    struct map groups;   /* id -> struct group */
    struct map pairs;    /* peer id -> struct pair */
    struct map system;   /* sender id -> struct pair */
    struct map marks;    /* "3/target" -> struct mark */
    struct map hidden;   /* uids deleted by the user -> this user */
    int64_t marks_ms;    /* newest mark change */
    struct map friends;  /* id -> struct friend */
    struct map requests; /* id -> struct request */
    struct map profile;  /* "email" ... -> char *, owned; not name and portrait */
    struct map extras;   /* keys of the app -> char *, owned */
    int64_t profile_version;
    int friend_level; /* who may add the user: FRIEND_FREE ...; 0: FRIEND_ASK */
    struct event *events;
    size_t event_count, event_room;
    int64_t events_ms;        /* time of the newest event ever */
    struct log inbox, outbox; /* received, sent */
};

struct member {
    struct user *user;
    int64_t joined_ms;
    struct str nickname, extra; /* of hosted groups */
};

/* Somebody who wants into a hosted group, or is wanted in it (applications.h). */
struct application {
    struct str user, inviter;    /* inviter empty: asked by himself */
    struct str detail, operator; /* why it was refused, who answered last */
    int status;                  /* APPLY_MANAGER_WAITS ... */
    int64_t time_ms, answered_ms;
};

enum { APPLICATIONS_MAX = 1000 }; /* of a group; the oldest goes when there are more */

/* What RongCloud keeps of a group that it hosts. */
struct hosting {
    struct str owner;
    struct map managers;     /* user id -> this group */
    struct map profile;      /* "announcement", "joinPerm" ... -> char *, owned */
    struct map applications; /* "user/inviter" -> struct application */
    struct map changed;      /* settings, "name" too, whose change is not told yet */
};

struct group {
    struct str id, name;
    struct hosting *hosting; /* NULL: a plain group */
    int64_t created_ms;
    struct map index;       /* user id -> place in `members` + 1, as a pointer */
    struct member *members; /* in joining order */
    size_t count, room;
    bool banned;      /* everybody muted but the white list */
    struct map white; /* user id -> this group */
    struct map gags;  /* user id -> struct gag */
    uint64_t roster;  /* changes with the members; names a saved list of them */
    bool roster_saved;
    struct log log;
};

struct gag {
    int64_t until;
};

struct entry { /* key-value of a room */
    struct str key, value, owner;
    int status; /* bits: 1 goes with its owner, 2 may be overwritten, 4 deleted */
    int64_t changed_ms;
};

#define ROOM_IDLE_MINUTES 60

struct room {
    struct str id, name; /* name at NULL: as the id */
    int64_t created_ms;
    bool fixed;           /* ends after the time below, else after so long without use; */
    int64_t idle_minutes; /* told of only: a chatroom of the sandbox stays */
    struct map white;     /* who may speak in spite of `banned` -> this room */
    struct map members;   /* user id -> struct sitter */
    struct map gags;      /* user id -> struct gag */
    struct map blocks;    /* likewise: who is kept out */
    bool banned;
    struct map entries; /* key -> struct entry */
    int64_t changed_ms; /* newest entry */
    struct log log;
};

struct sitter {
    struct user *user;
    struct conn *conn;
    int64_t joined_ms;
    uint64_t order;
};

/* An account of the App Server. */
struct app_account {
    struct str user;       /* whose it is */
    struct str token;      /* the one that is stored */
    int64_t token_ends_ms; /* STATE_FOREVER: permanent */
    char salt[17];
    char digest[65]; /* of salt and password */
};

/* What the App Server knows of a group; RongCloud knows its members. */
struct app_group {
    struct str creator, bulletin, portrait;
    int64_t bulletin_ms;
    struct map managers; /* user id -> this group */
};

struct state {
    struct map users, groups, rooms, tokens;
    struct map accounts;   /* name -> struct app_account */
    struct map app_groups; /* group id -> struct app_group */
    size_t bots;           /* users that are one */
    struct map unlogged;   /* hours whose log was deleted -> the sandbox */
    struct user **order;   /* all users, in the order they appeared */
    size_t count, room;
    uint64_t joins;
    int64_t edits_ms; /* of the newest edit of a message */
    int64_t floor_ms; /* new inboxes start after this, so that a reset never goes back */
};

/* 1..64 bytes of letters, digits and + = - _ (also @ . : so that App Servers' names
 * pass). */
bool state_id_ok(struct str id);

struct user *state_find_user(const struct state *state, struct str id); /* or NULL */
struct user *state_user(struct state *state, struct str id); /* made if missing */

/* Replaces an owned string by a copy of `value`; frees it. */
void state_set(struct str *owned, struct str value);
void state_drop(struct str *owned);

/* Empties a map of owned texts. */
void state_free_texts(struct map *map);

/* A new token; the older ones stay valid. `text` STR_NONE: made up. */
struct token *state_add_token(struct state *state, struct user *user, struct str text,
                              int64_t now, int64_t ends_ms);
struct token *state_find_token(const struct state *state, struct str text);

struct group *state_find_group(const struct state *state, struct str id);
struct group *state_group(struct state *state, struct str id, int64_t now);
void state_del_group(struct state *state, struct group *group);

struct member *group_find(const struct group *group, struct str user); /* or NULL */
bool group_has(const struct group *group, struct str user);
bool group_add(struct group *group, struct user *user, int64_t now); /* false: was in */
bool group_remove(struct group *group, struct user *user);           /* false: was not */

/* A mute that ends at `until`; setting the past removes it. */
void gag_set(struct map *gags, struct str user, int64_t until, int64_t now);
void gag_clear(struct map *gags);
bool gag_holds(const struct map *gags, struct str user, int64_t now);

void group_host(struct group *group, struct str owner); /* makes it a hosted one */
void group_unhost(struct group *group);                 /* ... and a plain one */
/* A setting of a hosted group; "name" is its name. Empty: not set. */
struct str group_setting(const struct group *group, const char *key);
void group_set(struct group *group, struct str key, struct str value);

/* The application of `user` whom `inviter` (may be empty) invited; or NULL, or made. */
struct application *group_find_application(const struct group *group, struct str user,
                                           struct str inviter);
struct application *group_application(struct group *group, struct str user,
                                      struct str inviter);

struct pair *state_pair(struct user *a, struct user *b);
struct pair *state_system_pair(struct user *to, struct str from);
struct pair *state_find_pair(const struct user *user, struct str peer);

struct mark *state_mark(struct user *user, int type, struct str target);
struct mark *state_find_mark(const struct user *user, int type, struct str target);

struct room *state_find_room(const struct state *state, struct str id);
struct room *state_room(struct state *state, struct str id, int64_t now);
void state_del_room(struct state *state, struct room *room);

/* A new account of the App Server, without a password or a token. */
struct app_account *state_add_account(struct state *state, struct str name,
                                      struct str user);

/* What the App Server knows of the group, made if missing. */
struct app_group *state_app_group(struct state *state, struct str id);
void state_del_app_group(struct state *state, struct str id);

void state_clear(struct state *state);

#endif
