#include "sandbox/post.h"

#include "base/clock.h"
#include "proto/messages.h"
#include "sandbox/bots.h"
#include "sandbox/expand.h"
#include "sandbox/hooks_tell.h"
#include "sandbox/rooms.h"
#include "sandbox/save.h"
#include "sandbox/wire.h"

/* The bits of wire.md F.3 that follow from those of F.2. */
static int64_t down_status(int64_t session)
{
    int64_t status = 0;
    status |= session & UP_STORED ? DOWN_STORED : 0;
    status |= session & UP_COUNTED ? DOWN_COUNTED : 0;
    status |= session & UP_MENTION ? DOWN_MENTION : 0;
    status |= session & UP_SILENT ? DOWN_SILENT : 0;
    status |= session & UP_EXPANDABLE ? DOWN_EXPANDABLE : 0;
    return status;
}

static struct down_stream_message down_form(const struct letter *letter, int64_t time,
                                            struct str uid, int direction)
{
    struct down_stream_message down = { 0 };
    bool shared = letter->type == CHAT_GROUP || letter->type == CHAT_ROOM;
    bool own = direction == DIRECTION_SENT && !shared;
    pb_put(down, down_stream_message, from_user_id, own ? letter->target : letter->from);
    pb_put(down, down_stream_message, type, letter->type);
    pb_put(down, down_stream_message, group_id, shared ? letter->target : STR(""));
    pb_put(down, down_stream_message, object_name, letter->object);
    pb_put(down, down_stream_message, content, letter->content);
    pb_put(down, down_stream_message, sent_time_ms, time);
    pb_put(down, down_stream_message, status, down_status(letter->session));
    pb_put(down, down_stream_message, msg_id, uid);
    pb_put(down, down_stream_message, direction, direction);
    pb_put(down, down_stream_message, client_unique_id, letter->client_id);
    if (letter->extra_content.at)
        pb_put(down, down_stream_message, extra_content, letter->extra_content);
    if (letter->push_text.at)
        pb_put(down, down_stream_message, push_content, letter->push_text);
    pb_put(down, down_stream_message, config_flag, letter->config_flag);
    pb_put(down, down_stream_message, bus_channel, STR(""));
    if (letter->edited_ms)
        pb_put(down, down_stream_message, ext_status, EXT_EDITED);
    if (letter->to_count)
        pb_put_list(down, down_stream_message, to_user_ids, (struct str *)letter->to,
                    letter->to_count);
    pb_put(down, down_stream_message, option_bits, letter->option_bits);
    return down;
}

bool post_own_form(const struct message *message, struct buf *out)
{
    struct down_stream_message down = down_form(&message->letter, message->time,
                                                str_from(message->uid), DIRECTION_SENT);
    return pb_encode(&down_stream_message_type, &down, out, NULL);
}

bool post_received_form(const struct letter *letter, int64_t time, struct str uid,
                        struct buf *out)
{
    struct down_stream_message down = down_form(letter, time, uid, DIRECTION_RECEIVED);
    return pb_encode(&down_stream_message_type, &down, out, NULL);
}

bool post_is_own(const struct message *message, const struct user *user)
{
    return str_eq(message->letter.from, user->id);
}

static int64_t later(int64_t time, const struct log *log)
{
    return time > log->last_ms ? time : log->last_ms + 1;
}

/* Later than anything the user received or sent. The official client takes a notice for
 * old news when its time is not later than its newest cursor, the one of its own messages
 * included. */
static int64_t later_for(int64_t time, const struct user *user)
{
    return user ? later(later(time, &user->inbox), &user->outbox) : time;
}

bool post_is_addressed(const struct letter *letter, struct str user)
{
    if (letter->to_count == 0)
        return true;
    for (size_t i = 0; i < letter->to_count; i++) {
        if (str_eq(letter->to[i], user))
            return true;
    }
    return false;
}

bool post_is_visible(const struct message *message, const struct user *user)
{
    const struct letter *letter = &message->letter;
    if (message->recalled || !(letter->session & SESSION_STORED))
        return false;
    if (!post_is_addressed(letter, user->id) && !str_eq(letter->from, user->id))
        return false;
    return user->hidden.len == 0 || !map_get(&user->hidden, str_from(message->uid));
}

/* A time later than anything in every log the message will be listed in. */
static int64_t choose_time(struct sandbox *box, const struct letter *letter)
{
    int64_t time = clock_wall_ms();
    time = later_for(time, state_find_user(&box->state, letter->from));
    if (letter->type == CHAT_GROUP) {
        const struct group *group = state_find_group(&box->state, letter->target);
        time = group ? later(time, &group->log) : time;
        for (size_t i = 0; group && i < group->count; i++)
            time = later_for(time, group->members[i].user);
    } else if (letter->type == CHAT_ROOM) {
        const struct room *room = state_find_room(&box->state, letter->target);
        time = room ? later(time, &room->log) : time;
    } else {
        time = later_for(time, state_find_user(&box->state, letter->target));
    }
    return time;
}

static const struct message *keep(struct sandbox *box, const struct letter *letter,
                                  const char *given)
{
    char next[MAIL_UID_LEN + 1];
    int64_t time = choose_time(box, letter);
    mail_next_uid(&box->mail, next);
    const char *uid = given ? given : next;
    buf_reset(&box->scratch);
    if (!post_received_form(letter, time, str_from(uid), &box->scratch))
        return NULL;
    box->counters.messages++;
    return mail_add(&box->mail, letter, time, str_from(uid), buf_str(&box->scratch));
}

static void deliver(struct sandbox *box, const struct message *message, struct user *user,
                    const struct conn *except)
{
    log_add(&user->inbox, &box->mail, message);
    if (!user->conns)
        return;
    if (box->limits.notice)
        wire_push_user(user, STR("s_ntf"), buf_str(&box->notice), except);
    else
        wire_push_message(user, message, except);
}

static void deliver_group(struct sandbox *box, const struct message *message,
                          const struct conn *except)
{
    const struct letter *letter = &message->letter;
    struct group *group = state_find_group(&box->state, letter->target);
    for (size_t i = 0; group && i < group->count; i++) {
        struct user *user = group->members[i].user;
        if (!str_eq(user->id, letter->from) && post_is_addressed(letter, user->id))
            deliver(box, message, user, except);
    }
    if (group && letter->session & SESSION_STORED)
        log_add(&group->log, &box->mail, message);
}

static void deliver_room(struct sandbox *box, const struct message *message)
{
    const struct letter *letter = &message->letter;
    struct room *room = state_find_room(&box->state, letter->target);
    if (!room)
        return;
    log_add(&room->log, &box->mail, message);
    wire_notice(&box->notice, NOTIFY_PULL_CHATROOM, message->time, room->id);
    rooms_push(room, STR("s_ntf"), buf_str(&box->notice), letter->from);
}

static struct log *private_log(struct sandbox *box, const struct letter *letter)
{
    struct user *to = state_user(&box->state, letter->target);
    if (letter->type == CHAT_SYSTEM)
        return &state_system_pair(to, letter->from)->log;
    return &state_pair(state_user(&box->state, letter->from), to)->log;
}

static void deliver_private(struct sandbox *box, const struct message *message,
                            const struct conn *except)
{
    const struct letter *letter = &message->letter;
    if (letter->session & SESSION_STORED)
        log_add(private_log(box, letter), &box->mail, message);
    deliver(box, message, state_user(&box->state, letter->target), except);
}

/* The sender's own devices: the outbox, and news for those it did not come from. */
static void deliver_own(struct sandbox *box, const struct message *message,
                        const struct post *how)
{
    struct user *from = state_user(&box->state, message->letter.from);
    if (message->letter.type != CHAT_ROOM)
        log_add(&from->outbox, &box->mail, message);
    struct conn *next;
    for (struct conn *conn = from->conns; conn; conn = next) {
        next = conn->user_next;
        if (how->origin && conn != how->origin && how->sync_topic.len)
            wire_sync(conn, how, message->time, str_from(message->uid));
    }
    if (how->origin || !from->conns)
        return;
    buf_reset(&box->scratch);
    if (box->limits.notice)
        wire_push_user(from, STR("s_ntf"), buf_str(&box->notice), NULL);
    else if (post_own_form(message, &box->scratch))
        wire_push_user(from, STR("s_msg"), buf_str(&box->scratch), NULL);
}

const struct message *post(struct sandbox *box, const struct letter *letter,
                           const struct post *how)
{
    if (str_eq(letter->object, STR("RC:MsgExMsg")))
        expand_apply(box, letter);
    const struct message *message = keep(box, letter, how->uid);
    bool own = how->origin || how->to_sender;
    if (!message)
        return NULL;
    wire_notice(&box->notice, NOTIFY_PULL, message->time, STR_NONE);
    if (letter->type == CHAT_GROUP)
        deliver_group(box, message, how->origin);
    else if (letter->type == CHAT_ROOM)
        deliver_room(box, message);
    else
        deliver_private(box, message, how->origin);
    if (own)
        deliver_own(box, message, how);
    save_message(box, message, own);
    hooks_tell_message(box, message, how);
    if (box->state.bots)
        bots_tell(box, message, how->origin ? "Websocket" : "Server");
    return message;
}

static bool encode_status(const struct letter *letter, int64_t time, struct str uid,
                          int direction, struct buf *out)
{
    struct down_stream_message down = down_form(letter, time, uid, direction);
    pb_put(down, down_stream_message, ext_status, EXT_STATUS_MESSAGE);
    buf_reset(out);
    return pb_encode(&down_stream_message_type, &down, out, NULL);
}

void post_status(struct sandbox *box, const struct letter *letter, struct str uid,
                 bool to_sender)
{
    int64_t now = clock_wall_ms();
    struct user *from = to_sender ? state_find_user(&box->state, letter->from) : NULL;
    if (from && encode_status(letter, now, uid, DIRECTION_SENT, &box->scratch))
        wire_push_user(from, STR("s_msg"), buf_str(&box->scratch), NULL);
    if (!encode_status(letter, now, uid, DIRECTION_RECEIVED, &box->scratch))
        return;
    struct str payload = buf_str(&box->scratch);
    if (letter->type != CHAT_GROUP) {
        struct user *to = state_find_user(&box->state, letter->target);
        if (to)
            wire_push_user(to, STR("s_msg"), payload, NULL);
        return;
    }
    struct group *group = state_find_group(&box->state, letter->target);
    for (size_t i = 0; group && i < group->count; i++) {
        struct user *user = group->members[i].user;
        if (!str_eq(user->id, letter->from) && post_is_addressed(letter, user->id))
            wire_push_user(user, STR("s_msg"), payload, NULL);
    }
}

static void tell_edited(struct sandbox *box, struct user *user, const struct conn *except)
{
    if (user)
        wire_push_user(user, STR("s_cmd"), buf_str(&box->notice), except);
}

struct message *post_rewrite(struct sandbox *box, struct message *message,
                             const struct letter *letter)
{
    buf_reset(&box->scratch);
    if (!post_received_form(letter, message->time, str_from(message->uid), &box->scratch))
        return NULL;
    message = mail_edit(&box->mail, message, letter, buf_str(&box->scratch));
    save_edit(box, message);
    return message;
}

bool post_edit(struct sandbox *box, struct message *message, struct str content,
               const struct conn *except)
{
    struct letter letter = message->letter;
    int64_t now = clock_wall_ms();
    letter.content = content;
    letter.edited_ms = box->state.edits_ms =
        now > box->state.edits_ms ? now : box->state.edits_ms + 1;
    message = post_rewrite(box, message, &letter);
    if (!message)
        return false;
    wire_notice(&box->notice, COMMAND_EDITED, letter.edited_ms, STR_NONE);
    const struct letter *kept = &message->letter;
    tell_edited(box, state_find_user(&box->state, kept->from), except);
    if (kept->type != CHAT_GROUP) {
        tell_edited(box, state_find_user(&box->state, kept->target), NULL);
        return true;
    }
    struct group *group = state_find_group(&box->state, kept->target);
    for (size_t i = 0; group && i < group->count; i++) {
        struct user *user = group->members[i].user;
        if (!str_eq(user->id, kept->from) && post_is_addressed(kept, user->id))
            tell_edited(box, user, NULL);
    }
    return true;
}

void post_recall(struct sandbox *box, struct message *message)
{
    message->recalled = true;
    save_recall(box, message);
}

void post_relist(struct sandbox *box, struct message *message, bool own,
                 const struct str *members, size_t count)
{
    const struct letter *letter = &message->letter;
    bool stored = letter->session & SESSION_STORED;
    if (letter->type == CHAT_GROUP) {
        struct group *group = state_find_group(&box->state, letter->target);
        if (group && stored)
            log_add(&group->log, &box->mail, message);
        for (size_t i = 0; i < count; i++) {
            if (!str_eq(members[i], letter->from) &&
                post_is_addressed(letter, members[i]))
                log_add(&state_user(&box->state, members[i])->inbox, &box->mail, message);
        }
    } else {
        if (stored)
            log_add(private_log(box, letter), &box->mail, message);
        log_add(&state_user(&box->state, letter->target)->inbox, &box->mail, message);
    }
    if (own)
        log_add(&state_user(&box->state, letter->from)->outbox, &box->mail, message);
}
