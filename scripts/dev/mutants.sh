#!/bin/sh
# mutants.sh: proves that the storm of spec/chaos can fail. Each patch in spec/chaos/mutants
# breaks one promise of the host; applied to a copy of the sources and built there, a run of
# the storm must see people lose messages, see them twice or out of order. A patch says how
# with a line "Try: SEED=N TIME=N". Ends with one line, "N passed, N failed"; a patch that no
# longer applies has failed. OUT is the folder of the build that is copied, too.
set -u

out=${OUT:-build}
passed=0
failed=0
copy=$(mktemp -d /tmp/moondock-mutant.XXXXXX) || exit 1
trap 'rm -rf "$copy"' EXIT
trap 'exit 130' INT TERM

# fail NAME WHY
fail() {
    failed=$((failed + 1))
    echo "$1: $2"
}

# try PATCH
try() {
    name=$(basename "$1" .patch)
    how=$(sed -n 's/^Try: //p' "$1")
    rm -rf "$copy/tree"
    mkdir -p "$copy/tree/$out" "$copy/tree/spec"
    cp -a Makefile host scripts plugins "$copy/tree"
    cp -a spec/chaos "$copy/tree/spec"
    cp -a "$out/host" "$out/moondock" "$copy/tree/$out"
    (cd "$copy/tree" && GIT_CEILING_DIRECTORIES=$copy git apply "spec/chaos/mutants/$name.patch") ||
        { fail "$name" "does not apply"; return; }
    (cd "$copy/tree" && make -s OUT="$out" "$out/moondock") >"$copy/log" 2>&1 ||
        { cat "$copy/log"; fail "$name" "does not build"; return; }
    # shellcheck disable=SC2086 # several words
    (cd "$copy/tree" && env $how PATIENCE=15 TMPDIR="$copy" timeout -k 10 300 "$out/moondock" lua \
        spec/chaos/run.lua) >"$copy/log" 2>&1
    seen=$(grep -E '^  (lost|doubled|out of order) +[1-9]' "$copy/log" | tr -s ' \n' ' ')
    if [ -n "$seen" ]; then
        passed=$((passed + 1))
        echo "$name: caught,$seen"
    else
        cat "$copy/log"
        fail "$name" "nobody noticed"
    fi
}

for patch in spec/chaos/mutants/*.patch; do
    try "$patch"
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
