#!/bin/sh
# The systems example: its command line, what it publishes, and what must hold of its experiment.
. "$(dirname "$0")/lib.sh"
systems=$(cd "$(dirname "$0")/../../examples/systems" && pwd)
trainer=$BUILD/examples/systems

check "it has help" says "observation-noise" "$trainer" --help
code 2 "observables" "$trainer" --observables 3
code 2 "dt" "$trainer" --dt 0
code 2 "process-noise" "$trainer" --process-noise -1
code 1 "Not a directory" "$trainer" --no-publish --record /dev/null/there

"$trainer" --no-publish --quiet --record "$WORK/a" --steps 100 --seed 4 --observation-noise 0.1
"$trainer" --no-publish --quiet --record "$WORK/b" --steps 100 --seed 4 --observation-noise 0.1
"$trainer" --no-publish --quiet --record "$WORK/c" --steps 100 --seed 5 --observation-noise 0.1
for system in lorenz linear; do
    check "equal seeds record the same $system" cmp -s "$WORK/a/$system.npy" "$WORK/b/$system.npy"
    check "other seeds do not" test -n "$(cmp "$WORK/a/$system.npy" "$WORK/c/$system.npy" 2>&1)"
done

start "$WORK/daemon.log" "$KOOPMON" serve
check "the daemon starts" until_true 10 says . "$KOOPMON" status
check "it publishes" "$trainer" --steps 80 --delay-ms 1
for system in lorenz linear; do
    check "$system has finished" until_true 10 says finished "$KOOPMON" status "$system"
done

sh "$systems/experiment.sh" "$BUILD" --seeds 2 >"$WORK/experiment" 2>&1
check "the experiment exits with 0" test $? -eq 0

# row PATTERN CONDITION: one line begins so, and of its fields the condition holds.
row() {
    check "row $1: $2" awk -v pattern="^ *$1" "function abs(x) { return x < 0 ? -x : x }
        \$0 ~ pattern { lines++; if (!($2)) exit 1 } END { exit lines != 1 }" "$WORK/experiment"
}
for delays in 0 4 16; do
    row "0 +0 +$delays +5 " '$5 < 1e-9 && $8 < 1e-9 && $11 < 1e-9 && $14 == 5'
done
row '0 +1e-1 +0 +5 ' '$9 < -0.03 && $12 < -0.05 && $14 < 3'
row '0 +1e-1 +16 +5 ' 'abs($9) < 0.02 && abs($12) < 0.05 && $14 >= 4'
row '0.1 +0 +0 +5 ' 'abs($6) < 0.01 && abs($9) < 0.02 && abs($12) < 0.06'
row '0.1 +0 +16 +5 ' '$12 > 0.07 && $14 >= 4'
row 'lorenz, dt 0.2 +0 ' '$5 > 0.8 && $7 == 0'
row 'lorenz, dt 0.01 +48 ' '$5 < 0.1 && $7 > 7'
row 'dt 0.05 ' '$3 == 1 && abs($4 - 1) < 1e-3 && $5 < 0.01 && $7 > 0.1'
row 'lorenz rho 28, two halves' '/ 0 of 2 differ/'
row 'lorenz rho 28 and 20' '/ 2 of 2 differ/'

sh "$systems/demo.sh" "$BUILD" >"$WORK/demo" 2>&1 </dev/null
check "the demo exits with 0" test $? -eq 0
check "it finds the linear system's eigenvalues" test "$(grep -c "e-03$" "$WORK/demo")" -eq 5
check "it trusts none of Lorenz's coordinates" grep -q "every 0.2: .* 0 of 3 trusted" "$WORK/demo"
check "all with small steps and delays" grep -q "8 modes: .* 8 of 8 trusted" "$WORK/demo"
check "and the constants" grep -q "64 modes: .* 1 of 64 trusted" "$WORK/demo"
[ "$FAILED" -eq 0 ] || cat "$WORK/experiment" "$WORK/demo" >&2
finish
