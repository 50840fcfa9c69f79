#!/bin/sh
# bench.sh: the benchmarks: echo bots, with the official SDK installed for one of them,
# then a plugin that is reloaded under load, the sandbox under a crowd, and the runtime's
# parts and string functions against the stock ones.
set -eu
out=${OUT:-build}
(cd spec/interop && npm ci --no-fund --no-audit --silent)
"$out/moondock" lua spec/bench/bench.lua
"$out/moondock" lua spec/bench/reload.lua
"$out/moondock" lua spec/bench/crowd.lua
"$out/spec/bench/runtime"
"$out/spec/bench/patterns"
