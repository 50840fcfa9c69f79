/* What was said before: host.history. */
#include "script/api.h"
#include "script/api_call.h"
#include "script/api_message.h"
#include "script/caps.h"
#include "script/convert.h"
#include "script/record.h"

#include <lauxlib.h>

#define PAGE_MAX 100
/* Of one page goes into the plugin's memory at once; the rest is asked for again. */
#define BYTES_MAX ((size_t)1 << 20)

struct page {
    struct task *task;
    const struct message *messages;
    size_t count;
    bool more;
    const struct err *why;
};

/* stack: … -> list of messages, time of the last looked at or nothing; or nil, error */
static int push_page(lua_State *L, void *arg)
{
    const struct page *page = arg;
    struct instance *instance = page->task->instance;
    if (page->why)
        return convert_push_failure(L, page->why);
    lua_createtable(L, (int)page->count, 0);
    lua_Integer index = 0;
    size_t bytes = 0, i = 0;
    for (; i < page->count && (i == 0 || bytes < BYTES_MAX); i++) {
        const struct message *message = &page->messages[i];
        enum content_kind kind = content_kind(message->object_name);
        bytes += message->content.len;
        if (!api_message_is_chat(message, kind))
            continue;
        guard_hold();
        struct str text = api_message_text(message, kind, &instance->scratch);
        guard_release();
        push_message(L, message, text, false);
        lua_rawseti(L, -2, ++index);
    }
    if (i == 0 || (i == page->count && !page->more))
        return 1;
    lua_pushinteger(L, page->messages[i - 1].sent_ms);
    return 2;
}

static void on_page(void *arg, const struct message *messages, size_t count, bool more,
                    const struct err *why)
{
    struct task *task = arg;
    struct page page = { task, messages, count, more, why };
    caps_done(task, why);
    task_wake(task, push_page, &page);
}

/* host.history(chat, newer, from, count): a page, the oldest or the newest first, and
 * from where to go on */
static int api_history(lua_State *L)
{
    struct err err = { 0 };
    struct task *task = task_check_wait(L);
    struct script_im *im = &task->instance->runtime->im;
    struct conversation chat = check_conversation(L, 1, "chat");
    guard_hold();
    bool ok = caps_gate(task, "history", chat, STR_NONE, &err);
    guard_release();
    if (!ok)
        return convert_push_failure(L, &err);
    lua_Integer count = luaL_checkinteger(L, 4);
    struct history_query query = {
        .type = chat.type,
        .target = chat.target,
        .newer = lua_toboolean(L, 2),
        .from_ms = luaL_checkinteger(L, 3),
        .count = count < PAGE_MAX ? (int)count : PAGE_MAX,
    };
    luaL_argcheck(L, query.from_ms >= 0, 3, "want a time");
    luaL_argcheck(L, count >= 1, 4, "want a number");
    void *call = NULL;
    guard_hold();
    if (api_call_online(task, &err))
        call = im->history(im->arg, &query, on_page, task, &err);
    api_call_pending(task, call);
    guard_release();
    return api_call_wait(L, task, &err);
}

static const struct record_call history_calls[] = { { "history", api_history, 0 },
                                                    { NULL, NULL, 0 } };

const struct api_group host_history = RECORD_CALLS(history_calls);
