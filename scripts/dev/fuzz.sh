#!/bin/sh
# fuzz.sh TARGET...: runs each fuzz target for TIME seconds on its seeds (those seeds.lua
# makes, and spec/fuzz/corpus/TARGET when there is one). What it finds stays in $OUT/found;
# what it learns is thrown away.
set -u

out=${OUT:-build/fuzz}
time=${TIME:-60}
found=$out/found
mkdir -p "$found" && lua5.4 scripts/dev/seeds.lua "$out/seeds" || exit 1
failed=0

[ $# -gt 0 ] || {
    echo "fuzz: no targets" >&2
    exit 1
}
for target in "$@"; do
    learned=$out/corpus/$target
    mkdir -p "$learned"
    seeds=
    for folder in "$out/seeds/$target" "spec/fuzz/corpus/$target"; do
        [ -d "$folder" ] && seeds="$seeds $folder"
    done
    dict=spec/fuzz/$target.dict
    [ -f "$dict" ] && dict="-dict=$dict" || dict=
    echo "== $target, $time s"
    if "$out/spec/fuzz/$target" -max_total_time="$time" -timeout=10 -rss_limit_mb=2048 \
        -print_final_stats=1 -artifact_prefix="$found/$target-" $dict "$learned" $seeds \
        >"$out/$target.log" 2>&1; then
        grep -h 'stat::number_of_executed_units\|^Done' "$out/$target.log"
    else
        tail -n 40 "$out/$target.log"
        failed=$((failed + 1))
    fi
done
echo "$(($# - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
