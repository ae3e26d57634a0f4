#!/bin/sh
# Planted changes: the trainer's command line, its recordings, and its demo without a terminal.
. "$(dirname "$0")/lib.sh"
planted=$BUILD/examples/koop-planted
demo=$(cd "$(dirname "$0")/../../examples/planted" && pwd)/demo.sh
export OMP_NUM_THREADS=1

code 2 "wants one of: mlp lenet" "$planted" --model mpl
code 2 "wants one of: sgd" "$planted" --optimizer adamw
code 2 "wants one of: constant" "$planted" --schedule step
code 2 "class-subset, not \"lr\"" "$planted" --change lr
code 2 "behind the last of 50 steps" "$planted" --change lr-drop --steps 50
code 2 "batch-down cannot have the strength 3" "$planted" --change batch-down --strength 3
code 2 "none cannot have the strength" "$planted" --strength 3
code 2 "no such option" "$planted" --lr 3
code 1 "no group is called" "$planted" --no-publish --quiet --record "$WORK/x.npy" \
    --record-group conv1
code 1 "not finite at step" "$planted" --no-publish --quiet --change lr-ramp --at 10 --strength 2 \
    --steps 2000

# recorded FILE OPTION...: every weight of 80 steps.
recorded() {
    file=$1
    shift
    "$planted" --no-publish --quiet --images 640 --steps 80 --record "$WORK/$file.npy" "$@"
}
check "it trains and records" recorded plain
check "all weights at every step" \
    says "80 snapshots of 17,418 values" "$KOOPMON" analyze "$WORK/plain.npy"
check "the same again is the same" recorded again
check "bit by bit" cmp "$WORK/plain.npy" "$WORK/again.npy"
check "with a change" recorded changed --change label-noise --at 50
check "it is the same up to the step before" \
    cmp -n $((256 + 49 * 17418 * 4)) "$WORK/plain.npy" "$WORK/changed.npy"
check "and differs from the step on" test "$(cmp "$WORK/plain.npy" "$WORK/changed.npy" |
    awk '{ print int((($5 + 0) - 257) / (17418 * 4)) + 1 }')" -eq 50
check "LeNet trains as well" recorded lenet --model lenet --optimizer adam --schedule cosine
check "and has its weights" test "$(wc -c <"$WORK/lenet.npy")" -eq $((256 + 80 * 21386 * 4))

sh "$demo" "$BUILD" >"$WORK/demo" 2>&1 </dev/null
check "demo planted exits with 0" test $? -eq 0
check "it says what was planted, and when" grep -q "^step  1200  planted: label-noise 0.5$" "$WORK/demo"
check "the monitor marks it" grep -q "^koop-planted  step 1,2.*transition.*expected" "$WORK/demo"
check "it has the scalars" grep -q "^scalars .*loss.*accuracy.*grad_norm.*lr 0.1" "$WORK/demo"
check "it closes with how the run ended" grep -q "^koop-planted  finished  step 1,800" "$WORK/demo"
[ "$FAILED" -eq 0 ] || cat "$WORK/demo" >&2
finish
