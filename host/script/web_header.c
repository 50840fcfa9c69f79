#include "script/web_header.h"

#include "script/convert.h"

#include <string.h>

/* RFC 9110's token */
static bool is_token(struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.at[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !(c >= '0' && c <= '9') && !strchr("!#$%&'*+-.^_`|~", c))
            return false;
    }
    return name.len > 0;
}

/* What frames a message or names its server is the host's to say. */
static bool is_own_header(struct str name)
{
    static const char *const names[] = { "Host",
                                         "Content-Length",
                                         "Transfer-Encoding",
                                         "Connection",
                                         "Keep-Alive",
                                         "Upgrade",
                                         "Expect",
                                         "TE",
                                         "Trailer" };
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (str_eq_nocase(name, str_from(names[i])))
            return true;
    return str_starts(name, STR("Proxy-")) || str_starts(name, STR("proxy-"));
}

bool web_header_is_line(struct str s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.at[i] < ' ' && s.at[i] != '\t')
            return false;
    return true;
}

bool web_header_may(struct str name)
{
    return is_token(name) && !is_own_header(name);
}

void web_header_push(lua_State *L, struct str lines)
{
    struct str line;
    lua_newtable(L);
    while (str_split(&lines, '\n', &line)) {
        char name[128];
        ptrdiff_t colon = str_index(line, ':');
        if (colon < 1 || (size_t)colon >= sizeof(name))
            continue;
        for (ptrdiff_t i = 0; i < colon; i++) {
            char c = line.at[i];
            name[i] = c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
        }
        struct str value = str_trim(str_sub(line, (size_t)colon + 1, line.len));
        lua_pushlstring(L, name, (size_t)colon);
        lua_pushvalue(L, -1);
        if (lua_rawget(L, -3) == LUA_TSTRING) {
            lua_pushliteral(L, ", ");
            push_str(L, value);
            lua_concat(L, 3);
        } else {
            lua_pop(L, 1);
            push_str(L, value);
        }
        lua_rawset(L, -3);
    }
}
