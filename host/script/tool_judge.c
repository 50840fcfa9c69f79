#include "script/tool_judge.h"

#include "base/clock.h"
#include "script/tool_host.h"

#include <lauxlib.h>

#define CONTENT_MAX ((size_t)1 << 20)

void tool_judge_read(lua_State *L, int index, struct message *message,
                     struct buf *content)
{
    static const char *const types[] = { "private", "group", "chatroom", "system", NULL };
    static const enum conversation_type numbers[] = { CONVERSATION_PRIVATE,
                                                      CONVERSATION_GROUP,
                                                      CONVERSATION_CHATROOM,
                                                      CONVERSATION_SYSTEM };
    luaL_checktype(L, index, LUA_TTABLE);
    lua_getfield(L, index, "type");
    int type = luaL_checkoption(L, -1, "group", types);
    *message = (struct message){
        .type = numbers[type],
        .target = tool_field_str(L, index, "target"),
        .sender = tool_field_str(L, index, "sender"),
        .object_name = tool_field_str(L, index, "object_name"),
        .uid = tool_field_str(L, index, "uid"),
        .sent_ms =
            (int64_t)tool_field_number(L, index, "sent_ms", (double)clock_wall_ms()),
        .received_ms = clock_wall_ms(),
        .own = tool_field_bool(L, index, "own", false),
        .offline = tool_field_bool(L, index, "offline", false),
        .redelivered = tool_field_bool(L, index, "redelivered", false),
        .row = (int64_t)tool_field_number(L, index, "row", 0),
    };
    if (!message->object_name.at)
        message->object_name = STR("RC:TxtMsg");
    lua_getfield(L, index, "content");
    struct json *json = tool_check_json(L, -1);
    buf_init(content, CONTENT_MAX);
    json_write(json, content);
    json_free(json);
    message->content = buf_str(content);
}

/* A script_verdict_fn */
static void on_verdict(void *arg, const struct script_verdict *verdict)
{
    struct tool_judge *judge = arg;
    struct json *out = json_object();
    judge->inquiry = NULL;
    judge->verdict = out;
    json_add_int(out, "asked", (int64_t)verdict->asked);
    json_add_bool(out, "denied", verdict->denied);
    json_add_bool(out, "failed", verdict->failed);
    if (verdict->reason.len > 0)
        json_add_str(out, "reason", verdict->reason);
    struct json *content =
        verdict->content.at ? json_parse(verdict->content, NULL) : NULL;
    if (content)
        json_add(out, "content", content);
}

void tool_judge_ask(struct tool_judge *judge, struct script *script,
                    const struct message *message)
{
    tool_judge_clear(judge);
    struct script_inquiry *inquiry = script_intercept(script, message, on_verdict, judge);
    if (inquiry) /* else it was answered already */
        judge->inquiry = inquiry;
}

void tool_judge_push(lua_State *L, struct tool_judge *judge, bool late)
{
    if (late && judge->inquiry)
        script_intercept_end(judge->inquiry);
    if (judge->verdict)
        tool_push_json(L, judge->verdict);
    else
        lua_pushnil(L);
    json_free(judge->verdict);
    judge->verdict = NULL;
}

void tool_judge_clear(struct tool_judge *judge)
{
    if (judge->inquiry)
        script_intercept_forget(judge->inquiry);
    judge->inquiry = NULL;
    json_free(judge->verdict);
    judge->verdict = NULL;
}
