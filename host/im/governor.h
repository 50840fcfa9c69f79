/*
 * governor: how fast what leaves may leave. One for a process, however many bots: the
 * quotas of an app key are shared by the bots that use it.
 *
 * Three quotas, each so many in a second, 0 for none:
 *
 *   connection  messages over one socket (RongCloud: 5; beyond it 20604)
 *   group       messages into one group, of all bots of the app key together
 *   calls       requests to each path of the Server API, of all bots of the app key;
 *               user/getToken has twice that, message/group/publish a fifth
 *               (RongCloud: 100, 200, 20; beyond it 1008)
 *
 * Each learns from what the server says (bucket.h). A line is one bot's share. Who asks
 * and gets no answer but "wait" is told by on_room when to ask again; who has two kinds
 * of things to send asks for the more urgent one first.
 *
 * Layer: im.  Thread: loop thread only.
 */
#ifndef IM_GOVERNOR_H
#define IM_GOVERNOR_H

#include "base/str.h"
#include "net/loop.h"

struct governor;
struct governor_line;

struct governor_quotas {
    int connection, group, calls;
};

/* `shares` tells how many processes divide what an app key may, at least 1; NULL: none
 * but this one. */
typedef int governor_shares_fn(void *arg, struct str app_key);
struct governor *governor_new(struct loop *loop, governor_shares_fn *shares, void *arg);

/* Asks again how many they are. */
void governor_share_anew(struct governor *governor);

/* All lines have left. NULL is fine. */
void governor_free(struct governor *governor);

/* Of several bots with the same app key the lowest of their quotas holds for what they
 * share. */
struct governor_line *governor_join(struct governor *governor, struct str app_key,
                                    const struct governor_quotas *quotas,
                                    void (*on_room)(void *arg), void *arg);
void governor_leave(struct governor_line *line); /* NULL is fine */

enum governor_answer {
    GOVERNOR_GO,         /* counted: send it now */
    GOVERNOR_WAIT,       /* nothing may leave over this connection now */
    GOVERNOR_WAIT_GROUP, /* into this group; others may be tried */
};

/* One message; `group` is empty when it goes elsewhere. */
enum governor_answer governor_message(struct governor_line *line, struct str group);

/* Whether the server's number says so (wire.md D.3). */
bool governor_is_too_fast(int status);

/* It said so, or took the message. */
void governor_message_too_fast(struct governor_line *line);
void governor_message_went_well(struct governor_line *line);

/* The server complained lately: what is sent may come back. */
bool governor_learns(const struct governor_line *line);

/* One request to `path`: 0 when it was counted, else how many ms to wait; on_room is not
 * called for it. */
int64_t governor_call(struct governor_line *line, struct str path);
void governor_call_too_fast(struct governor_line *line, struct str path);
void governor_call_went_well(struct governor_line *line, struct str path);

#endif
