#include "script/deliver.h"

#include "base/clock.h"
#include "im/marks.h"
#include "script/api_message.h"
#include "script/convert.h"
#include "script/router.h"
#include "script/waiters.h"
#include <string.h>

void deliver_finish(struct runtime *runtime, const struct message *message)
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
        deliver_finish(runtime, message);
    return result != WAITERS_NONE;
}

static void watch_message(struct script *script, const struct message *message,
                          enum content_kind kind, struct str event)
{
    struct runtime *runtime = &script->runtime;
    struct waited waited = {
        message,
        api_message_text(message, kind, &script->scratch),
        is_backlog(runtime, message),
    };
    const struct conversation where = { message->type, message->target };
    waiters_watch(runtime->waiters, event, &where, push_waited, &waited);
}

/* Not for one handler or one plugin: whoever waits for something may have it. */
static bool is_for_all(const struct runtime *runtime, struct str plugin)
{
    return !runtime->later && plugin.len == 0;
}

static void route(struct script *script, const struct message *message,
                  enum content_kind kind, bool edited)
{
    struct runtime *runtime = &script->runtime;
    struct api_message view = { message, is_backlog(runtime, message) };
    struct router_message given =
        routed(runtime, message, api_message_text(message, kind, &script->scratch));
    given.edited = edited;
    given.push = api_push_message;
    given.arg = &view;
    if (!router_message(runtime->router, &given))
        deliver_finish(runtime, message);
}

static void deliver_chat(struct script *script, const struct message *message,
                         enum content_kind kind)
{
    struct runtime *runtime = &script->runtime;
    bool for_all = is_for_all(runtime, message->plugin);
    if (for_all && waiters_expect(runtime->waiters, message) &&
        deliver_answer(script, message, kind))
        return;
    if (for_all && waiters_watched(runtime->waiters, STR("message")))
        watch_message(script, message, kind, STR("message"));
    if (router_wants_messages(runtime->router))
        route(script, message, kind, false);
    else
        deliver_finish(runtime, message);
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

bool deliver_is_wanted(struct runtime *runtime, struct str event)
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

void deliver_plain(struct runtime *runtime, const struct message *message)
{
    const struct str event = STR("notice");
    if (!deliver_is_wanted(runtime, event)) {
        deliver_finish(runtime, message);
        return;
    }
    struct api_message view = { message, is_backlog(runtime, message) };
    struct origin *origin = origin_new(runtime, message);
    deliver_event(runtime, event, origin, push_notice, &view);
    origin_release(origin);
}

/* --- edits --- */

/* What somebody has made of a message: handlers see it as it reads now. */
static void deliver_edited(struct script *script, const struct message *message,
                           enum content_kind kind)
{
    const struct str event = STR("message.edited");
    struct message now = *message;
    now.uid = message_edited(message);
    now.event = message_event(message);
    if (is_for_all(&script->runtime, message->plugin) &&
        waiters_watched(script->runtime.waiters, event))
        watch_message(script, &now, kind, event);
    route(script, &now, kind, true);
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
        deliver_finish(&script->runtime, message);
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
    if (message_is_made_here(message) && str_eq(message->object_name, STR(MARKS_EVENT))) {
        deliver_conversation(&script->runtime, message);
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
    case CONTENT_READ_ASKED:
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
