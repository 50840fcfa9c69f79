/*
 * tool_judge: messages of a spec: those a plugin gets, and those it is asked about before
 * they are delivered (script/intercept.h), one at a time.
 *
 * Layer: script.  Thread: loop thread only.
 */
#ifndef SCRIPT_TOOL_JUDGE_H
#define SCRIPT_TOOL_JUDGE_H

#include "base/buf.h"
#include "base/json.h"
#include "im/message.h"
#include "script/intercept.h"

#include <lua.h>

/* All zero at first. */
struct tool_judge {
    struct script_inquiry *inquiry; /* NULL: nobody is being asked */
    struct json *verdict;           /* owned; NULL: none that was not taken */
};

/* Reads the table at `index`: { type, target, sender, content = table, object_name?, uid,
 * sent_ms, own?, offline?, redelivered?, row? }. Its texts are borrowed from the table,
 * the content from `content`, made here and the caller's to clear. Raises for what is
 * wrong. */
void tool_judge_read(lua_State *L, int index, struct message *message,
                     struct buf *content);

/* Asks about the message (copied), instead of what was asked before. */
void tool_judge_ask(struct tool_judge *judge, struct script *script,
                    const struct message *message);

/* Leaves the verdict, { asked =, denied =, failed =, reason =, content = }, or nil while
 * a handler waits. `late`: it may not wait any longer. */
void tool_judge_push(lua_State *L, struct tool_judge *judge, bool late);

void tool_judge_clear(struct tool_judge *judge);

#endif
