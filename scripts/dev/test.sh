#!/bin/sh
# test.sh [NAME]: runs every test there is, or those whose file is called NAME, and ends
# with one line, "N passed, N failed". Fails when anything failed.
#
# Each part is a command that prints what it did; its count is the sum of its lines
# "N passed, N failed" (busted's and cmocka's own are understood too). A part that counted
# nothing, or ended badly without counting a failure, is itself one failure, so no part can
# vanish unseen. What it printed is shown when it has ended, and stays in OUT/log/PART.log.
# OUT is the folder of the test build, JOBS how many parts run at once (one for each
# processor). INTEROP=0 leaves the official SDKs out.
set -u

out=${OUT:-build/test}
jobs=${JOBS:-$(nproc)}
logs=$out/log
moondock=$out/moondock

# test.sh -part NAME SECONDS COMMAND...: one of the jobs; says "NAME STATUS" at its end.
if [ "${1:-}" = -part ]; then
    name=$2 limit=$3
    shift 3
    mkdir -p "$(dirname "$logs/$name")"
    timeout -k 10 "$limit" "$@" </dev/null >"$logs/$name.log" 2>&1 &
    trap 'kill $!' INT TERM
    wait $!
    echo "$name $?"
    exit 0
fi

export MOONDOCK="$PWD/$moondock"
export ASAN_OPTIONS="${ASAN_OPTIONS:-detect_leaks=1:detect_stack_use_after_return=0}"
export UBSAN_OPTIONS="${UBSAN_OPTIONS:-print_stacktrace=1}"

# count LOG: prints "PASSED FAILED".
count() {
    sed 's/\x1b\[[0-9;]*m//g' "$1" | awk '
        /^[0-9]+ passed, [0-9]+ failed$/ { passed += $1; failed += $3 }
        /^[0-9]+ success(es)? \/ / { passed += $1; failed += $4 + $7 + $10 }
        /^\[  PASSED  \] [0-9]+ test/ { passed += $4 }
        /^\[  FAILED  \] [0-9]+ test/ { failed += $4 }
        END { print passed + 0, failed + 0 }'
}

# show NAME FAILED: of C tests that passed only what they say to have covered; they are many.
show() {
    case "$2 $1" in
    "0 "*_test) grep '^covered:' "$logs/$1.log" ;;
    *) echo "== $1" && cat "$logs/$1.log" ;;
    esac
}

# report: of the jobs' lines makes what is read at the end.
report() {
    passed=0 failed=0 bad=
    while read -r name status; do
        set -- $(count "$logs/$name.log")
        if [ "$2" -eq 0 ] && { [ "$status" -ne 0 ] || [ "$1" -eq 0 ]; }; then
            set -- "$1" 1
            [ "$status" -eq 0 ] && echo "$name: ran no test" ||
                echo "$name: ended with status $status"
        fi
        show "$name" "$2"
        passed=$((passed + $1))
        failed=$((failed + $2))
        [ "$2" -eq 0 ] || bad="$bad $name"
    done
    [ -z "$bad" ] || echo "failed:$bad"
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}

# at_once N: runs parts, N at a time; it reads a line "NAME SECONDS COMMAND..." of each.
at_once() {
    xargs -r -P "$1" -L 1 sh "$0" -part || echo "parts $?"
}

# c_tests NAME, specs NAME: the parts of that name, wherever they are.
c_tests() {
    find spec/host -name "$1_test.c" | sort | sed "s|\(.*\)\.c$|\1 300 $out/\1|"
}

specs() {
    find spec/scripts spec/plugins spec/host spec/scenarios -name "$1_spec.lua" | sort |
        sed "s|\(.*\)\.lua$|\1 900 $moondock test &|"
}

interop() {
    if [ "${INTEROP:-1}" = 0 ]; then
        echo "== interop left out (INTEROP=0)" >&2
    else
        echo "interop 1200 sh -c" \
            "'cd spec/interop && npm ci --no-fund --no-audit && node run.mjs'"
    fi
}

# What measures itself against real time, and who reads the logs, wait for the others.
all() {
    {
        echo "fuzz 300 $out/spec/fuzz/run"
        c_tests '*'
        interop
        echo "pure-specs 300 busted --lua=lua5.4 spec/scripts"
        specs '*'
    } | at_once "$jobs"
    {
        echo "chaos 300 env SEED=1 TIME=20 RATE=10 $moondock lua spec/chaos/run.lua"
        echo "features 60 lua5.4 scripts/dev/features.lua $logs"
    } | at_once 1
}

if [ $# -eq 0 ]; then
    rm -rf "$logs"
    all | report
else
    parts=$(c_tests "$1" && specs "$1")
    [ -n "$parts" ] || {
        echo "no test is called $1" >&2
        exit 2
    }
    echo "$parts" | at_once "$jobs" | report
fi
