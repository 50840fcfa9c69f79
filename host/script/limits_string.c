#include "script/limits_string.h"

#include "script/convert.h"
#include "script/limits_match.h"
#include "script/limits_stock.h"
#include "script/limits_text.h"

#include <lauxlib.h>
#include <lualib.h>
#include <string.h>

#define REP_MAX ((lua_Integer)1 << 20)
#define GSUB_MAX ((size_t)8 << 20)

static int raise_fault(lua_State *L, const struct match *match)
{
    return raise_error(L, match->fault, match->number);
}

/* --- captures --- */

/* Capture `i` (from 0) of a match; without captures, the first is the match itself. */
static void push_capture(lua_State *L, const struct match *match, int i,
                         const char *start, const char *end)
{
    const struct match_capture *capture = &match->captures[i];
    if (i >= match->level) {
        if (i != 0)
            raise_error(L, "invalid capture index %%%d", i + 1);
        lua_pushlstring(L, start, (size_t)(end - start));
    } else if (capture->len == MATCH_POSITION) {
        lua_pushinteger(L, capture->at - match->text.at + 1);
    } else if (capture->len == MATCH_OPEN) {
        raise_error(L, "unfinished capture");
    } else {
        lua_pushlstring(L, capture->at, (size_t)capture->len);
    }
}

/* All captures, or the whole match; gives how many values. */
static int push_captures(lua_State *L, const struct match *match, const char *start,
                         const char *end)
{
    int count = match->level > 0 ? match->level : 1;
    luaL_checkstack(L, count, "too many captures");
    for (int i = 0; i < count; i++)
        push_capture(L, match, i, start, end);
    return count;
}

/* --- find, match --- */

/* The argument as an offset from the start; may lie behind the end. */
static size_t check_init(lua_State *L, int index, size_t len)
{
    lua_Integer at = luaL_optinteger(L, index, 1);
    if (at > 0)
        return (size_t)at - 1;
    if (at == 0 || at < -(lua_Integer)len)
        return 0;
    return len - (size_t)-at;
}

/* A few places by hand, which is quicker to begin with; then memmem, which is linear. */
static const char *find_text(struct str text, struct str part)
{
    const char *at = text.at, *end = text.at + text.len;
    for (int tries = 0; tries < 8 && part.len > 0; tries++) {
        if ((size_t)(end - at) < part.len)
            return NULL;
        at = memchr(at, part.at[0], (size_t)(end - at) - part.len + 1);
        if (!at || memcmp(at, part.at, part.len) == 0)
            return at;
        at++;
    }
    return memmem(at, (size_t)(end - at), part.at, part.len);
}

static int find_plain(lua_State *L, struct str text, struct str part, size_t from)
{
    const char *at = find_text(str_of(text.at + from, text.len - from), part);
    if (!at) {
        luaL_pushfail(L);
        return 1;
    }
    lua_pushinteger(L, at - text.at + 1);
    lua_pushinteger(L, at - text.at + (lua_Integer)part.len);
    return 2;
}

static int search(lua_State *L, bool positions)
{
    struct str text = check_str(L, 1), pattern = check_str(L, 2);
    size_t from = check_init(L, 3, text.len);
    struct match match;
    const char *start;
    if (from > text.len) {
        luaL_pushfail(L);
        return 1;
    }
    if (positions && (lua_toboolean(L, 4) || match_is_plain(pattern)))
        return find_plain(L, text, pattern, from);
    match_start(&match, text, pattern, false);
    const char *end = match_find(&match, text.at + from, NULL, &start);
    if (match.fault)
        return raise_fault(L, &match);
    if (!end) {
        luaL_pushfail(L);
        return 1;
    }
    if (!positions)
        return push_captures(L, &match, start, end);
    lua_pushinteger(L, start - text.at + 1);
    lua_pushinteger(L, end - text.at);
    return 2 + (match.level > 0 ? push_captures(L, &match, start, end) : 0);
}

static int api_find(lua_State *L)
{
    return search(L, true);
}

static int api_match(lua_State *L)
{
    return search(L, false);
}

/* --- gmatch --- */

/* Offsets, so that nothing points into a text; changed only when a match was found, so
 * that an iterator that raised can be asked again. */
struct walk {
    size_t at;
    ptrdiff_t last; /* where the last match ended, -1: there was none */
};

/* Upvalues: the text, the pattern, the walk. */
static int next_match(lua_State *L)
{
    struct str text, pattern;
    text.at = lua_tolstring(L, lua_upvalueindex(1), &text.len);
    pattern.at = lua_tolstring(L, lua_upvalueindex(2), &pattern.len);
    struct walk *walk = lua_touserdata(L, lua_upvalueindex(3));
    struct match match;
    const char *start;
    if (walk->at > text.len)
        return 0;
    match_start(&match, text, pattern, true);
    const char *last = walk->last >= 0 ? text.at + walk->last : NULL;
    const char *end = match_find(&match, text.at + walk->at, last, &start);
    if (match.fault)
        return raise_fault(L, &match);
    if (!end)
        return 0;
    walk->at = (size_t)(end - text.at);
    walk->last = end - text.at;
    return push_captures(L, &match, start, end);
}

static int api_gmatch(lua_State *L)
{
    struct str text = check_str(L, 1);
    check_str(L, 2);
    size_t from = check_init(L, 3, text.len);
    lua_settop(L, 2);
    struct walk *walk = lua_newuserdatauv(L, sizeof(*walk), 0);
    walk->at = from > text.len ? text.len + 1 : from;
    walk->last = -1;
    lua_pushcclosure(L, next_match, 3);
    return 1;
}

/* --- gsub --- */

struct gsub {
    lua_State *L;
    struct match match;
    luaL_Buffer out;
    int type;        /* of the replacement, which is argument 3 */
    struct str with; /* when it is a text ... */
    bool literal;    /* ... without '%' */
};

static void check_size(struct gsub *gsub, size_t more)
{
    if (luaL_bufflen(&gsub->out) + more > GSUB_MAX)
        raise_error(gsub->L, "string.gsub: the result is larger than 8 MiB");
}

static void add(struct gsub *gsub, const char *at, size_t len)
{
    check_size(gsub, len);
    luaL_addlstring(&gsub->out, at, len);
}

static void add_top(struct gsub *gsub)
{
    check_size(gsub, lua_rawlen(gsub->L, -1));
    luaL_addvalue(&gsub->out);
}

static void add_filled(struct gsub *gsub, const char *start, const char *end)
{
    struct str rest = gsub->with;
    const char *mark;
    while (rest.len > 0 && (mark = memchr(rest.at, '%', rest.len))) {
        size_t before = (size_t)(mark - rest.at);
        char c = before + 1 < rest.len ? mark[1] : '\0';
        add(gsub, rest.at, before);
        rest = str_sub(rest, before + 2, rest.len);
        if (c == '%') {
            add(gsub, "%", 1);
        } else if (c == '0') {
            add(gsub, start, (size_t)(end - start));
        } else if (c >= '1' && c <= '9') {
            push_capture(gsub->L, &gsub->match, c - '1', start, end);
            lua_tolstring(gsub->L, -1, NULL); /* a position becomes a text */
            add_top(gsub);
        } else {
            raise_error(gsub->L, "invalid use of '%%' in replacement string");
        }
    }
    add(gsub, rest.at, rest.len);
}

/* False when the match stays as it is. */
static bool add_replacement(struct gsub *gsub, const char *start, const char *end)
{
    lua_State *L = gsub->L;
    if (gsub->literal) {
        add(gsub, gsub->with.at, gsub->with.len);
        return true;
    }
    if (gsub->type == LUA_TFUNCTION) {
        lua_pushvalue(L, 3);
        lua_call(L, push_captures(L, &gsub->match, start, end), 1);
    } else if (gsub->type == LUA_TTABLE) {
        push_capture(L, &gsub->match, 0, start, end);
        lua_gettable(L, 3);
    } else {
        add_filled(gsub, start, end);
        return true;
    }
    if (!lua_toboolean(L, -1)) {
        lua_pop(L, 1);
        add(gsub, start, (size_t)(end - start));
        return false;
    }
    if (!lua_isstring(L, -1))
        return raise_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
    lua_tolstring(L, -1, NULL);
    add_top(gsub);
    return true;
}

static int api_gsub(lua_State *L)
{
    struct gsub gsub = { .L = L, .type = lua_type(L, 3) };
    struct str text = check_str(L, 1), pattern = check_str(L, 2);
    lua_Integer most = luaL_optinteger(L, 4, (lua_Integer)text.len + 1), count = 0;
    bool is_text = gsub.type == LUA_TSTRING || gsub.type == LUA_TNUMBER, changed = false;
    luaL_argexpected(L, is_text || gsub.type == LUA_TTABLE || gsub.type == LUA_TFUNCTION,
                     3, "string/function/table");
    if (is_text) {
        gsub.with = check_str(L, 3);
        gsub.literal = memchr(gsub.with.at, '%', gsub.with.len) == NULL;
    }
    match_start(&gsub.match, text, pattern, false);
    luaL_buffinit(L, &gsub.out);
    const char *at = text.at, *last = NULL, *start;
    while (count < most) {
        const char *end = match_find(&gsub.match, at, last, &start);
        if (gsub.match.fault)
            return raise_fault(L, &gsub.match);
        if (!end)
            break;
        count++;
        add(&gsub, at, (size_t)(start - at));
        changed = add_replacement(&gsub, start, end) || changed;
        at = last = end;
        if (gsub.match.anchored)
            break;
    }
    if (changed) {
        add(&gsub, at, (size_t)(text.at + text.len - at));
        luaL_pushresult(&gsub.out);
    } else {
        lua_pushvalue(L, 1);
    }
    lua_pushinteger(L, count);
    return 2;
}

/* --- rep --- */

static int api_rep(lua_State *L)
{
    struct str s = check_str(L, 1), between = { "", 0 };
    lua_Integer count = luaL_checkinteger(L, 2);
    if (!lua_isnoneornil(L, 3))
        between = check_str(L, 3);
    if (count <= 0 || s.len + between.len == 0) {
        lua_pushliteral(L, "");
        return 1;
    }
    if (count > REP_MAX || (lua_Integer)(s.len + between.len) > REP_MAX / count)
        return raise_error(L, "string.rep: the result is larger than 1 MiB");
    luaL_Buffer out;
    size_t total = (s.len + between.len) * (size_t)count - between.len;
    char *at = luaL_buffinitsize(L, &out, total + between.len);
    memcpy(at, s.at, s.len);
    memcpy(at + s.len, between.at, between.len);
    for (size_t have = s.len + between.len; have < total; have *= 2)
        memcpy(at + have, at, have < total - have ? have : total - have);
    luaL_pushresultsize(&out, total);
    return 1;
}

static luaL_Reg string_stock[] = {
    { "byte", NULL },  { "char", NULL },    { "len", NULL }, { "lower", NULL },
    { "pack", NULL },  { "reverse", NULL }, { "sub", NULL }, { "unpack", NULL },
    { "upper", NULL }, { NULL, NULL },
};
static luaL_Reg format_stock[] = { { "format", NULL }, { NULL, NULL } };

/* Arithmetic on texts that are numbers. */
static luaL_Reg meta_stock[] = {
    { "__add", NULL },  { "__sub", NULL }, { "__mul", NULL },
    { "__mod", NULL },  { "__pow", NULL }, { "__div", NULL },
    { "__idiv", NULL }, { "__unm", NULL }, { NULL, NULL },
};

static int open_meta(lua_State *L)
{
    luaopen_string(L);
    lua_pushliteral(L, "");
    lua_getmetatable(L, -1);
    return 1;
}

static const luaL_Reg string_api[] = {
    { "find", api_find },   { "gmatch", api_gmatch }, { "gsub", api_gsub },
    { "match", api_match }, { "rep", api_rep },       { NULL, NULL },
};

void limits_push_string(lua_State *L)
{
    limits_stock_find(string_stock, luaopen_string);
    limits_stock_find(format_stock, luaopen_string);
    limits_stock_find(meta_stock, open_meta);
    lua_createtable(L, 0, 16);
    luaL_setfuncs(L, string_stock, 0);
    luaL_setfuncs(L, string_api, 0);
    lua_pushcfunction(L, format_stock->func);
    limits_push_format(L);
    lua_setfield(L, -2, "format");
    lua_pushliteral(L, "");
    lua_createtable(L, 0, 16); /* ours, "", meta */
    luaL_setfuncs(L, meta_stock, 0);
    lua_pushvalue(L, -3);
    lua_setfield(L, -2, "__index");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    lua_pop(L, 1);
}
