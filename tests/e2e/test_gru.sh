#!/bin/sh
# The recurrent example: its command line, its recordings, its demo without a terminal, and its
# experiment, on strings short enough to be learnt in a moment.
. "$(dirname "$0")/lib.sh"
examples=$(cd "$(dirname "$0")/../../examples" && pwd)
gru=$BUILD/examples/gru

code 2 "no such option" "$gru" --lenght 3
code 1 "no group is called" "$gru" --quiet --record "$WORK/x.npy" --record-group attn.q
code 2 "wants a" "$gru" --length 0
code 1 "No such file" env KOOPMON_MODE=disabled "$gru" --quiet --record "$WORK/none/x.npy"

export KOOPMON_MODE=disabled
for name in one two; do
    "$gru" --quiet --length 4 --units 8 --batch 8 --steps 120 --record "$WORK/$name.npy" 2>/dev/null
    check "it trains without a daemon" test $? -eq 0
done
check "the same seed gives the same recording" cmp "$WORK/one.npy" "$WORK/two.npy"
check "of all weights at every step" \
    says "121 snapshots of 504 values" "$KOOPMON" analyze "$WORK/one.npy"
"$gru" --quiet --length 4 --units 8 --steps 9 --record "$WORK/rec.npy" --record-group gru.rec 2>/dev/null
check "or of one group" test "$(wc -c <"$WORK/rec.npy")" -eq $((256 + 10 * 24 * 8 * 4))
unset KOOPMON_MODE

sh "$examples/gru/demo.sh" "$BUILD" >"$WORK/demo" 2>&1 </dev/null
check "demo gru exits with 0" test $? -eq 0
check "it broke through and solved" grep -q "off chance at step .* solved at step" "$WORK/demo"
check "it closes with how the run ended" grep -q "^gru  finished" "$WORK/demo"

code 2 "build directory first" sh "$examples/gru/experiment.sh"
code 2 "no option" sh "$examples/gru/experiment.sh" "$BUILD" --seed 3
code 2 "wants a whole number" sh "$examples/gru/experiment.sh" "$BUILD" --seeds 0
experiment() {
    sh "$examples/gru/experiment.sh" "$BUILD" --seeds 2 --out "$WORK/kept" -- --length 5 --units 16 \
        --batch 32 --lr "$1" </dev/null
}
experiment 1e-2 >"$WORK/experiment" 2>&1
check "the experiment exits with 0" test $? -eq 0
check "it says how many were marked, live and with a wider window" \
    test "$(grep -c "^off chance   *recall . of 2  random . of 2  long . of 2$" "$WORK/experiment")" -eq 2
check "what the eigenvalues are" \
    test "$(grep -c "^\(early\|before\|at\|after\)  *[a-z]*  *[01]\.[0-9]* " "$WORK/experiment")" -eq 12
check "and compares with the controls" \
    test "$(grep -c "(p = .* n = 2 + 2" "$WORK/experiment")" -eq 16
experiment 1e-2 >"$WORK/again" 2>&1
check "it goes on from what it kept" cmp "$WORK/experiment" "$WORK/again"
code 2 "other settings" experiment 2e-2
[ "$FAILED" -eq 0 ] || cat "$WORK/demo" "$WORK/experiment" >&2
finish
