#include "script/trace.h"

#include "script/convert.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#define MESSAGE_MAX 2000
#define FRAMES_MAX 12

/* What an author does about it. The first that fits. */
static const struct {
    const char *part, *hint;
} hints[] = {
    { "CPU budget exceeded",
      "do less per event, or wait in between: each wait begins a new budget" },
    { "memory limit exceeded", "keep large things in bot.store, not in tables" },
    { "cannot wait here",
      "sort, gsub, metamethods, `where` and what closes a cancelled task cannot: wait "
      "before or after" },
    { "only inside a handler", "put it in bot.on, bot.command or bot.after" },
    { "nil value (field 'group')",
      "msg.group is nil outside of groups: scope = \"group\", or look first" },
    { "nil value (field 'text')", "msg.text is nil for images and the like: look first" },
    { "attempt to call a nil value (method",
      "there is no such method: is the name right, and the thing what you think?" },
    { "attempt to call a nil value (field",
      "there is no such function: is the name right?" },
    { "tasks wait", "something waits in each event and never ends: give it a timeout" },
};

struct text {
    char *at;
    size_t len;
};

__attribute__((format(printf, 2, 3))) static void add(struct text *text,
                                                      const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text->at + text->len, TRACE_MAX - text->len, format, args);
    va_end(args);
    if (len > 0)
        text->len +=
            (size_t)len < TRACE_MAX - text->len ? (size_t)len : TRACE_MAX - text->len - 1;
}

static void add_hint(struct text *text)
{
    for (size_t i = 0; i < sizeof(hints) / sizeof(*hints); i++) {
        if (!strstr(text->at, hints[i].part))
            continue;
        add(text, " (%s)", hints[i].hint);
        return;
    }
}

/* Whether it is Lua, and not the library's. */
static bool is_own(lua_State *L, lua_Debug *frame)
{
    lua_getinfo(L, "Slnt", frame);
    return frame->currentline > 0 && strncmp(frame->short_src, "moondock/", 9) != 0;
}

static bool find_own(lua_State *L, int level, lua_Debug *frame)
{
    for (; lua_getstack(L, level, frame); level++)
        if (is_own(L, frame))
            return true;
    return false;
}

static void add_frame(struct text *text, const lua_Debug *frame)
{
    add(text, "\n\t%s:%d: in ", frame->short_src, frame->currentline);
    if (frame->name && *frame->namewhat)
        add(text, "%s '%s'", frame->namewhat, frame->name);
    else if (*frame->what == 'm')
        add(text, "main chunk");
    else
        add(text, "function <%s:%d>", frame->short_src, frame->linedefined);
}

static void add_frames(struct text *text, lua_State *L, int level)
{
    lua_Debug frame;
    int count = 0;
    for (; lua_getstack(L, level, &frame); level++) {
        if (!is_own(L, &frame))
            continue;
        if (count == 0)
            add(text, "\nstack traceback:");
        if (++count > FRAMES_MAX) {
            add(text, "\n\t...");
            return;
        }
        add_frame(text, &frame);
    }
}

/* The length of "p/init.lua:2: " at the beginning; 0: there is none. */
static size_t place_of(struct str message)
{
    size_t at = 0;
    while (at < message.len && message.at[at] != ':' && message.at[at] != '\n')
        at++;
    size_t end = at + 1;
    while (end < message.len && message.at[end] >= '0' && message.at[end] <= '9')
        end++;
    bool is_place =
        end > at + 1 && str_starts(str_sub(message, end, message.len), STR(": "));
    return is_place ? end + 2 : 0;
}

void trace_error(lua_State *T, char out[TRACE_MAX])
{
    struct text text = { out, 0 };
    lua_Debug frame;
    struct str message = str_cut_utf8(convert_error_text(T, -1), MESSAGE_MAX);
    size_t place = place_of(message);
    out[0] = '\0';
    /* A place in the library tells the author nothing: where they called it does. */
    if (place == 0 || str_starts(message, STR("moondock/"))) {
        if (find_own(T, 0, &frame)) {
            add(&text, "%s:%d: ", frame.short_src, frame.currentline);
            message = str_sub(message, place, message.len);
        }
    }
    add(&text, "%.*s", STR_ARG(message));
    add_hint(&text);
    add_frames(&text, T, 0);
}

void trace_here(lua_State *L, int level, struct str message, char out[TRACE_MAX])
{
    struct text text = { out, 0 };
    out[0] = '\0';
    add(&text, "%.*s", STR_ARG(str_cut_utf8(message, MESSAGE_MAX)));
    add_frames(&text, L, level);
}
