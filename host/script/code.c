#include "script/code.h"

#include "base/digest.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/must.h"
#include "script/code_trim.h"
#include "script/limits_guard.h"

#include <lauxlib.h>
#include <string.h>

#define CODE_MAX ((size_t)1 << 20)

struct code {
    int references;
    char hash[DIGEST_SHA256_HEX];
    char *chunk; /* "@hello/init.lua" */
    char *text;
    size_t len;
    struct buf bytes; /* of lua_dump */
    bool compiled;    /* they are complete */
    bool nameless;    /* without names of locals: code_trim.h */
};

static struct map codes; /* by hash */

struct code *code_of(struct str chunk, struct str text)
{
    const struct str parts[] = { chunk, STR("\n"), text };
    char hash[DIGEST_SHA256_HEX];
    digest_sha256_hex(parts, 3, hash);
    struct code *code = map_get(&codes, str_from(hash));
    if (code)
        return code_ref(code);
    code = MEM_NEW(struct code);
    code->references = 1;
    memcpy(code->hash, hash, sizeof(hash));
    code->chunk = mem_alloc(chunk.len + 2);
    code->chunk[0] = '@';
    memcpy(code->chunk + 1, chunk.at, chunk.len);
    code->chunk[chunk.len + 1] = '\0';
    code->text = str_dup(text);
    code->len = text.len;
    buf_init(&code->bytes, CODE_MAX);
    map_set(&codes, str_from(hash), code);
    return code;
}

struct code *code_of_library(struct str chunk, struct str text)
{
    struct code *code = code_of(chunk, text);
    code->nameless = true;
    return code;
}

struct code *code_ref(struct code *code)
{
    code->references++;
    return code;
}

void code_release(struct code *code)
{
    if (!code || --code->references > 0)
        return;
    must(map_del(&codes, str_from(code->hash)) == code);
    if (codes.len == 0)
        map_clear(&codes);
    buf_clear(&code->bytes);
    free(code->text);
    free(code->chunk);
    free(code);
}

struct str code_text(const struct code *code)
{
    return str_of(code->text, code->len);
}

static int write_bytes(lua_State *L, const void *at, size_t len, void *arg)
{
    (void)L;
    guard_hold();
    bool ok = buf_add(arg, at, len);
    guard_release();
    return ok ? 0 : 1;
}

static void trim_bytes(struct code *code)
{
    struct buf trimmed;
    guard_hold();
    buf_init(&trimmed, CODE_MAX);
    if (code_trim(buf_str(&code->bytes), &trimmed)) {
        buf_reset(&code->bytes);
        must(buf_add_str(&code->bytes, buf_str(&trimmed)));
    }
    buf_clear(&trimmed);
    guard_release();
}

/* A stop may come in between; what there is then is made again. */
static void keep_bytes(lua_State *L, struct code *code)
{
    buf_reset(&code->bytes);
    code->compiled = lua_dump(L, write_bytes, &code->bytes, 0) == 0;
    if (code->compiled && code->nameless)
        trim_bytes(code);
}

int code_load(lua_State *L, struct code *code)
{
    if (code->compiled)
        return luaL_loadbufferx(L, code->bytes.at, code->bytes.len, code->chunk, "b");
    int status = luaL_loadbufferx(L, code->text, code->len, code->chunk, "t");
    if (status != LUA_OK)
        return status;
    keep_bytes(L, code);
    if (!code->compiled || !code->nameless)
        return LUA_OK;
    lua_pop(L, 1); /* the first one has no names either */
    return code_load(L, code);
}

size_t code_count(void)
{
    return codes.len;
}
