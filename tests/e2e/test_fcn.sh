#!/bin/sh
# fcn and its two studies: recordings, tables, pictures, exit codes, and that equal input gives equal
# results.
. "$(dirname "$0")/lib.sh"
FCN=$BUILD/examples/fcn
studies=$(cd "$(dirname "$0")/../../examples/fcn" && pwd)

# bytes FILE N: it has so many.
bytes() { test "$(wc -c <"$1")" -eq "$2"; }

# A header of 256 bytes, then steps × 10·h weights × networks, 4 bytes each.
check "fcn trains and records" "$FCN" --no-publish --quiet --h 5 --inits 3 --steps 40 --seed 3 \
    --record "$WORK/weights.npy"
check "the recording has the last layer of all networks" bytes "$WORK/weights.npy" \
    $((256 + 4 * 40 * 50 * 3))
check "of the first steps only, where asked" "$FCN" --no-publish --quiet --h 5 --steps 40 \
    --record-steps 10 --record "$WORK/few.npy"
check "of one network without a third dimension" bytes "$WORK/few.npy" $((256 + 4 * 10 * 50))
"$KOOPMON" analyze --batch --json "$WORK/weights.npy" >"$WORK/three.json"
check "and can be pooled over the networks" grep -q '"n":150,"window":40,' "$WORK/three.json"
"$FCN" --no-publish --h 20 --steps 300 --measure-every 300 >"$WORK/log"
check "drawn digits are learnt" awk '/^step   300/ { ok = $13 + 0 > 85 } END { exit !ok }' "$WORK/log"
check "it says which data it is" grep -q "300 steps of 60 on 8000 images (drawn digits" "$WORK/log"
code 2 "whole number from 1" "$FCN" --h 0
code 2 "too large" "$FCN" --h 16384 --inits 1000

start "$WORK/daemon.log" "$KOOPMON" serve --data "$WORK/data"
until_true 20 "$KOOPMON" status >"$WORK/out" 2>&1 || failed "the daemon answers"
check "fcn publishes every step" "$FCN" --h 10 --steps 120 --quiet --name small
check "the monitor gets the last" until_true 20 says '"step":120,' "$KOOPMON" status --json small
check "with its scores" until_true 20 says "test_accuracy" "$KOOPMON" status --json small
check "and its groups" says '"fc2"' "$KOOPMON" status --json small
code 1 "too few for --batch" "$FCN" --images 30
code 1 "neither train-images-idx3-ubyte" "$FCN" --data "$WORK"

experiment() {
    sh "$studies/experiment.sh" "$BUILD" --widths 5,40 --seeds 4 --inits 2 --steps 200 \
        --images 1200 --out "$WORK/widths"
}
experiment >"$WORK/table" 2>"$WORK/err"
check "the experiment exits with 0" test $? -eq 0
check "and says on which data" grep -q "^200 steps of 60 on .* (drawn digits" "$WORK/table"
# Matched and within are distances; with 4 + 4 spectra p cannot be below 2/70.
check "its rows are in order" awk '
    $(NF > 7 && $1 ~ /^h/ ? 3 : 1) !~ /^(assignment|residual)$/ { next }
    { first = $1 ~ /^h/ ? 4 : 2
      for (i = first; i < first + 3; i++) if (!($i > 0 && $i < 1)) bad = 1
      p = $(first + 4)
      if (!(p > 0.028 && p <= 1)) bad = 1
      rows++ }
    END { exit bad || rows != 6 }' "$WORK/table"
check "narrow and wide differ, trusted eigenvalues first" awk '
    $1 == "h5-d64" && $2 == "h40-d8" { seen = 1 }
    seen && $1 == "residual" { p = $6; exit }
    END { exit !(p > 0 && p <= 0.05) }' "$WORK/table"
check "each seed has a spectrum of ten eigenvalues" grep -q '"rank":10,"eigenvalues"' \
    "$WORK/widths/h5-d64/2.json"
check "the number of delays is that of the width" grep -q '"delays":64,' "$WORK/widths/h5-d64/0.json"
check "the distances are drawn" grep -q "</svg>" "$WORK/widths/seeds.svg"
check "and the spectra" grep -q "</svg>" "$WORK/widths/spectra.svg"
check "which are kept: a header and four rows of ten" bytes "$WORK/widths/h5-d64-spectra.npy" \
    $((128 + 16 * 4 * 10))
check "the distances of all of them are drawn" grep -q "</svg>" "$WORK/widths/all.svg"
touch "$WORK/before"
experiment >"$WORK/again" 2>"$WORK/err"
check "what is there is not computed again" test -z \
    "$(find "$WORK/widths" -name '*.json' -newer "$WORK/before")"
check "and gives the same table" cmp "$WORK/table" "$WORK/again"
code 2 "--seeds wants 2" sh "$studies/experiment.sh" "$BUILD" --seeds 1
code 2 "no option --seed" sh "$studies/experiment.sh" "$BUILD" --seed 1
code 2 "has no koopmon" sh "$studies/experiment.sh" "$WORK"

sh "$studies/generalise.sh" "$BUILD" --seeds 4 --steps 500 --rates 0.1 --images 300,3000 \
    --out "$WORK/runs" >"$WORK/table" 2>"$WORK/err"
check "the study of generalisation exits with 0" test $? -eq 0
check "it has every run" test "$(wc -l <"$WORK/runs/table")" -eq 9
check "and four tables" test "$(grep -c "^held_loss " "$WORK/table")" -eq 4
check "more images generalise better" awk '
    $1 == "lr0.1,n300" { few = $3 }
    $1 == "lr0.1,n3000" { many = $3 }
    END { exit !(few > 50 && many > few) }' "$WORK/table"
check "held-out loss at 20% knows it" awk '/^Across/ { across = 1 }
    across && $1 == "held_loss" && NF == 5 { exit !($3 < -0.5) }' "$WORK/table"
code 2 "multiple of 5" sh "$studies/generalise.sh" "$BUILD" --steps 501

correlate() { awk -v target=y -f "$studies/correlate.awk" "$@"; }
cat >"$WORK/runs.txt" <<EOF
group y up down flat
a 1 10 4 7
a 2 20 3 7
a 3 30 2 7
a 4 40 - 7
b 11 1 13 7
b 12 2 12 7
b 13 3 11 7
b 14 4 10 7
EOF
check "ranks are of each group" says "^up  *8  *1.000" correlate -v group=group "$WORK/runs.txt"
check "a missing value leaves its row out" says "^down  *7  *-1.000" correlate -v group=group \
    "$WORK/runs.txt"
check "a constant orders nothing" says "^flat  *8  *-  *-  *-" correlate -v group=group "$WORK/runs.txt"
check "groups count where none is named" says "^up  *8  *-0.524" correlate -v skip=group "$WORK/runs.txt"
check "beyond itself a column knows nothing" says "^up  *8  *-  *-" correlate -v given=same \
    -v skip=group <<EOF
group y up same
a 1 10 1
a 2 20 2
a 3 30 3
a 4 40 4
a 5 50 5
a 6 60 6
a 7 70 7
a 8 80 8
EOF
code 2 "no column z" correlate -v target=z "$WORK/runs.txt"
[ "$FAILED" -eq 0 ] || cat "$WORK/table" "$WORK/err" >&2
finish
