/* host.digest: sha1, hex, unhex, base64, unbase64, random_id. */
#include "base/digest.h"
#include "base/random.h"
#include "script/tool_host.h"

#include <lauxlib.h>

#define TEXT_MAX ((size_t)64 << 20)
#define ID_MAX 64

/* host.digest.sha1(text): lower-case hex, what the Server API signs with. */
static int digest_sha1_verb(lua_State *L)
{
    struct str text = tool_check_str(L, 1);
    char hex[DIGEST_SHA1_HEX];
    digest_sha1_hex(&text, 1, hex);
    lua_pushstring(L, hex);
    return 1;
}

typedef bool change_fn(struct buf *out, struct str text);

static int change(lua_State *L, change_fn *fn, const char *what)
{
    struct buf out;
    struct str text = tool_check_str(L, 1);
    buf_init(&out, TEXT_MAX);
    bool fine = fn(&out, text);
    tool_push_str(L, buf_str(&out));
    buf_clear(&out);
    return fine ? 1 : tool_fail_with(L, ERR_PROTO, what);
}

static int digest_hex_verb(lua_State *L)
{
    return change(L, digest_hex, "too long");
}

static int digest_unhex_verb(lua_State *L)
{
    return change(L, digest_unhex, "not hex");
}

static int digest_base64_verb(lua_State *L)
{
    return change(L, digest_base64, "too long");
}

static int digest_unbase64_verb(lua_State *L)
{
    return change(L, digest_unbase64, "not base64");
}

/* host.digest.random_id(length): lower-case letters and digits. */
static int digest_random_id(lua_State *L)
{
    lua_Integer len = luaL_checkinteger(L, 1);
    luaL_argcheck(L, len > 0 && len <= ID_MAX, 1, "want 1 to 64");
    char id[ID_MAX + 1];
    random_id(id, (size_t)len);
    lua_pushstring(L, id);
    return 1;
}

static const luaL_Reg digest_api[] = {
    { "sha1", digest_sha1_verb },
    { "hex", digest_hex_verb },
    { "unhex", digest_unhex_verb },
    { "base64", digest_base64_verb },
    { "unbase64", digest_unbase64_verb },
    { "random_id", digest_random_id },
    { NULL, NULL },
};

void tool_open_digest(lua_State *L, struct tool *tool)
{
    lua_newtable(L);
    tool_set_functions(L, tool, digest_api);
    lua_setfield(L, -2, "digest");
}
