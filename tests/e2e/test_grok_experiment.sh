#!/bin/sh
# The experiment on the transformers, on a tiny one: it finds the constraint in the spectra of the
# first 100 steps, and no difference between two halves of one condition.
. "$(dirname "$0")/lib.sh"
script=$(cd "$(dirname "$0")/../../examples/grok" && pwd)/experiment.sh
out=$WORK/spectra

run() {
    sh "$script" "$BUILD" --seeds 8 --inits 4 --out "$out" "$@" -- --p 23 --d 32 --mlp 64 --frac 0.4
}

# between A B: the table's line of the two.
line() { grep "^$1  *$2  " "$WORK/table"; }

run --conditions "grok constrained" >"$WORK/table" 2>"$WORK/err" || failed "experiment"
check "it says how far it is" grep -q "^seed 40, constrained$" "$WORK/err"
check "the constraint shows" test "$(line grok constrained | awk '{ print ($NF <= 0.05) }')" = 1
check "apart more than within" \
    test "$(line grok constrained | awk '{ print ($3 > $4 && $3 > $5) }')" = 1
check "one pair, one line" test "$(grep -c '0\.[0-9]* *0\.[0-9]* *0\.[0-9]* ' "$WORK/table")" -eq 1
check "a spectrum a seed and condition is kept" test "$(find "$out" -name "*.npy" | wc -l)" -eq 16
check "no recording is left" test "$(find "$out" -size +100k | wc -l)" -eq 0

set -- "$out"/grok-constrained-[0-9]*.npy
code 0 "" "$KOOPMON" compare --distance assignment "$1" "$2" "$3" "$4" --vs "$5" "$6" "$7" "$8"

# What is there is not trained again; double is another program.
cp "$WORK/table" "$WORK/before"
run --conditions "grok constrained" >"$WORK/table" 2>"$WORK/err" || failed "experiment, again"
check "the same table again" cmp -s "$WORK/table" "$WORK/before"
sh "$script" "$BUILD" --seeds 1 --inits 2 --double --conditions grok --out "$WORK/double" -- --p 5 --d 8 --mlp 8 \
    --frac 0.5 >/dev/null 2>&1 || failed "experiment in double"
check "double has spectra of its own" test -s "$WORK/double/grok64-grok-16.npy"

code 2 "other settings" sh "$script" "$BUILD" --out "$out" -- --p 5
code 2 "build directory" sh "$script"
code 2 "no option --seed" sh "$script" "$BUILD" --seed 1
code 2 "from 1" sh "$script" "$BUILD" --inits 0
code 2 "wants a value" sh "$script" "$BUILD" --out
code 2 "no condition grokked" sh "$script" "$BUILD" --conditions grokked
finish
