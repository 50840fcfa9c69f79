/*
 * pack: a plain Lua value as bytes, and back in another state. Plain is what holds no
 * code: nil, booleans, numbers, texts, and tables of them without a metatable. A table
 * that occurs twice, or inside itself, is one table afterwards too.
 *
 *   P 1 VALUE      nil F T, Z varint (integer, zigzag), D 8 bytes (float), S len bytes,
 *                  A count VALUE... (KEY VALUE)... N (table), R varint (table so far)
 *
 * pack_results also takes what the host itself hands to plugins: messages, users, events,
 * errors and the like (P 2 count VALUE…, M len bytes a message, O type a table of ours).
 *
 * Layer: script.  Thread: any, one at a time.
 */
#ifndef SCRIPT_PACK_H
#define SCRIPT_PACK_H

#include "base/buf.h"
#include "base/err.h"

#define PACK_MAX ((size_t)1 << 20)
#define PACK_DEPTH 64 /* tables inside each other */

struct lua_State;

/* Appends the value at `index`. ERR_ARGUMENT names what is not plain, from `name` on:
 * "state.users[3].fn is a function"; ERR_LIMIT: too deep, or more than `out` or PACK_MAX
 * holds; then `out` is as it was. Raises nothing and runs nothing of the state: stand
 * between guard_hold and guard_release. */
bool pack_write(struct lua_State *L, int index, const char *name, struct buf *out,
                struct err *err);

/* Leaves the value on the stack; on ERR_PROTO, for bytes that pack_write never made,
 * leaves nothing. May raise for lack of memory: call it protected. */
bool pack_read(struct lua_State *L, struct str bytes, struct err *err);

/* Appends the `count` values on top of the stack, which stay there; objects of the host
 * too. Otherwise as pack_write. */
bool pack_results(struct lua_State *L, int count, struct buf *out, struct err *err);

/* Leaves those values and gives their number; -1, with nothing left, for other bytes. As
 * pack_read. */
int pack_read_results(struct lua_State *L, struct str bytes);

#endif
