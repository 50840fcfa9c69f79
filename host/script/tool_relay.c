/* host.relay: a port that leads to another one, where a tool decides what passes. */
#include "base/mem.h"
#include "net/relay.h"
#include "script/tool_host.h"

#include <lauxlib.h>
#include <string.h>

#define CLASS "moondock.Relay"

enum kind { OPENED, BYTES, ENDED };

static const char *const kinds[] = { "opened", "bytes", "ended" };
static const char *const sides[] = { "client", "server", NULL };

/* Something that happened, until relay:next gives it. */
struct news {
    struct news *next;
    enum kind kind;
    enum relay_side side;
    int64_t link;
    size_t len;
    char bytes[];
};

struct wire {
    struct relay *relay; /* NULL once closed */
    struct news *first, **last;
};

static void add(struct wire *wire, enum kind kind, int64_t link, enum relay_side side,
                struct str bytes)
{
    struct news *news = mem_alloc(sizeof(*news) + bytes.len);
    *news = (struct news){ .kind = kind, .side = side, .link = link, .len = bytes.len };
    if (bytes.len > 0) {
        memcpy(news->bytes, bytes.at, bytes.len);
    }
    *wire->last = news;
    wire->last = &news->next;
}

static void on_opened(void *arg, int64_t link)
{
    add(arg, OPENED, link, RELAY_CLIENT, STR_NONE);
}

static void on_bytes(void *arg, int64_t link, enum relay_side from, struct str bytes)
{
    add(arg, BYTES, link, from, bytes);
}

static void on_ended(void *arg, int64_t link, enum relay_side who)
{
    add(arg, ENDED, link, who, STR_NONE);
}

static struct wire *check_wire(lua_State *L)
{
    struct wire *wire = luaL_checkudata(L, 1, CLASS);
    luaL_argcheck(L, wire->relay, 1, "the relay is closed");
    return wire;
}

static int wire_close(lua_State *L)
{
    struct wire *wire = luaL_checkudata(L, 1, CLASS);
    relay_close(wire->relay);
    wire->relay = NULL;
    while (wire->first) {
        struct news *next = wire->first->next;
        free(wire->first);
        wire->first = next;
    }
    wire->last = &wire->first;
    return 0;
}

/* relay:port() */
static int wire_port(lua_State *L)
{
    lua_pushinteger(L, relay_port(check_wire(L)->relay));
    return 1;
}

/* relay:next() -> "opened" | "bytes" | "ended", link, "client" | "server", bytes; nil
 * when nothing has happened since. */
static int wire_next(lua_State *L)
{
    struct wire *wire = check_wire(L);
    struct news *news = wire->first;
    if (!news) {
        return 0;
    }
    lua_pushstring(L, kinds[news->kind]);
    lua_pushinteger(L, news->link);
    lua_pushstring(L, sides[news->side]);
    lua_pushlstring(L, news->bytes, news->len);
    wire->first = news->next;
    if (!wire->first) {
        wire->last = &wire->first;
    }
    free(news);
    return 4;
}

/* relay:pass(link, "client" | "server", bytes): says them to that side. */
static int wire_pass(lua_State *L)
{
    struct wire *wire = check_wire(L);
    int64_t link = luaL_checkinteger(L, 2);
    enum relay_side to = (enum relay_side)luaL_checkoption(L, 3, NULL, sides);
    lua_pushboolean(L, relay_pass(wire->relay, link, to, tool_check_str(L, 4)));
    return 1;
}

/* relay:cut(link, reset?) */
static int wire_cut(lua_State *L)
{
    struct wire *wire = check_wire(L);
    int64_t link = luaL_checkinteger(L, 2);
    lua_pushboolean(L, relay_cut(wire->relay, link, lua_toboolean(L, 3)));
    return 1;
}

/* host.relay(port) -> relay, leading to that port of 127.0.0.1 */
static int api_relay(lua_State *L)
{
    static const struct relay_events events = { on_opened, on_bytes, on_ended };
    lua_Integer port = luaL_checkinteger(L, 1);
    luaL_argcheck(L, port > 0 && port < 65536, 1, "want a port");
    struct wire *wire = lua_newuserdatauv(L, sizeof(*wire), 0);
    memset(wire, 0, sizeof(*wire));
    wire->last = &wire->first;
    luaL_setmetatable(L, CLASS);
    struct err err;
    wire->relay = relay_open(tool_of(L)->loop, (int)port, &events, wire, &err);
    return wire->relay ? 1 : tool_fail(L, &err);
}

static const luaL_Reg relay_methods[] = {
    { "port", wire_port }, { "next", wire_next },   { "pass", wire_pass },
    { "cut", wire_cut },   { "close", wire_close }, { NULL, NULL },
};

static const luaL_Reg relay_api[] = {
    { "relay", api_relay },
    { NULL, NULL },
};

void tool_open_relay(lua_State *L, struct tool *tool)
{
    tool_make_class(L, tool, CLASS, relay_methods, wire_close);
    tool_set_functions(L, tool, relay_api);
}
