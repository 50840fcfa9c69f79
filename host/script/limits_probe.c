#include "script/limits_probe.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <lauxlib.h>
#include <lualib.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_S 5

/* The stack of a coroutine is small at first, so the deep call has to move it. */
static const char trigger[] =
    "local function deep(n) return n > 0 and 1 + deep(n - 1) or 0 end\n"
    "local object = setmetatable({}, { __concat = function(a, b)\n"
    "  deep(2000)\n"
    "  return (type(a) == 'string' and a or 'o') .. (type(b) == 'string' and b or 'o')\n"
    "end })\n"
    "for _ = 1, 20 do\n"
    "  local joined = coroutine.wrap(function()\n"
    "    local x, y, z = 'x', 'y', 'z'\n"
    "    return x .. y .. object .. z\n"
    "  end)()\n"
    "  assert(joined == 'xyoz')\n"
    "end\n";

/* In the child: nothing of the parent may be touched or flushed, nothing is left behind.
 */
static void run_trigger(void)
{
    struct rlimit none = { 0, 0 };
    setrlimit(RLIMIT_CORE, &none);
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (nowhere >= 0) {
        dup2(nowhere, STDOUT_FILENO);
        dup2(nowhere, STDERR_FILENO);
    }
    signal(SIGALRM, SIG_DFL);
    alarm(PATIENCE_S);
    lua_State *L = luaL_newstate();
    if (!L)
        _exit(1);
    luaL_openlibs(L);
    _exit(luaL_dostring(L, trigger) == LUA_OK ? 0 : 1);
}

static bool passes(void)
{
    int status = -1;
    pid_t child = fork();
    if (child < 0)
        return false;
    if (child == 0)
        run_trigger();
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return false;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool limits_lua_is_defective(void)
{
    static enum { UNKNOWN, SOUND, DEFECTIVE } known = UNKNOWN;
    if (known == UNKNOWN)
        known = passes() ? SOUND : DEFECTIVE;
    return known == DEFECTIVE;
}

void limits_tell_defect(void)
{
    static bool told = false;
    if (told || !limits_lua_is_defective())
        return;
    told = true;
    log_info(LOG_SCRIPT,
             "this Lua (%s) loses values when __concat makes its stack grow: plugins get "
             "copies of metatables, without __concat",
             LUA_RELEASE);
}
