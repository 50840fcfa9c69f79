/*
 * roster: who joins and leaves plain groups, where nobody tells: the members of groups in
 * which somebody spoke in the last ten minutes are asked for about once a minute each,
 * and compared with those that the store remembers. The first answer is only remembered,
 * one without any member is passed over. What happened in silence is told when somebody
 * speaks again.
 *
 * Each difference becomes a message made here, a group notice "Add" or "Quit" with a UID
 * that begins with MESSAGE_POLLED. Who was kicked and who left looks the same.
 *
 * One question is under way at a time, so that a hundred groups take as long as the
 * account's quota wants them to.
 *
 * Layer: im.  Thread: loop thread only.
 */
#ifndef IM_ROSTER_H
#define IM_ROSTER_H

#include "im/orders.h"
#include "net/loop.h"
#include "store/db.h"

enum {
    ROSTER_GROUPS_MAX = 100, /* followed at a time; the one silent for longest goes */
    ROSTER_MEMBERS_MAX = 3000,
    ROSTER_ACTIVE_MS = 600000,
    ROSTER_EVERY_MS = 60000,
    ROSTER_JITTER_MS = 15000,
};

struct roster;

/* `on_message` takes in a message (inbox_take). `user` (copied) is ourselves. */
struct roster *roster_new(struct loop *loop, struct store *store, struct orders *orders,
                          struct str user,
                          void (*on_message)(void *arg, struct message *message),
                          void *arg);
void roster_free(struct roster *roster); /* NULL is fine */

/* Somebody spoke in the group. NULL is fine. */
void roster_heard(struct roster *roster, struct str group);

#endif
