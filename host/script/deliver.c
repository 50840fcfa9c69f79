#include "base/clock.h"
#include "base/log.h"
#include "proto/content.h"
#include "script/api_message.h"
#include "script/convert.h"
#include "script/event_view.h"
#include "script/inside.h"
#include "script/router.h"
#include "script/waiters.h"

#include <stdio.h>
#include <string.h>

/* Tells the cloud that nobody needs the message (any more). */
static void finish(struct runtime *runtime, const struct message *message)
{
    if (message->row != 0 && runtime->im.done && !runtime->later)
        runtime->im.done(runtime->im.arg, message->row);
}

static int64_t age_of(const struct message *message)
{
    int64_t age_ms = message->received_ms - message->sent_ms;
    return age_ms > 0 ? age_ms : 0; /* the server's clock may be ahead of ours */
}

static bool is_backlog(const struct runtime *runtime, const struct message *message)
{
    return runtime->command_max_age_ms > 0 &&
           age_of(message) > runtime->command_max_age_ms;
}

static struct router_message routed(struct runtime *runtime,
                                    const struct message *message, struct str text)
{
    return (struct router_message){
        .runtime = runtime,
        .message = message,
        .text = text,
        .age_ms = age_of(message),
        .command_max_age_ms = runtime->command_max_age_ms,
    };
}

/* What those see who wait for a message. */
struct waited {
    const struct message *message;
    struct str text;
    bool backlog;
};

static int push_waited(lua_State *L, void *arg)
{
    const struct waited *waited = arg;
    push_message(L, waited->message, waited->text, waited->backlog);
    return 1;
}

/* True when it was for somebody who waits: done, or held. */
static bool deliver_answer(struct script *script, const struct message *message,
                           enum content_kind kind)
{
    struct runtime *runtime = &script->runtime;
    struct str text = api_message_text(message, kind, &script->scratch);
    bool backlog = is_backlog(runtime, message);
    struct waited waited = { message, text, backlog };
    struct router_message routes = routed(runtime, message, text);
    struct waiters_message given = {
        .message = message,
        .text = text,
        .command = router_is_command(runtime->router, &routes),
        .push = push_waited,
        .arg = &waited,
    };
    enum waiters_result result = waiters_take(runtime->waiters, &given);
    if (result == WAITERS_TAKEN)
        finish(runtime, message);
    return result != WAITERS_NONE;
}

static void watch_message(struct script *script, const struct message *message,
                          enum content_kind kind)
{
    struct runtime *runtime = &script->runtime;
    struct waited waited = {
        message,
        api_message_text(message, kind, &script->scratch),
        is_backlog(runtime, message),
    };
    const struct conversation where = { message->type, message->target };
    waiters_watch(runtime->waiters, STR("message"), &where, push_waited, &waited);
}

/* Not for one handler or one plugin: whoever waits for something may have it. */
static bool is_for_all(const struct runtime *runtime, struct str plugin)
{
    return !runtime->later && plugin.len == 0;
}

static void deliver_chat(struct script *script, const struct message *message,
                         enum content_kind kind)
{
    struct runtime *runtime = &script->runtime;
    struct api_message view = { message, is_backlog(runtime, message) };
    bool for_all = is_for_all(runtime, message->plugin);
    if (for_all && waiters_expect(runtime->waiters, message) &&
        deliver_answer(script, message, kind))
        return;
    if (for_all && waiters_watched(runtime->waiters, STR("message")))
        watch_message(script, message, kind);
    if (!router_wants_messages(runtime->router)) {
        finish(runtime, message);
        return;
    }
    struct router_message given =
        routed(runtime, message, api_message_text(message, kind, &script->scratch));
    given.push = api_push_message;
    given.arg = &view;
    if (!router_message(runtime->router, &given))
        finish(runtime, message);
}

void deliver_event(struct runtime *runtime, struct str event, struct origin *origin,
                   task_push_fn *push, void *arg)
{
    struct router_call call = { .arg = arg };
    struct conversation where = { CONVERSATION_PRIVATE, STR_NONE };
    if (origin)
        where = (struct conversation){ origin->type, origin->target };
    if (is_for_all(runtime, origin ? origin->plugin : STR_NONE))
        waiters_watch(runtime->waiters, event, where.target.len > 0 ? &where : NULL, push,
                      &call);
    router_event(runtime->router, event, origin, push, arg);
}

/* --- what nobody sees as chat --- */

static bool is_wanted(struct runtime *runtime, struct str event)
{
    return router_wants_event(runtime->router, NULL, event) ||
           waiters_watched(runtime->waiters, event);
}

static int push_notice(lua_State *L, void *router_call)
{
    const struct api_message *view = ((struct router_call *)router_call)->arg;
    push_message(L, view->message, STR_NONE, view->backlog);
    return 1;
}

static int push_edited(lua_State *L, void *router_call)
{
    return push_waited(L, ((struct router_call *)router_call)->arg);
}

/* Grey lines, commands, group notices that are no event of ours, types unknown to us:
 * a message as it came. */
static void deliver_plain(struct runtime *runtime, const struct message *message)
{
    const struct str event = STR("notice");
    if (!is_wanted(runtime, event)) {
        finish(runtime, message);
        return;
    }
    struct api_message view = { message, is_backlog(runtime, message) };
    struct origin *origin = origin_new(runtime, message);
    deliver_event(runtime, event, origin, push_notice, &view);
    origin_release(origin);
}

/* --- group notices and recalls --- */

static const struct {
    const char *operation, *event;
    bool per_member;
} notice_events[] = {
    { "Create", "group.created", false },    { "Add", "member.joined", true },
    { "Quit", "member.left", true },         { "Kicked", "member.kicked", true },
    { "Rename", "group.renamed", false },    { "Bulletin", "group.announced", false },
    { "Dismiss", "group.dismissed", false }, { "Transfer", "member.role", true },
    { "SetManager", "member.role", true },   { "RemoveManager", "member.role", true },
};

static bool is_event_of_ours(struct str operation)
{
    for (size_t i = 0; i < sizeof(notice_events) / sizeof(*notice_events); i++)
        if (str_eq(operation, str_from(notice_events[i].operation)))
            return true;
    return false;
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

/* Whose word about groups counts: that of an id in `notices.from`; what the cloud itself
 * says of groups it hosts only if SCRIPT_NOTICES_CLOUD is named there, since App Servers
 * often announce the same. */
static bool is_believed(const struct runtime *runtime, const struct message *message)
{
    return map_get(&runtime->notices_from, message_is_made_here(message)
                                               ? STR(SCRIPT_NOTICES_CLOUD)
                                               : message->sender) != NULL;
}

static void deliver_notice(struct script *script, const struct message *message)
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
        finish(runtime, message);
        return;
    }
    const struct content_notice *notice = &content.notice;
    if (!is_event_of_ours(notice->operation)) {
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
    };
    runtime_note_name(runtime, NAME_OF_USER, notice->operator_id, notice->operator_name);
    runtime_note_name(runtime, NAME_OF_GROUP, message->target, notice->group_name);
    for (size_t i = 0; i < sizeof(notice_events) / sizeof(*notice_events); i++) {
        if (!str_eq(notice->operation, str_from(notice_events[i].operation)))
            continue;
        if (notice_events[i].per_member)
            deliver_members(runtime, notice_events[i].event, origin, notice, &view);
        else
            deliver_event(runtime, str_from(notice_events[i].event), origin,
                          event_view_push, &view);
    }
    origin_release(origin);
    content_clear(&content);
}

/* Anybody can say that a message is recalled; only the Server API's word is certain. */
static void deliver_recall(struct script *script, const struct message *message)
{
    struct runtime *runtime = &script->runtime;
    struct content content;
    if (!content_parse(&content, message->object_name, message->content, NULL)) {
        finish(runtime, message);
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

static const char *contact_event(struct str operation)
{
    static const char *const events[][2] = { { "Request", "friend.requested" },
                                             { "AcceptResponse", "friend.added" },
                                             { "RejectResponse", "friend.declined" },
                                             { "Delete", "friend.removed" } };
    for (size_t i = 0; i < sizeof(events) / sizeof(*events); i++)
        if (str_eq(operation, str_from(events[i][0])))
            return events[i][1];
    return NULL;
}

/* A request to be friends, what became of ours, the beginning and the end, from the
 * friend service (im/changes) or told by the App Server. Anybody else could have made it
 * up. */
static void deliver_contact(struct script *script, const struct message *message)
{
    struct runtime *runtime = &script->runtime;
    struct content content;
    bool trusted = message_is_made_here(message) ||
                   map_get(&runtime->notices_from, message->sender) != NULL;
    if (!trusted ||
        !content_parse(&content, message->object_name, message->content, NULL)) {
        finish(runtime, message);
        return;
    }
    const char *event = contact_event(content.contact.operation);
    struct message about = *message; /* in the private chat with the other one */
    about.type = CONVERSATION_PRIVATE;
    about.target = content.contact.source;
    if (!event || about.target.len == 0 || about.target.len > 64) {
        finish(runtime, message);
        content_clear(&content);
        return;
    }
    struct origin *origin = origin_new(runtime, &about);
    struct event_view view = {
        .origin = origin,
        .id = message->uid,
        .time_ms = message->sent_ms,
        .user = content.contact.source,
        .text = content.text,
        .type = strcmp(event, "friend.requested") == 0 ? OBJECT_REQUEST : NULL,
    };
    deliver_event(runtime, str_from(event), origin, event_view_push, &view);
    origin_release(origin);
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

static void deliver_sign(struct runtime *runtime, const struct message *message,
                         enum content_kind kind)
{
    struct str event = kind == CONTENT_TYPING      ? STR("typing")
                       : kind == CONTENT_EXPANSION ? STR("message.expanded")
                                                   : STR("message.read");
    struct content content;
    if (!is_wanted(runtime, event) ||
        !content_parse(&content, message->object_name, message->content, NULL)) {
        finish(runtime, message);
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
    if (kind == CONTENT_READ || kind == CONTENT_READ_GROUP)
        deliver_read(runtime, &content, origin, &view);
    else
        deliver_event(runtime, event, origin, event_view_push, &view);
    origin_release(origin);
    content_clear(&content);
}

/* --- edits --- */

/* What somebody has made of a message: handlers see it as it reads now. */
static void deliver_edited(struct script *script, const struct message *message,
                           enum content_kind kind)
{
    struct runtime *runtime = &script->runtime;
    const struct str event = STR("message.edited");
    if (!is_wanted(runtime, event)) {
        finish(runtime, message);
        return;
    }
    struct message now = *message;
    now.uid = message_edited(message);
    now.event = message_event(message);
    struct waited waited = { &now, api_message_text(&now, kind, &script->scratch),
                             is_backlog(runtime, message) };
    struct origin *origin = origin_new(runtime, &now);
    deliver_event(runtime, event, origin, push_edited, &waited);
    origin_release(origin);
}

/* --- chatrooms --- */

/* What im/chatrooms made: nobody else can. */
static void deliver_room(struct runtime *runtime, const struct message *message)
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

void script_message(struct script *script, const struct message *message)
{
    waiters_flush(script->runtime.waiters);
    deliver_message(script, message);
}

void deliver_message(void *arg, const struct message *message)
{
    struct script *script = arg;
    enum content_kind kind = content_kind(message->object_name);
    int64_t age_ms = clock_wall_ms() - message->received_ms;
    bool too_old =
        message->redelivered && age_ms > TASK_LIFE_MS && message->plugin.len == 0;
    if (message->own || too_old) {
        finish(&script->runtime, message);
        return;
    }
    if (message_edited(message).len > 0) {
        deliver_edited(script, message, kind);
        return;
    }
    if (message_is_made_here(message) && message->type == CONVERSATION_CHATROOM) {
        deliver_room(&script->runtime, message);
        return;
    }
    switch (kind) {
    case CONTENT_GROUP_NOTICE:
        deliver_notice(script, message);
        break;
    case CONTENT_CONTACT:
        deliver_contact(script, message);
        break;
    case CONTENT_RECALL:
        deliver_recall(script, message);
        break;
    case CONTENT_TYPING:
    case CONTENT_READ:
    case CONTENT_READ_GROUP:
    case CONTENT_EXPANSION:
        deliver_sign(&script->runtime, message, kind);
        break;
    default:
        if (api_message_is_chat(message, kind))
            deliver_chat(script, message, kind);
        else
            deliver_plain(&script->runtime, message);
    }
}

static int push_data(lua_State *L, void *router_call)
{
    const struct json *data = ((struct router_call *)router_call)->arg;
    if (json_kind(data) == JSON_OBJECT)
        push_json(L, data);
    else
        lua_newtable(L);
    return 1;
}

void script_event(struct script *script, const char *name, const struct json *data)
{
    deliver_event(&script->runtime, str_from(name), NULL, push_data, (void *)data);
}
