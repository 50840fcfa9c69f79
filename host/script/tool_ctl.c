/* host.ask: one question to a control socket, as `moondock ctl` asks it. */
#include "base/mem.h"
#include "net/lines.h"
#include "script/tool_host.h"

#include <lauxlib.h>
#include <string.h>

#define CLASS "moondock.Question"
#define ASK_MAX ((size_t)1 << 20)

/* A userdata, so that an interrupted wait leaves nothing behind. */
struct question {
    struct lines *lines; /* NULL once closed */
    struct buf answer;
    bool answered, failed;
    struct err err;
};

static void on_line(void *arg, struct str line)
{
    struct question *question = arg;
    if (!question->answered) {
        question->answered = true;
        buf_add_str(&question->answer, line);
    }
}

static void on_closed(void *arg, const struct err *why)
{
    struct question *question = arg;
    question->failed = true;
    question->err = *why;
}

static bool is_over(void *arg)
{
    const struct question *question = arg;
    return question->answered || question->failed;
}

static int question_close(lua_State *L)
{
    struct question *question = luaL_checkudata(L, 1, CLASS);
    if (question->lines) {
        lines_close(question->lines);
    }
    question->lines = NULL;
    buf_clear(&question->answer);
    return 0;
}

/* host.ask(path, { ["do"] = "status" }, timeout?) -> the answer, a table */
static int api_ask(lua_State *L)
{
    static const struct lines_events events = { on_line, on_closed };
    const char *path = luaL_checkstring(L, 1);
    int64_t deadline = tool_deadline(L, 3, 10);
    struct json *body = tool_check_json(L, 2);
    struct buf text;
    buf_init(&text, ASK_MAX);
    json_write(body, &text);
    json_free(body);
    tool_push_str(L, buf_str(&text));
    buf_clear(&text);
    struct question *question = lua_newuserdatauv(L, sizeof(*question), 0);
    memset(question, 0, sizeof(*question));
    buf_init(&question->answer, ASK_MAX);
    luaL_setmetatable(L, CLASS);
    question->lines =
        lines_connect(tool_of(L)->loop, path, &events, question, &question->err);
    if (!question->lines) {
        return tool_fail(L, &question->err);
    }
    lines_send(question->lines, tool_check_str(L, -2));
    if (!tool_wait(L, tool_of(L), is_over, question, deadline)) {
        return tool_fail_with(L, ERR_TIMEOUT, "no answer in time");
    }
    if (!question->answered) {
        return tool_fail(L, &question->err);
    }
    lines_close(question->lines);
    question->lines = NULL;
    struct json *answer = json_parse(buf_str(&question->answer), &question->err);
    if (!answer) {
        return tool_fail(L, &question->err);
    }
    tool_push_json(L, answer);
    json_free(answer);
    return 1;
}

static const luaL_Reg question_methods[] = { { NULL, NULL } };

static const luaL_Reg ctl_api[] = {
    { "ask", api_ask },
    { NULL, NULL },
};

void tool_open_ctl(lua_State *L, struct tool *tool)
{
    tool_make_class(L, tool, CLASS, question_methods, question_close);
    tool_set_functions(L, tool, ctl_api);
}
