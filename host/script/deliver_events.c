/* Messages that are no chat but tell of something: each becomes an event. */
#include "base/log.h"
#include "proto/content.h"
#include "script/deliver.h"
#include "script/event_view.h"
#include "script/inside.h"
#include "script/objects.h"

#include <stdio.h>

/* --- group notices and recalls --- */

static const struct notice_event {
    const char *operation, *event;
    bool per_member;
    const char *role; /* what the member is now */
} notice_events[] = {
    { "Create", "group.created", false, NULL },
    { "Add", "member.joined", true, NULL },
    { "Quit", "member.left", true, NULL },
    { "Kicked", "member.kicked", true, NULL },
    { "Rename", "group.renamed", false, NULL },
    { "Bulletin", "group.announced", false, NULL },
    { "Dismiss", "group.dismissed", false, NULL },
    { "Transfer", "member.role", true, "owner" },
    { "SetManager", "member.role", true, "manager" },
    { "RemoveManager", "member.role", true, "member" },
    { "SetMember", "member.changed", true, NULL },
    { "MuteMember", "member.muted", true, NULL },
    { "UnmuteMember", "member.unmuted", true, NULL },
    { "MuteAll", "group.muted", false, NULL },
    { "UnmuteAll", "group.unmuted", false, NULL },
};

static const struct notice_event *find_notice_event(struct str operation)
{
    for (size_t i = 0; i < sizeof(notice_events) / sizeof(*notice_events); i++)
        if (str_eq(operation, str_from(notice_events[i].operation)))
            return &notice_events[i];
    return NULL;
}

static void deliver_members(struct runtime *runtime, const char *event,
                            struct origin *origin, const struct content_notice *notice,
                            struct event_view *view)
{
    for (size_t i = 0; i < notice->target_count; i++)
        runtime_note_name(runtime, NAME_OF_USER, notice->targets[i], notice->names[i]);
    for (size_t i = 0; i < notice->target_count; i++) {
        struct origin *one = origin_child(origin, notice->targets[i]);
        view->origin = one;
        view->id = one->id;
        view->user = notice->targets[i];
        deliver_event(runtime, str_from(event), one, event_view_push, view);
        origin_release(one);
    }
}

/* Whose word about groups counts: that of an id in `notices.from`; the sources below only
 * if they are named there, since the same news may come from several. */
static bool is_believed(const struct runtime *runtime, const struct message *message)
{
    static const char *const sources[][2] = {
        { MESSAGE_FEED, SCRIPT_NOTICES_FEED },
        { MESSAGE_POLLED, SCRIPT_NOTICES_POLL },
        { MESSAGE_MADE_HERE, SCRIPT_NOTICES_CLOUD },
    };
    for (size_t i = 0; i < sizeof(sources) / sizeof(*sources); i++)
        if (str_starts(message->uid, str_from(sources[i][0])))
            return map_get(&runtime->notices_from, str_from(sources[i][1])) != NULL;
    return map_get(&runtime->notices_from, message->sender) != NULL;
}

void deliver_notice(struct script *script, const struct message *message)
{
    struct runtime *runtime = &script->runtime;
    struct content content;
    struct err err = { 0 };
    if (message->type != CONVERSATION_GROUP || !is_believed(runtime, message)) {
        log_debug(LOG_SCRIPT, "bot=%s group notice from %.*s is not believed",
                  runtime->bot, STR_ARG(message->sender));
        deliver_plain(runtime, message);
        return;
    }
    if (!content_parse(&content, message->object_name, message->content, &err)) {
        log_debug(LOG_SCRIPT, "bot=%s group notice ignored: %s", runtime->bot, err.text);
        deliver_finish(runtime, message);
        return;
    }
    const struct content_notice *notice = &content.notice;
    const struct notice_event *event = find_notice_event(notice->operation);
    if (!event) {
        content_clear(&content);
        deliver_plain(runtime, message);
        return;
    }
    struct origin *origin = origin_new(runtime, message);
    origin->sender = STR_NONE; /* nobody wrote it */
    struct event_view view = {
        .origin = origin,
        .id = message->uid,
        .time_ms = message->sent_ms,
        .operator= notice->operator_id,
        .name = notice->group_name,
        .text = notice->message,
        .nickname = notice->nickname,
        .extra = notice->extra,
        .minutes = notice->minutes > 0 ? notice->minutes : 0,
    };
    runtime_note_name(runtime, NAME_OF_USER, notice->operator_id, notice->operator_name);
    runtime_note_name(runtime, NAME_OF_GROUP, message->target, notice->group_name);
    if (event->role)
        view.role = str_from(event->role);
    if (event->per_member)
        deliver_members(runtime, event->event, origin, notice, &view);
    else
        deliver_event(runtime, str_from(event->event), origin, event_view_push, &view);
    origin_release(origin);
    content_clear(&content);
}

/* Anybody can say that a message is recalled; only the Server API's word is certain. */
void deliver_recall(struct script *script, const struct message *message)
{
    struct runtime *runtime = &script->runtime;
    struct content content;
    if (!content_parse(&content, message->object_name, message->content, NULL)) {
        deliver_finish(runtime, message);
        return;
    }
    struct origin *origin = origin_new(runtime, message);
    struct event_view view = {
        .origin = origin,
        .id = content.recall.uid,
        .time_ms = message->sent_ms,
        .operator= message->sender,
        .recalled = true,
        .claimed = map_get(&runtime->notices_from, message->sender) == NULL,
    };
    deliver_event(runtime, STR("message.recalled"), origin, event_view_push, &view);
    origin_release(origin);
    content_clear(&content);
}

static const struct contact_event {
    const char *operation, *event;
    bool request; /* somebody waits for an answer */
    bool group;   /* only im/changes tells it */
} contact_events[] = {
    { "Request", "friend.requested", true, false },
    { "AcceptResponse", "friend.added", false, false },
    { "RejectResponse", "friend.declined", false, false },
    { "Delete", "friend.removed", false, false },
    { "Apply", "member.requested", true, true },
    { "Invite", "group.invited", true, true },
    { "Refuse", "member.declined", false, true },
};

static const struct contact_event *find_contact_event(struct str operation,
                                                      bool made_here)
{
    for (size_t i = 0; i < sizeof(contact_events) / sizeof(*contact_events); i++)
        if (str_eq(operation, str_from(contact_events[i].operation)))
            return made_here || !contact_events[i].group ? &contact_events[i] : NULL;
    return NULL;
}

static void deliver_contact_event(struct runtime *runtime, const struct message *message,
                                  const struct contact_event *event,
                                  const struct content *content)
{
    const struct json *root = content->root;
    struct message about = *message; /* in the private chat with the other one */
    struct str group = event->group ? json_str(json_get(root, "groupId")) : STR_NONE;
    about.type = CONVERSATION_PRIVATE;
    about.target = content->contact.source;
    if (event->group && !event->request) {
        about.type = CONVERSATION_GROUP;
        about.target = group;
    }
    struct origin *origin = origin_new(runtime, &about);
    struct event_view view = {
        .origin = origin,
        .id = message->uid,
        .time_ms = message->sent_ms,
        .user = content->contact.source,
        .text = content->text,
        .group = group,
        .type = event->request ? OBJECT_REQUEST : NULL,
    };
    if (event->group) {
        view.inviter = json_str(json_get(root, "inviterId"));
        view.operator= json_str(json_get(root, "operatorId"));
    }
    deliver_event(runtime, str_from(event->event), origin, event_view_push, &view);
    origin_release(origin);
}

/* A request to be friends or to be let into a group, what became of ours, the beginning
 * and the end, from the friend and group services (im/changes) or told by the App Server.
 * Anybody else could have made it up. */
void deliver_contact(struct script *script, const struct message *message)
{
    struct runtime *runtime = &script->runtime;
    struct content content;
    bool made_here = message_is_made_here(message);
    bool fed = str_starts(message->uid, STR(MESSAGE_FEED));
    bool trusted = (made_here && !fed) || is_believed(runtime, message);
    if (!trusted ||
        !content_parse(&content, message->object_name, message->content, NULL)) {
        deliver_finish(runtime, message);
        return;
    }
    const struct contact_event *event =
        find_contact_event(content.contact.operation, made_here);
    struct str source = content.contact.source;
    if (event && source.len > 0 && source.len <= 64)
        deliver_contact_event(runtime, message, event, &content);
    else
        deliver_finish(runtime, message);
    content_clear(&content);
}

/* --- signs: typing, receipts, expansions --- */

/* Which of our messages the sender has read: all until a time, or in a group those that
 * it names. */
static void deliver_read(struct runtime *runtime, const struct content *content,
                         struct origin *origin, struct event_view *view)
{
    const struct str event = STR("message.read");
    if (content->kind == CONTENT_READ) {
        view->id = json_str(json_get(content->root, "messageUId"));
        view->seen_ms = json_int(json_get(content->root, "lastMessageSendTime"), 0);
        deliver_event(runtime, event, origin, event_view_push, view);
        return;
    }
    char own[65];
    struct str user = runtime->im.user ? runtime->im.user(runtime->im.arg) : STR_NONE;
    snprintf(own, sizeof(own), "%.*s", STR_ARG(user));
    const struct json *uids = json_get(json_get(content->root, "receiptMessageDic"), own);
    if (json_kind(uids) != JSON_ARRAY)
        return;
    for (const struct json *at = NULL; (at = json_next(uids, at)) != NULL;) {
        struct str uid = json_str(at);
        if (uid.len == 0 || uid.len > 64)
            continue;
        struct origin *one = origin_child(origin, uid);
        view->origin = one;
        view->id = uid;
        deliver_event(runtime, event, one, event_view_push, view);
        origin_release(one);
    }
}

void deliver_sign(struct runtime *runtime, const struct message *message,
                  enum content_kind kind)
{
    struct str event = kind == CONTENT_TYPING       ? STR("typing")
                       : kind == CONTENT_EXPANSION  ? STR("message.expanded")
                       : kind == CONTENT_READ_ASKED ? STR("message.read_asked")
                                                    : STR("message.read");
    struct content content;
    if (!deliver_is_wanted(runtime, event) ||
        !content_parse(&content, message->object_name, message->content, NULL)) {
        deliver_finish(runtime, message);
        return;
    }
    struct origin *origin = origin_new(runtime, message);
    struct event_view view = {
        .origin = origin,
        .id = message->uid,
        .time_ms = message->sent_ms,
        .user = message->sender,
    };
    if (kind == CONTENT_EXPANSION) {
        view.id = json_str(json_get(content.root, "mid"));
        view.set = json_get(content.root, "put");
        view.removed = json_get(content.root, "del");
    }
    if (kind == CONTENT_READ_ASKED)
        view.id = json_str(json_get(content.root, "messageUId"));
    if (kind == CONTENT_READ || kind == CONTENT_READ_GROUP)
        deliver_read(runtime, &content, origin, &view);
    else
        deliver_event(runtime, event, origin, event_view_push, &view);
    origin_release(origin);
    content_clear(&content);
}

/* --- chatrooms --- */

/* What im/chatrooms made: nobody else can. */
void deliver_room(struct runtime *runtime, const struct message *message)
{
    struct json *root = json_parse(message->content, NULL);
    struct str operation = json_str(json_get(root, "operation"));
    struct str event =
        str_eq(operation, STR("entry")) ? STR("room.entry") : STR("room.lost");
    struct origin *origin = origin_new(runtime, message);
    struct event_view view = {
        .origin = origin,
        .id = message->uid,
        .time_ms = message->sent_ms,
        .user = json_str(json_get(root, "user")),
        .key = json_str(json_get(root, "key")),
        .value = json_str(json_get(root, "value")),
        .reason = json_str(json_get(root, "reason")),
    };
    deliver_event(runtime, event, origin, event_view_push, &view);
    origin_release(origin);
    json_free(root);
}

/* --- how the account keeps a conversation --- */

void deliver_conversation(struct runtime *runtime, const struct message *message)
{
    const struct str event = STR("conversation.changed");
    struct json *now = json_parse(message->content, NULL);
    if (!now || !deliver_is_wanted(runtime, event)) {
        json_free(now);
        deliver_finish(runtime, message);
        return;
    }
    struct origin *origin = origin_new(runtime, message);
    origin->sender = STR_NONE; /* nobody wrote it */
    struct event_view view = {
        .origin = origin,
        .id = message->uid,
        .time_ms = message->sent_ms,
        .user = message->type == CONVERSATION_PRIVATE ? message->target : STR_NONE,
        .also = now,
    };
    deliver_event(runtime, event, origin, event_view_push, &view);
    origin_release(origin);
    json_free(now);
}
