#!/bin/sh
# The convolutional trainers and their experiments, short, on generated images.
. "$(dirname "$0")/lib.sh"
examples=$(cd "$(dirname "$0")/../../examples" && pwd)
lenet=$BUILD/examples/lenet resnet=$BUILD/examples/resnet
export OMP_NUM_THREADS=1

sh "$examples/lenet/experiment.sh" "$BUILD" --out "$WORK/lenet" -- \
    --train 960 --test 100 --batch 12 --epochs 10 --lr 0.02 --momentum 0.5 --drops >"$WORK/text" 2>&1
check "lenet's experiment exits with 0" test $? -eq 0
check "it trains on what it says" grep -q "^LeNet; trains on drawn digits" "$WORK/text"
check "it says what it learnt" grep -q "^800 steps in .* of 100 test images" "$WORK/text"
check "a drop of the learning rate is marked" \
    grep -q "  schedule  *the trainer changed the learning rate from 0.02 to 0.002" "$WORK/text"
check "it has twelve intervals of steps" grep -q "^704-767  *10  " "$WORK/text"
check "many modes are needed early" grep -q "^128-191  *1[0-9]  " "$WORK/text"
check "and few in the end" grep -q "^704-767  *[1-3]  " "$WORK/text"
check "there are ten intervals of epochs" grep -q "^720-799  *10  " "$WORK/text"
check "the numbers are there" grep -q '"ends":\[64,128,192,.*,704,768\]' "$WORK/lenet/steps.json"
check "and the picture" grep -q "<svg" "$WORK/lenet/steps.svg"
check "and that of as many modes as are needed" grep -q "<svg" "$WORK/lenet/energy.svg"
check "and that of the epochs" grep -q "<svg" "$WORK/lenet/epochs.svg"

sh "$examples/resnet/experiment.sh" "$BUILD" --out "$WORK/resnet" -- \
    --train 320 --test 32 --batch 8 --epochs 10 --steps 130 >"$WORK/text2" 2>&1
check "resnet's experiment exits with 0" test $? -eq 0
check "it says what it learnt" grep -q "^130 steps in .* of 32 test images" "$WORK/text2"
check "it has two intervals of steps" grep -q "^64-127  *10  " "$WORK/text2"
[ "$FAILED" -eq 0 ] || cat "$WORK/text" "$WORK/text2" >&2

code 2 "see --help" sh "$examples/lenet/experiment.sh"
code 2 "no option --nonsense" sh "$examples/lenet/experiment.sh" "$BUILD" --nonsense
code 2 "has no koopmon" sh "$examples/lenet/experiment.sh" "$WORK"

export KOOPMON_MODE=disabled
code 0 "" "$lenet" --quiet --train 40 --test 10 --batch 20 --steps 1 --record "$WORK/all.npy" \
    --record-group all
check "all weights of both steps are recorded" \
    test "$(wc -c <"$WORK/all.npy")" -eq $((256 + 2 * 61706 * 4))
code 1 "not finite" "$lenet" --quiet --train 60 --test 10 --lr 100 \
    --weight-decay 100 --epochs 50
code 2 "of generated images" "$lenet" --data "$WORK" --train 60
code 1 "no group is called" "$lenet" --quiet --train 60 --record "$WORK/x.npy" --record-group fc9
code 1 "only 30 images" "$resnet" --quiet --train 30
code 1 "nonexistent" "$resnet" --quiet --data "$WORK/nonexistent"
code 1 "No such file" "$lenet" --quiet --train 60 --record "$WORK/none/x.npy"
code 2 "batch" "$lenet" --batch 0
code 2 "threads" "$lenet" --threads 1025
finish
