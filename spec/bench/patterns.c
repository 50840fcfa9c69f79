/* Our string functions against the stock ones: CPU time on ordinary work, as a ratio.
 * Interleaved rounds, the median of each. */
#include "script/limits_string.h"
#include "script/limits_text.h"

#include <lauxlib.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { ROUNDS = 15 };

/* Each runs with `s`, a string library, and gets it as its argument. */
static const struct {
    const char *name, *code;
} works[] = {
    { "command words", "for i = 1, 4000 do s.match('/ban alice 10m spam', "
                       "'^[/!](%w+)%s+(%S+)%s*(.*)$') end" },
    { "hear",
      "for i = 1, 8000 do s.find('good morning everybody', '^good%s+(%a+)') end" },
    { "hear, other text",
      "for i = 1, 8000 do s.find('who wants some coffee?', 'good%s+(%a+)') end" },
    { "trim", "for i = 1, 4000 do s.match('   some text here   ', '^%s*(.-)%s*$') end" },
    { "words", "local t = ('one two three four '):rep(50)\n"
               "for i = 1, 40 do for w in s.gmatch(t, '%a+') do end end" },
    { "fields", "local t = ('key=value; '):rep(50)\n"
                "for i = 1, 40 do for k, v in s.gmatch(t, '(%w+)=(%w+)') do end end" },
    { "escape", "local t = ('a < b & c > d '):rep(30) local e = { ['<'] = '&lt;',\n"
                "['>'] = '&gt;', ['&'] = '&amp;' }\n"
                "for i = 1, 60 do s.gsub(t, '[<>&]', e) end" },
    { "fill", "local p = { name = 'alice', n = 3 }\n"
              "for i = 1, 3000 do s.gsub('hello {name}, {n} new', '{(%w+)}', p) end" },
    { "squeeze", "local t = ('a  b   c '):rep(100)\n"
                 "for i = 1, 60 do s.gsub(t, '%s+', ' ') end" },
    { "link", "for i = 1, 3000 do s.match('see https://example.com/a/b?c=d now',\n"
              "'https?://([^/%s]+)([^%s?]*)') end" },
    { "plain", "for i = 1, 9000 do s.find('the quick brown fox jumps', 'jump') end" },
    { "balanced", "for i = 1, 4000 do s.find('f(a(b)c)(d) and so on', '%b()') end" },
    { "backtracking", "for i = 1, 300 do s.find(('a'):rep(60), 'a*a*b') end" },
    { "format", "for i = 1, 5000 do s.format('%s has %d of %5.1f', 'x', 3, 2.5) end" },
};
enum { WORKS = sizeof(works) / sizeof(*works) };

static int64_t cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* The library is the global `which`. */
static int64_t run_once(lua_State *L, int function, const char *which)
{
    lua_pushvalue(L, function);
    lua_getglobal(L, which);
    int64_t before = cpu_ns();
    if (lua_pcall(L, 1, 0, 0) != LUA_OK) {
        fprintf(stderr, "%s\n", lua_tostring(L, -1));
        exit(1);
    }
    return cpu_ns() - before;
}

int main(void)
{
    lua_State *L = luaL_newstate();
    luaL_openlibs(L);
    limits_push_string(L);
    lua_setglobal(L, "ours");
    for (size_t i = 0; i < WORKS; i++) {
        int64_t stock[ROUNDS], ours[ROUNDS];
        char code[512];
        snprintf(code, sizeof(code), "local s = ...\n%s", works[i].code);
        if (luaL_loadstring(L, code) != LUA_OK)
            return 1;
        for (int round = 0; round < ROUNDS; round++) {
            stock[round] = run_once(L, 1, "string");
            ours[round] = run_once(L, 1, "ours");
        }
        lua_settop(L, 0);
        qsort(stock, ROUNDS, sizeof(*stock), by_size);
        qsort(ours, ROUNDS, sizeof(*ours), by_size);
        printf("%-18s stock %6lld us   ours %6lld us   x%.2f\n", works[i].name,
               (long long)stock[ROUNDS / 2] / 1000, (long long)ours[ROUNDS / 2] / 1000,
               (double)ours[ROUNDS / 2] / (double)stock[ROUNDS / 2]);
    }
    lua_close(L);
    return 0;
}
