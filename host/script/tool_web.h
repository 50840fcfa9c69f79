/*
 * tool_web: a fake web for a plugin under test, and a real port for what it serves.
 *
 * Every request is written down among the cloud's calls (kind "http") and answered in the
 * next turn with what the spec said there is; where it said nothing, nobody is reached.
 *
 * Layer: script.  Thread: loop thread only.
 */
#ifndef SCRIPT_TOOL_WEB_H
#define SCRIPT_TOOL_WEB_H

#include "script/tool_cloud.h"

struct tool_web {
    struct tool_cloud *cloud;
    struct tool_web_page *pages; /* newest first */
    struct tool_web_call *pending;
    struct script *script;
    struct server *server; /* made when first asked for */
};

/* Borrows the cloud. */
void tool_web_init(struct tool_web *web, struct tool_cloud *cloud);

/* Before the script ends, for the port; and after it. All-zero is fine. */
void tool_web_close(struct tool_web *web);
void tool_web_clear(struct tool_web *web);

/* What a script connects to. Borrows the web. */
struct script_web tool_web_script(struct tool_web *web);

/* There is a page from now on: `method` (empty: any) and `url`, one that ends in "*" for
 * all that begin so; {"status", "headers": {}, "body"}. Takes `page`. */
void tool_web_put(struct tool_web *web, struct str method, struct str url,
                  struct json *page);

/* The port at which `script` is asked, 0 with `err` when there is none. */
int tool_web_port(struct tool_web *web, struct net *net, struct script *script,
                  struct err *err);

#endif
