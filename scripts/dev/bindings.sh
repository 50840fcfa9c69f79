#!/bin/sh
# bindings.sh PROGRAM: fails when the program leaves any of its own calls to be bound late.
#
# A hard stop jumps out of Lua from a signal; were a call being bound at that moment, the
# loader's lock would stay taken. So everything is bound at start, and Lua is linked in.
set -u

program=$1
flags=$(readelf -dW "$program") || exit 1
case $flags in
*BIND_NOW*) ;;
*)
    echo "$program: not linked with -z now" >&2
    exit 1
    ;;
esac
case $flags in
*NEEDED*liblua*)
    echo "$program: Lua is not linked in" >&2
    exit 1
    ;;
esac

# What the loader says is the truth: with everything bound at start it binds no symbol of
# the program once control was handed over.
late=$(LD_DEBUG=bindings "$program" --version 2>&1 >/dev/null |
    awk -v name="$program" '/transferring control/ { on = 1 }
        on && /binding file/ && index($0, "binding file " name) { n++ } END { print n + 0 }')
echo "$program: $late late bindings"
[ "$late" -eq 0 ]
