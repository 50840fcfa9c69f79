/* What people say in a script_room, and its journal: what was said can be read again
 * until it is done. */
#include "script_room.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/must.h"

#include <stdio.h>

struct room_said {
    struct room_said *next; /* the one before it */
    int64_t row, at_ms;
    bool in_group;
    char uid[32];
    char *target, *sender, *type, *json;
};

static struct message message_of(const struct room_said *said)
{
    return (struct message){
        .type = said->in_group ? CONVERSATION_GROUP : CONVERSATION_PRIVATE,
        .target = str_from(said->target),
        .sender = str_from(said->sender),
        .object_name = str_from(said->type),
        .content = str_from(said->json),
        .uid = str_from(said->uid),
        .sent_ms = said->at_ms,
        .received_ms = said->at_ms,
        .row = said->row,
    };
}

static struct room_said **find(struct room *room, int64_t row)
{
    struct room_said **link = &room->said;
    while (*link && (*link)->row != row)
        link = &(*link)->next;
    return link;
}

static void forget(struct room_said **link)
{
    struct room_said *said = *link;
    *link = said->next;
    free(said->target);
    free(said->sender);
    free(said->type);
    free(said->json);
    free(said);
}

void room_unsay(struct room *room)
{
    while (room->said)
        forget(&room->said);
}

void room_done(void *arg, int64_t row)
{
    struct room *room = arg;
    struct room_said **link = find(room, row);
    if (*link)
        forget(link);
    if (room->done_count < ROOM_LINES)
        room->done[room->done_count++] = row;
}

bool room_read(void *arg, int64_t row, account_read_fn *fn, void *fn_arg)
{
    const struct room_said *said = *find(arg, row);
    if (!said)
        return false;
    struct message message = message_of(said);
    fn(fn_arg, &message);
    return true;
}

void room_again(void *arg, int64_t row)
{
    struct room *room = arg;
    const struct room_said *said = *find(room, row);
    if (!said || !room->hands_up) {
        room_done(room, row);
        return;
    }
    struct message message = message_of(said);
    message.redelivered = true;
    script_message(room->script, &message);
}

int64_t room_content(struct room *room, const char *group, const char *sender,
                     const char *type, const char *json)
{
    struct room_said *said = MEM_NEW(struct room_said);
    said->next = room->said;
    said->row = ++room->last_row;
    said->in_group = group != NULL;
    said->at_ms = clock_wall_ms();
    said->target = str_dup(str_from(group ? group : sender));
    said->sender = str_dup(str_from(sender));
    said->type = str_dup(str_from(type));
    said->json = str_dup(str_from(json));
    snprintf(said->uid, sizeof(said->uid), "UID-%d", (int)said->row);
    room->said = said;
    struct message message = message_of(said);
    script_message(room->script, &message);
    return message.row;
}

int64_t room_say(struct room *room, const char *group, const char *sender,
                 const char *text)
{
    struct buf json;
    buf_init(&json, 131072);
    buf_add_str(&json, STR("{\"content\":"));
    must(json_write_str(&json, str_from(text)) && buf_add_byte(&json, '}'));
    int64_t row = room_content(room, group, sender, "RC:TxtMsg", json.at);
    buf_clear(&json);
    return row;
}
