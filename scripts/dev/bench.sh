#!/bin/sh
# bench.sh: the benchmark, with the official SDK installed for the fourth bot.
set -eu
out=${OUT:-build}
(cd spec/interop && npm ci --no-fund --no-audit --silent)
exec "$out/moondock" lua spec/bench/bench.lua
