#include "sandbox/conversations.h"

#include "base/mem.h"
#include "sandbox/post.h"

#include <stdlib.h>

/* Lists the conversation if its newest visible message is newer than its removal. */
static void add_row(const struct sandbox *box, const struct user *user,
                    struct conversation_rows *rows, int type, struct str target,
                    const struct log *log)
{
    const struct message *last = NULL;
    for (size_t i = log->len; i > 0 && !last; i--) {
        last = log_at(log, &box->mail, i - 1);
        if (last && !post_is_visible(last, user))
            last = NULL;
    }
    const struct mark *mark = state_find_mark(user, type, target);
    if (!last ||
        (mark && (last->time <= mark->removed_ms || last->time <= mark->cleaned_ms)))
        return;
    if (rows->count == rows->room) {
        rows->room = rows->room ? rows->room * 2 : 32;
        rows->at = mem_realloc(rows->at, rows->room * sizeof *rows->at);
    }
    rows->at[rows->count++] = (struct conversation_row){ type, target, last };
}

static int newest_first(const void *a, const void *b)
{
    int64_t x = ((const struct conversation_row *)a)->last->time,
            y = ((const struct conversation_row *)b)->last->time;
    return x > y ? -1 : x < y;
}

void conversations_list(const struct sandbox *box, const struct user *user,
                        struct conversation_rows *rows)
{
    struct str id;
    void *value;
    *rows = (struct conversation_rows){ 0 };
    for (size_t at = 0; map_next(&user->groups, &at, &id, &value);)
        add_row(box, user, rows, CHAT_GROUP, ((struct group *)value)->id,
                &((struct group *)value)->log);
    for (size_t at = 0; map_next(&user->pairs, &at, &id, &value);)
        add_row(box, user, rows, CHAT_PRIVATE, id, &((struct pair *)value)->log);
    for (size_t at = 0; map_next(&user->system, &at, &id, &value);)
        add_row(box, user, rows, CHAT_SYSTEM, id, &((struct pair *)value)->log);
    if (rows->count)
        qsort(rows->at, rows->count, sizeof *rows->at, newest_first);
}

const struct log *conversations_log(const struct sandbox *box, const struct user *user,
                                    int type, struct str target, bool *member)
{
    const struct pair *pair = NULL;
    *member = true;
    if (type == CHAT_GROUP) {
        const struct group *group = state_find_group(&box->state, target);
        *member = group && group_has(group, user->id);
        return *member ? &group->log : NULL;
    }
    if (type == CHAT_ROOM) {
        const struct room *room = state_find_room(&box->state, target);
        return room ? &room->log : NULL;
    }
    if (type == CHAT_SYSTEM)
        pair = map_get(&user->system, target);
    else if (type == CHAT_PRIVATE)
        pair = state_find_pair(user, target);
    return pair ? &pair->log : NULL;
}

bool conversations_shows(const struct user *user, const struct message *message,
                         int64_t cleaned_ms)
{
    return message && message->time > cleaned_ms && post_is_visible(message, user);
}
