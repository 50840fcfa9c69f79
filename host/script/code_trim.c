#include "script/code_trim.h"

#include <lua.h>
#include <string.h>

#define INSTRUCTION_BYTES 4
#define UPVALUE_BYTES 3
#define DEPTH_MAX 250 /* functions inside each other; the parser allows 200 levels */

/* As lobject.h numbers them. */
enum constant {
    CONSTANT_NIL = 0x00,
    CONSTANT_FALSE = 0x01,
    CONSTANT_TRUE = 0x11,
    CONSTANT_INTEGER = 0x03,
    CONSTANT_FLOAT = 0x13,
    CONSTANT_SHORT = 0x04,
    CONSTANT_LONG = 0x14,
};

struct trim {
    const char *at, *end;
    const char *kept; /* up to here it is in `out`, or left out */
    struct buf *out;
};

static bool skip(struct trim *trim, size_t len)
{
    if (len > (size_t)(trim->end - trim->at))
        return false;
    trim->at += len;
    return true;
}

/* Seven bits a byte, the highest first; the last one is marked. */
static bool read_number(struct trim *trim, size_t *number)
{
    *number = 0;
    while (trim->at < trim->end && *number <= SIZE_MAX >> 8) {
        unsigned char byte = (unsigned char)*trim->at++;
        *number = *number << 7 | (byte & 0x7f);
        if (byte & 0x80)
            return true;
    }
    return false;
}

static bool skip_numbers(struct trim *trim, int count)
{
    size_t number;
    while (count-- > 0)
        if (!read_number(trim, &number))
            return false;
    return true;
}

static bool skip_string(struct trim *trim)
{
    size_t size; /* with one for its end; 0: there is none */
    return read_number(trim, &size) && (size == 0 || skip(trim, size - 1));
}

static bool skip_list(struct trim *trim, size_t item_bytes)
{
    size_t count;
    return read_number(trim, &count) &&
           count <= (size_t)(trim->end - trim->at) / item_bytes &&
           skip(trim, count * item_bytes);
}

static bool skip_constant(struct trim *trim)
{
    if (trim->at == trim->end)
        return false;
    switch (*trim->at++) {
    case CONSTANT_NIL:
    case CONSTANT_FALSE:
    case CONSTANT_TRUE:
        return true;
    case CONSTANT_INTEGER:
        return skip(trim, sizeof(lua_Integer));
    case CONSTANT_FLOAT:
        return skip(trim, sizeof(lua_Number));
    case CONSTANT_SHORT:
    case CONSTANT_LONG:
        return skip_string(trim);
    default:
        return false;
    }
}

static bool skip_constants(struct trim *trim)
{
    size_t count;
    bool ok = read_number(trim, &count);
    for (; ok && count > 0; count--)
        ok = skip_constant(trim);
    return ok;
}

/* Absolute lines are pairs of numbers. */
static bool skip_lines(struct trim *trim)
{
    size_t count;
    bool ok = skip_list(trim, 1) && read_number(trim, &count);
    for (; ok && count > 0; count--)
        ok = skip_numbers(trim, 2);
    return ok;
}

/* Locals: a name, and from where to where; upvalues: a name. Instead, none of either. */
static bool leave_names_out(struct trim *trim)
{
    size_t count;
    bool ok = buf_add(trim->out, trim->kept, (size_t)(trim->at - trim->kept)) &&
              buf_add(trim->out, "\x80\x80", 2) && read_number(trim, &count);
    for (; ok && count > 0; count--)
        ok = skip_string(trim) && skip_numbers(trim, 2);
    ok = ok && read_number(trim, &count);
    for (; ok && count > 0; count--)
        ok = skip_string(trim);
    trim->kept = trim->at;
    return ok;
}

static bool trim_function(struct trim *trim, int depth)
{
    size_t count;
    bool ok = depth < DEPTH_MAX && skip_string(trim) && /* the file */
              skip_numbers(trim, 2) &&                  /* first and last line */
              skip(trim, 3) &&                          /* parameters, "...", stack */
              skip_list(trim, INSTRUCTION_BYTES) && skip_constants(trim) &&
              skip_list(trim, UPVALUE_BYTES) && read_number(trim, &count);
    for (; ok && count > 0; count--)
        ok = trim_function(trim, depth + 1);
    return ok && skip_lines(trim) && leave_names_out(trim);
}

bool code_trim(struct str bytes, struct buf *out)
{
    /* What says which Lua wrote it, in sizes and two numbers; then the upvalues. */
    static const char begin[] = LUA_SIGNATURE "\x54\x00\x19\x93\r\n\x1a\n\x04\x08\x08";
    struct trim trim = { bytes.at, bytes.at + bytes.len, bytes.at, out };
    size_t before = out->len;
    if (str_starts(bytes, str_of(begin, sizeof(begin) - 1)) &&
        skip(&trim, sizeof(begin) - 1 + sizeof(lua_Integer) + sizeof(lua_Number) + 1) &&
        trim_function(&trim, 0) && trim.at == trim.end)
        return true;
    buf_cut(out, before);
    return false;
}
