/*
 * save: the part of the sandbox that `--data FILE` keeps: users with tokens and rules,
 * accounts, groups, words, messages, files and where hooks lead. Chatrooms, faults and
 * settings of clients are not kept.
 *
 * Everything but the files is loaded at start and written through; the writes of a turn
 * are one transaction, committed before the answers of that turn leave. Without --data
 * every call does nothing.
 *
 * Layer: sandbox.  Thread: loop thread only.
 */
#ifndef SANDBOX_SAVE_H
#define SANDBOX_SAVE_H

#include "sandbox/box.h"

/* Opens `path` and loads what is there into the (empty) box. */
bool save_open(struct sandbox *box, const char *path, struct err *err);
void save_close(struct sandbox *box);

void save_user(struct sandbox *box, const struct user *user); /* with its tokens */
void save_account(struct sandbox *box, struct str name,
                  const struct app_account *account);
void save_group(struct sandbox *box, const struct group *group);
void save_group_gone(struct sandbox *box, struct str id);
/* `group` NULL: it is gone. */
void save_app_group(struct sandbox *box, struct str id, const struct app_group *group);
void save_words(struct sandbox *box);
void save_hooks(struct sandbox *box); /* where events are posted to */
/* `own`: listed in its sender's outbox, too. */
void save_message(struct sandbox *box, const struct message *message, bool own);
void save_recall(struct sandbox *box, const struct message *message);
void save_edit(struct sandbox *box, const struct message *message);
/* False without --data: nothing is kept then. */
bool save_file(struct sandbox *box, struct str key, struct str row);
bool save_read_file(struct sandbox *box, struct str key, struct buf *out); /* appends */
void save_nothing(struct sandbox *box); /* forgets all rows */

#endif
