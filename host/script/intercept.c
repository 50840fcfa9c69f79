#include "script/intercept.h"

#include "base/mem.h"
#include "script/api_message.h"
#include "script/caps.h"
#include "script/convert.h"
#include "script/inside.h"
#include "script/quota.h"
#include "script/router.h"

#include <stdio.h>
#include <string.h>

static const char event_name[] = "message.intercept";

enum answer { ANSWER_NONE, ANSWER_ALLOW, ANSWER_DENY, ANSWER_REPLACE };

/* Where the asking stands: handlers before this one have been asked. */
struct place {
    int priority;
    unsigned order, number;
};

struct script_inquiry {
    struct script *script;
    script_verdict_fn *done; /* NULL: nobody waits for it any more */
    void *arg;
    char *bytes; /* the texts of `message` */
    struct message message;
    struct buf content;         /* what replaced its own; empty: nothing did */
    struct script_verdict said; /* so far */
    struct buf reason;

    /* The handler that is being asked. */
    struct instance *instance; /* NULL: none */
    uint64_t task;
    enum answer answer;
    struct err problem;
    struct buf taken; /* its text or content */
    bool starting;    /* task_start has not returned */
    bool any;         /* `place` is set */
    struct place place;
};

/* --- who is next --- */

static int compare(const struct place *a, const struct place *b)
{
    if (a->priority != b->priority)
        return a->priority > b->priority ? -1 : 1;
    if (a->order != b->order)
        return a->order < b->order ? -1 : 1;
    return a->number < b->number ? -1 : a->number > b->number;
}

static struct place place_of(const struct plugin *plugin, const struct handler *handler)
{
    return (struct place){ handler->priority, plugin->order, handler->number };
}

/* The first handler behind the place reached, or NULL. */
static struct handler *find_next(const struct script_inquiry *inquiry)
{
    struct handler *best = NULL;
    struct place at_best = { 0 };
    for (struct plugin *plugin = inquiry->script->plugins; plugin;
         plugin = plugin->next) {
        struct handler *at = plugin->live ? plugin->live->handlers : NULL;
        for (; at; at = at->next) {
            if (at->off || at->kind != HANDLER_EVENT ||
                strcmp(at->event, event_name) != 0)
                continue;
            struct place place = place_of(plugin, at);
            if ((inquiry->any && compare(&place, &inquiry->place) <= 0) ||
                (best && compare(&place, &at_best) >= 0))
                continue;
            best = at;
            at_best = place;
        }
    }
    return best;
}

static struct plugin *plugin_of(const struct script *script,
                                const struct instance *instance)
{
    struct plugin *at = script->plugins;
    while (at && at->live != instance)
        at = at->next;
    return at;
}

/* --- one handler --- */

static int push_draft(lua_State *L, void *arg)
{
    struct script_inquiry *inquiry = arg;
    struct message draft = inquiry->message;
    inquiry->task = inquiry->instance->last_task;
    if (inquiry->content.len > 0)
        draft.content = buf_str(&inquiry->content);
    struct str text = api_message_text(&draft, content_kind(draft.object_name),
                                       &inquiry->script->scratch);
    push_message(L, &draft, text, false);
    return 1;
}

static void wrong(struct script_inquiry *inquiry, const char *what)
{
    err_set(&inquiry->problem, ERR_ARGUMENT, "the verdict on a message: %s", what);
}

/* The text of an answer with another one in it, the rest as it was. */
static void take_text(struct script_inquiry *inquiry, struct str text)
{
    struct str before =
        inquiry->content.len > 0 ? buf_str(&inquiry->content) : inquiry->message.content;
    if (!str_eq(inquiry->message.object_name, STR("RC:TxtMsg"))) {
        wrong(inquiry, "replace: a text can only replace a text");
        return;
    }
    if (!str_is_utf8(text)) {
        wrong(inquiry, "replace: it is not UTF-8");
        return;
    }
    struct json *was = json_parse(before, NULL), *made = json_object();
    const struct json *member = NULL;
    struct buf name;
    buf_init(&name, INTERCEPT_CONTENT_MAX);
    json_add_str(made, "content", text);
    while (json_kind(was) == JSON_OBJECT && (member = json_next(was, member))) {
        buf_reset(&name);
        if (!str_eq(json_name(member), STR("content")) &&
            buf_add_str(&name, json_name(member)) && buf_add_byte(&name, '\0'))
            json_add(made, name.at, json_copy(member));
    }
    if (!json_write(made, &inquiry->taken))
        wrong(inquiry, "replace: more than 131072 bytes");
    buf_clear(&name);
    json_free(made);
    json_free(was);
}

static void take_replacement(struct script_inquiry *inquiry, lua_State *L)
{
    struct err err = { 0 };
    struct str text;
    inquiry->answer = ANSWER_REPLACE;
    if (lua_type(L, -1) == LUA_TSTRING) {
        text.at = lua_tolstring(L, -1, &text.len);
        take_text(inquiry, text);
    } else if (!lua_istable(L, -1)) {
        wrong(inquiry, "replace: want a text or a table");
    } else if (!convert_to_json(L, -1, &inquiry->taken, &err)) {
        err_set(&inquiry->problem, err.code, "the verdict on a message: replace: %s",
                err.text);
    } else if (inquiry->taken.at[0] != '{') {
        wrong(inquiry, "replace: want a table with names");
    }
}

static void take_table(struct script_inquiry *inquiry, lua_State *L)
{
    struct str text;
    lua_pushstring(L, "deny");
    int type = lua_rawget(L, -2);
    if (type == LUA_TSTRING) {
        text.at = lua_tolstring(L, -1, &text.len);
        inquiry->answer = ANSWER_DENY;
        if (!str_is_utf8(text) || text.len > INTERCEPT_REASON_MAX ||
            !buf_add_str(&inquiry->taken, text))
            wrong(inquiry, "deny: want at most 1024 bytes of UTF-8");
    } else if (type != LUA_TNIL) {
        wrong(inquiry, "deny: want a text");
    }
    lua_pop(L, 1);
    lua_pushstring(L, "replace");
    type = lua_rawget(L, -2);
    if (type != LUA_TNIL && inquiry->answer == ANSWER_DENY)
        wrong(inquiry, "want one of deny and replace");
    else if (type != LUA_TNIL)
        take_replacement(inquiry, L);
    else if (inquiry->answer == ANSWER_NONE && inquiry->problem.code == ERR_NONE)
        wrong(inquiry, "a table without deny or replace");
    lua_pop(L, 1);
}

static void take_word(struct script_inquiry *inquiry, lua_State *L)
{
    struct str word;
    word.at = lua_tolstring(L, -1, &word.len);
    if (str_eq(word, STR("allow")))
        inquiry->answer = ANSWER_ALLOW;
    else if (str_eq(word, STR("deny")))
        inquiry->answer = ANSWER_DENY;
    else
        wrong(inquiry, "want \"allow\", \"deny\" or a table");
}

/* A task_take_fn */
static void take_answer(lua_State *L, int count, void *arg)
{
    struct script_inquiry *inquiry = arg;
    inquiry->answer = ANSWER_NONE;
    if (!lua_checkstack(L, 20)) {
        wrong(inquiry, "no room on the stack");
        return;
    }
    guard_hold();
    if (count == 0)
        lua_pushnil(L);
    else
        lua_pushvalue(L, -count);
    if (lua_isnil(L, -1))
        inquiry->answer = ANSWER_ALLOW;
    else if (lua_istable(L, -1))
        take_table(inquiry, L);
    else if (lua_type(L, -1) == LUA_TSTRING)
        take_word(inquiry, L);
    else
        wrong(inquiry, "want \"allow\", \"deny\" or a table");
    lua_pop(L, 1);
    guard_release();
}

static void audit(const struct script_inquiry *inquiry, const char *result)
{
    char target[160];
    snprintf(target, sizeof(target), "%s:%.*s/%.*s",
             objects_chat_kind(inquiry->message.type), STR_ARG(inquiry->message.target),
             STR_ARG(inquiry->message.sender));
    caps_audit(&inquiry->script->runtime, str_from(inquiry->instance->version->name),
               "intercept", str_from(target), str_from(result));
}

/* What the handler said, after its task has ended. */
static void weigh(struct script_inquiry *inquiry, const struct err *why)
{
    struct str taken = buf_str(&inquiry->taken);
    if (!why && inquiry->problem.code != ERR_NONE) {
        instance_report(inquiry->instance, inquiry->message.uid,
                        str_from(inquiry->problem.text));
        inquiry->said.failed = true;
    } else if (why) {
        inquiry->said.failed = true;
    } else if (inquiry->answer == ANSWER_DENY) {
        inquiry->said.denied = true;
        buf_add_str(&inquiry->reason, taken);
        audit(inquiry, "denied");
    } else if (inquiry->answer == ANSWER_REPLACE) {
        buf_reset(&inquiry->content);
        buf_add_str(&inquiry->content, taken);
        audit(inquiry, "replaced");
    }
}

static void go_on(struct script_inquiry *inquiry);

static void on_ended(void *arg, struct str result, const struct err *why)
{
    struct script_inquiry *inquiry = arg;
    (void)result;
    inquiry->instance->intercept_count--;
    weigh(inquiry, why);
    inquiry->instance = NULL;
    if (!inquiry->starting)
        go_on(inquiry);
}

static void ask(struct script_inquiry *inquiry, const struct handler *handler)
{
    struct task_start start = {
        .function_ref = handler->function_ref,
        .push = push_draft,
        .arg = inquiry,
        .path = handler->number,
        .beside = true,
        .take = take_answer,
        .ended = on_ended,
        .ended_arg = inquiry,
    };
    buf_reset(&inquiry->taken);
    inquiry->problem = (struct err){ 0 };
    inquiry->instance = handler->instance;
    inquiry->instance->intercept_count++;
    inquiry->starting = true;
    task_start(handler->instance, &start);
    inquiry->starting = false;
}

/* --- all of them --- */

static void free_inquiry(struct script_inquiry *inquiry)
{
    buf_clear(&inquiry->content);
    buf_clear(&inquiry->reason);
    buf_clear(&inquiry->taken);
    free(inquiry->bytes);
    free(inquiry);
}

/* Tells who waits, who may not be told again. */
static void tell(struct script_inquiry *inquiry)
{
    script_verdict_fn *done = inquiry->done;
    inquiry->done = NULL;
    if (!done)
        return;
    inquiry->said.reason = buf_str(&inquiry->reason);
    if (inquiry->content.len > 0)
        inquiry->said.content = buf_str(&inquiry->content);
    done(inquiry->arg, &inquiry->said);
}

static bool is_over(const struct script_inquiry *inquiry)
{
    return !inquiry->done || inquiry->said.denied || inquiry->script->runtime.closing;
}

/* Until a handler waits, or nobody is left; frees it then and gives false. */
static bool run(struct script_inquiry *inquiry)
{
    struct handler *handler;
    while (!is_over(inquiry) && (handler = find_next(inquiry))) {
        struct instance *instance = handler->instance;
        const struct plugin *plugin = plugin_of(inquiry->script, instance);
        struct place place = place_of(plugin, handler);
        if (!instance->L) { /* its handlers may be others once it is awake */
            if (!instance_wake(instance))
                inquiry->said.failed = true;
            if (plugin->live == instance && instance->L)
                continue;
        }
        inquiry->place = place;
        inquiry->any = true;
        inquiry->said.asked++;
        if (plugin->live != instance)
            continue;
        if (instance->intercept_count >= QUOTA_INTERCEPTS_MAX)
            inquiry->said.failed = true;
        else
            ask(inquiry, handler);
        if (inquiry->instance)
            return true;
    }
    tell(inquiry);
    free_inquiry(inquiry);
    return false;
}

static void go_on(struct script_inquiry *inquiry)
{
    run(inquiry);
}

/* One block for all texts of a message. */
static char *keep_texts(struct message *message)
{
    struct str *const texts[] = { &message->target, &message->sender,
                                  &message->object_name, &message->content,
                                  &message->uid };
    size_t size = 1;
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        size += texts[i]->len;
    char *bytes = mem_alloc(size), *at = bytes;
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        if (texts[i]->len > 0)
            memcpy(at, texts[i]->at, texts[i]->len);
        texts[i]->at = at;
        at += texts[i]->len;
    }
    return bytes;
}

struct script_inquiry *script_intercept(struct script *script,
                                        const struct message *message,
                                        script_verdict_fn *done, void *arg)
{
    struct script_inquiry *inquiry = MEM_NEW(struct script_inquiry);
    inquiry->script = script;
    inquiry->done = done;
    inquiry->arg = arg;
    inquiry->message = *message;
    inquiry->bytes = keep_texts(&inquiry->message);
    buf_init(&inquiry->content, INTERCEPT_CONTENT_MAX);
    buf_init(&inquiry->reason, INTERCEPT_REASON_MAX);
    buf_init(&inquiry->taken, INTERCEPT_CONTENT_MAX);
    return run(inquiry) ? inquiry : NULL;
}

void script_intercept_end(struct script_inquiry *inquiry)
{
    struct task *task = task_find(inquiry->instance, inquiry->task);
    inquiry->said.failed = true;
    tell(inquiry);
    if (task)
        task_cancel(task, ERR_TIMEOUT, "the message could not wait any longer");
}

void script_intercept_forget(struct script_inquiry *inquiry)
{
    struct task *task = task_find(inquiry->instance, inquiry->task);
    inquiry->done = NULL;
    if (task)
        task_cancel(task, ERR_CANCELLED, "nobody waits for the verdict");
}
