/* Files and the terminal: temp_folder, remove_folder, make_folder, real_path, executable,
 * library, is_terminal. */
#include "base/mem.h"
#include "script/tool_host.h"

#include <errno.h>
#include <ftw.h>
#include <lauxlib.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER_PREFIX "moondock-"

/* host.temp_folder(): a new private folder; whoever asked removes it. */
static int api_temp_folder(lua_State *L)
{
    const char *base = getenv("TMPDIR");
    char path[PATH_MAX];
    int len = snprintf(path, sizeof(path), "%s/" FOLDER_PREFIX "XXXXXX",
                       base && *base ? base : "/tmp");
    if (len < 0 || (size_t)len >= sizeof(path) || !mkdtemp(path))
        return tool_fail_with(L, ERR_STORAGE, strerror(errno));
    lua_pushstring(L, path);
    return 1;
}

static int remove_one(const char *path, const struct stat *about, int kind,
                      struct FTW *at)
{
    (void)about, (void)kind, (void)at;
    return remove(path);
}

/* host.remove_folder(path): with all it holds. Only folders that temp_folder made, so
 * that a wrong variable in a spec costs nothing. */
static int api_remove_folder(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1);
    const char *name = strrchr(path, '/');
    luaL_argcheck(L, name && strncmp(name + 1, FOLDER_PREFIX, strlen(FOLDER_PREFIX)) == 0,
                  1, "not made by temp_folder");
    if (nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0)
        return tool_fail_with(L, ERR_STORAGE, strerror(errno));
    lua_pushboolean(L, true);
    return 1;
}

/* host.make_folder(path): missing parents too. */
static int api_make_folder(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1);
    char part[PATH_MAX];
    size_t len = strlen(path);
    luaL_argcheck(L, len > 0 && len < sizeof(part), 1, "too long");
    for (size_t i = 1; i <= len; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        if (mkdir(part, 0777) != 0 && errno != EEXIST)
            return tool_fail_with(L, ERR_STORAGE, strerror(errno));
    }
    lua_pushboolean(L, true);
    return 1;
}

/* host.real_path(path): absolute and without links; nil when there is no such thing. */
static int api_real_path(lua_State *L)
{
    char path[PATH_MAX];
    if (!realpath(luaL_checkstring(L, 1), path))
        return tool_fail_with(L, ERR_NOT_FOUND, strerror(errno));
    lua_pushstring(L, path);
    return 1;
}

/* host.is_terminal(): whether somebody sits at standard input and output. */
static int api_is_terminal(lua_State *L)
{
    lua_pushboolean(L, isatty(0) && isatty(1));
    return 1;
}

static const luaL_Reg files_api[] = {
    { "temp_folder", api_temp_folder }, { "remove_folder", api_remove_folder },
    { "make_folder", api_make_folder }, { "real_path", api_real_path },
    { "is_terminal", api_is_terminal }, { NULL, NULL },
};

void tool_open_files(lua_State *L, struct tool *tool)
{
    char path[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", path, sizeof(path));
    tool_set_functions(L, tool, files_api);
    lua_pushlstring(L, path, len > 0 ? (size_t)len : 0);
    lua_setfield(L, -2, "executable");
    tool_push_str(L, tool->library);
    lua_setfield(L, -2, "library");
#ifdef MOONDOCK_TESTING
    lua_pushboolean(L, true);
#else
    lua_pushboolean(L, false);
#endif
    lua_setfield(L, -2, "testing");
}
