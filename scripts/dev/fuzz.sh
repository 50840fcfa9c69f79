#!/bin/sh
# fuzz.sh TARGET...: runs each fuzz target for TIME seconds on its seeds (those seeds.lua
# makes, and spec/fuzz/corpus/TARGET when there is one). What it finds stays in $OUT/found;
# what it learns is thrown away. A target that reaches no more than its seeds reach fails:
# then it is blind, or its input is not what it reads.
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
# coverage FIRST|LAST LOG: edges and counts ("ft") of libFuzzer's first or last line
coverage() {
    sed -n 's/^#[0-9]*[[:space:]]*\([A-Za-z]*\).* cov: \([0-9]*\) ft: \([0-9]*\).*/\1 \2 \3/p' "$2" |
        case $1 in FIRST) grep '^INITED' ;; LAST) tail -n 1 ;; esac
}

for target in "$@"; do
    learned=$out/corpus/$target
    rm -rf "$learned" && mkdir -p "$learned"
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
        first=$(coverage FIRST "$out/$target.log")
        last=$(coverage LAST "$out/$target.log")
        runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$out/$target.log")
        echo "$runs runs; edges and counts: seeds ${first#* }, now ${last#* }"
        if [ "${first#* }" = "${last#* }" ]; then
            echo "$target: reaches no more than its seeds do"
            failed=$((failed + 1))
        fi
    else
        tail -n 40 "$out/$target.log"
        failed=$((failed + 1))
    fi
done
echo "$(($# - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
