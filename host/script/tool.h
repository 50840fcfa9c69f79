/*
 * tool: `moondock lua`: a full, trusted Lua state with the host's libraries
 * (`moondock.host`). Runs busted, the specs and our tools; plugins never run in it.
 *
 * Layer: script.  Thread: loop thread only.
 */
#ifndef SCRIPT_TOOL_H
#define SCRIPT_TOOL_H

#include "base/str.h"
#include "net/net.h"

/* Runs FILE with `arg` set from argv (argv[0] is FILE) and returns the exit status.
 * `library` is the data folder's scripts. */
int tool_run(struct net *net, struct str library, int argc, char **argv);

#endif
