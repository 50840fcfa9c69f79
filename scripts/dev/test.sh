#!/bin/sh
# test.sh [NAME]: runs every test there is, or those whose file is called NAME, and ends
# with one line, "N passed, N failed". Fails when anything failed.
#
# Each part is a command that prints what it did; its count is the sum of its lines
# "N passed, N failed" (busted's and cmocka's own are understood too). A part that counted
# nothing, or ended badly without counting a failure, is itself one failure, so no part can
# vanish unseen. OUT is the folder of the test build. INTEROP=0 leaves the official SDKs out.
set -u

out=${OUT:-build/test}
logs=$out/log
moondock=$out/moondock
passed=0
failed=0
bad=
mkdir -p "$logs" || exit 1

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

# tally NAME STATUS: adds what $logs/NAME.log tells.
tally() {
    set -- "$1" "$2" $(count "$logs/$1.log")
    if [ "$4" -eq 0 ] && { [ "$2" -ne 0 ] || [ "$3" -eq 0 ]; }; then
        set -- "$1" "$2" "$3" 1
        [ "$2" -eq 0 ] && echo "$1: ran no test" || echo "$1: ended with status $2"
    fi
    passed=$((passed + $3))
    failed=$((failed + $4))
    [ "$4" -eq 0 ] || bad="$bad $1"
}

# part NAME SECONDS COMMAND...: runs it with its output shown.
part() {
    name=$1 limit=$2
    shift 2
    echo "== $name"
    { timeout -k 10 "$limit" "$@" </dev/null; echo $? >"$logs/$name.rc"; } 2>&1 |
        tee "$logs/$name.log"
    tally "$name" "$(cat "$logs/$name.rc")"
}

# c_test BINARY: shown only when it fails, but for what it says to have covered; there are
# many and they are quick.
c_test() {
    name=$(basename "$1")
    timeout -k 10 300 "$1" </dev/null >"$logs/$name.log" 2>&1
    status=$?
    before=$failed
    tally "$name" $status
    if [ "$failed" -eq "$before" ]; then
        grep '^covered:' "$logs/$name.log"
    else
        cat "$logs/$name.log"
    fi
}

# specs NAME: the Lua specs of that name, wherever they are.
specs() {
    find spec -name node_modules -prune -o -name "$1_spec.lua" -print | sort
}

all_c_tests() {
    echo "== C tests"
    before=$passed
    for source in $(find spec/host -name '*_test.c' | sort); do
        c_test "$out/${source%.c}"
    done
    echo "$((passed - before)) passed in C"
}

all() {
    all_c_tests
    part fuzz 300 "$out/spec/fuzz/run"
    part specs 900 "$moondock" test spec/scripts spec/plugins spec/host
    part pure-specs 300 busted --lua=lua5.4 spec/scripts
    for play in $(specs '*' | grep '^spec/scenarios/'); do
        part "scenario-$(basename "$play" _spec.lua)" 900 \
            "$moondock" test "$play"
    done
    part chaos 300 env SEED=1 TIME=20 RATE=10 "$moondock" lua spec/chaos/run.lua
    if [ "${INTEROP:-1}" = 0 ]; then
        echo "== interop left out (INTEROP=0)"
    else
        part interop 1200 sh -c 'cd spec/interop && npm ci --no-fund --no-audit && node run.mjs'
    fi
    part features 60 lua5.4 scripts/dev/features.lua "$logs"
}

# Everything that carries the name: C tests, specs and scenarios.
one() {
    sources=$(find spec/host -name "$1_test.c")
    specs=$(find spec/scripts spec/plugins spec/host spec/scenarios -name "$1_spec.lua")
    [ -n "$sources$specs" ] || {
        echo "no test is called $1" >&2
        exit 2
    }
    for file in $sources; do
        part "$1" 300 "$out/${file%.c}"
    done
    for file in $specs; do
        part "$1" 900 "$moondock" test "$file"
    done
}

if [ $# -gt 0 ]; then
    one "$1"
else
    all
fi
[ -z "$bad" ] || echo "failed:$bad"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
