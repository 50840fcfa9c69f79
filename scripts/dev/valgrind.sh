#!/bin/sh
# valgrind.sh: plays what `make run` plays, with every process of it under valgrind. Fails on
# any invalid access and on any block that nobody can free any more. Without a supervisor: it
# starts /proc/self/exe, and that is valgrind.
set -u
out=${OUT:-build/valgrind}
logs=$out/logs
rm -rf "$logs" && mkdir -p "$logs" || exit 1

# The child that tries a defect of Lua (script/limits_probe) is to err, and is not listened to.
valgrind --child-silent-after-fork=yes --trace-children=yes \
    --trace-children-skip='/bin/*,/usr/bin/*' --leak-check=full \
    --show-leak-kinds=definite,possible --errors-for-leak-kinds=definite \
    --error-exitcode=99 --log-file="$logs/%p" \
    "$out/moondock" lua scripts/dev/demo.lua --foreground </dev/null || {
    echo "valgrind: the play failed"
    exit 1
}
count=$(ls "$logs" | wc -l)
bad=$(grep -L 'ERROR SUMMARY: 0 errors' "$logs"/*)
[ -z "$bad" ] || {
    cat $bad
    exit 1
}
echo "$count processes, 0 errors"
